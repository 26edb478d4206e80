// Nothing moves under the hand: while a person is in a list, its rows are renewed where they stand.
//
// Rows that came wait, rows that left stay, greyed, and a button says that the order has changed. The list is put in
// order when the hand leaves it, or with the button, or with R while a row has focus.

import { settleLists } from "./lists.js";

const REST = 3_000; // a pointer that has not moved for this long is not about to click
const LIST = "[data-list]";
const ROW = "[data-row][id]";

const held = new Map(); // id of a region -> its list with rows out of order
const asked = new Set(); // ids of regions whose next refresh may move rows: the hand itself has asked for it
let pointer = { list: null, at: -Infinity };
let refresh = () => {};
let restTimer = 0;

/** The list of this region in which a hand is, if any. */
export function hold(region) {
  if (asked.delete(region.id)) return null;
  const active = document.activeElement;
  const row = active && region.contains(active) ? active.closest("[data-row]") : null;
  const list = row?.closest(LIST);
  if (list && region.contains(list)) return list;
  const moving = performance.now() - pointer.at < REST && pointer.list?.isConnected;
  return moving && region.contains(pointer.list) ? pointer.list : null;
}

/** Forget that the rows of a region are out of order: they are about to be put right. */
export function release(region) {
  held.delete(region.id);
}

/**
 * Renew a region in place. Returns false when its rows keep their order, so that an ordinary swap moves nothing,
 * or when the new region is built too differently to be laid over the old one.
 */
export function keepPlaces(region, list, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const renewed = template.content.querySelector(`#${CSS.escape(region.id)}`);
  const position = [...region.querySelectorAll(LIST)].indexOf(list);
  const newList = renewed && [...renewed.querySelectorAll(LIST)][position];
  if (!newList) return false;
  const rows = [...list.querySelectorAll(ROW)];
  const newRows = new Map([...newList.querySelectorAll(ROW)].map((row) => [row.id, row]));
  const order = [...newRows.keys()];
  if (rows.length === order.length && rows.every((row, index) => row.id === order[index])) return false;
  const focused = document.activeElement?.id;
  for (const row of rows) renewRow(row, newRows.get(row.id));
  layOver(region, renewed, list);
  settleLists(list);
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  held.set(region.id, list);
  offer(region);
  return true;
}

function renewRow(row, renewed) {
  if (!renewed) {
    row.classList.add("gone");
    row.querySelectorAll("button").forEach((button) => (button.disabled = true));
    return;
  }
  const fresh = document.importNode(renewed, true);
  for (const name of ["tabindex", "aria-selected", "aria-current"]) {
    if (row.hasAttribute(name)) fresh.setAttribute(name, row.getAttribute(name));
  }
  row.replaceWith(fresh);
  window.htmx?.process(fresh);
}

// Everything of the region but the held list: equal parts stay, others are replaced where they stand.
function layOver(old, renewed, list) {
  if (old === list || old.children.length !== renewed.children.length) return;
  [...old.children].forEach((child, index) => {
    const fresh = renewed.children[index];
    if (child.contains(list)) layOver(child, fresh, list);
    else if (!child.isEqualNode(fresh)) {
      const copy = document.importNode(fresh, true);
      child.replaceWith(copy);
      window.htmx?.process(copy);
    }
  });
}

// --- the button -----------------------------------------------------------------------------------------------------

function offer(region) {
  let button = document.getElementById("order-changed");
  if (!button) {
    button = document.createElement("button");
    button.id = "order-changed";
    button.type = "button";
    button.className = "btn btn-sm order-changed";
    button.textContent = document.getElementById("live-state")?.dataset.textOrder || "Order changed, refresh (R)";
    // Pressing must not take the focus from the row.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", putRight);
    document.body.append(button);
  }
  button.hidden = false;
  button.dataset.region = region.id;
}

function putRight() {
  pointer = { list: null, at: -Infinity };
  const regions = [...held.keys()];
  held.clear();
  hide();
  for (const id of regions) {
    const region = document.getElementById(id);
    if (!region) continue;
    asked.add(id);
    refresh(region);
  }
}

function hide() {
  const button = document.getElementById("order-changed");
  if (button) button.hidden = true;
}

function left() {
  for (const [id] of held) {
    const region = document.getElementById(id);
    if (region && hold(region)) continue;
    held.delete(id);
    if (region) refresh(region);
  }
  if (!held.size) hide();
}

function onKey(event) {
  if (event.code !== "KeyR" || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !held.size) return;
  if (document.body.dataset.letterKeys === "no") return;
  if (!document.activeElement?.closest(ROW) || document.activeElement.matches("input, textarea, select")) return;
  event.preventDefault();
  putRight();
}

function onPointer(event) {
  const list = event.target.closest?.(LIST) || null;
  pointer = { list, at: performance.now() };
  clearTimeout(restTimer);
  if (held.size) restTimer = setTimeout(left, list ? REST + 50 : 0);
}

export function startHolding(refreshRegion) {
  refresh = refreshRegion;
  document.addEventListener("pointermove", onPointer, { passive: true });
  document.addEventListener("focusout", () => setTimeout(() => held.size && left(), 50));
  document.addEventListener("keydown", onKey);
}
