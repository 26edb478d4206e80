"""A patient books, moves and calls off: by the desk's own operations, for the own file only."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import Role, allow
from clinic.errors import Refused
from clinic.models import Doctor
from clinic.pages import answer
from clinic.portal.forms import CancelForm, TimeForm
from clinic.portal.reading import file_or_404
from clinic.text import fold
from scheduling import operations
from scheduling.models import Appointment
from scheduling.queries import Diary, doctors_of

STRIP = 7  # days shown side by side
LOOK_AHEAD = 90


@dataclass
class Offer:
    """One doctor's free times: a strip of days with how many are free on each, and the times of `day`."""

    doctor: Doctor
    first: date
    day: date | None
    days: list = field(default_factory=list)
    slots: list = field(default_factory=list)
    before: date | None = None
    after: date | None = None


def offer_of(doctor, clinic, *, day=None, moving=None):
    """The Offer of `doctor` around `day` (a day of the clinic, or None: from the first day with a free time)."""
    today, now = clinic.today(), clinic.now()
    last = today + timedelta(days=LOOK_AHEAD)
    diary = Diary(clinic, [doctor], today, last, but=moving)

    def free(one):
        return [slot for slot in diary.free(doctor, one, after=now) if slot.starts_at > now]

    if day is None:
        ahead = (today + timedelta(days=number) for number in range(LOOK_AHEAD))
        day = next((one for one in ahead if free(one)), today)
    day = min(max(day, today), last)
    first = today + timedelta(days=(day - today).days // STRIP * STRIP)
    strip = [first + timedelta(days=number) for number in range(STRIP)]
    return Offer(
        doctor=doctor,
        first=first,
        day=day,
        days=[(one, len(free(one))) for one in strip],
        slots=free(day),
        before=first - timedelta(days=1) if first > today else None,
        after=first + timedelta(days=STRIP) if first + timedelta(days=STRIP) <= last else None,
    )


def day_of(request):
    """The day in the address, None for none or for nonsense."""
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None


def clinic_of(user):
    """The account's clinic; 404 for an account of none."""
    if user.clinic is None:
        raise Http404
    return user.clinic


def doctor_or_404(user, pk):
    """A doctor of the account's clinic who may be booked."""
    return get_object_or_404(Doctor.objects.visible_to(user).active().select_related("user", "department"), pk=pk)


@require_GET
@allow(Role.PATIENT)
def book(request):
    """Find a doctor by name or specialty; each with the next day that has a free time."""
    clinic, text = clinic_of(request.user), request.GET.get("q", "")[:100].strip()
    wanted = fold(text).split()
    doctors = [one for one in doctors_of(clinic) if all(word in _described(one) for word in wanted)]
    today, now = clinic.today(), clinic.now()
    diary = Diary(clinic, doctors, today, today + timedelta(days=13))
    rows = []
    for doctor in doctors:
        days = (today + timedelta(days=number) for number in range(14))
        free = (slot for day in days for slot in diary.free(doctor, day, after=now) if slot.starts_at > now)
        rows.append((doctor, next(free, None)))
    rows.sort(key=lambda row: (row[1] is None, row[1].starts_at if row[1] else now))
    return render(request, "portal/book.html", {"here": "book", "rows": rows, "q": text})


def _described(doctor):
    """Everything a doctor may be looked for by, folded."""
    department = doctor.department
    names = [department.name, department.name_other_script] if department else []
    return fold(" ".join([doctor.name, doctor.name_other_script, doctor.specialties, *names]))


@require_http_methods(["GET", "POST"])
@allow(Role.PATIENT)
def slots(request, pk):
    """One doctor's free times, and booking one of them."""
    patient, doctor = file_or_404(request.user), doctor_or_404(request.user, pk)
    clinic = clinic_of(request.user)

    def act(form):
        return operations.book(
            clinic=clinic,
            patient=patient,
            doctor=doctor,
            starts_at=form.cleaned_data["starts"],
            reason=form.cleaned_data["reason"],
            source=Appointment.Source.PORTAL,
            idempotency_key=form.cleaned_data["idempotency_key"],
            by=request.user,
        )

    return _choose(request, doctor, clinic, act, told=_("Asked for. The clinic will confirm it."))


@require_http_methods(["GET", "POST"])
@allow(Role.PATIENT)
def move(request, pk):
    """Another time with the same doctor for an own appointment."""
    moving = own_appointment(request.user, pk)

    def act(form):
        return operations.move(appointment=moving, starts_at=form.cleaned_data["starts"], by=request.user)

    told = _("Moved. The clinic will confirm the new time.")
    return _choose(request, moving.doctor, moving.clinic, act, moving=moving, told=told)


def _choose(request, doctor, clinic, act, *, told, moving=None):
    """The page of free times, and what happens with the chosen one; a refusal is said above the times of that day."""
    form = TimeForm(request.POST if request.method == "POST" else None)
    day, status = day_of(request), 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                act(form)
            except Refused as refused:
                form.add_error(None, str(refused.message))
                status = refused.status
                day = form.cleaned_data.get("starts", clinic.now()).astimezone(clinic.zone).date()
            else:
                return answer(request, to=reverse("clinic:patient_home"), toast=told)
    context = {"here": "book", "form": form, "moving": moving, "doctor": doctor}
    context["offer"] = offer_of(doctor, clinic, day=day, moving=moving)
    return render(request, "portal/slots.html", context, status=status)


def own_appointment(user, pk):
    """An appointment of the account's person; 404 for another's."""
    rows = Appointment.objects.visible_to(user).select_related(
        "doctor__user", "doctor__department", "clinic", "patient"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
@allow(Role.PATIENT)
def appointment(request, pk):
    """One appointment, and what can be done with it."""
    found = own_appointment(request.user, pk)
    context = {"here": "home", "appointment": found, "form": CancelForm(initial={"version": found.version})}
    return render(request, "portal/appointment.html", {**context, "open": _is_open(found)})


def _is_open(found):
    return found.state in ("pending", "confirmed") and found.starts_at > found.clinic.now()


@require_POST
@allow(Role.PATIENT)
def cancel(request, pk):
    """Call an own appointment off."""
    found = own_appointment(request.user, pk)
    form = CancelForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"].strip() or _("Called off by the patient")
        version = form.cleaned_data["version"]
        operations.cancel(appointment=found, reason=reason, version=version, by=request.user)
        return answer(request, to=reverse("clinic:patient_home"), toast=_("Called off."))
    context = {"here": "home", "appointment": found, "form": form, "open": _is_open(found)}
    return render(request, "portal/appointment.html", context, status=422)
