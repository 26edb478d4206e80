"""`batches/`, `stock-moves/` and `stock/`: what is on the shelf of the caller's clinic."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from clinic import audit
from clinic.api import Amount, Day, Given, Listing, Moment, Room, Shown, Text, Whole, does, reads
from clinic.api.errors import placed
from pharmacy import operations, queries
from pharmacy.api.medicines import KEEPERS, READERS, MedicineShown, Price
from pharmacy.models import Batch, Medicine, Stock, StockMove

MOST = 10_000_000


class BatchShown(Shown):
    """One lot of a medicine. Quantities count the medicine's base unit."""

    id = serializers.IntegerField()
    medicine = serializers.IntegerField(source="medicine_id")
    medicine_name = serializers.SerializerMethodField()
    number = Text()
    expires_on = serializers.DateField()
    remove_by = serializers.DateField()
    cost = Price(allow_null=True)
    supplier = Text()
    shelf = Text()
    on_hand = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Batch.State.choices)
    state_reason = Text()
    received_at = Moment()
    version = serializers.IntegerField()
    roles_of = {"cost": KEEPERS, "supplier": KEEPERS}

    def get_medicine_name(self, batch) -> str:
        return str(batch.medicine)


class BatchesAsked(Listing):
    """Which batches."""

    medicine = Whole(required=False, min_value=1)
    state = serializers.ChoiceField(choices=Batch.State.choices, required=False)
    number = Text(max_length=40, required=False)
    in_stock = serializers.BooleanField(required=False, help_text="true: with something left.")
    expires_before = Day(required=False)
    orders = {"remove_by": ("remove_by",), "expires_on": ("expires_on",), "on_hand": ("on_hand",), "id": ("pk",)}


class BatchGiven(Given):
    """A delivered batch."""

    medicine = Whole(min_value=1)
    number = Text(max_length=40)
    expires_on = Day()
    quantity = Whole(min_value=1, max_value=MOST, help_text="Base units, not packs.")
    remove_by = Day(required=False, allow_null=True, help_text="Else the day it expires.")
    cost = Amount(required=False, allow_null=True, min_value=0, help_text="Of one base unit.")
    supplier = Text(max_length=120, required=False, allow_blank=True)
    shelf = Text(max_length=20, required=False, allow_blank=True)


class BatchChange(Given):
    """Hold a batch back, recall it or release it."""

    state = serializers.ChoiceField(choices=Batch.State.choices)
    reason = Text(max_length=200, required=False, allow_blank=True, help_text="Needed to recall and to take it back.")
    version = Whole(required=False, min_value=1)


class RecipientShown(Shown):
    """Somebody who received units of a batch."""

    patient = serializers.IntegerField(source="patient.pk")
    name = Text(source="patient.name")
    file_number = Text(source="patient.file_number")
    phone = Text(source="patient.phone")
    dispensing = serializers.IntegerField(source="line.dispense_id")
    quantity = serializers.IntegerField()
    returned = serializers.IntegerField()
    at = Moment()
    by = serializers.IntegerField(source="by.pk")


class Batches(Room):
    """Batches on the shelf."""

    name = "batches"

    def visible(self):
        return queries.batches(self.request.user.clinic)

    @reads(READERS, BatchShown, asks=BatchesAsked, many=True)
    def list(self, request, asked):
        """List batches, the first to be removed first."""
        wanted = {
            "medicine": "medicine", "state": "state", "number": "number__iexact", "expires_before": "expires_on__lt"
        }  # fmt: skip
        if "number" in asked:
            asked = {**asked, "number": operations.batch_number(asked["number"])}
        rows = self.visible().filter(**{wanted[name]: asked[name] for name in wanted if name in asked})
        if "in_stock" in asked:
            rows = rows.filter(on_hand__gt=0) if asked["in_stock"] else rows.filter(on_hand=0)
        return rows

    @reads(READERS, BatchShown)
    def retrieve(self, request, asked, pk):
        """One batch."""
        return self.found()

    @does(KEEPERS, BatchGiven, BatchShown, status=201, refuses=["expired", "remove_by"])
    def create(self, request, given):
        """Receive a batch.

        More of a known batch (same medicine, number and expiry) is added to it.
        """
        values = dict(given)
        values["medicine"] = self.one_of(Medicine.objects.active(), given["medicine"], "medicine")
        return operations.receive(clinic=request.user.clinic, by=request.user, **values)

    @does(KEEPERS, BatchChange, BatchShown, changes=True, refuses=["bad_state", "reason", "changed"])
    def partial_update(self, request, given, pk):
        """Hold a batch back, recall it, or release it.

        Nothing is given out of a batch that is on hold or recalled. A recall is taken back to on hold first.
        """
        if "state" not in given:
            raise ValidationError({"state": [_("This field is required.")]})
        return operations.set_batch_state(batch=self.found(), by=request.user, **given)

    @reads(KEEPERS, RecipientShown, at="recipients", many=True)
    def recipients(self, request, asked, pk):
        """Everybody who received units of this batch."""
        batch = self.found()
        rows = queries.recipients(batch)
        audit.record(request.user, "read_recipients", batch, rows=len(rows))
        return rows


class StockMoveShown(Shown):
    """A change of stock; on hand is the sum of the moves."""

    id = serializers.IntegerField()
    medicine = serializers.IntegerField(source="medicine_id")
    batch = serializers.IntegerField(source="batch_id")
    kind = serializers.ChoiceField(choices=StockMove.Kind.choices)
    quantity = serializers.IntegerField(help_text="Signed, in base units.")
    reason = Text()
    reference = Text()
    by = serializers.IntegerField(source="by_id")
    at = Moment()


class StockMovesAsked(Listing):
    """Which moves."""

    medicine = Whole(required=False, min_value=1)
    batch = Whole(required=False, min_value=1)
    kind = serializers.ChoiceField(choices=StockMove.Kind.choices, required=False)
    date_from = Day(required=False)
    date_to = Day(required=False)

    def get_fields(self):
        fields = super().get_fields()
        fields["ordering"] = serializers.ChoiceField(choices=["at", "-at"], required=False)
        return fields

    def sorted(self, rows, asked):
        return rows.order_by(*(("at", "pk") if asked.get("ordering") == "at" else ("-at", "-pk")))


class StockMoves(Room):
    """Stock moves. They are never changed, so there is nothing but the list."""

    name = "stock-moves"

    def visible(self):
        return StockMove.objects.visible_to(self.request.user)

    @reads(READERS, StockMoveShown, asks=StockMovesAsked, many=True)
    def list(self, request, asked):
        """List stock moves, the latest first."""
        wanted = {
            "medicine": "medicine", "batch": "batch", "kind": "kind", "date_from": "at__date__gte",
            "date_to": "at__date__lte",
        }  # fmt: skip
        return self.visible().filter(**{wanted[name]: asked[name] for name in wanted if name in asked})


class ExpiringAsked(Listing):
    """How soon."""

    days = Whole(min_value=0, max_value=3650, default=queries.NEAR_EXPIRY_DAYS)
    orders = {"remove_by": ("remove_by",), "on_hand": ("on_hand",)}


class LowAsked(Listing):
    orders = {"name": ("generic_name", "strength_amount"), "on_hand": ("in_stock",)}


class CountedBatchGiven(Given):
    """One batch as it was counted."""

    batch = Whole(min_value=1)
    counted = Whole(min_value=0, max_value=MOST)
    expected = Whole(
        min_value=0,
        max_value=MOST,
        required=False,
        help_text="What you were shown: the count is refused when it moved.",
    )


class StockCountGiven(Given):
    """A count of one medicine."""

    medicine = Whole(min_value=1)
    counts = CountedBatchGiven(many=True, max_length=500)
    reason = Text(max_length=200, required=False, allow_blank=True, help_text="Needed where something differs.")


class StockShown(Shown):
    """What the clinic has of a medicine."""

    medicine = serializers.IntegerField(source="medicine_id")
    on_hand = serializers.IntegerField()
    batches = serializers.SerializerMethodField()

    def get_batches(self, stock) -> BatchShown(many=True):
        rows = queries.batches(stock.clinic).filter(medicine=stock.medicine_id).order_by("remove_by", "pk")
        return BatchShown(rows, many=True, context=self.context).data


class WriteOffGiven(Given):
    """What leaves the shelf for good."""

    batch = Whole(min_value=1)
    quantity = Whole(min_value=1, max_value=MOST)
    reason = Text(max_length=200)


class StockRoom(Room):
    """The shelf as a whole."""

    name = "stock"

    def visible(self):
        return queries.batches(self.request.user.clinic)

    @reads(READERS, MedicineShown, asks=LowAsked, many=True)
    def low(self, request, asked):
        """Medicines at or under their reorder level."""
        return queries.medicines(request.user.clinic, low=True).active().prefetch_related("ingredients")

    @reads(READERS, BatchShown, asks=ExpiringAsked, many=True)
    def expiring(self, request, asked):
        """Batches to be removed soon, expired ones with something left included."""
        return queries.expiring_batches(request.user.clinic, days=asked["days"])

    @does(
        KEEPERS,
        StockCountGiven,
        StockShown,
        fetch=lambda room, pk: Stock.objects.select_related("clinic").get(pk=pk),
        refuses=["changed", "reason", "empty"],
    )
    def count(self, request, given):
        """Enter what was counted of a medicine's batches.

        Batches that are not named stay as they are; each difference becomes a move with the reason.
        """
        medicine = self.one_of(Medicine.objects.all(), given["medicine"], "medicine")
        places = {row["batch"]: number for number, row in enumerate(given["counts"])}
        for pk, number in places.items():
            self.one_of(self.visible().filter(medicine=medicine), pk, f"counts.{number}.batch")
        with placed("counts", places):
            return operations.count_stock(
                medicine=medicine, clinic=request.user.clinic, by=request.user,
                counts=[dict(row) for row in given["counts"]], reason=given.get("reason", ""),
            )  # fmt: skip

    @does(KEEPERS, WriteOffGiven, BatchShown, refuses=["quantity", "reason"])
    def write_off(self, request, given):
        """Take units of a batch off the shelf for good."""
        batch = self.one_of(self.visible().select_related("clinic"), given["batch"], "batch")
        return operations.write_off(batch=batch, by=request.user, quantity=given["quantity"], reason=given["reason"])
