// Keys. The physical key is read (event.code): on an Arabic layout the C key types another letter.

import { flush } from "./autosave.js";
import { fieldsOf, isTyping, topDialog, usable } from "./dom.js";

const GUARDED = new Set(["F4", "F8", "F9"]); // a second press within 1.5 s is a slip of the hand
const PAUSE = 1500;
const pressed = new Map();
let lastForm = null;

/** `Ctrl+B`, `F4`, `PageDown` … of a keystroke; "" when Alt or Shift take part. */
function combination(event) {
  if (event.altKey || event.shiftKey) return "";
  const key = event.code.replace(/^(Key|Digit)/, "").replace("NumpadEnter", "Enter");
  return event.ctrlKey || event.metaKey ? `Ctrl+${key}` : key;
}

function inScope(selector) {
  const dialog = topDialog();
  return [...(dialog ?? document).querySelectorAll(selector)].filter(usable);
}

/** The control a key presses: in the focused row, then in an open panel, then anywhere. */
function holder(keys) {
  const found = inScope("[data-key]").filter((el) => el.dataset.key === keys);
  const row = document.activeElement?.closest?.("[data-row]");
  return found.find((el) => row?.contains(el)) ?? found.findLast((el) => el.closest("[data-panel]")) ?? found[0];
}

function tooSoon(keys) {
  if (!GUARDED.has(keys)) return false;
  const now = performance.now();
  const soon = now - (pressed.get(keys) ?? -PAUSE) < PAUSE;
  if (!soon) pressed.set(keys, now);
  return soon;
}

/** The one primary action: of the form in hand, else of the form last touched, else of the open panel.
 * While somebody writes in a form, no other form's action is pressed: not the payment beside a bill's cancelling. */
function primary() {
  const active = document.activeElement?.closest?.("form");
  for (const form of [active, lastForm]) {
    if (!form?.isConnected) continue;
    const buttons = [...form.elements].filter(usable);
    const button = buttons.find((el) => el.matches("[data-primary]"));
    if (button) return button;
    if (form === active && form.method === "post" && fieldsOf(form).length) return buttons.find((el) => el.type === "submit");
  }
  const all = inScope("[data-primary]");
  return all.findLast((el) => el.closest("[data-panel]")) ?? all[0];
}

function press(el, event) {
  event.preventDefault();
  if (event.repeat) return;
  if (isTyping(el)) { el.focus(); el.select?.(); return; }
  el.click();
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing) return;
  const typing = isTyping(event.target);
  if (!typing && !topDialog() && (event.key === "?" || event.key === "؟")) return show("key-sheet", event);
  if (event.code === "F1") return show("key-sheet", event);
  const keys = combination(event);
  if (!keys) return;
  if (!typing && !topDialog() && (keys === "Slash" || event.key === "/")) return show("palette", event);
  if (keys === "Ctrl+Enter") { const button = primary(); if (button) press(button, event); return; }
  if (keys === "Ctrl+S") return save(event);
  const special = keys.startsWith("Ctrl+") || /^F\d+$/.test(keys);
  if (!special && (typing || keys.length === 1)) return;
  const el = holder(keys);
  if (!el) return;
  if (event.repeat || tooSoon(keys)) { event.preventDefault(); return; }
  press(el, event);
}

function save(event) {
  event.preventDefault();
  if (event.repeat) return;
  const button = inScope("[data-save]")[0];
  if (button) button.click(); else flush();
}

function show(id, event) {
  const dialog = document.getElementById(id);
  if (!dialog || topDialog()) return;
  event.preventDefault();
  dialog.dispatchEvent(new CustomEvent("dialog-open", { bubbles: true }));
  dialog.showModal();
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  // What was refused may be put right and pressed again at once.
  document.addEventListener("htmx:afterRequest", ({ detail }) => { if (!detail.successful && detail.requestConfig?.verb !== "get") pressed.clear(); });
  document.addEventListener("refused", () => pressed.clear());
  document.addEventListener("focusin", (event) => { lastForm = event.target.closest?.("form") ?? lastForm; });
}
