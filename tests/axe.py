"""What axe is asked on a page, in both themes."""

from axe_playwright_python.sync_playwright import Axe

AXE = Axe()
STANDARDS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
# In the second theme only colours differ. Style sheets are read by axe itself (preload) only where that is asked for.
RULES = {
    "light": {"runOnly": STANDARDS, "resultTypes": ["violations"], "preload": False},
    "dark": {
        "runOnly": {"type": "rule", "values": ["color-contrast"]},
        "resultTypes": ["violations"],
        "preload": False,
    },
}
# The admin carries its theme as a class of the body, the clinic's own pages as an attribute of the root.
SHADES = """theme => {
  const still = new CSSStyleSheet();
  still.replaceSync("*, ::before, ::after { transition: none !important; animation: none !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
  if (document.getElementById("board")) return;  // the waiting room's display is always dark
  if (document.body.className.includes("theme-")) document.body.classList.replace(theme === "dark" ? "theme-light" : "theme-dark", `theme-${theme}`);
  document.documentElement.dataset.bsTheme = theme;
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def shade(page, theme):
    """Show the page in a theme, at once."""
    page.evaluate(SHADES, theme)


def axe(page, rules, known=None):
    """The violations of `rules` on a page outside `known`. Axe is brought in once for each page: it is half a megabyte."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.axe_script)
    return page.evaluate(
        "([context, options]) => axe.run(context ?? document, options).then((found) => found.violations)",
        [known, rules],
    )
