// What can go wrong between here and the server: session over, no connection, an answer that is not a fragment.

import { csrfToken, renewCsrfToken, say, whenSettled, word } from "./dom.js";
import { toast } from "./toasts.js";

const waiting = []; // requests to send again after signing in

/** Show the sign-in form over the page; what is typed stays underneath. */
export function signInAgain(url, again) {
  if (again) waiting.push(again);
  const dialog = document.getElementById("sign-in-dialog");
  if (!dialog || dialog.open) return;
  dialog.showModal();
  window.htmx.ajax("GET", url, { target: "#sign-in-slot", swap: "innerHTML" });
}

function signInUrl(xhr) {
  const triggers = xhr.getResponseHeader("HX-Trigger");
  try { return JSON.parse(triggers)["sign-in"].url; } catch { return "/sign-in/"; }
}

function replay({ elt, triggeringEvent, machine }) {
  return () => {
    if (machine || !elt?.isConnected) return;
    if (elt.tagName === "FORM") elt.requestSubmit(triggeringEvent?.submitter?.isConnected ? triggeringEvent.submitter : undefined);
    else window.htmx.trigger(elt, triggeringEvent?.type ?? "click");
  };
}

function onSignedIn({ detail }) {
  if (detail.user && String(detail.user) !== document.body.dataset.user) { location.reload(); return; }
  if (detail.token) renewCsrfToken(detail.token);
  document.getElementById("sign-in-dialog")?.close();
  document.getElementById("sign-in-slot")?.replaceChildren();
  for (const again of waiting.splice(0)) again();
}

function onError({ detail }) {
  const { xhr, requestConfig } = detail;
  if (xhr.status === 401) {
    const event = requestConfig.triggeringEvent;
    signInAgain(signInUrl(xhr), replay({ elt: requestConfig.elt, triggeringEvent: event, machine: !event || event.type === "live" }));
    return;
  }
  if (!isFragment(xhr) && !toldAlready(xhr)) toast({ text: reason(xhr), level: "danger" });
}

const isFragment = (xhr) => Boolean(xhr.responseText.trim()) && !/<html[\s>]/i.test(xhr.responseText.slice(0, 400));
const toldAlready = (xhr) => (xhr.getResponseHeader("HX-Trigger") ?? "").includes("toast");
const reason = (xhr) => {
  const text = { 403: word("denied"), 404: word("missing") }[xhr.status] || word("failed");
  const reference = xhr.getResponseHeader("X-Request-ID");
  return reference && xhr.status >= 500 ? `${text} (${reference})` : text;
};

/** A whole page in place of a fragment would wreck the panel: leave the panel as it is. */
function onBeforeSwap({ detail }) {
  if (detail.xhr.status >= 400 && !isFragment(detail.xhr)) detail.shouldSwap = false;
}

/** A newly signed-in answer may carry its token as a header; a busy target says so to screen readers. */
function onAfterRequest({ detail }) {
  detail.target?.removeAttribute?.("aria-busy");
  const token = detail.xhr?.getResponseHeader?.("X-CSRFToken");
  if (token && token !== csrfToken()) renewCsrfToken(token);
}

function connection() {
  const strip = document.getElementById("net-strip");
  if (strip) strip.hidden = navigator.onLine;
}

function announceResults({ detail }) {
  const box = detail.target?.closest?.("[data-results]");
  const count = box?.querySelectorAll("[data-row]").length;
  if (box && detail.requestConfig?.elt?.matches?.("[data-picks]")) say(word("results").replace("0", count));
}

export function startNet() {
  document.addEventListener("htmx:beforeRequest", ({ detail }) => detail.target?.setAttribute?.("aria-busy", "true"));
  document.addEventListener("htmx:afterRequest", onAfterRequest);
  document.addEventListener("htmx:beforeSwap", onBeforeSwap);
  document.addEventListener("htmx:responseError", onError);
  document.addEventListener("htmx:sendError", ({ detail }) => {
    if (detail.requestConfig?.triggeringEvent?.type !== "live") toast({ text: word("offline"), level: "danger" });
  });
  whenSettled(announceResults);
  document.addEventListener("signed-in", onSignedIn);
  document.getElementById("sign-in-dialog")?.addEventListener("cancel", (event) => event.preventDefault());
  addEventListener("online", connection);
  addEventListener("offline", connection);
  connection();
}
