"""What the pages of this floor need, each in one go."""

from scheduling.queries.calendar import calendar_day, month
from scheduling.queries.desk import (
    DayRow,
    booked_today,
    counters,
    day_of,
    day_rows,
    has_only_to_pay,
    next_of,
    shown,
    stay_of,
)
from scheduling.queries.diary import (
    Diary,
    free_between,
    free_slots,
    nearest_free,
    next_free,
    usual_minutes,
    work_around,
)
from scheduling.queries.hours import (
    booked_times,
    bookings_to_come,
    counted_in_the_way,
    exceptions_of,
    hanging_on,
    hours_of,
    in_the_way,
)
from scheduling.queries.picker import Picker, doctors_of, picker, walk_in_lines

__all__ = [
    "DayRow",
    "Diary",
    "Picker",
    "booked_times",
    "booked_today",
    "bookings_to_come",
    "calendar_day",
    "counted_in_the_way",
    "counters",
    "day_of",
    "day_rows",
    "doctors_of",
    "exceptions_of",
    "free_between",
    "free_slots",
    "hanging_on",
    "has_only_to_pay",
    "hours_of",
    "in_the_way",
    "month",
    "nearest_free",
    "next_free",
    "next_of",
    "picker",
    "shown",
    "stay_of",
    "usual_minutes",
    "walk_in_lines",
    "work_around",
]
