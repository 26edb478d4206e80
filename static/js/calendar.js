// The calendar: the present moment moves on, and the day opens where it matters.

import { whenSettled } from "./dom.js";

const MINUTE = 60_000;
const grid = () => document.getElementById("calendar-day");
const refresh = () => grid()?.dispatchEvent(new CustomEvent("live", { bubbles: true }));

/** What scrolls the grid: its own zone on a desk, a box around it or the whole page on a phone. */
function scrollerOf(element) {
  for (let box = element; box; box = box.parentElement) {
    if (box.scrollHeight > box.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(box).overflowY)) return box;
  }
  return document.scrollingElement;
}

function toNow() {
  const zone = document.getElementById("calendar-scroll");
  const line = document.getElementById("calendar-now") ?? zone.querySelector(".cal-work");
  if (!line) return;
  const scroller = scrollerOf(zone);
  const top = scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top;
  scroller.scrollTop += line.getBoundingClientRect().top - top - 150;
}

toNow();
if (document.getElementById("calendar-now")) setInterval(() => { if (!document.hidden) refresh(); }, MINUTE);
/** A move is done: the page leaves the moving state where it stands, with its sentence and its way back. */
function stopMoving() {
  const strip = document.querySelector(".moving-strip");
  if (!strip) return;
  const clean = (address) => {
    const url = new URL(address, location.href);
    url.searchParams.delete("moving");
    return url.pathname + url.search;
  };
  strip.remove();
  history.replaceState(null, "", clean(location.href));
  for (const link of document.querySelectorAll('a[href*="moving="]')) link.setAttribute("href", clean(link.href));
  document.querySelector("#calendar-go [name=moving]")?.remove();
  window.htmx.ajax("GET", clean(new URL(grid().getAttribute("hx-get"), location.href)), { target: "#calendar-day", swap: "outerHTML" });
}

document.addEventListener("desk-changed", () => {
  stopMoving();
  // Hours reach into days whose own topic is not told.
  const hours = document.querySelector("#context [data-hours]");
  if (hours || document.getElementById("live-state")?.dataset.state !== "live") refresh();
});

// After a booking or a move the hand goes on where the appointment now stands.
whenSettled(() => {
  const told = document.activeElement?.closest?.("[data-booked]");
  const cell = told && document.querySelector(`#appt-${told.dataset.booked}[data-cell]`);
  if (cell) { cell.tabIndex = 0; cell.focus(); }
});
