// Focus is always somewhere useful: after every swap, after closing a panel, after an error.

import { topDialog, usable, whenSettled } from "./dom.js";
import { focusRow, listOf, rowsOf } from "./lists.js";

// Requests that no hand made must never take focus.
const MACHINE = new Set(["live", "load", "every", "revealed", "intersect", "input", "search", "keyup"]);
const SETTLED = 60; // ms after which a swap of nothing has certainly settled: htmx reports none of its events
const held = new WeakMap(); // request -> where focus was
let returnTo = null;

const lost = () => !document.activeElement || document.activeElement === document.body;

function where() {
  const el = document.activeElement;
  const list = listOf(el);
  const rows = list ? rowsOf(list) : [];
  return { id: el?.id, row: el?.closest?.("[data-row]")?.id, list: list?.id, index: rows.findIndex((row) => row.contains(el)), zone: el?.closest?.(".zone")?.id, opener: el?.closest?.("[data-panel]")?.dataset.opener };
}

const byHand = (event) => Boolean(event) && !MACHINE.has(event.type);
const byId = (id) => { const el = id && document.getElementById(id); return usable(el) ? el : null; };

/** Focus an element that may not be focusable by itself. */
function focusOn(el) {
  if (!el) return false;
  if (el.matches("[data-row], [data-cell]") && listOf(el)) { focusRow(el); return true; }
  if (el.tabIndex < 0 && !el.hasAttribute("tabindex")) el.tabIndex = -1;
  el.focus({ preventScroll: false });
  return document.activeElement === el;
}

function restore(was) {
  if (focusOn(byId(was.id)) || focusOn(byId(was.row))) return;
  const list = byId(was.list);
  if (list) {
    const rows = rowsOf(list);
    if (rows.length && focusOn(rows[Math.min(Math.max(was.index, 0), rows.length - 1)])) return;
  }
  if (focusOn(byId(was.opener))) return;
  const zone = byId(was.zone);
  if (zone && focusOn(zone.querySelector("[data-focus]") ?? zone.querySelector("input:not([type=hidden]), button, a[href]"))) return;
  focusOn(document.getElementById("main"));
}

/** At once after a swap, before it settles: a key pressed meanwhile must find its panel and its row. */
function atSwap({ detail }) {
  const was = held.get(detail.xhr) ?? {};
  keepOpeners(swapped(detail), was);
  if (lost() && !returnTo) focusOn(byId(was.id)) || focusOn(byId(was.row));
}

const swapped = (detail) => (detail.elt?.isConnected ? detail.elt : detail.target);

function afterSwap({ detail }) {
  const was = held.get(detail.xhr) ?? {};
  was.done = true;
  const target = swapped(detail);
  keepOpeners(target, was);
  if (returnTo) {
    const back = byId(returnTo);
    returnTo = null;
    if (focusOn(back)) return;
  }
  if (byHand(detail.requestConfig?.triggeringEvent)) {
    const wanted = target?.matches?.("[data-focus]") ? target : target?.querySelector?.("[data-focus]");
    if (focusOn(wanted)) {
      if (wanted.matches("input[data-select]")) wanted.select();
      return;
    }
  }
  if (lost() && was.id !== undefined) restore(was);
}

function keepOpeners(root, was) {
  const panels = [...(root?.querySelectorAll?.("[data-panel]") ?? [])];
  if (root?.matches?.("[data-panel]")) panels.push(root);
  for (const panel of panels) {
    if (panel.dataset.opener) continue;
    // A panel that was renewed by its own form still goes back to what opened it first.
    const own = was.opener && (!byId(was.id) || panel.contains(byId(was.id)));
    panel.dataset.opener = (own && was.opener) || was.id || was.row || "";
  }
}

function closeTopPanel(event) {
  if (event.key !== "Escape" || event.defaultPrevented || topDialog()) return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
  if (event.target.matches?.("input[type=search]") && event.target.value) {
    event.target.value = "";
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
    event.preventDefault();
    return;
  }
  const panels = [...document.querySelectorAll("[data-panel]")].filter(usable);
  const panel = panels.findLast((el) => el.contains(document.activeElement)) ?? panels.at(-1);
  const button = panel?.querySelector("[data-close]");
  if (!button) return;
  event.preventDefault();
  returnTo = panel.dataset.opener || document.querySelector('[data-row][aria-current="true"]')?.id || null;
  button.click();
  if (!panel.isConnected) { focusOn(byId(returnTo)); returnTo = null; }
}

/** A panel that scrolls and holds nothing to focus gets a tab stop, so that the keyboard can scroll it. */
function markScrollers() {
  for (const body of document.querySelectorAll(".zone-body, .scroll")) {
    const needs = body.scrollHeight > body.clientHeight + 1 && !body.querySelector("a[href], button, input, select, textarea, [tabindex='0']");
    if (needs && !body.hasAttribute("tabindex")) {
      body.tabIndex = 0;
      body.setAttribute("role", "region");
      body.setAttribute("aria-label", body.closest(".zone")?.querySelector("h1, h2")?.textContent.trim() || document.title);
    }
  }
}

export function startFocus() {
  document.addEventListener("htmx:beforeRequest", ({ detail }) => held.set(detail.xhr, where()));
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!lost()) held.set(detail.xhr, where());
    if (detail.shouldSwap) setTimeout(() => { if (!held.get(detail.xhr)?.done) afterSwap({ detail }); }, SETTLED);
  });
  document.addEventListener("htmx:afterSwap", atSwap);
  whenSettled((event) => { afterSwap(event); markScrollers(); });
  // HX-Trigger {"focus": "#id"}: the browser's own focus events carry no detail.
  document.addEventListener("focus", ({ detail }) => { if (detail?.value) focusOn(document.querySelector(detail.value)); });
  document.addEventListener("keydown", closeTopPanel);
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  markScrollers();
  const first = document.querySelector("[data-focus]");
  // On a phone a focused field would open the keyboard over the page.
  if (first && lost() && !matchMedia("(hover: none) and (pointer: coarse)").matches) focusOn(first);
}
