// Paper. `size: 80mm auto` is not valid and falls back to a whole Letter page; so: render, measure, then set the size.

const MM = 96 / 25.4;
let pageRule = null;

function setPage(css) {
  if (!pageRule) {
    pageRule = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, pageRule];
  }
  pageRule.replaceSync(css);
}

const height = (el) => Math.ceil(el.getBoundingClientRect().height / MM) + 1;

/** Give the page the size of the paper: a slip as long as it is, labels as the longest, sheets by their class. */
function measure(paper) {
  if (paper.dataset.paper === "labels") {
    const tallest = Math.max(...[...paper.querySelectorAll(".label")].map(height), 20);
    setPage(`@page { size: 80mm ${tallest}mm; margin: 0 }`);
  } else if (paper.dataset.paper === "slip") {
    setPage(`@page { size: 80mm ${Math.max(height(paper), 30)}mm; margin: 0 }`);
  } else {
    const size = paper.classList.contains("sheet-a4") ? "A4" : "A5";
    setPage(`@page { size: ${size}; margin: ${size === "A4" ? "14mm" : "10mm"}; @bottom-center { content: counter(page) " / " counter(pages); font-size: 8pt } }`);
  }
}

async function drawn() {
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await document.fonts.ready;
}

/** Print another page's paper from here: no frame, no window, no second dialog. */
async function printUrl(url) {
  const root = document.getElementById("print-root");
  if (!root) { location.assign(url); return; }
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const paper = page.querySelector("[data-paper]");
  paper.lang = page.documentElement.lang;
  paper.dir = page.documentElement.dir;
  root.replaceChildren(document.adoptNode(paper));
  root.dataset.bsTheme = "light";
  root.classList.add("measuring");
  await drawn();
  measure(paper);
  root.classList.remove("measuring");
  document.body.classList.add("printing");
  addEventListener("afterprint", () => { document.body.classList.remove("printing"); root.replaceChildren(); setPage(""); }, { once: true });
  window.print();
}

function onPrint(url) {
  printUrl(url).catch(() => {
    const corner = document.getElementById("toasts");
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: corner?.dataset.printFailed ?? "", level: "danger" } }));
  });
}

export function startPrinting() {
  document.addEventListener("print", ({ detail }) => { if (detail?.url) onPrint(detail.url); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-print]");
    if (!link) return;
    event.preventDefault();
    onPrint(link.dataset.print || link.href);
  });
}

// A paper opened as a page of its own.
const own = document.querySelector("body:not(.shell) [data-paper]");
if (own) {
  const ready = drawn().then(() => measure(own));
  const go = () => ready.then(() => window.print());
  document.querySelector("[data-print-this]")?.addEventListener("click", go);
  addEventListener("keydown", (event) => { if (event.ctrlKey && event.code === "Enter") go(); });
  ready.then(() => { document.documentElement.dataset.measured = "yes"; });
}
