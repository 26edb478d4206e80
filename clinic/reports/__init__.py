"""What a manager wants to know: the day in figures, lists over days, and both as files. On the roof: reads every floor."""

from clinic.reports.day import BEHIND, DayFigures, DoctorDay, bounds, day_figures, rows_behind
from clinic.reports.files import FORMATS, MOST_ROWS, Sheet, file_of
from clinic.reports.lists import audit_log, month, stock_movements, visit_history
from clinic.reports.sheets import SHEETS

__all__ = [
    "BEHIND",
    "FORMATS",
    "MOST_ROWS",
    "SHEETS",
    "DayFigures",
    "DoctorDay",
    "Sheet",
    "audit_log",
    "bounds",
    "day_figures",
    "file_of",
    "month",
    "rows_behind",
    "stock_movements",
    "visit_history",
]
