"""Medicines that come back: a reversing row, never an edit of what was handed over."""

from django.db.models import Sum
from django.utils.translation import gettext as _

from clinic import audit, live
from clinic.errors import Refused
from clinic.idempotency import claim, settle
from clinic.locks import lock
from clinic.operation import operation
from pharmacy import allocation
from pharmacy.models import Batch, Dispense, DispenseReturn, DispenseReturnLine, Prescription, StockMove
from pharmacy.operations.charges import credit_returned
from pharmacy.operations.stock import lock_stock, move

Outcome = DispenseReturnLine.Outcome


@operation
def return_dispensed(*, dispense, by, lines, reason, restock, idempotency_key=""):
    """Take back `lines` of a dispensing; returns the DispenseReturn.

    Each line is a dict: `quantity` (base units) and `line` (id of a dispensed line), or `item` (id) with its `batch`
    (id) where the medicine was taken from several. With `restock` it goes back to its own batch while that is in date
    (onto the shelf, or kept apart with a batch that is held or recalled); else it is written off. The bill follows.
    The prescription stays as it is: what is given again is prescribed again. Refused: `empty`, `not_found`, `reason`,
    `which_batch`, `too_much` (more than was given and not yet returned). The same `idempotency_key` again gives the
    first answer.
    """
    body = {"dispense": dispense.pk, "lines": lines, "reason": reason, "restock": restock}
    done = claim(by=by, key=idempotency_key, operation="return_dispensed", body=body)
    if done:
        return DispenseReturn.objects.get(pk=done)
    if not reason.strip():
        raise Refused(_("Say why it comes back."), "reason", field="reason")
    lock(Prescription, dispense.prescription_id)
    dispense = Dispense.objects.select_related("clinic").get(pk=dispense.pk)
    wanted = _wanted(dispense, lines)
    shelves = lock_stock(dispense.clinic, {line.medicine_id for line, _quantity in wanted})
    reason = reason.strip()[:200]
    made = DispenseReturn.objects.create(
        clinic=dispense.clinic, patient_id=dispense.patient_id, dispense=dispense, reason=reason, restock=restock,
        credit_note=credit_returned(dispense, wanted, by=by, reason=reason), by=by,
    )  # fmt: skip
    for line, quantity in wanted:
        _take_back(made, line, quantity, shelves[line.medicine_id], by=by)
    settle(by=by, key=idempotency_key, made=made)
    total = sum(quantity for _line, quantity in wanted)
    audit.record(by, "return_dispensed", made, dispense=dispense.pk, quantity=total, reason=reason, restock=restock)
    _tell(dispense)
    return made


def _tell(dispense):
    prescription, patient = f"prescription-{dispense.prescription_id}", f"patient-{dispense.patient_id}"
    live.publish(dispense.clinic, "pharmacy", "stock", "desk", "day", prescription, patient)


def _wanted(dispense, lines):
    """[(dispense line, quantity)] in the order of their keys, each within what is still out; the prescription is locked."""
    rows = dispense.lines.select_related("medicine", "batch", "invoice_line").annotate(
        came_back=Sum("returns__quantity", default=0)
    )
    left = {row: row.quantity - row.came_back for row in rows.order_by("pk")}
    taken = {}
    for given in lines:
        for row, quantity in _rows_of(given, left):
            taken[row] = taken.get(row, 0) + quantity
    if not taken:
        raise Refused(_("Say what comes back."), "empty")
    for row, quantity in taken.items():
        if not 1 <= quantity <= left[row]:
            raise Refused(
                _("%(medicine)s, batch %(number)s: at most %(left)s can come back.")
                % {"medicine": row.medicine, "number": row.batch.number, "left": left[row]},
                "too_much", field=f"quantity-{row.pk}", alternatives=[{"line": row.pk, "left": left[row]}],
            )  # fmt: skip
    return sorted(taken.items(), key=lambda pair: pair[0].pk)


def _rows_of(given, left):
    """The dispensed lines that one typed line means, with their quantities."""
    if given.get("line") is not None:
        found = [row for row in left if row.pk == given["line"]]
    else:
        found = [row for row in left if row.item_id == given.get("item")]
        if given.get("batch") is not None:
            found = [row for row in found if row.batch_id == given["batch"]]
    if not found:
        raise Refused(_("This line is not one of this dispensing."), "not_found", field="line", status=404)
    if len(found) == 1:
        return [(found[0], given["quantity"])]
    if given["quantity"] == sum(left[row] for row in found):
        return [(row, left[row]) for row in found if left[row]]
    raise Refused(
        _("This medicine was taken from several batches. Say which batch comes back."),
        "which_batch", field=f"batch-{found[0].pk}",
        alternatives=[{"line": row.pk, "batch": row.batch_id, "left": left[row]} for row in found],
    )  # fmt: skip


def _take_back(made, line, quantity, stock, *, by):
    """Write one line of the return and its moves; what is written off comes in and goes out, so that the books say both."""
    batch = Batch.objects.get(pk=line.batch_id)
    outcome = allocation.place_of_returned(batch, restock=made.restock, today=made.clinic.today())
    DispenseReturnLine.objects.create(returned=made, line=line, quantity=quantity, outcome=outcome)
    reference = f"return:{made.pk}"
    move(stock, batch, quantity, kind=StockMove.Kind.RETURN, by=by, reason=made.reason, reference=reference)
    if outcome == Outcome.WRITTEN_OFF:
        move(stock, batch, -quantity, kind=StockMove.Kind.WRITE_OFF, by=by, reason=made.reason, reference=reference)
