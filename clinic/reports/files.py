"""A list as a file: CSV for programs, XLSX for people; neither ever holds a formula that somebody typed."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from clinic.errors import Refused

MOST_ROWS = 50_000
CSV, XLSX = "csv", "xlsx"
FORMATS = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A spreadsheet takes text that begins so for a formula (OWASP, CSV injection); the wide forms are for East Asian ones.
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
WIDEST = 48


@dataclass(frozen=True)
class Sheet:
    """A table: `columns` are (heading, function of a row -> value) pairs."""

    title: str
    columns: tuple

    def headings(self):
        """The headings in the language of the moment."""
        return [str(heading) for heading, _value in self.columns]

    def values(self, rows, zone):
        """Each row as a list of plain values: text, numbers, days, moments on the clock of `zone`."""
        for row in rows:
            yield [plain(value(row), zone) for _heading, value in self.columns]


def plain(value, zone):
    """None as empty text, a moment on the clinic's clock, a translated word as text; numbers and days as they are."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone)
    return value if isinstance(value, (bool, int, Decimal, date)) else str(value)


def file_of(kind, sheet, rows, clinic):
    """The bytes of `rows` (a queryset or list) as a file of `kind` (csv or xlsx) in the language of the moment.

    Refused `too_many_rows` above MOST_ROWS: a file is whole or not at all.
    """
    count = rows.count() if hasattr(rows, "query") else len(rows)
    if count > MOST_ROWS:
        said = _("These are more than %(most)s rows. Choose fewer days.") % {"most": f"{MOST_ROWS:,}"}
        raise Refused(said, "too_many_rows")
    if hasattr(rows, "query"):
        rows = rows.iterator(2000)
    write = as_csv if kind == CSV else as_xlsx
    return write(sheet, sheet.values(rows, clinic.zone))


def as_csv(sheet, lines):
    """UTF-8 with a mark by which spreadsheets know it; moments in ISO 8601 with offset; typed text never a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(sheet.headings())
    writer.writerows([safe(value) for value in line] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def safe(value):
    """Text that begins like a formula gets an apostrophe before it; a moment or day is written in ISO 8601."""
    if isinstance(value, (date, datetime)):
        return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()
    return f"'{value}" if isinstance(value, str) and value.startswith(STARTS_A_FORMULA) else value


def as_xlsx(sheet, lines):
    """A workbook of one sheet, right to left in Arabic; text is stored as text, so that none of it is calculated."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet(sheet_name(sheet.title))
    if get_language_bidi():
        page.right_to_left()
    looks = {
        "head": book.add_format({"bold": True, "bottom": 1}),
        "text": None,
        # What Excel itself sets for a typed apostrophe: the cell stays text, even when somebody edits it.
        "quoted": book.add_format({"quote_prefix": True}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    }
    widths = [len(heading) for heading in sheet.headings()]
    page.write_row(0, 0, sheet.headings(), looks["head"])
    for number, line in enumerate(lines, 1):
        for column, value in enumerate(line):
            write_cell(page, number, column, value, looks)
            widths[column] = max(widths[column], 16 if isinstance(value, datetime) else len(str(value)))
    for column, width in enumerate(widths):
        page.set_column(column, column, min(width, WIDEST) + 2)
    page.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def write_cell(page, row, column, value, looks):
    """One value in its own kind of cell."""
    if isinstance(value, datetime):
        page.write_datetime(row, column, value.replace(tzinfo=None), looks["moment"])
    elif isinstance(value, date):
        page.write_datetime(row, column, value, looks["day"])
    elif isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, (int, Decimal)):
        page.write_number(row, column, value)
    else:
        page.write_string(row, column, value, looks["quoted"] if value.startswith(STARTS_A_FORMULA) else looks["text"])


def sheet_name(title):
    """A title as a sheet may be called: 31 characters, none of Excel's own marks."""
    return "".join(" " if c in "[]:*?/\\" else c for c in str(title))[:31]
