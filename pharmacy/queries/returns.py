"""What a dispensing handed over and what of it came back."""

from dataclasses import dataclass

from django.db.models import OuterRef, Prefetch, Subquery, Sum
from django.db.models.functions import Coalesce

from pharmacy.models import Dispense, DispenseLine, DispenseReturn, DispenseReturnLine


def dispensings(user):
    """Dispensings that `user` may see, with their lines, batches and what came back, at a fixed number of queries."""
    lines = DispenseLine.objects.select_related("medicine", "batch").annotate(
        came_back=Sum("returns__quantity", default=0)
    )
    rows = Dispense.objects.visible_to(user).select_related("by", "clinic", "patient", "prescription")
    return rows.prefetch_related(Prefetch("lines", lines.order_by("pk")))


def returns(user):
    """Returns that `user` may see, with their lines."""
    lines = DispenseReturnLine.objects.select_related("line__medicine", "line__batch").order_by("pk")
    rows = DispenseReturn.objects.visible_to(user).select_related("by")
    return rows.prefetch_related(Prefetch("lines", lines))


def handed_over(prescription):
    """The dispensings of a prescription in their order, each with `came_back` and `given_out` (base units)."""
    lines = DispenseLine.objects.filter(dispense=OuterRef("pk")).order_by().values("dispense")
    back = DispenseReturnLine.objects.filter(line__dispense=OuterRef("pk")).order_by().values("line__dispense")
    return (
        prescription.dispenses.select_related("by")
        .order_by("pk")
        .annotate(
            given_out=Coalesce(Subquery(lines.annotate(n=Sum("quantity")).values("n")), 0),
            came_back=Coalesce(Subquery(back.annotate(n=Sum("quantity")).values("n")), 0),
        )
    )


@dataclass
class Given:
    """One prescribed line of a dispensing, over all batches it was taken from."""

    item: int
    medicine: object
    quantity: int
    returned: int
    substitute_reason: str
    lines: list


def given(dispense):
    """The lines of a dispensing (of `dispensings`), gathered by what was prescribed."""
    found = {}
    for line in dispense.lines.all():
        row = found.setdefault(line.item_id, Given(line.item_id, line.medicine, 0, 0, line.substitute_reason, []))
        row.quantity += line.quantity
        row.returned += line.came_back
        row.lines.append(line)
    return list(found.values())


@dataclass
class Returnable:
    """A line of a dispensing on the page of a return: what is still out of it."""

    line: DispenseLine
    left: int


def returnable(dispense):
    """The lines of a dispensing (of `dispensings`) with what can still come back; those with nothing left too."""
    return [Returnable(line, line.quantity - line.came_back) for line in dispense.lines.all()]
