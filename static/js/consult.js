// The consultation: what is typed is saved or sent before the visit is finished, and a small panel closes where it stands.

import { saveNow } from "./autosave.js";
import { whenSettled } from "./dom.js";

const SETTLED = 80; // ms after which focus has found its place in what an answer brought
const SENTENCE = "unsent-words"; // id of the sentence beside words that nobody has sent
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

// What a person types words or values into.
const WORDS = "textarea, input:not([type=hidden], [type=radio], [type=checkbox])";

/** The first field of a form whose words lie nowhere but on this page: changed, refused, or begun with a choice. */
function wordsIn(form) {
  const fields = [...form.elements].filter((field) => field.matches(WORDS));
  const refused = form.hasAttribute("data-refused");
  const changed = fields.find((field) => field.value.trim() && (refused || field.value !== field.defaultValue));
  return changed ?? (form.dataset.chosen ? fields[0] : null);
}

/** The first such field on the page (`data-unsent` of a form is the sentence that says so). */
function unsent() {
  for (const form of document.querySelectorAll("form[data-unsent]")) {
    const field = wordsIn(form);
    if (field) return field;
  }
  return null;
}

/** Words that nobody has sent would be gone with the page, so the hands are put into them and nothing else is done. */
function keepWords(field) {
  const fold = field.closest("details");
  if (fold) fold.open = true;
  document.getElementById(SENTENCE)?.remove(); // said again at each refusal
  const sentence = document.createElement("span");
  sentence.id = SENTENCE;
  sentence.className = "field-error";
  sentence.setAttribute("role", "alert");
  sentence.textContent = field.form.dataset.unsent;
  (field.closest(".input-group") ?? field).after(sentence);
  field.scrollIntoView({ block: "nearest" });
  sentence.scrollIntoView({ block: "nearest" });
  field.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("refused"));
}

/** A sentence about words that are gone says nothing. */
function outdated() {
  if (!unsent()) document.getElementById(SENTENCE)?.remove();
}

/** Nor do reasons against a finish once something was done; a typed answer to them stays. */
function answeredElsewhere({ detail }) {
  if (detail.requestConfig?.verb !== "post" || !detail.successful || detail.requestConfig.elt.id === "finish-form") return;
  const why = document.getElementById("finish-why");
  if (why && !why.querySelector("input")?.value.trim()) why.remove();
}

/** Hold a request of a form that names a draft (`data-saves-first`) until that draft is saved. */
function saveFirst(event) {
  const form = event.detail.elt;
  const draft = form.dataset?.savesFirst && document.querySelector(form.dataset.savesFirst);
  if (!draft) return;
  event.preventDefault();
  if (held) return;
  const left = unsent();
  if (left) { keepWords(left); return; }
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

const cards = () => [...document.querySelectorAll("#composer-lines .rx-card:not(.done)")];
// What the answer to each of these forms and fields has brought; looked for anew, since it may be renewed meanwhile.
const BROUGHT = {
  "line-form": () => cards().findLast((card) => card.matches(".stop")) ?? cards().at(-1),
  "line-text": () => document.getElementById("line-found"),
  "finish-form": () => document.getElementById("finish-why"),
};

/** What an answer has brought is seen: under a small window's bar lie the medicine's warning and the finish's refusal. */
function bringIntoSight({ detail }) {
  const brought = BROUGHT[detail.requestConfig?.elt?.id];
  if (!brought) return;
  // Focus scrolls too, before; on a slow machine after the first of these.
  for (const wait of [SETTLED, 4 * SETTLED]) setTimeout(() => brought()?.scrollIntoView({ block: "nearest" }), wait);
}

whenSettled(bringIntoSight);
document.addEventListener("toggle", unfolded, true); // it does not bubble
document.addEventListener("htmx:confirm", saveFirst);
document.addEventListener("htmx:afterRequest", ({ detail }) => { if (!detail.successful && detail.requestConfig?.verb === "post") release(); });
document.addEventListener("click", empty);
document.addEventListener("htmx:afterRequest", answeredElsewhere);
document.addEventListener("input", outdated);
addEventListener("beforeunload", (event) => { if (unsent()) event.preventDefault(); });
