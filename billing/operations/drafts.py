"""A whole draft at once: a bill by hand, its lines changed together, one discount over all of it."""

from contextlib import contextmanager
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import InvoiceLine
from billing.operations.bills import (
    add_line,
    check_charge,
    check_discount,
    discount_line,
    draft_invoice,
    from_elsewhere,
    remove_line,
    write_discount,
)
from billing.operations.common import amount_of, draft_line, locked_draft, price_of, sum_up, tell
from billing.sums import ZERO, line_sum, share
from clinic import audit
from clinic.errors import Refused
from clinic.operation import operation

TYPED = ("text", "quantity", "unit_price", "tax_rate")
OF_DISCOUNT = {"amount": "discount", "reason": "discount_reason"}  # what `discount_line` calls them


@operation
def bill_by_hand(*, clinic, patient, by, lines, approved_by=None):
    """A manual draft with `lines`, each {text or service, quantity, unit_price, tax_rate, discount, discount_reason}.

    A service of the price list gives what the line does not name. Refused: `empty` without lines, and as `add_line`
    and `discount_line` say, the field named with the place of the line (`lines.0.discount`).
    """
    if not lines:
        raise Refused(_("There is nothing on this bill yet."), "empty", field="lines", status=422)
    invoice = draft_invoice(clinic=clinic, patient=patient, by=by, mode="manual")
    for number, row in enumerate(lines):
        with _placed(number):
            _add(invoice, by, row, approved_by)
    invoice.refresh_from_db()
    return invoice


@operation
def change_draft(*, invoice, by, version=None, lines=None, discount=None, discount_reason="", approved_by=None):
    """Change a draft bill; returns it.

    `lines` is the whole list as it shall be: a row with `line` (an InvoiceLine) changes that one, others are added,
    lines not named are removed. Charges of a visit or of the pharmacy stay as they are, named or not; only a discount
    can be put on them. `discount` is an amount spread over all lines in proportion.
    Refused: `changed_meanwhile` when `version` is not the bill's, `already_issued`, `from_elsewhere`, and as
    `add_line` and `discount_line` say.
    """
    invoice = locked_draft(invoice)
    if version is not None and version != invoice.version:
        raise Refused(_("Somebody has changed this meanwhile. Look at it again."), "changed_meanwhile")
    if lines is not None:
        _rewrite(invoice, by, lines, approved_by)
    if discount is not None:
        discount_invoice(invoice=invoice, by=by, amount=discount, reason=discount_reason, approved_by=approved_by)
    invoice.refresh_from_db()
    return invoice


@operation
def change_line(*, line, by, approved_by=None, **values):
    """Change text, quantity, unit price or tax rate of a charge made by hand on a draft; its discount stays.

    Refused: `needs_approval` when the price falls and the discount is then above the clinic's limit (see
    `discount_line`), `already_issued`, `line_gone`, `from_elsewhere` (of a visit or of the pharmacy), `too_much` when the discount
    is then larger than the price, and as `add_line` says.
    """
    invoice, line = draft_line(line)
    given = {name: value for name, value in values.items() if name in TYPED and value != getattr(line, name)}
    if not given:
        return line
    if line.source:
        raise from_elsewhere()
    new = {name: getattr(line, name) for name in TYPED} | given
    check_charge(new["text"], new["quantity"], new["unit_price"])
    new["unit_price"] = price_of(new["unit_price"], "unit_price")
    parts = line_sum(new["quantity"], new["unit_price"], line.discount, Decimal(new["tax_rate"]), invoice.currency)
    if parts.net < 0:
        raise Refused(_("The discount is larger than the price."), "too_much", field="discount", status=422)
    if parts.gross < line.net + line.discount:
        check_discount(invoice.clinic, line.discount, parts.gross, by, approved_by)
    for name, value in new.items():
        setattr(line, name, value)
    line.text = line.text.strip()[:300]
    line.net, line.tax, line.total = parts.net, parts.tax, parts.total
    line.save(update_fields=[*TYPED, "net", "tax", "total"])
    sum_up(invoice)
    audit.record(by, "change_line", invoice, line=line.pk, fields=sorted(given), total=line.total)
    tell(invoice)
    return line


@operation
def discount_invoice(*, invoice, by, amount, reason, approved_by=None):
    """One discount over the whole draft bill, spread over its lines in proportion (0 takes all discounts off).

    Refused as `discount_line`, the limit being that of the whole bill.
    """
    invoice = locked_draft(invoice)
    amount, reason = amount_of(invoice.clinic, amount, "discount"), (reason or "").strip()
    if amount and not reason:
        raise Refused(_("Say why there is a discount."), "missing_reason", field="discount_reason", status=422)
    lines = [line for line in invoice.lines.all() if line.quantity]
    gross = sum((line.net + line.discount for line in lines), ZERO)
    if amount > gross:
        raise Refused(_("The discount is larger than the price."), "too_much", field="discount", status=422)
    second = check_discount(invoice.clinic, amount, gross, by, approved_by)
    done = seen = ZERO
    for line in lines:
        seen += line.net + line.discount
        upto = share(amount, seen, gross, invoice.currency)
        write_discount(line, upto - done, reason, invoice.currency)
        done = upto
    sum_up(invoice)
    approver = second.name if second else None
    audit.record(by, "discount_invoice", invoice, amount=amount, reason=reason[:200], approved_by=approver)
    tell(invoice)
    return invoice


def _rewrite(invoice, by, rows, approved_by):
    named = {row["line"].pk for row in rows if row.get("line")}
    for line in invoice.lines.filter(source="").exclude(pk__in=named):
        remove_line(line=line, by=by)
    for number, row in enumerate(rows):
        with _placed(number):
            _write(invoice, by, row, approved_by)


@contextmanager
def _placed(number):
    """Refusals of one line name the field as the list of lines has it."""
    try:
        yield
    except Refused as error:
        name = OF_DISCOUNT.get(error.field, error.field)
        error.field = f"lines.{number}.{name}" if name else None
        raise


def _write(invoice, by, row, approved_by):
    if row.get("line") is None:
        _add(invoice, by, row, approved_by)
        return
    _rewrite_line(InvoiceLine.objects.get(pk=row["line"].pk), by, row, approved_by)


def _rewrite_line(line, by, row, approved_by):
    """Price and discount of one line; a discount that falls goes first, so it is never held against the new price."""
    if row.get("discount") is not None and row["discount"] < line.discount:
        _discount(line, by, row, approved_by)
    typed = {name: row[name] for name in TYPED if row.get(name) is not None}
    line = change_line(line=line, by=by, approved_by=approved_by, **typed)
    _discount(line, by, row, approved_by)


def _add(invoice, by, row, approved_by):
    service = row.get("service")
    line = add_line(
        invoice=invoice,
        by=by,
        text=row.get("text") or (service.name if service else ""),
        text_other_script="" if row.get("text") or not service else service.name_other_script,
        quantity=row.get("quantity", 1),
        unit_price=row["unit_price"] if row.get("unit_price") is not None else service and service.price,
        tax_rate=row.get("tax_rate"),
        service=service,
    )
    _discount(line, by, row, approved_by)


def _discount(line, by, row, approved_by):
    amount, reason = row.get("discount"), row.get("discount_reason", "")
    if amount is not None and (amount != line.discount or (amount and reason != line.discount_reason)):
        discount_line(line=line, by=by, amount=amount, reason=reason, approved_by=approved_by)
