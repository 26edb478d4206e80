"""The desk (S2): the day's table, check-in, walk-in, and the wrong check-in put right."""

from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic import display
from clinic.access import allow
from clinic.errors import Refused
from clinic.pages import page, refuse
from clinic.templatetags import clinic as clinic_tags
from patients import queries as patient_queries
from queues import operations as queue_operations
from queues import queries as queue_queries
from queues.models import Entry
from scheduling import operations, queries
from scheduling.forms import WalkInForm
from scheduling.names import person, run
from scheduling.queries.desk import STATES
from scheduling.views.common import (
    BOOKERS,
    DESK,
    at_rest,
    done,
    get_appointment,
    get_patient,
    get_token,
    who,
    whole_number,
)

ACT_ICONS = [
    ("in", "log-in"),
    ("move", "calendar-clock"),
    ("miss", "user-x"),
    ("cancel", "calendar-x"),
    ("undo", "undo-2"),
    ("print", "printer"),
    ("swap", "replace"),
    ("leave", "log-out"),
]


@require_http_methods(["GET"])
@allow(*DESK)
def desk(request):
    """The one screen of the receptionist."""
    more = {"doctors": queries.doctors_of(request.user.clinic), "act_icons": ACT_ICONS}
    return render(request, "scheduling/desk.html", {**_today(request), **more})


@require_http_methods(["GET"])
@allow(*DESK, passive=True)
def desk_live(request):
    """Counters and table of today; asked for again by itself when something changed."""
    return render(request, "scheduling/_desk_today.html", _today(request))


@require_http_methods(["GET"])
@allow(*DESK)
def find(request):
    """The patients that one typed line may mean, each with the time of today's booking."""
    text = request.GET.get("q", "")[:200].strip()
    rows = patient_queries.find(text, user=request.user) if text else []
    times = queries.booked_times([row.pk for row in rows], request.user.clinic) if rows else {}
    found = [(row, times.get(row.pk)) for row in rows]
    return render(request, "scheduling/_find.html", {"found": found, "q": text})


def _today(request):
    clinic, given = request.user.clinic, request.GET
    day = clinic.today()
    filters = {
        "doctor": whole_number(given.get("doctor")),
        "state": given.get("state") if given.get("state") in STATES else "",
        "unpaid": given.get("unpaid") == "1",
    }
    rows = queries.day_rows(clinic, day)
    query = QueryDict(mutable=True)
    query.update({name: int(value) if value is True else value for name, value in filters.items() if value})
    return {
        "clinic": clinic,
        "day": day,
        "now": clinic.now(),
        "rows": queries.shown(rows, **filters),
        "total": len(rows),
        "counters": queries.counters(rows),
        "state_words": [(state, clinic_tags.STATES[state][1]) for state in STATES],
        "filters": filters,
        "acts": _act_words(),
        "filter_query": query.urlencode(),
    }


def _act_words():
    """The words of the row's actions, looked up once and not for every row."""
    return {
        "check_in": _("Check in"),
        "move": _("Move"),
        "miss": _("No-show"),
        "cancel": _("Cancel the appointment"),
        "restore": _("Book again"),
        "print": _("Print the slip"),
        "swap": _("Change patient"),
        "leave": _("Has left"),
        "undo": _("Undo check-in"),
    }


@require_http_methods(["GET"])
@allow(*BOOKERS)
def context(request):
    """The zone at rest; at the desk, for a patient just chosen who is neither booked nor here, the walk-in panel, and
    for one who has been here today and has only to pay, the bill."""
    patient_pk = whole_number(request.GET.get("patient"))
    if patient_pk is None or at_rest(request) != "scheduling/_context.html":
        return render(request, at_rest(request), {})
    patient, clinic = get_patient(request, patient_pk), request.user.clinic
    if patient.deceased_on or queries.booked_today(patient, clinic) or queries.stay_of(patient, clinic):
        return render(request, "scheduling/_context.html", {})
    if queries.has_only_to_pay(patient, clinic):
        return redirect("billing:patient_pay", patient.pk)
    return render(request, "scheduling/_walk_in.html", {**_lines(request, patient), "quiet": True})


@require_POST
@allow(*DESK)
def arrive(request, pk):
    """F4 on a patient: checked in when booked today, shown when already here, else the walk-in panel."""
    patient, clinic = get_patient(request, pk), request.user.clinic
    appointment = queries.booked_today(patient, clinic)
    if appointment:
        return _checked_in(request, operations.check_in(appointment=appointment, by=request.user), appointment)
    stay = queries.stay_of(patient, clinic)
    if stay:
        return page(request, "scheduling/token.html", _token(stay.token, again=True))
    return page(request, "scheduling/walk_in.html", _lines(request, patient))


@require_POST
@allow(*DESK)
def check_in(request, pk):
    """The booked patient is here."""
    appointment = get_appointment(request, pk)
    version = whole_number(request.POST.get("version"))
    token = operations.check_in(appointment=appointment, by=request.user, version=version)
    return _checked_in(request, token, appointment)


def _checked_in(request, token, appointment):
    return _given(request, token, undo=reverse("scheduling:undo_check_in", args=[appointment.pk]))


def _given(request, token, *, undo):
    sentence = _("Checked in: %(who)s.") % {"who": who(token.patient, token.label)}
    return done(
        request,
        sentence,
        template="scheduling/_token.html",
        context=_token(token),
        undo=undo,
        paper=reverse("queues:slip", args=[token.pk]),
    )


def _token(token, *, again=False):
    entry = queue_queries.entries_of([token.pk]).get(token.pk)
    return {
        "token": token,
        "entry": entry,
        "ahead": queue_queries.ahead_of(entry) if entry and entry.state == Entry.State.WAITING else None,
        "again": again,
    }


@require_http_methods(["GET", "POST"])
@allow(*DESK)
def walk_in(request):
    """A patient without a booking: whom to see, then a token."""
    given = request.POST if request.method == "POST" else request.GET
    patient, clinic = get_patient(request, whole_number(given.get("patient"))), request.user.clinic
    if request.method == "GET":
        return page(request, "scheduling/walk_in.html", _lines(request, patient))
    form = WalkInForm(request.POST, clinic=clinic)
    if not form.is_valid():
        return page(request, "scheduling/walk_in.html", _lines(request, patient, form), status=422)
    try:
        token = operations.walk_in(clinic=clinic, patient=patient, by=request.user, **form.cleaned_data)
    except Refused as refused:
        return refuse(request, form, refused, "scheduling/walk_in.html", _lines(request, patient, form))
    return _given(request, token, undo=reverse("scheduling:leave", args=[token.pk]))


def _lines(request, patient, form=None):
    clinic = request.user.clinic
    lines, proposed = queries.walk_in_lines(clinic, patient)
    form = form or WalkInForm(clinic=clinic, initial={"doctor": proposed, "category": Entry.Category.NORMAL})
    chosen = whole_number(str(form["doctor"].value() or "")) or (proposed.pk if proposed else None)
    booked = queries.booked_today(patient, clinic)
    return {
        "patient": patient,
        "lines": lines,
        "chosen": getattr(form["doctor"].value(), "pk", chosen),
        "form": form,
        "booked": booked,
    }


@require_http_methods(["GET"])
@allow(*DESK, passive=True)
def next_of(request, pk):
    """Where the patient stands today, and the next appointment: a line on the card."""
    patient, clinic = get_patient(request, pk), request.user.clinic
    context = {
        "stay": queries.day_of(patient, clinic),
        "appointment": queries.next_of(patient, clinic),
        "day": clinic.today(),
    }
    return render(request, "scheduling/_next_of.html", context)


@require_http_methods(["GET"])
@allow(*DESK)
def token(request, pk):
    """A number given today, large, with the slip to print again and the wrong patient to put right."""
    return page(request, "scheduling/token.html", _token(get_token(request, pk), again=True))


@require_POST
@allow(*DESK)
def undo_check_in(request, pk):
    """The patient was checked in by mistake."""
    appointment = get_appointment(request, pk)
    version = whole_number(request.POST.get("version"))
    operations.undo_check_in(appointment=appointment, by=request.user, version=version)
    return done(request, _("Check-in taken back: %(who)s.") % {"who": who(appointment.patient)})


@require_POST
@allow(*DESK)
def leave(request, pk):
    """The person with this number has gone, or should never have had it."""
    token = get_token(request, pk)
    entry = queue_queries.live_entry(token)
    if entry is None:
        raise Refused(_("This number is no longer in a line."), "not_in_line")
    gone = queue_operations.leave(entry=entry, by=request.user)
    return done(
        request,
        _("%(who)s has left the line.") % {"who": who(token.patient, token.label)},
        undo=reverse("queues:undo", args=[gone.pk]),
    )


@require_http_methods(["GET", "POST"])
@allow(*DESK)
def change_patient(request, pk):
    """The number was given to the wrong person: choose the right one."""
    token = get_token(request, pk)
    if request.method == "GET":
        return page(request, "scheduling/change_patient.html", {"token": token})
    patient, before = get_patient(request, whole_number(request.POST.get("patient"))), token.patient
    token = operations.change_patient(token=token, patient=patient, by=request.user)
    sentence = (
        _("%(token)s now belongs to %(patient)s, no longer to %(before)s.")
        if before
        else _("%(token)s belongs to %(patient)s.")
    )
    words = {
        "token": run(token.label),
        "patient": person(display.patient_name(patient)),
        "before": person(display.patient_name(before)) if before else "",
    }
    return done(request, sentence % words, template="scheduling/_token.html", context=_token(token))
