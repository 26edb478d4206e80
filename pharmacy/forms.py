"""The shape of what is typed in the pharmacy and in the prescription panel."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import DecimalTextField, DigitsCharField, HouseForm, IdempotentForm, IntegerTextField
from pharmacy.models import Batch, Medicine


class LineForm(HouseForm):
    """One typed line, for a medicine already picked or for the one it names."""

    line = forms.CharField(label=_("Add medicine"), max_length=200)
    medicine = forms.ModelChoiceField(Medicine.objects.active(), required=False, widget=forms.HiddenInput)


class StopsField(forms.Field):
    """The keys of the safety stops that stood on the page when the reason was typed; the operation knows which still do."""

    widget = forms.MultipleHiddenInput

    def __init__(self):
        super().__init__(required=False)

    def to_python(self, value):
        return list(value or [])


class ReasonForm(HouseForm):
    """A reason in a few words."""

    reason = forms.CharField(label=_("Reason"), max_length=200, error_messages={"required": _("Say why.")})


class KeepForm(ReasonForm):
    """Why a line is kept in spite of the stops that are shown."""

    stops = StopsField()


class DispenseForm(IdempotentForm):
    """One block of fields for each line of a prescription: confirm, quantity, batch and why."""

    def __init__(self, *args, rows=(), **kwargs):
        super().__init__(*args, **kwargs)
        # Lines with nothing left keep their fields too: a second click must read as the first one did.
        self.rows = list(rows)
        for row in self.rows:
            self._add(row)

    def _add(self, row):
        pk, given = row.view.item.pk, row.left - row.missing
        instead = min(row.left, max((left for _other, left in row.substitutes), default=0))
        choices = [("", _("Earliest first"))] + [(b.pk, b.number) for b in [b for b, _q in row.proposed] + row.others]
        self.fields[f"confirm-{pk}"] = forms.BooleanField(required=False)
        self.fields[f"quantity-{pk}"] = IntegerTextField(
            label=_("Quantity"), min_value=1, max_value=1_000_000, initial=given or instead or "", required=False
        )
        self.fields[f"batch-{pk}"] = forms.ChoiceField(label=_("Batch"), choices=choices, required=False)
        self.fields[f"reason-{pk}"] = forms.CharField(label=_("Why this batch"), max_length=200, required=False)
        products = [(other.pk, _product(other, left)) for other, left in row.substitutes]
        self.fields[f"substitute-{pk}"] = forms.ChoiceField(
            label=_("Product"), choices=[("", _("As prescribed")), *products], required=False
        )
        self.fields[f"substitute_reason-{pk}"] = forms.CharField(
            label=_("Why another product"),
            max_length=200,
            initial=_("Out of stock") if row.missing else "",
            required=False,
        )
        self.fields[f"override_reason-{pk}"] = forms.CharField(
            label=_("Reason to give it all the same"), max_length=200, required=False
        )
        self.fields[f"override_stops-{pk}"] = StopsField()

    def clean(self):
        cleaned = super().clean()
        for row in self.rows:
            pk = row.view.item.pk
            if (
                cleaned.get(f"confirm-{pk}")
                and not cleaned.get(f"quantity-{pk}")
                and f"quantity-{pk}" not in self.errors
            ):
                self.add_error(f"quantity-{pk}", _("Write a quantity."))
            if cleaned.get(f"batch-{pk}") and cleaned.get(f"substitute-{pk}"):
                self.add_error(f"batch-{pk}", _("Choose another batch or another product, not both."))
        return cleaned

    def lines(self):
        """The confirmed lines in the shape that `operations.dispense` takes."""
        data = self.cleaned_data
        return [
            {
                "item": pk,
                "quantity": data[f"quantity-{pk}"],
                "batch": int(data[f"batch-{pk}"]) if data[f"batch-{pk}"] else None,
                "reason": data[f"reason-{pk}"],
                **self._instead(pk),
                "override_reason": data[f"override_reason-{pk}"],
                "override_stops": data[f"override_stops-{pk}"],
            }
            for pk in (row.view.item.pk for row in self.rows)
            if data.get(f"confirm-{pk}")
        ]

    def _instead(self, pk):
        """The product to give instead, and why; nothing where it is given as prescribed."""
        product = self.cleaned_data[f"substitute-{pk}"]
        reason = self.cleaned_data[f"substitute_reason-{pk}"]
        return {"substitute": int(product), "substitute_reason": reason} if product else {}

    def blocks(self):
        """(row, its bound fields) for the template."""
        names = ("confirm", "quantity", "batch", "reason", "substitute", "substitute_reason", "override_reason")
        return [(row, {name: self[f"{name}-{row.view.item.pk}"] for name in names}) for row in self.rows if row.left]


def _product(medicine, left):
    """A product as a choice: its name, who makes it, and how much of it can be given."""
    stock = _("in stock %(count)s") % {"count": left} if left else _("out of stock")
    return " · ".join(str(part) for part in (medicine, medicine.manufacturer, stock) if part)


class ReturnForm(IdempotentForm):
    """A quantity for each line that can still come back, why, and whether it is fit for the shelf."""

    PLACES = [("shelf", _("Back on the shelf: unopened and well kept")), ("out", _("Written off"))]

    def __init__(self, *args, rows=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = list(rows)
        for row in self.rows:
            self.fields[f"quantity-{row.line.pk}"] = IntegerTextField(
                label=_("Quantity"), min_value=0, max_value=1_000_000, required=False
            )
        self.fields["reason"] = forms.CharField(
            label=_("Why does it come back?"), max_length=200, error_messages={"required": _("Say why it comes back.")}
        )
        self.fields["place"] = forms.ChoiceField(
            label=_("Where does it go?"),
            choices=self.PLACES,
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose where it goes.")},
        )

    def lines(self):
        """What comes back, in the shape that `operations.return_dispensed` takes."""
        quantities = {row.line.pk: self.cleaned_data.get(f"quantity-{row.line.pk}") for row in self.rows}
        return [{"line": pk, "quantity": quantity} for pk, quantity in quantities.items() if quantity]

    def blocks(self):
        """(row, its bound field) for the template."""
        return [(row, self[f"quantity-{row.line.pk}"]) for row in self.rows]


class CountForm(IdempotentForm):
    """What was counted of each batch, beside what the shelf should hold; the differences are shown before they count."""

    def __init__(self, *args, batches=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.batches = list(batches)
        for batch in self.batches:
            self.fields[f"counted-{batch.pk}"] = IntegerTextField(
                label=_("Counted"), min_value=0, max_value=10_000_000, required=False
            )
            self.fields[f"expected-{batch.pk}"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=batch.on_hand, required=False
            )
        self.fields["reason"] = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def counts(self):
        """The batches that were counted, in the shape that `operations.count_stock` takes."""
        data = self.cleaned_data
        return [
            {"batch": b.pk, "counted": data[f"counted-{b.pk}"], "expected": data.get(f"expected-{b.pk}")}
            for b in self.batches
            if data.get(f"counted-{b.pk}") is not None
        ]

    def rows(self):
        """(batch, the counted field, the expected field, difference or None) for the template."""
        data = getattr(self, "cleaned_data", {})
        shown = []
        for batch in self.batches:
            counted = data.get(f"counted-{batch.pk}")
            difference = None if counted is None else counted - batch.on_hand
            shown.append((batch, self[f"counted-{batch.pk}"], self[f"expected-{batch.pk}"], difference))
        return shown

    @property
    def differs(self):
        return any(difference for *_fields, difference in self.rows())


class StateForm(HouseForm):
    """What becomes of a batch."""

    state = forms.ChoiceField(choices=Batch.State.choices)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class ReceiveForm(IdempotentForm):
    """One delivered batch."""

    medicine = forms.ModelChoiceField(Medicine.objects.active(), label=_("Medicine"))
    number = DigitsCharField(label=_("Batch"), max_length=40)
    expires_on = forms.DateField(
        label=_("Expires"),
        input_formats=["%Y-%m-%d", "%d-%b-%Y", "%d/%m/%Y"],
        widget=forms.TextInput(
            attrs={"dir": "ltr", "autocomplete": "off", "maxlength": "20", "placeholder": "31-Dec-2028"}
        ),
    )
    quantity = IntegerTextField(label=_("Quantity, in base units"), min_value=1, max_value=1_000_000)
    shelf = forms.CharField(label=_("Shelf"), max_length=20, required=False)
    supplier = forms.CharField(label=_("Supplier"), max_length=120, required=False)
    cost = DecimalTextField(
        label=_("Cost of a base unit"), max_digits=14, decimal_places=3, min_value=0, required=False
    )
