// Drafts save themselves: 2 s after typing stops, on leaving a field, on leaving the page.

import { clinicTime, csrfToken, word } from "./dom.js";
import { signInAgain } from "./net.js";

const PAUSE = 2000;
const AGAIN = 8000;
const TICK = 50;
const states = new WeakMap();
const forms = new Set();

function stateOf(form) {
  if (!states.has(form)) states.set(form, { dirty: false, sending: false, stopped: false, timer: 0 });
  forms.add(form);
  return states.get(form);
}

function tell(form, kind, text) {
  const box = form.dataset.saveStateIn ? document.querySelector(form.dataset.saveStateIn) : form.querySelector("[data-save-state]");
  if (!box) return;
  box.dataset.state = kind;
  box.classList.add("save-state");
  box.replaceChildren(text);
  if (kind !== "failed") return;
  const retry = document.createElement("button");
  retry.type = "button";
  retry.className = "btn btn-quiet btn-sm";
  retry.textContent = word("retry");
  retry.addEventListener("click", () => { stateOf(form).stopped = false; send(form); });
  box.append(" ", retry);
}

async function send(form, { keepalive = false } = {}) {
  const state = stateOf(form);
  clearTimeout(state.timer);
  if (!form.isConnected || state.sending || state.stopped) return;
  state.dirty = false;
  state.sending = true;
  try {
    const headers = { "HX-Request": "true", "X-Autosave": "true", "X-CSRFToken": csrfToken() };
    const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), headers, keepalive });
    await read(form, state, answer);
  } catch {
    fail(form, state);
  } finally {
    state.sending = false;
    if (state.dirty && !state.stopped) plan(form, PAUSE);
  }
}

async function read(form, state, answer) {
  if (answer.ok) {
    const version = answer.headers.get("X-Version");
    if (version && form.elements.version) form.elements.version.value = version;
    tell(form, "saved", `${word("saved")} ${clinicTime()}`);
    return;
  }
  if (answer.status === 401) {
    state.dirty = true;
    signInAgain("/sign-in/", () => send(form));
    return;
  }
  if (answer.status === 409) {
    state.stopped = true;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    tell(form, "failed", page.body.textContent.trim().replace(/\s+/g, " ").slice(0, 240) || word("notSaved"));
    return;
  }
  fail(form, state);
}

function fail(form, state) {
  state.dirty = true;
  tell(form, "failed", word("notSaved"));
  plan(form, AGAIN);
}

function plan(form, time) {
  const state = stateOf(form);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => send(form), time);
}

/** Save every changed draft now (Ctrl+S, leaving the page). */
export function flush(options) {
  for (const form of forms) {
    if (!form.isConnected) forms.delete(form);
    else if (stateOf(form).dirty) send(form, options);
  }
}

async function answered(state) {
  while (state.sending) await new Promise((done) => setTimeout(done, TICK));
}

/** Two saves of one draft follow each other: the second needs the version that the first one brings. */
function oneAfterTheOther(event) {
  const state = states.get(event.detail.elt);
  if (!state?.sending) return;
  event.preventDefault();
  answered(state).then(() => event.detail.issueRequest(true));
}

/** What became of a save by hand: refused because of another text, it stops the draft until both have been seen. */
function savedByHand({ detail }) {
  const state = states.get(detail.requestConfig?.elt);
  if (!state) return;
  if (detail.successful) state.stopped = false;
  else if (detail.xhr.status === 409) state.stopped = true;
  else state.dirty = true;
  setTimeout(() => { state.sending = false; }, TICK); // the new version is in the page by then
}

/** Save one draft and wait for the answer; true when all that is typed lies on the server. */
export async function saveNow(form) {
  const state = stateOf(form);
  await answered(state);
  if (state.dirty || state.stopped) {
    state.stopped = false;
    await send(form);
  }
  return !state.dirty && !state.stopped;
}

export function startAutosave() {
  document.addEventListener("input", (event) => {
    const form = event.target.form ?? event.target.closest?.("form");
    if (!form?.dataset.autosave) return;
    stateOf(form).dirty = true;
    plan(form, PAUSE);
  });
  document.addEventListener("focusout", (event) => {
    const form = event.target.form;
    if (form?.dataset.autosave && stateOf(form).dirty) send(form);
  });
  document.addEventListener("submit", (event) => {
    const state = states.get(event.target);
    if (!state) return;
    clearTimeout(state.timer);
    state.dirty = false;
  }, true);
  document.addEventListener("htmx:confirm", oneAfterTheOther);
  document.addEventListener("htmx:beforeRequest", ({ detail }) => { const state = states.get(detail.requestConfig?.elt); if (state) state.sending = true; });
  document.addEventListener("htmx:afterRequest", savedByHand);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") flush({ keepalive: true }); });
  addEventListener("beforeunload", (event) => {
    if ([...forms].some((form) => form.isConnected && stateOf(form).dirty)) { flush({ keepalive: true }); event.preventDefault(); }
  });
}
