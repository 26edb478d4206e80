// Forms: Enter moves on, quick amounts, change due, quick phrases, dialogs, questions before what cannot be undone.

import { fieldsOf, topDialog, usable, whenSettled } from "./dom.js";

/** In a form of several fields Enter goes to the next one: card scanners end with Enter. */
function onEnter(event) {
  const field = event.target;
  if (event.key !== "Enter" || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey) return;
  if (!field.matches?.("input, select") || field.matches("[type=submit], [type=button], [type=file], [data-picks]")) return;
  const form = field.form;
  if (!form || form.method === "dialog" || form.dataset.enter === "submit") return;
  const fields = fieldsOf(form);
  if (fields.length < 2) return;
  event.preventDefault();
  if (event.repeat) return;
  const next = fields[fields.indexOf(field) + 1] ?? [...form.elements].find((el) => el.matches("[data-primary], [type=submit], button:not([type])") && usable(el));
  next?.focus();
  next?.select?.();
}

function onClick(event) {
  const fill = event.target.closest?.("[data-fills]");
  if (fill) {
    const field = document.getElementById(fill.dataset.fills);
    field.value = fill.dataset.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
    return;
  }
  const insert = event.target.closest?.("[data-insert]");
  if (insert) {
    const field = document.getElementById(insert.dataset.into);
    field.setRangeText(insert.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    return;
  }
  const opener = event.target.closest?.("[data-opens]");
  if (opener) {
    const dialog = document.querySelector(opener.dataset.opens);
    opener.closest("details.menu")?.removeAttribute("open");
    dialog.dispatchEvent(new CustomEvent("dialog-open", { bubbles: true }));
    if (!dialog.open) dialog.showModal();
    return;
  }
  if (event.target.closest?.("[data-closes]")) event.target.closest("dialog")?.close();
  if (event.target.closest?.("[data-back]")) history.back();
  if (event.target.matches?.("dialog.dialog") && event.target.id !== "sign-in-dialog") closeOnBackdrop(event);
}

function closeOnBackdrop(event) {
  const box = event.target.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) event.target.close();
}

const DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹";

/** A typed amount in thousandths, as a whole number; null when it is not one. For display: the server decides. */
function thousandths(text) {
  const plain = text.replace(/[٠-٩۰-۹]/g, (digit) => String(DIGITS.indexOf(digit) % 10)).replace("٫", ".").replace(/[,٬\s]/g, "");
  const match = /^(\d*)(?:\.(\d{0,3}))?$/.exec(plain);
  return match && plain ? BigInt(match[1] || "0") * 1000n + BigInt((match[2] ?? "").padEnd(3, "0")) : null;
}

const named = (selector) => (selector ? document.querySelector(selector) : null);

function showChange(field) {
  for (const output of document.querySelectorAll(`[data-change-of="#${CSS.escape(field.id)}"]`)) {
    // What is due may change while the form is open: the bill beside it says it, renewed by the live wire.
    const told = (named(output.dataset.dueOf) ?? output).dataset.due;
    const due = thousandths(told);
    const given = thousandths(field.value);
    const short = given !== null && given < due;
    const decimals = (told.split(".")[1] ?? "").length;
    const left = short ? due - given : (given ?? due) - due;
    const part = String(left % 1000n).padStart(3, "0").slice(0, decimals);
    output.textContent = decimals ? `${left / 1000n}.${part}` : String(left / 1000n);
    const word = named(output.dataset.word);
    if (word) word.textContent = short ? word.dataset.short : word.dataset.enough;
  }
}

/** `.ha` + space becomes its phrase; the phrases stand in a JSON block named by data-phrases. */
function expand(field, event) {
  if (!field.dataset.phrases || event.data !== " ") return;
  const phrases = JSON.parse(document.getElementById(field.dataset.phrases)?.textContent || "{}");
  const end = field.selectionStart - 1;
  const start = field.value.lastIndexOf(".", end);
  const phrase = start >= 0 && phrases[field.value.slice(start, end)];
  if (phrase) field.setRangeText(phrase, start, end + 1, "end");
}

function ask(event) {
  const button = event.target.closest?.("[data-confirm]");
  if (!button || button.dataset.agreed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const dialog = document.getElementById("confirm");
  dialog.querySelector("[data-confirm-text]").textContent = button.dataset.confirm;
  dialog.returnValue = "no";
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") { button.focus(); return; }
    button.dataset.agreed = "yes";
    button.click();
    delete button.dataset.agreed;
  }, { once: true });
  dialog.showModal();
}

/** A ticked box hands on to the next one of its form that is not ticked, after the last to the form's primary action. */
function onTick({ target }) {
  if (!target.matches?.("[data-ticks]") || !target.checked || document.activeElement !== target) return;
  const boxes = [...target.form.querySelectorAll("[data-ticks]")].filter(usable);
  const next = boxes.slice(boxes.indexOf(target) + 1).find((box) => !box.checked);
  (next ?? target.form.querySelector("[data-primary]"))?.focus();
}

export function startForms() {
  document.addEventListener("keydown", onEnter);
  document.addEventListener("change", onTick);
  document.addEventListener("click", ask, true);
  document.addEventListener("click", onClick);
  document.addEventListener("input", (event) => {
    if (event.target.id) showChange(event.target);
    if (event.target.matches("textarea[data-phrases]")) expand(event.target, event);
  });
  whenSettled(() => {
    for (const output of document.querySelectorAll("[data-change-of]")) {
      const field = document.querySelector(output.dataset.changeOf);
      if (field) showChange(field);
    }
    const dialog = topDialog();
    if (dialog && !dialog.isConnected) dialog.close();
  });
}
