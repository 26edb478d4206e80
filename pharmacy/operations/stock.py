"""Stock: what comes in, what is counted and written off, what is held back. On hand is always the sum of the moves."""

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, live
from clinic.errors import Refused
from clinic.idempotency import claim, settle
from clinic.operation import operation
from clinic.text import to_western_digits
from pharmacy.models import Batch, Stock, StockMove

MOST = 10_000_000  # base units of one move
EDGES = {
    Batch.State.AVAILABLE: (Batch.State.ON_HOLD, Batch.State.RECALLED),
    Batch.State.ON_HOLD: (Batch.State.AVAILABLE, Batch.State.RECALLED),
    Batch.State.RECALLED: (Batch.State.ON_HOLD,),
}


def lock_stock(clinic, medicine_ids):
    """Medicine id -> its stock row in this clinic, locked in the order of their keys; made when missing."""
    for medicine_id in sorted(medicine_ids):
        Stock.objects.get_or_create(clinic=clinic, medicine_id=medicine_id)
    rows = Stock.objects.select_for_update(no_key=True, of=("self",)).filter(clinic=clinic, medicine__in=medicine_ids)
    return {row.medicine_id: row for row in rows.order_by("pk")}


def move(stock, batch, quantity, *, kind, by, reason="", reference=""):
    """Append a stock move and bring both balances along; the caller holds the stock row's lock."""
    StockMove.objects.create(
        clinic_id=stock.clinic_id, medicine_id=stock.medicine_id, batch=batch, kind=kind, quantity=quantity,
        reason=reason, reference=reference, by=by,
    )  # fmt: skip
    batch.on_hand += quantity
    batch.save(update_fields=["on_hand"])
    stock.on_hand += quantity
    stock.save(update_fields=["on_hand"])


def batch_number(text):
    """A batch's number as it is kept, however it was typed: one space at most in a place, capitals, western digits.

    The maker's letter of a recall names one number; what was written `ab12` on one delivery note is `AB12` on the next.
    """
    return " ".join(to_western_digits(text).split()).upper()


@operation
def receive(*, clinic, medicine, by, number, expires_on, quantity, cost=None, supplier="", remove_by=None, shelf="",
            idempotency_key=""):  # fmt: skip
    """Put `quantity` base units of a batch on the shelf; more of a known batch is added to it. Returns the batch.

    The number is kept as `batch_number` writes it.

    Refused: `quantity` below 1, `number` without a batch number, `expired` batches, `remove_by` after the expiry. The
    same `idempotency_key` again puts nothing on the shelf and gives the first answer.
    """
    facts = {"medicine": medicine.pk, "number": number, "expires_on": str(expires_on), "quantity": quantity}
    done = claim(by=by, key=idempotency_key, operation="receive", body=facts)
    if done:
        return Batch.objects.get(pk=done)
    _check_delivery(clinic, number, expires_on, quantity, remove_by)
    stock = lock_stock(clinic, [medicine.pk])[medicine.pk]
    batch, _made = Batch.objects.get_or_create(
        clinic=clinic, medicine=medicine, number=batch_number(number), expires_on=expires_on,
        defaults={"remove_by": remove_by or expires_on, "cost": cost, "supplier": supplier, "shelf": shelf},
    )  # fmt: skip
    move(stock, batch, quantity, kind=StockMove.Kind.RECEIVE, by=by)
    settle(by=by, key=idempotency_key, made=batch)
    audit.record(by, "receive", batch, clinic=clinic, quantity=quantity)
    live.publish(clinic, "stock", "pharmacy")
    return batch


def _check_delivery(clinic, number, expires_on, quantity, remove_by):
    if not 1 <= quantity <= MOST:
        raise Refused(_("Write a quantity above zero."), "quantity", field="quantity")
    if not number.strip():
        raise Refused(_("Write the number of the batch."), "number", field="number")
    if expires_on <= clinic.today():
        raise Refused(_("This batch has expired."), "expired", field="expires_on")
    if remove_by and remove_by > expires_on:
        raise Refused(_("The removal day lies after the expiry."), "remove_by", field="remove_by")


@operation
def write_off(*, batch, by, quantity, reason, idempotency_key=""):
    """Take `quantity` base units off the shelf for good. Refused without a `reason` or beyond what is there."""
    body = {"batch": batch.pk, "quantity": quantity, "reason": reason}
    done = claim(by=by, key=idempotency_key, operation="write_off", body=body)
    if done:
        return Batch.objects.get(pk=done)
    reason = _reason(reason)
    stock = lock_stock(batch.clinic, [batch.medicine_id])[batch.medicine_id]
    batch = Batch.objects.get(pk=batch.pk)
    if not 1 <= quantity <= batch.on_hand:
        raise Refused(_("There are %(left)s of this batch.") % {"left": batch.on_hand}, "quantity", field="quantity")
    move(stock, batch, -quantity, kind=StockMove.Kind.WRITE_OFF, by=by, reason=reason)
    settle(by=by, key=idempotency_key, made=batch)
    audit.record(by, "write_off", batch, quantity=quantity, reason=reason)
    live.publish(batch.clinic, "stock", "pharmacy")
    return batch


def _reason(text):
    """A reason as it is kept; Refused (`reason`) without one."""
    if not (text or "").strip():
        raise Refused(_("Say why the stock changes."), "reason", field="reason")
    return text.strip()[:200]


@operation
def count_stock(*, medicine, clinic, by, counts, reason="", idempotency_key=""):
    """Bring the batches of `medicine` to what was counted; returns the clinic's stock row of it.

    `counts` is a list of dicts: `batch` (id), `counted` (base units) and, where the counter saw a figure on paper or
    screen, `expected`. A difference is a move of its own with the `reason`. Refused: `empty`, `not_found`, `quantity`,
    `reason` (a difference without one), and `changed` when a batch no longer holds what was expected: somebody gave
    out or received meanwhile, and the difference would be wrong.
    """
    body = {"medicine": medicine.pk, "counts": counts, "reason": reason}
    done = claim(by=by, key=idempotency_key, operation="count_stock", body=body)
    if done:
        return Stock.objects.get(pk=done)
    stock = lock_stock(clinic, [medicine.pk])[medicine.pk]
    differences = _differences(medicine, clinic, counts)
    if differences:
        reason = _reason(reason)
    for batch, difference in differences:
        move(stock, batch, difference, kind=StockMove.Kind.COUNT, by=by, reason=reason)
    settle(by=by, key=idempotency_key, made=stock)
    found = {batch.number: f"{difference:+d}" for batch, difference in differences}
    audit.record(by, "count_stock", stock, counted=len(counts), changed=found, reason=reason if differences else "")
    live.publish(clinic, "stock", "pharmacy")
    return stock


def _differences(medicine, clinic, counts):
    """[(batch, counted less on hand)] of the batches that do not agree; the stock row is locked."""
    batches = {batch.pk: batch for batch in Batch.objects.filter(clinic=clinic, medicine=medicine)}
    if not counts:
        raise Refused(_("Count at least one batch."), "empty")
    differences = []
    for row in counts:
        batch, counted = batches.pop(row["batch"], None), row["counted"]
        if batch is None:
            raise Refused(_("This batch is not one of this medicine."), "not_found", field="counts", status=404)
        if not 0 <= counted <= MOST:
            raise Refused(_("Write what was counted: zero or more."), "quantity", field=f"counted-{batch.pk}")
        if row.get("expected") is not None and row["expected"] != batch.on_hand:
            raise Refused(
                _("Batch %(number)s has changed meanwhile: there are %(left)s now. Count it again.")
                % {"number": batch.number, "left": batch.on_hand},
                "changed", field=f"counted-{batch.pk}", alternatives=[{"batch": batch.pk, "on_hand": batch.on_hand}],
            )  # fmt: skip
        if counted != batch.on_hand:
            differences.append((batch, counted - batch.on_hand))
    return sorted(differences, key=lambda pair: pair[0].pk)


@operation
def set_batch_state(*, batch, by, state, reason="", version=None):
    """Hold back, recall or release a batch; nothing is given out of a held or recalled one. The same state is harmless.

    Recalling, and taking a recall back (which puts the batch on hold), need a `reason`. Refused: `reason`,
    `bad_state` (a recalled batch is never simply available again), `changed` when `version` is an older one.
    """
    lock_stock(batch.clinic, [batch.medicine_id])
    batch = Batch.objects.select_related("clinic", "medicine").get(pk=batch.pk)
    if version is not None and version != batch.version:
        raise Refused(_("Somebody changed this batch meanwhile. Look at it again."), "changed")
    if batch.state == state:
        return batch
    if state not in EDGES[batch.state]:
        raise Refused(_("A recalled batch is held first, and released after that."), "bad_state", field="state")
    if Batch.State.RECALLED in (batch.state, state):
        reason = _reason(reason)
    before, batch.state, batch.version = batch.state, state, batch.version + 1
    batch.state_reason = reason.strip()[:200]
    batch.state_at = timezone.now()
    batch.save(update_fields=["state", "state_reason", "state_at", "version"])
    verb = "recall_batch" if state == Batch.State.RECALLED else "set_batch_state"
    audit.record(by, verb, batch, was=before, state=state, reason=batch.state_reason)
    live.publish(batch.clinic, "stock", "pharmacy", "day")
    return batch


@operation
def recall_batch(*, batch, by, reason):
    """Recall a batch: nothing of it is given out any more. `queries.recipients` says who received it.

    Recalling again changes nothing. Refused without a `reason`.
    """
    return set_batch_state(batch=batch, by=by, state=Batch.State.RECALLED, reason=reason)
