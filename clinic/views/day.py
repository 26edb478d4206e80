"""The manager's first screen: the day in figures, each with the rows behind it."""

from datetime import date, timedelta

from django.shortcuts import render
from django.views.decorators.http import require_GET

from clinic import audit, reports
from clinic.access import Role, allow

FIRST_YEAR = 1900  # before it, sums of days run over


@require_GET
@allow(Role.MANAGER)
def day(request):
    """The whole page, with the rows of the figure in `?show=`."""
    context = figures_context(request)
    figure = request.GET.get("show", "")
    if figure in reports.BEHIND:
        context.update(rows_context(request, context["day"], figure))
    return render(request, "clinic/day.html", context)


@require_GET
@allow(Role.MANAGER, passive=True)
def day_live(request):
    """The figures again, when something has changed."""
    return render(request, "clinic/_day.html", figures_context(request))


@require_GET
@allow(Role.MANAGER)
def day_rows(request):
    """The rows behind one figure."""
    figure = request.GET.get("show", "visits")
    if figure not in reports.BEHIND:
        figure = "visits"
    return render(request, "clinic/_day_rows.html", rows_context(request, asked_day(request), figure))


def figures_context(request):
    """Context of the figures of the asked day."""
    clinic, wanted = request.user.clinic, asked_day(request)
    return {
        "clinic": clinic,
        "day": wanted,
        "previous": wanted - timedelta(days=1),
        "next": wanted + timedelta(days=1) if wanted < clinic.today() else None,
        "figures": reports.day_figures(clinic, wanted),
    }


def rows_context(request, wanted, figure):
    """Context of the rows of one figure; opening them is noted, because they name patients."""
    rows = reports.rows_behind(request.user.clinic, wanted, figure)
    audit.record(request.user, "read_day", None, figure=figure, day=wanted.isoformat(), rows=len(rows))
    return {
        "clinic": request.user.clinic,
        "figure": figure,
        "figure_word": reports.BEHIND[figure],
        "rows": rows,
        "day": wanted,
    }


def asked_day(request):
    """`?day=2026-11-20`, never a day that has not come; without it, or for one before 1900, the clinic's today."""
    today = request.user.clinic.today()
    try:
        found = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return today
    return min(found, today) if found.year >= FIRST_YEAR else today
