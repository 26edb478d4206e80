"""The audit viewer: who did what, when, to whose record. To read only; reading it is noted too."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from billing.models import Service
from clinic import audit, queries
from clinic.access import Role, allow
from clinic.audit_forms import AuditSearchForm, PatientForm
from clinic.audit_words import action_word, fact_words
from clinic.models import AuditEvent, Doctor, User
from patients.models import Patient
from patients.queries import find


@require_GET
@allow(Role.MANAGER)
def audit_list(request):
    """One page of the trail, newest first, and the search."""
    form = AuditSearchForm(request.GET, user=request.user)
    wanted = form.wanted()
    asked = {name: value for name, value in wanted.items() if name != "patient_id"}
    files = Patient.objects.family_ids(wanted["patient_id"]) if wanted["patient_id"] else None
    events = queries.audit_events(request.user.clinic, patients=files, **asked)
    shown, older = events[: queries.PAGE], len(events) > queries.PAGE
    filters = {name: str(value) for name, value in wanted.items() if value}
    audit.record(request.user, "read_audit", None, patient_id=wanted["patient_id"], filters=filters)
    context = {
        "form": form,
        "patient_form": PatientForm(),
        "patient": Patient.objects.filter(pk=wanted["patient_id"] or 0).first(),
        "rows": rows_of(shown, request.user.clinic),
        "search": urlencode(form.given()),
        "others": urlencode(form.given(but="patient")),
        "older": f"?{urlencode({**form.given(), 'before': shown[-1].pk})}" if older else "",
        "newest": f"?{urlencode(form.given())}" if wanted["before"] else "",
        "found": None,
    }
    return render(request, "clinic/audit.html", context)


@require_POST
@allow(Role.MANAGER)
def audit_patient(request):
    """Find the patient whose record was opened; a POST, because a name does not belong into an address.

    The rest of the search stands in the address and stays; without a patient it alone is shown.
    """
    form, search = PatientForm(request.POST), AuditSearchForm(request.GET, user=request.user)
    others = search.given(but="patient")
    if form.is_valid() and not form.cleaned_data["text"]:
        return redirect(f"{reverse('clinic:audit_list')}?{urlencode(others)}")
    found = find(form.cleaned_data["text"], user=request.user) if form.is_valid() else []
    if len(found) == 1:
        return redirect(f"{reverse('clinic:audit_list')}?{urlencode({**others, 'patient': found[0].pk})}")
    context = {"form": search, "patient_form": form, "found": found, "rows": [], "others": urlencode(others)}
    return render(request, "clinic/audit.html", context)


def rows_of(events, clinic):
    """Each entry with its words and whom it was about; one query each for patients, doctors, accounts and prices."""
    named = {pk for event in events for pk in (event.patient_id, event.facts.get("from_patient")) if pk}
    patients = Patient.objects.in_bulk(named)
    ids = {event.facts.get("doctor") for event in events}
    doctors = Doctor.objects.select_related("user").in_bulk({pk for pk in ids if isinstance(pk, int)})
    accounts = User.objects.in_bulk({event.subject_id for event in events if event.subject_type == "clinic.user"})
    services = Service.objects.in_bulk(
        {event.subject_id for event in events if event.subject_type == "billing.service"}
    )
    return [
        {
            "event": event,
            "action": action_word(event.action, denied=event.result == AuditEvent.Result.DENIED),
            "facts": fact_words(event.facts, zone=clinic.zone, doctors=doctors, currency=clinic.currency),
            "patient": patients.get(event.patient_id),
            "from_patient": patients.get(event.facts.get("from_patient")),
            "service": services.get(event.subject_id) if event.subject_type == "billing.service" else None,
            "account": _other_account(event, accounts),
        }
        for event in events
    ]


def _other_account(event, accounts):
    """The account an entry is about, unless somebody acted on the own one."""
    if event.subject_type != "clinic.user" or event.subject_id == event.user_id:
        return None
    return accounts.get(event.subject_id)
