"""The JSON door of the pharmacy."""

from django.urls import path

from pharmacy.api.dispensings import Dispensings
from pharmacy.api.medicines import Medicines
from pharmacy.api.prescriptions import Checks, Items, PatientPrescriptions, Prescriptions
from pharmacy.api.stock import Batches, StockMoves, StockRoom

ROOMS = [
    ("medicines", Medicines),
    ("batches", Batches),
    ("stock-moves", StockMoves),
    ("prescriptions", Prescriptions),
    ("patients/<int:patient_pk>/prescriptions", PatientPrescriptions),
    ("dispensings", Dispensings),
]


def _stock(method, action, name):
    """One address of the shelf as a whole."""
    view = StockRoom.as_view({method: action}, basename="stock", detail=False)
    return path(f"stock/{name}/", view, name=f"stock-{name}")


def _line(method, action, end=""):
    """One address of a line of a prescription."""
    view = Items.as_view({method: action}, basename="prescription-items", detail=True)
    name = f"prescription-items-{action.replace('_', '-')}" if end else "prescription-items-detail"
    return path(f"prescriptions/<int:prescription_pk>/items/<int:pk>/{end}", view, name=name)


PATHS = [
    _stock("get", "low", "low"),
    _stock("get", "expiring", "expiring"),
    _stock("post", "count", "count"),
    _stock("post", "write_off", "write-off"),
    path(
        "prescriptions/check/",
        Checks.as_view({"post": "check_lines"}, basename="prescriptions", detail=False),
        name="prescriptions-check-lines",
    ),
    _line("delete", "destroy"),
    _line("post", "keep", "keep/"),
    _line("post", "not_given", "not-given/"),
]
__all__ = ["PATHS", "ROOMS"]
