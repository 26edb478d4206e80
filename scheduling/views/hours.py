"""Beside the calendar: times blocked and sessions added, and the weekly hours."""

from datetime import date

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from clinic import display
from clinic.access import Role, allow
from clinic.errors import Refused
from clinic.models import Doctor
from clinic.pages import page, refuse
from scheduling import operations, queries
from scheduling.days import parse_day
from scheduling.forms import BlockForm, HoursForm
from scheduling.models import Availability, AvailabilityException
from scheduling.names import person
from scheduling.views.common import BLOCKERS, KEEPERS, done, whole_number

OPEN_END = "open"  # in addresses: hours without a last day


def doctors_kept(request, *roles):
    """The doctors whose hours the user keeps: all for who holds one of `roles`, a doctor only the own."""
    rows = Doctor.objects.active().visible_to(request.user).select_related("user")
    return rows if request.user.has_role(*roles) else rows.filter(user=request.user)


def blocked_doctors(request):
    return doctors_kept(request, Role.MANAGER, Role.RECEPTION)


def hours_doctors(request):
    return doctors_kept(request, Role.MANAGER)


def _chosen(doctors, pk):
    """The doctor asked for, else the first; None where there is none."""
    return doctors.filter(pk=pk).first() if pk and doctors.filter(pk=pk).exists() else doctors.first()


@require_http_methods(["GET", "POST"])
@allow(*BLOCKERS)
def block(request):
    """Block time of a doctor, or add a session; what is blocked or added already stands below."""
    clinic, doctors = request.user.clinic, blocked_doctors(request)
    if request.method == "GET":
        return page(request, "scheduling/block.html", _blocks(request, doctors, request.GET))
    form = BlockForm(request.POST, clinic=clinic, doctors=doctors)
    if not form.is_valid():
        return page(request, "scheduling/block.html", _blocks(request, doctors, request.POST, form), status=422)
    wanted = ("doctor", "kind", "starts_at", "ends_at", "reason", "idempotency_key")
    try:
        made = operations.add_exception(
            clinic=clinic, by=request.user, **{name: form.cleaned_data[name] for name in wanted}
        )
    except Refused as refused:
        return refuse(request, form, refused, "scheduling/block.html", _blocks(request, doctors, request.POST, form))
    words = {"doctor": person(display.staff_name(made.doctor))}
    away = made.kind == AvailabilityException.Kind.AWAY
    sentence = _("Blocked: %(doctor)s.") % words if away else _("Session added: %(doctor)s.") % words
    undo = reverse("scheduling:unblock", args=[made.pk])
    return done(request, sentence, template="scheduling/_blocked.html", context=_blocked(request, made), undo=undo)


def _blocks(request, doctors, given, form=None):
    clinic = request.user.clinic
    doctor = _chosen(doctors, whole_number(given.get("doctor")))
    today = clinic.today()
    day = max(parse_day(given.get("day"), today) or today, today)
    if form is None:
        typed = {name: given[name] for name in ("at", "until_day", "until", "reason") if given.get(name)}
        kind = given.get("kind") if given.get("kind") in AvailabilityException.Kind.values else "away"
        initial = {**typed, "doctor": doctor, "day": display.day_text(day), "kind": kind}
        form = BlockForm(clinic=clinic, doctors=doctors, initial=initial)
    return {"form": form, "doctors": doctors, "may_hours": request.user.has_role(*KEEPERS), **_list(clinic, doctor)}


def _list(clinic, doctor):
    rows = list(queries.exceptions_of(doctor, clinic)) if doctor else []
    counts = queries.counted_in_the_way(rows)
    for row in rows:
        row.in_the_way = counts[row.pk]
    return {"doctor": doctor, "exceptions": rows}


@require_http_methods(["GET"])
@allow(*BLOCKERS, passive=True)
def blocks_live(request):
    """What is blocked or added; asked for again by itself when it changed."""
    doctor = _chosen(blocked_doctors(request), whole_number(request.GET.get("doctor")))
    return render(request, "scheduling/_block_list.html", _list(request.user.clinic, doctor))


def _exception(request, pk):
    rows = AvailabilityException.objects.filter(clinic=request.user.clinic_id, doctor__in=blocked_doctors(request))
    return get_object_or_404(rows.select_related("clinic", "doctor__user"), pk=pk)


def _blocked(request, exception):
    return {"exception": exception, "bookings": list(queries.in_the_way(exception)), "now": request.user.clinic.now()}


@require_http_methods(["GET"])
@allow(*BLOCKERS)
def blocked(request, pk):
    """One blocked time or added session, with the bookings that lie in it."""
    return page(request, "scheduling/blocked.html", _blocked(request, _exception(request, pk)))


@require_POST
@allow(*BLOCKERS)
def unblock(request, pk):
    """The blocked time is free again, the added session is off."""
    row = operations.remove_exception(exception=_exception(request, pk), by=request.user)
    sentence = _("Taken away: %(doctor)s.") % {"doctor": person(display.staff_name(row.doctor))}
    return done(request, sentence, undo=reverse("scheduling:reblock", args=[pk]))


@require_POST
@allow(*BLOCKERS)
def reblock(request, pk):
    """Take `unblock` back."""
    row = operations.restore_exception(exception=_exception(request, pk), by=request.user)
    return done(request, _("As before: %(doctor)s.") % {"doctor": person(display.staff_name(row.doctor))})


@require_http_methods(["GET", "POST"])
@allow(*KEEPERS)
def weekly(request):
    """The weekly hours of a doctor: several weekdays in one step, and what holds now below."""
    clinic, doctors = request.user.clinic, hours_doctors(request)
    if request.method == "GET":
        return page(request, "scheduling/hours.html", _hours(request, doctors, request.GET))
    form = HoursForm(request.POST, clinic=clinic, doctors=doctors)
    if not form.is_valid():
        return page(request, "scheduling/hours.html", _hours(request, doctors, request.POST, form), status=422)
    try:
        made = operations.add_hours(clinic=clinic, by=request.user, **form.cleaned_data)
    except Refused as refused:
        return refuse(request, form, refused, "scheduling/hours.html", _hours(request, doctors, request.POST, form))
    fresh = _hours(request, doctors, {"doctor": str(made[0].doctor_id)})
    undo = reverse("scheduling:withdraw_hours", args=[made[0].pk])
    sentence = _("Hours added: %(doctor)s.") % {"doctor": person(display.staff_name(made[0].doctor))}
    return done(request, sentence, template="scheduling/_hours.html", context=fresh, undo=undo)


def _hours(request, doctors, given, form=None):
    clinic = request.user.clinic
    doctor = _chosen(doctors, whole_number(given.get("doctor")))
    if form is None:
        minutes = doctor.appointment_minutes if doctor else 15
        form = HoursForm(clinic=clinic, doctors=doctors, initial={"doctor": doctor, "slot_minutes": minutes})
    rows = queries.hours_of(doctor, clinic) if doctor else []
    return {"form": form, "doctors": doctors, "doctor": doctor, "hours": rows}


@require_http_methods(["GET"])
@allow(*KEEPERS, passive=True)
def hours_live(request):
    """The hours that hold; asked for again by itself when they changed."""
    doctor = _chosen(hours_doctors(request), whole_number(request.GET.get("doctor")))
    rows = queries.hours_of(doctor, request.user.clinic) if doctor else []
    return render(request, "scheduling/_hours_list.html", {"doctor": doctor, "hours": rows})


def _availability(request, pk):
    rows = Availability.objects.filter(clinic=request.user.clinic_id, doctor__in=hours_doctors(request))
    return get_object_or_404(rows.select_related("clinic", "doctor__user"), pk=pk)


@require_POST
@allow(*KEEPERS)
def end_hours(request, pk):
    """The hours no longer hold from today on; says how many bookings still lie in them."""
    row = _availability(request, pk)
    until = f"{row.valid_until:%Y-%m-%d}" if row.valid_until else OPEN_END
    row = operations.remove_hours(availability=row, by=request.user)
    left = queries.hanging_on(row).count()
    sentence = _("Hours ended: %(doctor)s.") % {"doctor": person(display.staff_name(row.doctor))}
    if left:
        words = ngettext("%(count)s booking stays in them.", "%(count)s bookings stay in them.", left)
        sentence = f"{sentence} {words % {'count': left}}"
    return done(request, sentence, undo=reverse("scheduling:restore_hours", args=[pk, until]))


@require_POST
@allow(*KEEPERS)
def restore_hours(request, pk, until):
    """Take `end_hours` back: the hours hold until the day they held before."""
    try:
        day = None if until == OPEN_END else date.fromisoformat(until)
    except ValueError as error:
        raise Http404 from error
    row = operations.restore_hours(availability=_availability(request, pk), by=request.user, valid_until=day)
    return done(request, _("As before: %(doctor)s.") % {"doctor": person(display.staff_name(row.doctor))})


@require_POST
@allow(*KEEPERS)
def withdraw_hours(request, pk):
    """Take back hours that were just added."""
    row = operations.withdraw_hours(availability=_availability(request, pk), by=request.user)
    return done(request, _("As before: %(doctor)s.") % {"doctor": person(display.staff_name(row.doctor))})
