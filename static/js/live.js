// The page's end of the live wire: one socket, one truth (versions), one line that says whether it is live.
//
// A message says only that a topic has a new version. Regions marked `data-live="topic topic"` then get the event
// `live` and fetch their own address again (see regions.js). Nothing is lost when a message is: versions are asked on
// every connection, when the tab becomes visible, and every 15 s (every 10 s while the page is not live).

import { whenSettled } from "./dom.js";
import { signInAgain } from "./net.js";
import { arrived, refresh, regionsOf, startWatching } from "./regions.js";

const SOCKET = "/ws/live/";
const VERSIONS = "/live/versions";
const SILENCE = 10_000; // no heartbeat for this long means: not live
const GRACE = 1_500; // a reconnection shorter than this is not worth a word
const ASK_LIVE = 15_000;
const ASK_STALE = 10_000;
const VISIBLE_AFTER = 1_000; // a version is counted a moment before its transaction can be seen
const FIRST_RETRY = 500;
const LAST_RETRY = 10_000;

const known = new Map(); // topic -> newest version heard of
const changedAt = new Map(); // topic -> when, on this page's clock

let socket = null;
let retry = FIRST_RETRY;
let retryTimer = 0;
let lastBeat = -Infinity;
let lastBeatClock = new Date();
let lastAsked = -Infinity;
let asking = false;
let signedOut = false;
let state = "";

const line = () => document.getElementById("live-state");

function note(topic, version, at) {
  const before = known.get(topic);
  if (before !== undefined && version <= before) return;
  known.set(topic, version);
  changedAt.set(topic, at);
  for (const region of regionsOf(topic)) {
    if (region.born < at + VISIBLE_AFTER || before !== undefined) refresh(region.element);
  }
}

// --- asking ---------------------------------------------------------------------------------------------------------

async function ask() {
  const topics = [...new Set(regionsOf().flatMap((region) => region.topics))];
  if (asking || !topics.length) return;
  asking = true;
  lastAsked = performance.now();
  try {
    const address = `${VERSIONS}?topics=${encodeURIComponent(topics.join(","))}`;
    const answer = await fetch(address, {
      headers: { "HX-Request": "true", Accept: "application/json" },
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(5_000),
    });
    if (answer.ok) heard(await answer.json());
    else if (answer.status === 401) ended();
  } catch {
    // Not reachable: the line on the page says so, and the next turn asks again.
  } finally {
    asking = false;
  }
}

function heard(versions) {
  const now = performance.now();
  signedOut = false;
  for (const [topic, [version, age]] of Object.entries(versions)) note(topic, version, now - age * 1000);
  if (!socket && !retryTimer) connect();
}

function ended() {
  if (signedOut) return;
  signedOut = true;
  signInAgain("/sign-in/");
}

function signedIn() {
  signedOut = false;
  ask();
}

// --- the socket -----------------------------------------------------------------------------------------------------

function connect() {
  clearTimeout(retryTimer);
  retryTimer = 0;
  if (socket || signedOut) return;
  const scheme = location.protocol === "https:" ? "wss://" : "ws://";
  const mine = new WebSocket(scheme + location.host + SOCKET);
  socket = mine;
  mine.onopen = ask;
  mine.onmessage = (event) => {
    const frame = JSON.parse(event.data);
    if (frame.beat) beat();
    for (const [topic, version] of Object.entries(frame.versions || {})) note(topic, version, performance.now());
  };
  mine.onclose = () => {
    if (socket !== mine) return;
    socket = null;
    ask();
    retryTimer = setTimeout(connect, retry * (0.5 + Math.random()));
    retry = Math.min(retry * 2, LAST_RETRY);
    tell();
  };
}

function beat() {
  const wasLive = state === "live";
  lastBeat = performance.now();
  lastBeatClock = new Date();
  retry = FIRST_RETRY;
  tell();
  if (!wasLive) ask();
}

function leave() {
  const old = socket;
  socket = null;
  clearTimeout(retryTimer);
  retryTimer = 0;
  if (old) old.close();
}

// --- what the page says ---------------------------------------------------------------------------------------------

function tell() {
  const silence = performance.now() - Math.max(lastBeat, 0);
  const open = socket?.readyState === WebSocket.OPEN && lastBeat > -Infinity;
  const next = silence > SILENCE ? "stale" : open || silence < GRACE ? "live" : "reconnecting";
  if (next === state) return;
  state = next;
  const place = line();
  if (place) {
    place.dataset.state = state;
    const words = place.querySelector("[data-live-word]") || place;
    const text = place.dataset[`text${state[0].toUpperCase()}${state.slice(1)}`] || "";
    words.textContent = state === "stale" ? sinceThen(text) : text;
  }
  document.dispatchEvent(new CustomEvent("live-state", { detail: { state, since: lastBeatClock } }));
}

// "Not live since" with the hour of the last heartbeat, on the clinic's clock.
function sinceThen(text) {
  const zone = document.querySelector("[data-zone]")?.dataset.zone || undefined;
  const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  // The marks keep the hour one left-to-right run inside an Arabic sentence.
  const hour = `\u2066${new Intl.DateTimeFormat("en-GB", parts).format(lastBeatClock)}\u2069`;
  return text.includes("{time}") ? text.replace("{time}", hour) : `${text} ${hour}`;
}

function tick() {
  tell();
  const silence = performance.now() - Math.max(lastBeat, 0);
  const since = performance.now() - lastAsked;
  if (since > (state === "live" ? ASK_LIVE : ASK_STALE)) ask();
  // A socket that is open but mute (a laptop that slept, a path that died) is given up for a new one.
  if (socket && silence > 2 * SILENCE && socket.readyState === WebSocket.OPEN) socket.close();
  if (!socket && !retryTimer && !signedOut) connect();
}

function wake() {
  if (document.visibilityState !== "visible") return;
  tick();
  ask();
}

function start() {
  if (!line() && !document.querySelector("[data-live]")) return;
  startWatching({
    unknown: ask,
    outdated: (region) => region.topics.some((topic) => (changedAt.get(topic) ?? -Infinity) > region.born),
    isKnown: (topic) => known.has(topic),
  });
  connect();
  setInterval(tick, 1_000);
  document.addEventListener("visibilitychange", wake);
  document.addEventListener("signed-in", signedIn);
  window.addEventListener("online", wake);
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => event.persisted && wake());
  whenSettled(arrived);
}

start();
