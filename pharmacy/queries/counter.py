"""One prescription in hand at the pharmacy's counter: what is left to give, from which batches, and what instead."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value

from pharmacy import allocation
from pharmacy.models import Batch, Medicine
from pharmacy.queries.pages import ItemView, views_of
from pharmacy.queries.shelf import NEAR_EXPIRY_DAYS


@dataclass
class DispenseRow:
    """A line in the dispensing pane.

    `proposed` are (batch, quantity), `missing` is what the shelf lacks, `substitutes` are (other product, how much of it
    can be given out), `given_as` the other products that were given for this line.
    """

    view: ItemView
    left: int
    proposed: list
    missing: int
    others: list
    near_expiry: bool
    substitutes: list
    given_as: list


def dispense_rows(prescription):
    """The lines of a prescription with the batches that the rule proposes and the products that may be given instead."""
    today = prescription.clinic.today()
    views = views_of(prescription, _items(prescription))
    shelves = _Shelves(prescription.clinic, [view.item for view in views], today)
    soon = today + timedelta(days=NEAR_EXPIRY_DAYS)
    rows = []
    for view in views:
        item = view.item
        left = 0 if item.closed_reason else item.quantity - item.dispensed
        proposed, missing, others = shelves.propose(item.medicine_id, left)
        near = any(batch.remove_by <= soon for batch, _quantity in proposed)
        given_as = [shelves.medicines[pk] for pk in item.given if pk != item.medicine_id]
        rows.append(DispenseRow(view, left, proposed, missing, others, near, shelves.instead_of(item), given_as))
    return rows


@dataclass
class Completed:
    """How many lines a dispensing has settled and how many of its prescription are still owed; `partly` when it gave a part of one."""

    given: int
    owed: int
    partly: bool


def completed(made):
    """What a dispensing has left of its prescription, as of now."""
    touched = set(made.lines.values_list("item_id", flat=True))
    lines = made.prescription.items.filter(removed_at=None, closed_reason="")
    owed = {item.pk for item in lines if item.dispensed < item.quantity}
    return Completed(len(touched - owed), len(owed), bool(touched & owed))


def _items(prescription):
    """The lines, each with `given`: the ids of the products that were given for it."""
    items = prescription.items.filter(removed_at=None).select_related("medicine").annotate(
        made_of=_ids("medicine__ingredients"), given=_ids("dispense_lines__medicine")
    )  # fmt: skip
    for item in items:
        item.medicine.ingredient_ids = item.made_of
    return list(items)


def _ids(path):
    return ArrayAgg(path, filter=Q(**{f"{path}__isnull": False}), distinct=True, default=Value([]))


class _Shelves:
    """The batches of the prescribed products and of what may be given instead, out of which line after line is proposed."""

    def __init__(self, clinic, items, today):
        self.today, self.batches, self.medicines = today, defaultdict(dict), {}
        wanted = {item.medicine_id for item in items}.union(*(item.given for item in items))
        names = {item.medicine.generic_name for item in items}
        alike = Medicine.objects.filter(
            Q(pk__in=wanted) | Q(generic_name__in=names) | Q(ingredients__medicines__in=wanted)
        )
        rows = Batch.objects.filter(clinic=clinic, medicine__in=alike.values("pk")).select_related("medicine")
        for batch in rows.annotate(made_of=_ids("medicine__ingredients")).order_by("remove_by", "pk"):
            batch.medicine.ingredient_ids = batch.made_of
            self.medicines.setdefault(batch.medicine_id, batch.medicine)
            self.batches[batch.medicine_id][batch.pk] = batch
        self.left = {pk: batch.on_hand for shelf in self.batches.values() for pk, batch in shelf.items()}

    def lots(self, medicine_id):
        """What the rule of allocation needs to know of a medicine's batches, less what was proposed already."""
        return [
            allocation.Lot(b.pk, b.remove_by, b.expires_on, self.left[b.pk], b.state)
            for b in self.batches[medicine_id].values()
        ]

    def propose(self, medicine_id, quantity):
        """([(batch, quantity)], what is missing, [other usable batches])."""
        shelf, lots = self.batches[medicine_id], self.lots(medicine_id)
        taken, missing = allocation.allocate(lots, quantity, today=self.today)
        for pk, part in taken:
            self.left[pk] -= part
        used = {pk for pk, _part in taken}
        others = [shelf[lot.pk] for lot in lots if allocation.usable(lot, self.today) and lot.pk not in used]
        return [(shelf[pk], part) for pk, part in taken], missing, others

    def instead_of(self, item):
        """[(other product, how much of it can still be given)] of what this clinic ever had and may give for a line."""
        if not item.may_substitute:
            return []
        return [
            (other, sum(lot.on_hand for lot in self.lots(pk) if allocation.usable(lot, self.today)))
            for pk, other in sorted(self.medicines.items())
            if pk != item.medicine_id and other.is_active and other.may_replace(item.medicine)
        ]
