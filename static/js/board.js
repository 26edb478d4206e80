// The waiting-room display: its sound, its three minutes, and the guard against a picture that is no longer true.

const STALE = 15_000; // no sign of the server for this long: ask people to listen
const TRY_EVERY = 5_000; // while the socket is down, the display asks for itself this often
const AGAIN = 4_000; // a call sounds twice, this far apart
const STARTED = "display-started";

const board = document.getElementById("board");
const start = document.getElementById("board-start");
const soundOff = document.getElementById("board-sound");
const chime = new Audio(start.dataset.chime);
const heard = new Set(); // calls that were announced, or stood here before the page did
const toAnnounce = [];

let live = false;
let lastGood = performance.now();
let lastTry = 0;
let announcing = false;
let leaving = 0;

const region = () => document.getElementById("board-live");
const wait = (time) => new Promise((done) => setTimeout(done, time));

// --- sound ----------------------------------------------------------------------------------------------------------

async function sound() {
  try {
    chime.currentTime = 0;
    await chime.play();
    soundOff.hidden = true;
  } catch {
    // The browser wants a hand first: say so on the screen, where staff will see it.
    soundOff.hidden = !start.hidden;
  }
}

async function announce() {
  if (announcing) return;
  announcing = true;
  while (toAnnounce.length) {
    toAnnounce.shift();
    await sound();
    await wait(AGAIN);
    await sound();
    await wait(AGAIN);
  }
  announcing = false;
}

function begin() {
  start.hidden = true;
  localStorage.setItem(STARTED, "yes");
  sound();
  document.documentElement.requestFullscreen?.().catch(() => {});
}

// --- calls ----------------------------------------------------------------------------------------------------------

const calls = () => [...region().querySelectorAll("[data-call]")].map((element) => element.dataset.call);

function look() {
  const fresh = calls().filter((call) => !heard.has(call));
  for (const call of fresh) {
    heard.add(call);
    toAnnounce.push(call);
  }
  if (fresh.length) announce();
  clearTimeout(leaving);
  const left = Number(region().querySelector("[data-left]")?.dataset.left);
  if (left) leaving = setTimeout(ask, left * 1000);
}

function ask() {
  lastTry = performance.now();
  region()?.dispatchEvent(new CustomEvent("live", { bubbles: true }));
}

// --- is it still true? ----------------------------------------------------------------------------------------------

function good() {
  lastGood = performance.now();
  show();
}

function show() {
  const stale = performance.now() - lastGood > STALE;
  board.dataset.state = stale ? "stale" : "live";
}

function tick() {
  const now = performance.now();
  if (live) lastGood = now;
  else if (now - lastTry > TRY_EVERY) ask();
  show();
}

document.addEventListener("live-state", ({ detail }) => {
  live = detail.state === "live";
});
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful) good();
});
document.body.addEventListener("htmx:afterSettle", look);
document.getElementById("board-start-button").addEventListener("click", begin);
soundOff.addEventListener("click", begin);

for (const call of calls()) heard.add(call);
look();
setInterval(tick, 1_000);
if (localStorage.getItem(STARTED)) sound();
else start.hidden = false;
