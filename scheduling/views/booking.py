"""Appointments: book into a free slot, move, cancel, no-show, and back."""

from datetime import UTC

from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic import display
from clinic.access import allow
from clinic.errors import Refused
from clinic.models import Doctor
from clinic.pages import page, refuse
from patients import queries as patient_queries
from scheduling import operations, queries
from scheduling.days import parse_day
from scheduling.forms import DAY_WORDS, STAMP, BookForm, CancelForm, FindForm, MomentField, MoveForm
from scheduling.models import Appointment
from scheduling.names import person, run
from scheduling.views.common import (
    BOOKERS,
    at_rest,
    done,
    get_appointment,
    get_doctor,
    get_patient,
    who,
    whole_number,
)

Source = Appointment.Source


@require_http_methods(["GET", "POST"])
@allow(*BOOKERS)
def book(request):
    """The slot picker; with a patient and a time, the booking."""
    clinic = request.user.clinic
    if request.method == "GET":
        return page(request, "scheduling/book.html", _picker(request, request.GET))
    form = BookForm(request.POST, clinic=clinic)
    patient = _patient(request, form)
    if not form.is_valid():
        return page(request, "scheduling/book.html", _picker(request, request.POST, form, patient), status=422)
    try:
        made = operations.book(clinic=clinic, patient=patient, by=request.user, **_booking(form))
    except Refused as refused:
        context = _picker(request, request.POST, form, patient)
        return refuse(
            request, form, refused, "scheduling/book.html", {**context, "outside": refused.code == "outside_hours"}
        )
    sentence = _("Booked %(who)s: %(when)s with %(doctor)s.") % _words(made)
    undo = reverse("scheduling:unbook", args=[made.pk])
    return done(request, sentence, template="scheduling/_booked.html", context={"appointment": made}, undo=undo)


def _booking(form):
    data = form.cleaned_data
    wanted = ("doctor", "starts_at", "minutes", "reason", "notes", "overbook_reason", "idempotency_key")
    source = Source.PHONE if data["by_phone"] else Source.DESK
    return {**{name: data[name] for name in wanted}, "source": source}


def _patient(request, form):
    """The patient of the form: chosen, or the only one that the typed name means. Adds the form's error else."""
    pk = whole_number(request.POST.get("patient"))
    if pk is not None:
        found = patient_queries.Patient.objects.current().visible_to(request.user).filter(pk=pk).first()
        if found is None:
            form.add_error(None, _("Choose the patient."))
        return found
    typed = FindForm(request.POST)
    text = typed.cleaned_data["q"].strip() if typed.is_valid() else ""
    found = patient_queries.find(text, user=request.user, limit=2) if text else []
    if len(found) == 1:
        return get_patient(request, found[0].pk)
    form.add_error(None, _("More than one patient fits. Choose one.") if found else _("Choose the patient."))
    return None


def _picker(request, given, form=None, patient=None, moving=None):
    clinic = request.user.clinic
    doctor = get_doctor(request, whole_number(given.get("doctor"))) or (moving.doctor if moving else None)
    day = parse_day(given.get("day"), clinic.today())
    starts_at = _moment(given.get("starts_at"))
    if starts_at and day and starts_at.astimezone(clinic.zone).date() != day:
        starts_at = None  # another day was chosen since
    pk = whole_number(given.get("patient"))
    if moving:
        patient = moving.patient
    elif patient is None and pk is not None and request.method == "GET":
        patient = get_patient(request, pk)
    minutes = moving.minutes if moving else whole_number(given.get("minutes"))
    minutes = minutes if minutes and 5 <= minutes <= 180 else None
    picker = queries.picker(
        clinic, doctor=doctor, day=day, starts_at=starts_at, patient=patient, minutes=minutes, moving=moving
    )
    unread = bool(given.get("day")) and day is None and form is None
    form = form or _blank(clinic, given, picker, moving)
    return {
        "picker": picker,
        "form": form,
        "patient": patient,
        "moving": moving,
        "stepping": given.get("step") == "1",
        "day_text": given["day"][:20] if unread or form.errors.get("day") else display.day_text(picker.day),
        "day_unread": DAY_WORDS if unread else "",
        "weekday": display.weekday_text(picker.day),
        "typed": given.get("q", "")[:100],
        "address": reverse("scheduling:move", args=[moving.pk]) if moving else reverse("scheduling:book"),
    }


def _blank(clinic, given, picker, moving):
    """A form with what was already typed, while another day or doctor is looked at."""
    initial = {name: given[name] for name in ("reason", "notes", "minutes", "by_phone") if given.get(name)}
    initial |= {"doctor": picker.doctor, "day": display.day_text(picker.day)}
    kind = MoveForm if moving else BookForm
    return kind(clinic=clinic, initial={**initial, "version": moving.version} if moving else initial)


def _moment(text):
    """The instant a stamp means; None for a broken one, which shows the usual day."""
    try:
        return MomentField(required=False).clean(text or "")
    except ValidationError:
        return None


def _words(appointment):
    return {
        "who": who(appointment.patient),
        "when": run(f"{display.day_text(appointment.wall_date)} {appointment.wall_time:%H:%M}"),
        "doctor": person(display.staff_name(appointment.doctor)),
    }


@require_http_methods(["GET"])
@allow(*BOOKERS)
def find_patient(request):
    """Patients for a panel that wants one: rows that lead back to the panel."""
    typed = FindForm(request.GET)
    text = typed.cleaned_data["q"].strip() if typed.is_valid() else ""
    rows = patient_queries.find(text, user=request.user) if text else []
    token = whole_number(request.GET.get("token"))
    return render(request, "scheduling/_find_patient.html", {"rows": rows, "text": text, "token": token})


@require_http_methods(["GET"])
@allow(*BOOKERS)
def appointment(request, pk):
    """One appointment with what can be done with it."""
    found = get_appointment(request, pk)
    return page(request, "scheduling/appointment.html", {"appointment": found, "now": found.clinic.now()})


@require_http_methods(["GET", "POST"])
@allow(*BOOKERS)
def move(request, pk):
    """Another time for an appointment."""
    found = get_appointment(request, pk)
    if request.method == "GET":
        return page(request, "scheduling/book.html", _picker(request, request.GET, moving=found))
    form = MoveForm(request.POST, clinic=found.clinic)
    if not form.is_valid():
        return page(request, "scheduling/book.html", _picker(request, request.POST, form, moving=found), status=422)
    wanted = {name: form.cleaned_data[name] for name in ("doctor", "starts_at", "version", "overbook_reason")}
    try:
        moved = operations.move(appointment=found, by=request.user, **wanted)
    except Refused as refused:
        context = _picker(request, request.POST, form, moving=found)
        return refuse(
            request, form, refused, "scheduling/book.html", {**context, "outside": refused.code == "outside_hours"}
        )
    return _moved(request, found, moved)


def _moved(request, before, moved):
    sentence = _("Moved %(who)s to %(when)s with %(doctor)s.") % _words(moved)
    stamp = f"{before.starts_at.astimezone(UTC):{STAMP}}"
    undo = reverse("scheduling:move_to", args=[moved.pk, stamp, before.doctor_id])
    return done(
        request, sentence, template="scheduling/_booked.html", context={"appointment": moved, "moved": True}, undo=undo
    )


@require_POST
@allow(*BOOKERS)
def move_to(request, pk, stamp, doctor_pk):
    """Move to the time and the doctor in the address: a slot of the calendar while moving, or the way back of a move."""
    found = get_appointment(request, pk)
    doctor = get_object_or_404(Doctor.objects.visible_to(request.user).select_related("user"), pk=doctor_pk)
    starts_at = _moment(stamp)
    if starts_at is None:
        raise Http404
    moved = operations.move(appointment=found, by=request.user, starts_at=starts_at, doctor=doctor)
    return _moved(request, found, moved)


@require_http_methods(["GET", "POST"])
@allow(*BOOKERS)
def cancel(request, pk):
    """Call an appointment off, with the reason."""
    found = get_appointment(request, pk)
    context = {"appointment": found, "cancel_reasons": (_("Patient asked"), _("Doctor away"), _("Booked by mistake"))}
    if request.method == "GET":
        form = CancelForm(initial={"version": found.version})
        return page(request, "scheduling/cancel.html", {**context, "form": form})
    form = CancelForm(request.POST)
    if not form.is_valid():
        return page(request, "scheduling/cancel.html", {**context, "form": form}, status=422)
    try:
        operations.cancel(appointment=found, by=request.user, **form.cleaned_data)
    except Refused as refused:
        return refuse(request, form, refused, "scheduling/cancel.html", context)
    return done(
        request,
        _("Cancelled: %(who)s.") % {"who": who(found.patient)},
        template=at_rest(request),
        context={},
        undo=reverse("scheduling:restore", args=[pk]),
    )


@require_POST
@allow(*BOOKERS)
def unbook(request, pk):
    """Take a booking back that was just made."""
    found = get_appointment(request, pk)
    operations.cancel(appointment=found, by=request.user, reason=_("Booked by mistake"))
    return done(request, _("Booking taken back: %(who)s.") % {"who": who(found.patient)})


@require_POST
@allow(*BOOKERS)
def confirm(request, pk):
    """The clinic agrees to a time that the patient asked for."""
    found = get_appointment(request, pk)
    operations.confirm(appointment=found, by=request.user, version=whole_number(request.POST.get("version")))
    return done(request, _("Confirmed: %(who)s.") % {"who": who(found.patient)})


@require_POST
@allow(*BOOKERS)
def miss(request, pk):
    """The patient did not come."""
    found = get_appointment(request, pk)
    operations.miss(appointment=found, by=request.user, version=whole_number(request.POST.get("version")))
    undo = reverse("scheduling:restore", args=[pk])
    return done(request, _("No-show: %(who)s.") % {"who": who(found.patient)}, undo=undo)


@require_POST
@allow(*BOOKERS)
def restore(request, pk):
    """Take a cancellation or a no-show back."""
    found = get_appointment(request, pk)
    operations.restore(appointment=found, by=request.user, version=whole_number(request.POST.get("version")))
    return done(request, _("Booked again: %(who)s.") % {"who": who(found.patient)})
