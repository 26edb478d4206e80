// Small helpers shared by the other modules.

const FIELDS = "input:not([type=hidden],[type=button],[type=submit]), select, textarea";

/** True when a person can see the element and press it. */
export function usable(el) {
  return Boolean(el) && !el.disabled && el.getAttribute("aria-disabled") !== "true" && el.checkVisibility({ visibilityProperty: true });
}

/** True when keystrokes there are text. */
export function isTyping(el) {
  if (!el) return false;
  if (el.isContentEditable || el.tagName === "TEXTAREA" || el.tagName === "SELECT") return true;
  return el.tagName === "INPUT" && !["checkbox", "radio", "button", "submit", "file", "range"].includes(el.type);
}

/** The fields of a form a person can fill, in order. */
export function fieldsOf(form) {
  return [...form.querySelectorAll(FIELDS)].filter((field) => usable(field) && !field.readOnly);
}

/** The dialog that is open on top, or null. */
export function topDialog() {
  return [...document.querySelectorAll("dialog[open]")].at(-1) ?? null;
}

/**
 * Call `act({ detail })` after each swap, once its request has ended too: a page settles at once (htmx-config), when what
 * the request had disabled is still disabled. The detail is that of the swap: htmx writes its next events into the same.
 */
export function whenSettled(act) {
  document.addEventListener("htmx:afterSettle", (event) => {
    const detail = { ...event.detail };
    queueMicrotask(() => act({ detail }));
  });
}

/** A translated word kept in a data attribute of the toast corner. */
export function word(name) {
  return document.getElementById("toasts")?.dataset[name] ?? "";
}

let spoken = 0;
/** Say something to screen readers, politely. */
export function say(text) {
  const box = document.getElementById("status");
  if (!box) return;
  clearTimeout(spoken);
  box.textContent = "";
  spoken = setTimeout(() => { box.textContent = text; }, 60);
}

/** The cross-site token that is valid now. */
export function csrfToken() {
  const holder = document.body.getAttribute("hx-headers");
  return holder ? JSON.parse(holder)["X-CSRFToken"] : "";
}

/** Make `token` the valid one on the whole page (signing in changes it). */
export function renewCsrfToken(token) {
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
}

/** `HH:MM` on the clinic's clock. */
export function clinicTime(moment = new Date()) {
  const zone = document.getElementById("clock")?.dataset.zone;
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone || undefined }).format(moment);
}

export function isRtl() {
  return document.documentElement.dir === "rtl";
}
