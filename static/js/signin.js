// The commonest causes of a wrong password: Caps Lock, and a keyboard that is still in the other language.

const ARABIC = /[\u0600-\u06FF]/;

function hint(id, on) {
  const text = document.querySelector(`#${id} [data-hint]`);
  if (text) text.hidden = !on;
}

function onKey(event) {
  if (!event.target.matches?.("#sign-in-form input, [data-password]")) return;
  if (event.getModifierState) hint("caps-hint", event.getModifierState("CapsLock"));
  if (event.key?.length === 1) hint("keyboard-hint", ARABIC.test(event.key));
}

function onClick(event) {
  const button = event.target.closest?.("[data-shows]");
  if (!button) return;
  const field = document.querySelector(button.dataset.shows);
  const show = field.type === "password";
  field.type = show ? "text" : "password";
  button.setAttribute("aria-pressed", String(show));
  field.focus();
}

function reveal() {
  for (const button of document.querySelectorAll("[data-shows][hidden]")) button.hidden = false;
}

// A page kept by the browser for its Back button would show an old form with an old token.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
document.addEventListener("keydown", onKey);
document.addEventListener("keyup", onKey);
document.addEventListener("click", onClick);
document.addEventListener("htmx:afterSettle", reveal);
reveal();
