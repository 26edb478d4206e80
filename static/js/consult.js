// The consultation: what is typed is saved before the visit is finished, and a small panel closes where it stands.

import { saveNow } from "./autosave.js";

/** Hold a request of a form that names a draft (`data-saves-first`) until that draft is saved. */
function saveFirst(event) {
  const form = event.detail.elt;
  const draft = form.dataset?.savesFirst && document.querySelector(form.dataset.savesFirst);
  if (!draft) return;
  event.preventDefault();
  saveNow(draft).then((saved) => {
    if (saved) event.detail.issueRequest(true);
    else document.querySelector("[data-save]")?.click(); // shows both texts, or says that nothing was saved
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

document.addEventListener("htmx:confirm", saveFirst);
document.addEventListener("click", empty);
