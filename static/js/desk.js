// The desk: which patient is in hand, and the third zone that follows them.

import { whenSettled } from "./dom.js";

const context = document.getElementById("context");
const card = document.getElementById("patient-card");
const find = document.getElementById("find");
const results = document.getElementById("find-results");
const SOON = 3_000;
let inHand = "";
let bringUntil = 0; // until when the row of the patient in hand is brought into view: something was done for them
let asked = null; // the request for the third zone, or from it, that was made last
const typedThen = new WeakMap(); // request -> what stood in the search box when it went out

const fromTable = (element) => Boolean(element?.closest?.("#today"));
const load = (url, target) => window.htmx.ajax("GET", url, { target, swap: "innerHTML" });
const addressOf = (name, id) => document.getElementById("desk").dataset[name].replace("/0/", `/${id}/`);

function markRows() {
  const table = document.getElementById("today");
  if (!table || !inHand) return;
  for (const row of table.querySelectorAll("[data-row]")) {
    if (row.dataset.patient === inHand) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

/** Whoever was just checked in or booked is seen in the table, unless somebody is reading it just then. */
function bringRow() {
  if (performance.now() > bringUntil || document.querySelector("#desk-scroll:is(:hover, :focus-within)")) return;
  // Of several rows of one day the last one is what was just done.
  [...document.querySelectorAll('#today [data-row][aria-current="true"]')].at(-1)?.scrollIntoView({ block: "nearest" });
}

function clearFind() {
  if (!find.value && !results.childElementCount) return;
  find.value = "";
  results.replaceChildren();
}

/** A patient was chosen or registered: the rows show it, and no panel of somebody else stays open, unless a key has
 * asked for another one (`since` is the request before). */
function select({ id, then }, since) {
  const before = inHand;
  inHand = String(id);
  markRows();
  if (then === "check_in") {
    window.htmx.ajax("POST", addressOf("arrive", id), { target: "#context", swap: "innerHTML" });
  } else if (inHand !== before || context.querySelector("#register-panel")) {
    const newer = asked !== since;
    // At once: a key pressed meanwhile must not reach the panel of the patient before.
    if (!newer || asked.readyState < XMLHttpRequest.DONE) context.replaceChildren();
    if (!newer) load(`${document.getElementById("desk").dataset.context}?patient=${inHand}`, "#context");
  }
}

/** Whoever a row or a panel is about is in hand: their card stands beside it. */
function follow(named) {
  if (!named?.dataset.patient || named.dataset.patient === inHand) return;
  inHand = named.dataset.patient;
  markRows();
  load(addressOf("card", inHand), "#patient-card");
}

/** Whoever was looked for by name is registered under it; typing on takes its place. A number may be of anything: it stays. */
function carry(text) {
  const field = document.getElementById("id_name");
  if (!/\p{L}/u.test(text) || /\p{N}/u.test(text) || !field || field.value) return;
  field.value = text.trim();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.select();
}

// After the swap: htmx looks for the card from the form that asked, which must still stand in the page then.
document.addEventListener("patient-selected", ({ detail }) => {
  const since = asked;
  setTimeout(() => select(detail, since), 0);
});
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  typedThen.set(detail.xhr, find.value);
  // What is sent from the panel outdates what was asked for before it: a bill on its way must not cover its receipt.
  const sent = detail.requestConfig?.triggeringEvent?.type === "submit" && context.contains(detail.elt);
  if (detail.target === context || sent) asked = detail.xhr;
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  // An answer that comes late must not replace what was asked for after it.
  if (detail.target === context && asked && detail.xhr !== asked) detail.shouldSwap = false;
  // The card comes to whoever stays in the table: arrows and row keys go on working there.
  if (detail.target === card && (fromTable(detail.requestConfig?.elt) || !detail.requestConfig?.triggeringEvent)) {
    detail.serverResponse = detail.serverResponse.replaceAll("data-focus", "");
  }
});
whenSettled(({ detail }) => {
  if (detail.requestConfig?.elt?.id === "new-patient") carry(typedThen.get(detail.xhr) ?? "");
  if (detail.target === context) follow(context.querySelector("[data-panel][data-patient]"));
  // The search has found its person; words typed since then are the next search.
  if (detail.target === card && typedThen.get(detail.xhr) === find.value) clearFind();
  markRows();
  bringRow();
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const element = detail.requestConfig?.elt;
  if (detail.successful && detail.requestConfig.verb === "post" && !fromTable(element)) bringUntil = performance.now() + SOON;
  if (detail.successful && element?.matches?.(".desk-acts *") && fromTable(element)) follow(element.closest("[data-row]"));
});
document.addEventListener("focus", ({ detail }) => { if (detail?.value === "#find") clearFind(); });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (!document.querySelector("#context [data-panel]") && document.activeElement !== find) find.focus();
});

/** At mid-day the table opens at the work: the first row not yet seen, with two rows above it. On loading only. */
function openAtWork() {
  const above = document.querySelector("#today [data-ahead]")?.previousElementSibling?.previousElementSibling;
  const head = document.querySelector("#today thead th");
  if (!above || !head) return;
  const scroller = document.getElementById("desk-scroll");
  scroller.scrollTop += above.getBoundingClientRect().top - head.getBoundingClientRect().bottom;
}
openAtWork();

const today = () => document.getElementById("desk-today");
const refresh = () => today()?.dispatchEvent(new CustomEvent("live", { bubbles: true }));
document.addEventListener("desk-changed", () => {
  if (document.getElementById("live-state")?.dataset.state !== "live") refresh();
});
