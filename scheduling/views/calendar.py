"""The calendar (S3): a day, a column for each doctor."""

from datetime import timedelta

from django.shortcuts import render
from django.utils import formats
from django.views.decorators.http import require_http_methods

from clinic.access import allow
from scheduling import queries
from scheduling.days import parse_day
from scheduling.models import Appointment
from scheduling.views.common import BLOCKERS, BOOKERS, KEEPERS, get_appointment, whole_number


@require_http_methods(["GET"])
@allow(*BOOKERS)
def calendar(request):
    """The day by doctor; `?moving=12` chooses a new time for that appointment."""
    return render(request, "scheduling/calendar.html", _day(request))


@require_http_methods(["GET"])
@allow(*BOOKERS, passive=True)
def calendar_live(request):
    """The grid alone; asked for again by itself when the day changed."""
    return render(request, "scheduling/_calendar_day.html", _day(request))


def _day(request):
    clinic = request.user.clinic
    today = clinic.today()
    day = parse_day(request.GET.get("day"), today) or today
    moving = _moving(request)
    return {
        "clinic": clinic,
        "now": clinic.now(),
        "today": today,
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "calendar": queries.calendar_day(clinic, day, moving=moving),
        "moving": moving,
        "weeks": queries.month(day),
        "month_name": formats.date_format(day, "F"),
        "month_before": day.replace(day=1) - timedelta(days=1),
        "month_after": (day.replace(day=28) + timedelta(days=4)).replace(day=1),
        "may_block": request.user.has_role(*BLOCKERS),
        "may_hours": request.user.has_role(*KEEPERS),
        "topic": f"calendar-{day:%Y-%m-%d}",
    }


def _moving(request):
    pk = whole_number(request.GET.get("moving"))
    if pk is None:
        return None
    found = get_appointment(request, pk)
    return found if found.state in (Appointment.State.PENDING, Appointment.State.CONFIRMED) else None
