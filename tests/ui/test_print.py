"""Paper: a slip is as long as it is, on one page of 80 mm; a prescription is A5."""

import re
import zlib

import pytest

from tests.ui.kit import Kit, render

SLIP = '{% block content %}<h1>Al Noor</h1><p class="slip-token">A-013</p>{% for n in lines %}<div class="slip-line"><span>Line</span><span>1.00</span></div>{% endfor %}{% endblock %}'
SHEET = '{% block content %}<h1>Al Noor</h1><ol class="sheet-rx"><li>amlodipine</li></ol><div class="sheet-unused"></div><footer class="sheet-foot">Signature</footer>{% endblock %}'
POINT = 25.4 / 72


def pages_of(pdf):
    """The pages of a PDF as (width, height) in millimetres."""
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S):
        try:
            boxes += re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", zlib.decompress(stream))
        except zlib.error:
            continue
    return [(round(float(width) * POINT), round(float(height) * POINT)) for width, height in boxes]


@pytest.fixture
def paper(browser):
    opened = []

    def open_one(body, base, **context):
        html = render(body, base=base, **context)
        html = html.replace("</body>", '<script src="/static/django_htmx/htmx-2.min.js" nonce="test"></script></body>')
        kit = Kit(browser, html)
        opened.append(kit)
        kit.page.wait_for_selector("html[data-measured]", state="attached")
        return pages_of(kit.page.pdf(prefer_css_page_size=True))

    yield open_one
    for kit in opened:
        kit.close()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_slip_is_one_page_of_80_mm_as_long_as_its_content(paper, language):
    short = paper(SLIP, "print/slip.html", language=language, lines=range(2))
    long = paper(SLIP, "print/slip.html", language=language, lines=range(40))
    assert [len(short), len(long), short[0][0], long[0][0]] == [1, 1, 80, 80]
    assert 40 <= short[0][1] <= 80 < long[0][1]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_prescription_is_one_a5(paper, language):
    assert paper(SHEET, "print/sheet.html", language=language) == [(148, 210)]


def test_printing_from_a_screen_prints_the_paper_alone(open_page):
    slip = render(SLIP, base="print/slip.html", lines=range(2))
    page = open_page(
        '{% block main %}<h1>Desk</h1><a id="reprint" href="/slip/" data-print>Print</a>{% endblock %}',
        answers={"/slip/": (200, {}, slip)},
    )
    page.page.evaluate("window.print = () => { window.printed = document.getElementById('print-root').innerText; }")
    page.page.click("#reprint")
    page.page.wait_for_selector("body.printing")
    text, sizes = page.page.evaluate("window.printed"), pages_of(page.page.pdf(prefer_css_page_size=True))
    page.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert "A-013" in text
    assert (len(sizes), sizes[0][0]) == (1, 80)
    assert page.page.evaluate("document.getElementById('print-root').children.length") == 0
