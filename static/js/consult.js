// The consultation: what is typed is saved before the visit is finished, and a small panel closes where it stands.

import { saveNow } from "./autosave.js";

const SETTLED = 80; // ms after which focus has found its place in what an answer brought
let held = null; // the zone that takes no words while its visit is being finished, and where focus was in it

/** Words typed on while a visit is being finished would belong to nobody, so its note takes none until the answer. */
function hold(draft) {
  const zone = draft.closest(".zone");
  held = { zone, focus: zone.contains(document.activeElement) ? document.activeElement : null };
  zone.inert = true;
}

function release() {
  if (!held) return;
  const { zone, focus } = held;
  held = null;
  zone.inert = false;
  setTimeout(() => { if (document.activeElement === document.body) focus?.focus(); }, SETTLED);
}

/** Hold a request of a form that names a draft (`data-saves-first`) until that draft is saved. */
function saveFirst(event) {
  const form = event.detail.elt;
  const draft = form.dataset?.savesFirst && document.querySelector(form.dataset.savesFirst);
  if (!draft) return;
  event.preventDefault();
  if (held) return;
  hold(draft);
  saveNow(draft).then((saved) => {
    if (saved) return event.detail.issueRequest(true);
    release();
    document.querySelector("[data-save]")?.click(); // shows both texts, or says that nothing was saved
  });
}

function empty(event) {
  const button = event.target.closest?.("[data-empties]");
  const slot = button && document.querySelector(button.dataset.empties);
  if (!slot) return;
  event.preventDefault();
  const opener = slot.querySelector("[data-panel]")?.dataset.opener;
  slot.replaceChildren();
  document.getElementById(opener)?.focus();
}

/** A form that was unfolded is seen whole, and the hands are in it. */
function unfolded({ target }) {
  if (!target.matches?.(".note-add[open]")) return;
  target.scrollIntoView({ block: "nearest" });
  target.querySelector("textarea").focus();
}

document.addEventListener("toggle", unfolded, true); // it does not bubble
document.addEventListener("htmx:confirm", saveFirst);
document.addEventListener("htmx:afterRequest", ({ detail }) => { if (!detail.successful && detail.requestConfig?.verb === "post") release(); });
document.addEventListener("click", empty);
