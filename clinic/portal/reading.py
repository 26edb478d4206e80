"""What a patient reads: the first page, medicines, visits, bills, who opened the record."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from billing.models import Invoice
from clinic import audit, throttle
from clinic.access import Role, allow
from clinic.audit_words import action_word
from clinic.errors import Refused
from clinic.portal.forms import LinkForm
from patients import operations, queries
from patients.models import Patient
from pharmacy import wording
from pharmacy.models import Prescription
from queues.models import Entry
from scheduling.models import Appointment
from visits.models import Visit

PAGE = 20
MOST = 50


def own_file(user):
    """The file in use of the person whose account `user` is, or None for an account without one."""
    found = Patient.objects.filter(user=user).select_related("merged_into").first()
    return (found.merged_into or found) if found else None


def file_or_404(user):
    """As `own_file`; 404 while the account has none."""
    patient = own_file(user)
    if patient is None:
        raise Http404
    return patient


def to_come(user):
    """The person's live appointments that are not over, the next first."""
    rows = Appointment.objects.visible_to(user).live().filter(during__endswith__gt=timezone.now())
    return rows.select_related("doctor__user", "doctor__department", "clinic").order_by("during")


@require_GET
@allow(Role.PATIENT)
def home(request):
    """What comes next, one's place in line today, and what is to pay; for an account without a file, how to get it."""
    user = request.user
    patient = own_file(user)
    if patient is None:
        return render(request, "portal/link.html", {"form": LinkForm()})
    files = Patient.objects.own_ids(user)
    today = user.clinic.today() if user.clinic else timezone.localdate()
    stays = Entry.objects.live().filter(token__patient__any_of=files, token__day=today).select_related("token")
    unpaid = list(Invoice.objects.visible_to(user).unpaid().order_by("day"))
    context = {
        "here": "home",
        "patient": patient,
        "appointments": list(to_come(user)[:MOST]),
        "stays": list(stays),
        "unpaid": unpaid,
        "due": sum(invoice.due for invoice in unpaid),
    }
    return render(request, "portal/home.html", context)


@require_POST
@allow(Role.PATIENT)
def link(request):
    """Claim the file that the desk's code is for."""
    form = LinkForm(request.POST)
    if not form.is_valid():
        return render(request, "portal/link.html", {"form": form}, status=422)
    if throttle.wait("password.account", f"link-{request.user.pk}"):
        form.add_error("code", _("Too many tries. Wait a little."))
        return render(request, "portal/link.html", {"form": form}, status=429)
    try:
        operations.claim_file(code=form.cleaned_data["code"], user=request.user)
    except Refused as refused:
        form.add_error("code" if refused.field == "code" else None, str(refused.message))
        return render(request, "portal/link.html", {"form": form}, status=refused.status)
    messages.success(request, _("This is your file now."))
    return HttpResponseRedirect(reverse("clinic:patient_home"), status=303)


@require_GET
@allow(Role.PATIENT)
def prescriptions(request):
    """Signed prescriptions, each medicine in the patient's words."""
    patient = own_file(request.user)
    rows = Prescription.objects.visible_to(request.user).exclude(state=Prescription.State.CANCELLED)
    rows = rows.select_related("doctor__user").prefetch_related("items__medicine").order_by("-signed_at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    language = get_language() or "en"
    shown = [
        (one, [(item, wording.patient(item, language)) for item in one.items.all() if not item.removed_at])
        for one in page
    ]
    if patient:
        audit.read(request, patient, patient_id=patient.pk, part="prescriptions")
    return render(request, "portal/prescriptions.html", {"here": "prescriptions", "page": page, "shown": shown})


@require_GET
@allow(Role.PATIENT)
def visits(request):
    """Completed visits: when, with whom, what was found and what was planned."""
    patient = own_file(request.user)
    rows = Visit.objects.visible_to(request.user).select_related("doctor__user").prefetch_related("diagnoses")
    page = Paginator(rows.order_by("-started_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    if patient:
        audit.read(request, patient, patient_id=patient.pk, part="visits")
    return render(request, "portal/visits.html", {"here": "visits", "page": page})


@require_GET
@allow(Role.PATIENT)
def bills(request):
    """Bills with their lines, unpaid ones marked."""
    rows = Invoice.objects.visible_to(request.user).prefetch_related("lines").order_by("-day", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/bills.html", {"here": "bills", "page": page})


@require_GET
@allow(Role.PATIENT)
def access(request):
    """Who opened or changed the record, the patient's own readings left out."""
    patient = own_file(request.user)
    rows = queries.access_log(patient).exclude(user=request.user) if patient else Patient.objects.none()
    page = Paginator(rows, PAGE * 2).get_page(request.GET.get("page"))
    shown = [(event, action_word(event.action), _roles(event)) for event in page]
    return render(request, "portal/access.html", {"here": "home", "page": page, "shown": shown})


def _roles(event):
    known = dict(Role.choices)
    return [known[role] for role in event.roles.split(",") if role in known]
