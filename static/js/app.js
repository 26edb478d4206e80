// The client shell: each module looks after one habit of every page.

import { startAutosave } from "./autosave.js";
import { startClock } from "./clock.js";
import { startFocus } from "./focus.js";
import { startForms } from "./forms.js";
import { startKeys } from "./keys.js";
import { startLists } from "./lists.js";
import { startNet } from "./net.js";
import { startPalette } from "./palette.js";
import { startPrinting } from "./print.js";
import { startToasts } from "./toasts.js";

startLists();
startFocus();
startForms();
startKeys();
startPalette();
startToasts();
startNet();
startAutosave();
startPrinting();
startClock();
