"""What is on the shelf: the stock list, one medicine's batches, and everybody who received a batch."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, F, IntegerField, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from clinic.models import Clinic
from clinic.text import fold
from pharmacy.models import Batch, DispenseLine, Medicine, Stock, StockMove

NEAR_EXPIRY_DAYS = 90


@dataclass
class Counts:
    """The two figures over the worklist."""

    low: int
    expiring: int


def stock_counts(clinic):
    """How many medicines are at or under their reorder level, and how many batches expire within 90 days."""
    soon = clinic.today() + timedelta(days=NEAR_EXPIRY_DAYS)
    here = Batch.objects.filter(clinic=clinic, on_hand__gt=0, remove_by__lte=soon).order_by().values("clinic")
    low = Stock.objects.filter(clinic=clinic, medicine__is_active=True, on_hand__lte=F("medicine__reorder_level"))
    low = low.filter(medicine__reorder_level__gt=0).order_by().values("clinic")
    counted = Clinic.objects.filter(pk=clinic.pk).values_list(
        Coalesce(Subquery(low.annotate(n=Count("pk")).values("n")), 0),
        Coalesce(Subquery(here.annotate(n=Count("pk")).values("n")), 0),
    )
    return Counts(*counted.get())


def stock_list(clinic, *, text="", only=""):
    """Active medicines with what is on hand and the earliest removal day; `only` is low or expiring."""
    rows = medicines(clinic, text=text, low=only == "low", expiring=only == "expiring").active()
    return rows.order_by("generic_name", "strength_amount", "pk")


def medicines(clinic, *, text="", low=False, expiring=False):
    """Medicines, retired ones too, each with `in_stock` (base units) and `first_out` (earliest removal day, or None).

    `text` finds by any words of the names or the barcode; `low` keeps those at or under their reorder level,
    `expiring` those of which a batch is to be removed within 90 days.
    """
    here = Batch.objects.filter(clinic=clinic, medicine=OuterRef("pk"), on_hand__gt=0).order_by().values("medicine")
    shelf = Stock.objects.filter(clinic=clinic, medicine=OuterRef("pk")).values("on_hand")[:1]
    rows = Medicine.objects.annotate(
        in_stock=Coalesce(Subquery(shelf, output_field=IntegerField()), 0),
        first_out=Subquery(here.annotate(first=Min("remove_by")).values("first")),
    )
    for word in fold(text).split():
        rows = rows.filter(search_text__contains=word)
    if low:
        rows = rows.filter(reorder_level__gt=0, in_stock__lte=F("reorder_level"))
    if expiring:
        rows = rows.filter(first_out__lte=clinic.today() + timedelta(days=NEAR_EXPIRY_DAYS))
    return rows


def batches(clinic):
    """Batches of the clinic with their medicines."""
    return Batch.objects.filter(clinic=clinic).select_related("medicine")


def expiring_batches(clinic, *, days=NEAR_EXPIRY_DAYS):
    """Batches with something left that are to be removed within `days`, expired ones included, earliest first."""
    soon = clinic.today() + timedelta(days=days)
    return batches(clinic).filter(on_hand__gt=0, remove_by__lte=soon).order_by("remove_by", "pk")


@dataclass
class Shelf:
    """One medicine's page: its batches, what is on hand in all, the latest moves."""

    medicine: Medicine
    batches: list
    on_hand: int
    moves: list

    @property
    def is_low(self):
        return bool(self.medicine.reorder_level) and self.on_hand <= self.medicine.reorder_level


def shelf_of(medicine, clinic, *, moves=20):
    """The Shelf of a medicine: batches that hold something or are held back, and the last `moves` moves."""
    rows = Batch.objects.filter(clinic=clinic, medicine=medicine)
    kept = list(rows.filter(Q(on_hand__gt=0) | ~Q(state=Batch.State.AVAILABLE)).order_by("remove_by", "pk"))
    latest = StockMove.objects.filter(clinic=clinic, medicine=medicine).select_related("batch", "by")
    return Shelf(medicine, kept, sum(batch.on_hand for batch in kept), list(latest.order_by("-pk")[:moves]))


@dataclass
class Recipient:
    """Somebody who received units of a batch at one time."""

    line: DispenseLine
    patient: object
    at: object
    by: object
    quantity: int
    returned: int

    @property
    def kept(self):
        """What is still with the patient, in base units."""
        return self.quantity - self.returned


def recipients(batch):
    """Everybody who received units of this batch, latest first, with what came back; one query."""
    rows = (
        DispenseLine.objects.filter(batch=batch)
        .select_related("dispense__patient", "dispense__by", "dispense__prescription")
        .annotate(came_back=Sum("returns__quantity", default=0))
        .order_by("-pk")
    )
    return [
        Recipient(row, row.dispense.patient, row.dispense.at, row.dispense.by, row.quantity, row.came_back)
        for row in rows
    ]
