// The clinic's clock in the top bar, and the switch of colours without leaving the page.

import { clinicTime, csrfToken } from "./dom.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function dayText(moment, zone) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "numeric", year: "numeric", timeZone: zone }).formatToParts(moment).map(({ type, value }) => [type, value]));
  return `${parts.day}-${MONTHS[Number(parts.month) - 1]}-${parts.year}`;
}

function startTicking(clock) {
  const drift = Number(clock.dataset.now) * 1000 - Date.now();
  const zone = clock.dataset.zone || undefined;
  const run = clock.querySelector("[data-weekday] bdi");
  const tick = () => {
    const now = new Date(Date.now() + drift);
    const time = clock.querySelector("[data-time]");
    if (time.textContent !== clinicTime(now)) time.textContent = clinicTime(now);
    const day = dayText(now, zone);
    if (!run || run.textContent === day) return;
    const weekday = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "short", timeZone: zone }).format(now);
    run.textContent = day;
    run.previousSibling?.replaceWith(`${weekday} `);
  };
  tick();
  setInterval(tick, 5000);
}

function onTheme(event) {
  const form = event.target.closest?.("form[data-theme-form]");
  if (!form) return;
  event.preventDefault();
  const theme = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
  document.documentElement.dataset.bsTheme = theme;
  const body = new URLSearchParams({ theme });
  fetch(form.action, { method: "POST", body, headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" } }).catch(() => {});
}

export function startClock() {
  const clock = document.getElementById("clock");
  if (clock) startTicking(clock);
  document.addEventListener("submit", onTheme);
}
