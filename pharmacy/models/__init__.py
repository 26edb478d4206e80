"""Medicines, stock, prescriptions, dispensing. Quantities are whole numbers of the medicine's base unit."""

from pharmacy.models.catalogue import DoseLine, Ingredient, Medicine
from pharmacy.models.prescribing import (
    Dispense,
    DispenseLine,
    DispenseReturn,
    DispenseReturnLine,
    Prescription,
    PrescriptionItem,
    SafetyAlert,
)
from pharmacy.models.stock import Batch, Stock, StockMove

__all__ = [
    "Batch",
    "Dispense",
    "DispenseLine",
    "DispenseReturn",
    "DispenseReturnLine",
    "DoseLine",
    "Ingredient",
    "Medicine",
    "Prescription",
    "PrescriptionItem",
    "SafetyAlert",
    "Stock",
    "StockMove",
]
