// Search and commands in one box (Ctrl+K or /), and the key sheet (? or F1), both gathered from the page itself.

import { settleLists } from "./lists.js";

const CAPS = { Enter: "↵", PageDown: "PgDn", PageUp: "PgUp" };

function caps(keys) {
  const el = document.createElement("kbd");
  el.dir = "ltr";
  el.textContent = keys.split("+").map((part) => CAPS[part] ?? part.replace(/^Key/, "")).join(" ");
  return el;
}

/** What a control is called: its own words without the keycap. */
function label(el) {
  if (el.dataset.command) return el.dataset.command;
  const copy = el.cloneNode(true);
  for (const extra of copy.querySelectorAll("kbd, svg")) extra.remove();
  return copy.textContent.trim().replace(/\s+/g, " ") || el.getAttribute("aria-label") || el.placeholder || "";
}

function offered(el) {
  return !el.disabled && !el.closest("dialog") && (el.checkVisibility() || el.closest("details.menu, .rail"));
}

function gather(selector) {
  const found = new Map();
  for (const el of document.querySelectorAll(selector)) {
    const text = offered(el) && label(el);
    if (text && !found.has(text)) found.set(text, el);
  }
  return found;
}

function commandRow(text, el, number) {
  const row = document.createElement("li");
  row.className = "palette-row";
  row.dataset.row = "";
  row.id = `command-${number}`;
  const name = document.createElement("span");
  name.textContent = text;
  row.append(name);
  if (el.dataset.key) row.append(caps(el.dataset.key));
  row.dataset.open = "";
  row.addEventListener("click", (event) => {
    event.stopPropagation();
    document.getElementById("palette").close();
    queueMicrotask(() => { if (el.matches("input, textarea, select")) el.focus(); else el.click(); });
  });
  return row;
}

function fill() {
  const list = document.getElementById("palette-commands");
  let number = 0;
  const rows = [...gather("[data-command], [data-key]")]
    .filter(([, el]) => el.id !== "palette-button")
    .map(([text, el]) => commandRow(text, el, (number += 1)));
  list.replaceChildren(...rows);
}

function narrow(value) {
  const words = value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...document.querySelectorAll("#palette-commands > li")];
  for (const row of rows) row.hidden = !words.every((part) => row.textContent.toLocaleLowerCase().includes(part));
  const nothing = rows.every((row) => row.hidden);
  document.getElementById("palette-actions").hidden = nothing;
  document.getElementById("palette-none").hidden = !nothing || Boolean(document.querySelector("#palette-patients [data-row]"));
}

function fillKeys() {
  const list = document.getElementById("key-list");
  for (const old of list.querySelectorAll("li:not([data-fixed])")) old.remove();
  const seen = new Set();
  for (const el of document.querySelectorAll("[data-key], [data-row-key], [data-list-key]")) {
    const keys = el.dataset.key ?? el.dataset.rowKey ?? el.dataset.listKey;
    const text = !el.closest("dialog, .toasts") && keys !== "F1" && keys !== "Ctrl+K" && label(el);
    if (!text || seen.has(keys)) continue;
    seen.add(keys);
    const item = document.createElement("li");
    item.append(text, caps(keys));
    list.append(item);
  }
}

/** A patient found here opens in this page when the page has a place for it, else as a page of its own. */
function onPatient(event) {
  const link = event.target.closest?.("#palette-patients a[href]");
  if (!link) return;
  const target = link.getAttribute("hx-target");
  const here = target && !target.startsWith("this") && document.querySelector(target);
  document.getElementById("palette").close();
  if (here && !here.closest("dialog")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  location.assign(link.href);
}

export function startPalette() {
  const palette = document.getElementById("palette");
  if (!palette) return;
  const box = document.getElementById("palette-input");
  palette.addEventListener("dialog-open", () => {
    box.value = "";
    box.answered = undefined;
    document.getElementById("palette-patients").replaceChildren();
    fill();
    narrow("");
    settleLists(palette);
  });
  box.addEventListener("input", () => {
    if (!box.value.trim()) document.getElementById("palette-patients").replaceChildren();
    narrow(box.value);
    settleLists(palette);
  });
  palette.addEventListener("htmx:afterSettle", () => narrow(box.value));
  document.addEventListener("click", onPatient, true);
  document.getElementById("key-sheet")?.addEventListener("dialog-open", fillKeys);
}
