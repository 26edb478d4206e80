// The place that answers: "Called B-008 FARAH, Yusuf to room 3. Undo".

import { csrfToken, word } from "./dom.js";

const SHORT = 6000;
const WITH_UNDO = 10000;

function button(text, css) {
  const el = document.createElement("button");
  el.type = "button";
  el.className = css;
  el.textContent = text;
  return el;
}

function undoForm(url, text) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = url;
  form.setAttribute("hx-post", url);
  form.setAttribute("hx-swap", "none");
  const token = document.createElement("input");
  token.type = "hidden";
  token.name = "csrfmiddlewaretoken";
  token.value = csrfToken();
  const submit = button(text, "toast-undo");
  submit.type = "submit";
  submit.dataset.rowKey = "KeyU";
  form.append(token, submit);
  return form;
}

function keep(el, time) {
  let timer = setTimeout(() => el.remove(), time);
  const hold = () => clearTimeout(timer);
  const release = () => { timer = setTimeout(() => el.remove(), time / 2); };
  el.addEventListener("pointerenter", hold);
  el.addEventListener("pointerleave", release);
  el.addEventListener("focusin", hold);
  el.addEventListener("focusout", release);
}

/** Show a toast: {text, level: ok|warn|danger, undo: url, undo_label}. Danger stays until it is closed. */
export function toast({ text, level = "ok", undo = "", undo_label: label = "" }) {
  const corner = document.getElementById("toasts");
  if (!corner || !text) return;
  const el = document.createElement("div");
  el.className = `toast toast-${level}`;
  const words = document.createElement("p");
  words.textContent = text;
  el.append(words);
  if (undo) {
    const form = undoForm(undo, label || word("undo"));
    form.addEventListener("htmx:afterRequest", () => el.remove());
    el.append(form);
  }
  const close = button("×", "toast-close");
  close.setAttribute("aria-label", word("close"));
  close.addEventListener("click", () => el.remove());
  el.append(close);
  while (corner.children.length > 3) corner.firstElementChild.remove();
  corner.append(el);
  if (undo) window.htmx?.process(el);
  if (level !== "danger") keep(el, undo ? WITH_UNDO : SHORT);
}

export function startToasts() {
  document.addEventListener("toast", ({ detail }) => toast(detail.text ? detail : { text: detail.value }));
  for (const el of document.querySelectorAll("[data-toast]")) keep(el, SHORT);
}
