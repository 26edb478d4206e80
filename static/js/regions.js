// Live regions: elements with `data-live` that fetch themselves again when told, without moving anything under a hand.

import { hold, keepPlaces, release, startHolding } from "./places.js";

const GAP = 300; // a burst of changes is one refresh
const STUCK = 15_000;
const TINT = 2_000;
const SAY_EVERY = 10_000;
const MINUTE = 60_000;
const SCROLLS = ".zone-body, .scroll";

const born = new WeakMap(); // element -> when the request that brought it began
const started = new WeakMap(); // XMLHttpRequest -> when it was sent
const turns = new Map(); // id of a region -> {busy, dirty, timer, last}
const flying = new Set(); // requests of a person's hand under way
let pressed = null; // what a pointer is held down on: a swap before it is let go would lose the click
let hooks = null;
let beforeTexts = null;
const scrolled = new Map(); // id of a region about to be swapped -> how far each part of it was scrolled
let lastSaid = -Infinity;
let toSay = "";
let sayTimer = 0;

const byLive = (detail) => detail.requestConfig?.triggeringEvent?.type === "live";

export function regionsOf(topic) {
  const found = [];
  for (const element of document.querySelectorAll("[data-live]")) {
    const topics = element.dataset.live.split(/\s+/).filter(Boolean);
    if (topic === undefined || topics.includes(topic)) found.push({ element, topics, born: born.get(element) ?? 0 });
  }
  return found;
}

function turnOf(element) {
  element.id ||= `live-${crypto.randomUUID()}`;
  if (!turns.has(element.id)) turns.set(element.id, { busy: 0, dirty: false, timer: 0, last: -Infinity });
  return turns.get(element.id);
}

/** Let a region fetch itself: at once, or as soon as nothing of the person's own is in its way. */
export function refresh(element) {
  const turn = turnOf(element);
  const now = performance.now();
  const busy = turn.busy && now - turn.busy < STUCK;
  if (document.hidden || busy || inTheWay(element)) {
    turn.dirty = true;
    return;
  }
  if (turn.timer) return;
  const wait = Math.max(0, turn.last + GAP - now);
  turn.timer = setTimeout(() => {
    turn.timer = 0;
    turn.last = performance.now();
    turn.dirty = false;
    const current = document.getElementById(element.id);
    if (current) current.dispatchEvent(new CustomEvent("live"));
  }, wait);
}

function catchUp() {
  for (const [id, turn] of turns) {
    const element = document.getElementById(id);
    if (!element) turns.delete(id);
    else if (turn.dirty) {
      turn.dirty = false;
      refresh(element);
    }
  }
}

// A swap would lose typed text, an open dialog, or the answer to a request that is under way.
function inTheWay(region) {
  const active = document.activeElement;
  if (active && region.contains(active) && active.matches("input:not([type=hidden]), textarea, select")) return true;
  if (region.querySelector("dialog[open]")) return true;
  if (pressed && region.contains(pressed)) return true;
  for (const { elt, target } of flying) {
    if (region.contains(elt) || region.contains(target) || target?.contains(region)) return true;
  }
  return false;
}

/** After a swap: mark new regions, and refresh those that were asked for before their topic changed. */
export function arrived(event) {
  const began = started.get(event?.detail?.xhr) ?? performance.now();
  let unknown = false;
  for (const region of regionsOf()) {
    if (born.has(region.element)) continue;
    born.set(region.element, began);
    if (hooks.outdated({ ...region, born: began })) refresh(region.element);
    unknown ||= region.topics.some((topic) => !hooks.isKnown(topic));
  }
  if (unknown) hooks.unknown();
}

export function startWatching(given) {
  hooks = given;
  for (const { element } of regionsOf()) born.set(element, 0);
  const body = document.body;
  body.addEventListener("htmx:beforeRequest", beforeRequest);
  body.addEventListener("htmx:beforeSend", (event) => started.set(event.detail.xhr, performance.now()));
  body.addEventListener("htmx:beforeSwap", beforeSwap);
  body.addEventListener("htmx:afterSwap", afterSwap);
  body.addEventListener("htmx:afterRequest", afterRequest);
  body.addEventListener("focusout", () => setTimeout(catchUp, 50));
  body.addEventListener("close", catchUp, true);
  document.addEventListener("visibilitychange", () => document.hidden || catchUp());
  for (const kind of ["pointerdown", "pointerup", "pointercancel"]) document.addEventListener(kind, onPress, true);
  startHolding(refresh);
  // Minutes of waiting pass without anybody doing anything.
  setInterval(() => document.querySelectorAll("[data-live][data-minutes]").forEach(refresh), MINUTE);
}

function onPress({ type, target }) {
  if (type === "pointerdown") { pressed = target; return; }
  setTimeout(() => { pressed = null; catchUp(); }, 0); // after the click
}

// --- one refresh ----------------------------------------------------------------------------------------------------

function beforeRequest({ detail }) {
  if (byLive(detail)) turnOf(detail.elt).busy = performance.now();
  else flying.add(detail.requestConfig);
}

function afterRequest({ detail }) {
  if (byLive(detail)) {
    const turn = turns.get(detail.requestConfig.elt.id);
    if (turn) turn.busy = 0;
  }
  flying.delete(detail.requestConfig);
  setTimeout(catchUp, 0);
}

function keepScroll({ target }) {
  if (target?.matches?.("[data-live][id]")) scrolled.set(target.id, [...target.querySelectorAll(SCROLLS)].map((part) => part.scrollTop));
}

function scrollBack({ target }) {
  const tops = scrolled.get(target?.id) ?? [];
  scrolled.delete(target?.id);
  [...(document.getElementById(target?.id)?.querySelectorAll(SCROLLS) ?? [])].forEach((part, index) => { part.scrollTop = tops[index] ?? part.scrollTop; });
}

function beforeSwap(event) {
  const { detail } = event;
  keepScroll(detail);
  if (!byLive(detail)) return;
  const region = detail.requestConfig.elt;
  if (detail.xhr.status !== 200 || !document.contains(region)) {
    // What a machine asked for may fail without a word: the page keeps what it shows and asks again.
    detail.shouldSwap = false;
    detail.isError = false;
    return;
  }
  if (inTheWay(region)) {
    detail.shouldSwap = false;
    turnOf(region).dirty = true;
    return;
  }
  beforeTexts = textsOf(region);
  const held = hold(region);
  if (held && keepPlaces(region, held, detail.serverResponse)) {
    detail.shouldSwap = false;
    born.set(region, started.get(detail.xhr) ?? performance.now());
    showChanges(region);
    return;
  }
  release(region);
}

function afterSwap({ detail }) {
  scrollBack(detail);
  if (!byLive(detail) || !beforeTexts) return;
  const region = document.getElementById(detail.requestConfig.elt.id);
  if (region) showChanges(region);
}

// --- what has changed -----------------------------------------------------------------------------------------------

// The text of each cell of each row, and of each small element with an id.
function textsOf(region) {
  const texts = new Map();
  for (const row of region.querySelectorAll("[data-row][id]")) {
    [...row.children].forEach((cell, index) => texts.set(`${row.id}/${index}`, cell));
  }
  for (const element of region.querySelectorAll("[id]:not([data-row])")) {
    if (!element.childElementCount && !element.closest("[data-row]")) texts.set(element.id, element);
  }
  for (const element of region.querySelectorAll("[data-announce][id]")) texts.set(element.id, element);
  return new Map([...texts].map(([key, element]) => [key, { element, text: element.textContent.trim() }]));
}

function showChanges(region) {
  const before = beforeTexts;
  beforeTexts = null;
  for (const [key, { element, text }] of textsOf(region)) {
    if (!before.has(key) || before.get(key).text === text) continue;
    if (element.matches("[data-announce]")) say(text);
    if (element.closest("[data-quiet]")) continue;
    element.classList.add("changed");
    setTimeout(() => element.classList.remove("changed"), TINT);
  }
}

// Screen readers hear the newest sentence, at most one in ten seconds.
function say(text) {
  toSay = text;
  if (sayTimer) return;
  sayTimer = setTimeout(() => {
    sayTimer = 0;
    lastSaid = performance.now();
    const place = document.getElementById("status");
    if (place) place.textContent = toSay;
  }, Math.max(0, lastSaid + SAY_EVERY - performance.now()));
}
