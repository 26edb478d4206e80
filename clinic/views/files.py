"""What the manager's pages show, as files for a spreadsheet."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from clinic import audit, reports
from clinic.access import Role, allow
from clinic.audit_forms import AuditSearchForm
from clinic.errors import Refused
from clinic.reports.sheets import tidy_day
from clinic.views.day import asked_day


@require_GET
@allow(Role.MANAGER)
def day_file(request):
    """The figures of one day, `?kind=csv` or `xlsx`."""
    day = asked_day(request)
    rows = tidy_day(reports.day_figures(request.user.clinic, day), request.user.clinic)
    return _file(request, "daily-summary", rows, {"date": str(day)}, named=day)


@require_GET
@allow(Role.MANAGER)
def audit_file(request):
    """Everything that the search of the audit page finds; too many rows lead back to the search with the reason."""
    form = AuditSearchForm(request.GET, user=request.user)
    wanted = form.wanted()
    asked = {name: wanted[name] for name in ("action", "result", "first", "last")}
    rows = reports.audit_log(request.user.clinic, user=wanted["who"], patient=wanted["patient_id"], **asked)
    try:
        filters = {name: str(value) for name, value in wanted.items() if value}
        return _file(request, "audit-log", rows, filters, patient_id=wanted["patient_id"])
    except Refused as refused:
        messages.warning(request, str(refused.message))
        return redirect(f"{reverse('clinic:audit_list')}?{urlencode(form.given())}")


def _file(request, name, rows, filters, *, named=None, patient_id=None):
    clinic = request.user.clinic
    kind = request.GET.get("kind", "csv")
    kind = kind if kind in reports.FORMATS else "csv"
    content = reports.file_of(kind, reports.SHEETS[name], rows, clinic)
    audit.record(request.user, "export_report", None, patient_id=patient_id, report=name, filters=filters, format=kind)
    headers = {"Content-Disposition": f'attachment; filename="{name}-{named or clinic.today():%Y-%m-%d}.{kind}"'}
    return HttpResponse(content, content_type=reports.FORMATS[kind], headers=headers)
