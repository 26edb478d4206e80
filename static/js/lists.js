// Lists with one tab stop: arrows move, Enter opens, letters act only while focus is in a row.

import { isRtl, isTyping, usable, whenSettled } from "./dom.js";
import { toast } from "./toasts.js";

const CONTROLS = "a[href], button, summary";
const lastRow = new Map(); // list id -> row id that holds the tab stop
const openRow = new Map(); // list id -> row id shown beside the list

/** The outermost list around an element. */
export function listOf(el) {
  let list = el?.closest?.("[data-list]") ?? null;
  for (let up = list; up; up = up.parentElement?.closest("[data-list]")) list = up;
  return list;
}

const unit = (list) => (list.dataset.list === "grid" ? "[data-cell]" : "[data-row]");
const rowOf = (el) => { const list = listOf(el); return list ? el.closest(unit(list)) : null; };

/** The rows (or cells) of a list that can be seen. */
export function rowsOf(list) {
  return [...list.querySelectorAll(unit(list))].filter((row) => row.checkVisibility());
}

/** Put focus on a row and make it the list's tab stop. */
export function focusRow(row) {
  if (!row) return;
  const list = listOf(row);
  for (const other of list.querySelectorAll(unit(list))) if (other.tabIndex === 0) other.tabIndex = -1;
  row.tabIndex = 0;
  if (list.id && row.id) lastRow.set(list.id, row.id);
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Do what Enter does on a row. */
function open(row) {
  const control = row.matches("[data-open]") ? row : row.querySelector("[data-open]");
  if (!control) return;
  mark(row);
  control.click();
}

function mark(row) {
  const list = listOf(row);
  if (!list?.id || list.dataset.list === "grid" || list.closest("dialog")) return;
  for (const other of list.querySelectorAll('[data-row][aria-current="true"]')) other.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  if (row.id) openRow.set(list.id, row.id);
}

/** Give every list its one tab stop again; called on load and after each swap. */
export function settleLists(root = document) {
  const lists = new Set([...root.querySelectorAll("[data-list]")].map(listOf));
  if (listOf(root)) lists.add(listOf(root));
  for (const list of lists) settle(list);
}

function settle(list) {
  const rows = [...list.querySelectorAll(unit(list))];
  const served = list.querySelector('[data-row]:is([aria-current="true"], [aria-selected="true"])');
  const shown = !served && openRow.has(list.id) ? document.getElementById(openRow.get(list.id)) : null;
  if (shown && list.contains(shown)) shown.setAttribute("aria-current", "true");
  const kept = document.getElementById(lastRow.get(list.id) ?? "");
  const stop = (list.contains(document.activeElement) && rowOf(document.activeElement)) || (list.contains(kept) && kept) || served || shown || rows[0];
  for (const row of rows) {
    row.tabIndex = row === stop ? 0 : -1;
    for (const control of row.querySelectorAll(CONTROLS)) control.tabIndex = -1;
  }
}

function place(cell, cells, list) {
  if (cell.dataset.r) return [Number(cell.dataset.r), Number(cell.dataset.c)];
  const rows = [...list.querySelectorAll("[data-row]")];
  const row = cell.closest("[data-row]");
  return [rows.indexOf(row), [...row.querySelectorAll("[data-cell]")].indexOf(cell)];
}

function neighbour(cell, list, down, along) {
  const cells = rowsOf(list);
  const [r, c] = place(cell, cells, list);
  let best = null;
  let nearest = Infinity;
  for (const other of cells) {
    const [or, oc] = place(other, cells, list);
    const ahead = down ? (or - r) * down : (oc - c) * along;
    const aside = down ? Math.abs(oc - c) : Math.abs(or - r);
    if (ahead <= 0 || (down && aside)) continue;
    const distance = ahead * 1000 + aside;
    if (distance < nearest) { nearest = distance; best = other; }
  }
  return best;
}

function step(event, row, list) {
  const along = { ArrowRight: 1, ArrowLeft: -1 }[event.code];
  const down = { ArrowDown: 1, ArrowUp: -1 }[event.code];
  const rows = rowsOf(list);
  if (list.dataset.list === "grid") {
    if (down || along) return neighbour(row, list, down, (along ?? 0) * (isRtl() ? -1 : 1));
  } else if (down) {
    return rows[rows.indexOf(row) + down] ?? (down < 0 ? boxOf(list) : null);
  }
  if (event.code === "Home") return rows[0];
  if (event.code === "End") return rows.at(-1);
  return null;
}

const boxOf = (list) => (list.id ? [...document.querySelectorAll(`[data-picks="#${CSS.escape(list.id)}"]`)].find(usable) : null)
  ?? [...document.querySelectorAll("[data-picks]")].find((box) => usable(box) && document.querySelector(box.dataset.picks)?.contains(list)) ?? null;

function intoRow(event, row) {
  const along = { ArrowRight: 1, ArrowLeft: -1 }[event.code] * (isRtl() ? -1 : 1);
  const controls = [row, ...[...row.querySelectorAll(CONTROLS)].filter(usable)];
  const next = controls[controls.indexOf(document.activeElement) + along];
  if (next) { next.focus(); event.preventDefault(); }
}

function onRowKey(event, row) {
  const list = listOf(row);
  if (event.code.startsWith("Key") && !event.ctrlKey && !event.metaKey && !event.altKey) return onLetter(event, row, list);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if ((event.code === "Enter" || event.code === "NumpadEnter") && event.target === row) {
    event.preventDefault();
    if (!event.repeat) open(row);
    return;
  }
  if (list.dataset.list !== "grid" && (event.code === "ArrowRight" || event.code === "ArrowLeft")) return intoRow(event, row);
  const next = step(event, row, list);
  if (!next) return;
  event.preventDefault();
  if (next.matches(unit(list))) focusRow(next); else next.focus();
}

function onLetter(event, row, list) {
  if (document.body.dataset.letterKeys === "no" || event.repeat || event.shiftKey) return;
  const zone = list.closest(".zone") ?? document;
  const button = [...row.querySelectorAll(`[data-row-key="${event.code}"]`)].find((el) => !el.disabled)
    ?? [...zone.querySelectorAll(`[data-list-key="${event.code}"]`)].find(usable);
  if (!button) return sayWhyNot(event, row, zone);
  event.preventDefault();
  button.click();
}

/** The words the zone keeps for a row's letter with nothing to do there: for how the row stands, else for any row. */
function sayWhyNot(event, row, zone) {
  const words = [...zone.querySelectorAll(`[data-no-key="${event.code}"]`)];
  const stands = row.dataset.stands;
  const why = words.find((el) => stands && el.dataset.stands?.split(" ").includes(stands)) ?? words.find((el) => !el.dataset.stands);
  if (!why) return;
  event.preventDefault();
  toast({ text: why.textContent, level: "warn" });
}

function onBoxKey(event, box) {
  const list = document.querySelector(box.dataset.picks);
  if (!list) return;
  if (event.code === "ArrowDown") {
    const first = rowsOf(list.matches("[data-list]") ? list : list.querySelector("[data-list]") ?? list)[0];
    if (first) { event.preventDefault(); focusRow(first); }
    return;
  }
  if (event.code !== "Enter" && event.code !== "NumpadEnter") return;
  if (event.ctrlKey || event.metaKey) return; // the form's own main action
  event.preventDefault();
  if (event.repeat || !box.value.trim()) return;
  if (!box.hasAttribute("hx-get") || box.answered === box.value) pick(box); else box.waiting = true;
}

/**
 * Open the first row that can be seen; with `fixed` only those that do not come from the server. Of several people
 * whom nobody has seen yet (`unseen`, and the box says `data-one`) none is opened: the first takes the focus.
 */
function pick(box, { fixed = false, unseen = false } = {}) {
  box.waiting = false;
  const rows = [...document.querySelectorAll(`${box.dataset.picks} [data-row]`)]
    .filter((el) => el.checkVisibility() && !(fixed && el.closest("[data-results]")));
  const row = rows[0];
  if (!row) return;
  if (row.tabIndex < 0) row.tabIndex = -1;
  if (unseen && rows.length > 1 && box.hasAttribute("data-one")) focusRow(row); else open(row);
}

function onClick(event) {
  const row = event.target.closest?.("[data-row], [data-cell]");
  if (!row || !listOf(row)) return;
  if (event.target.closest("[data-open]")) { mark(row); return; }
  if (event.target.closest("a, button, input, select, textarea, label, summary")) return;
  if (String(getSelection()) && !getSelection().isCollapsed) return;
  const target = rowOf(event.target);
  if (!target) return;
  focusRow(target);
  open(target);
}

/** Down, with nothing in hand, leads into the page's first list: whoever has just opened it need not look for the mouse. */
function enter(event) {
  if (event.code !== "ArrowDown" || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const row = [...document.querySelectorAll("main [data-list]")].map((list) => rowsOf(listOf(list)).find((one) => one.tabIndex === 0)).find(Boolean);
  if (!row) return;
  event.preventDefault();
  focusRow(row);
}

export function startLists() {
  settleLists();
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !(event.target instanceof Element)) return;
    if (event.target.matches("[data-picks]")) return onBoxKey(event, event.target);
    if (event.target.matches("body, main")) return enter(event);
    const row = isTyping(event.target) ? null : rowOf(event.target);
    if (row) onRowKey(event, row);
  });
  document.addEventListener("focusin", (event) => {
    const row = rowOf(event.target);
    const list = row && listOf(row);
    if (list?.id && row.id) lastRow.set(list.id, row.id);
  });
  document.addEventListener("click", onClick);
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt.matches?.("[data-picks]")) detail.elt.asked = detail.elt.value;
  });
  // Before the swap has settled: a row that has no tab stop yet could not take the focus.
  document.addEventListener("htmx:afterSwap", ({ detail }) => settleLists(detail.target?.isConnected ? detail.target : document));
  whenSettled(({ detail }) => {
    settleLists(detail.target?.isConnected ? detail.target : document); // an outerHTML swap leaves the old one behind
    // A panel may take the place of the row that opened it.
    if (detail.target?.querySelector?.("[data-panel]")) rowOf(document.activeElement)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    const box = detail.requestConfig?.elt;
    if (!box?.matches?.("[data-picks]")) return;
    box.answered = box.asked;
    if (box.waiting && box.answered === box.value) pick(box, { unseen: true });
  });
  // A search that failed must not open an older result.
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(failure, ({ detail }) => { if (detail.elt?.waiting) pick(detail.elt, { fixed: true }); });
  }
}
