// The desk: which patient is in hand, and the third zone that follows them.

const context = document.getElementById("context");
const card = document.getElementById("patient-card");
const find = document.getElementById("find");
const results = document.getElementById("find-results");
const MINUTE = 60_000;
let inHand = "";
let asked = null; // the request for the third zone that was made last
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

function clearFind() {
  if (!find.value && !results.childElementCount) return;
  find.value = "";
  results.replaceChildren();
}

/** A patient was chosen or registered: the rows show it, and no panel of somebody else stays open. */
function select({ id, then }) {
  const before = inHand;
  inHand = String(id);
  markRows();
  if (then === "check_in") {
    window.htmx.ajax("POST", addressOf("arrive", id), { target: "#context", swap: "innerHTML" });
  } else if (inHand !== before || context.querySelector("#register-panel")) {
    context.replaceChildren(); // at once: a key pressed meanwhile must not reach the panel of the patient before
    load(`${document.getElementById("desk").dataset.context}?patient=${inHand}`, "#context");
  }
}

/** What acts on a row works on that row's person: their card stands beside it. */
function follow(element) {
  const row = element.closest("[data-row]");
  if (!row?.dataset.patient || row.dataset.patient === inHand) return;
  inHand = row.dataset.patient;
  markRows();
  load(addressOf("card", inHand), "#patient-card");
}

// After the swap: htmx looks for the card from the form that asked, which must still stand in the page then.
document.addEventListener("patient-selected", ({ detail }) => setTimeout(() => select(detail), 0));
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  typedThen.set(detail.xhr, find.value);
  if (detail.target === context) asked = detail.xhr;
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  // An answer that comes late must not replace what was asked for after it.
  if (detail.target === context && asked && detail.xhr !== asked) detail.shouldSwap = false;
  // The card comes to whoever stays in the table: arrows and row keys go on working there.
  if (detail.target === card && (fromTable(detail.requestConfig?.elt) || !detail.requestConfig?.triggeringEvent)) {
    detail.serverResponse = detail.serverResponse.replaceAll("data-focus", "");
  }
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  // The search has found its person; words typed since then are the next search.
  if (detail.target === card && typedThen.get(detail.xhr) === find.value) clearFind();
  markRows();
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const element = detail.requestConfig?.elt;
  if (detail.successful && element?.matches?.(".desk-acts *") && fromTable(element)) follow(element);
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
setInterval(() => { if (!document.hidden) refresh(); }, MINUTE);
