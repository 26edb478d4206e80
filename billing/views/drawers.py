"""The day close: drawers opened, counted blind, handed over, closed, and their slip."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from billing import operations, queries
from billing.forms import CloseForm, CountForm, FloatForm, HandForm
from billing.views.till import CASHIERS
from clinic.access import allow
from clinic.errors import Refused
from clinic.pages import answer, blame, page


def _session(request, pk):
    return get_object_or_404(queries.sessions_of(request.user), pk=pk)


def _context(session, **forms):
    """One drawer with its forms; `forms` replaces those that were refused."""
    closed = session.closed_at is not None
    shown = {
        "count_form": CountForm(currency=session.clinic.currency),
        "hand_form": HandForm(people=queries.keepers(session)),
        "close_form": CloseForm(),
    }
    return {**queries.drawer_context(session), **({} if closed else shown), **forms}


def _done(request, session, text):
    fresh = queries.sessions_of(request.user).filter(pk=session.pk).first()
    to = reverse("billing:drawer", args=[session.pk]) if fresh else reverse("billing:drawers")
    context = _context(fresh) if fresh else None
    return answer(request, to=to, template="billing/_drawer.html" if fresh else None, context=context, toast=text)


def _refused(request, session, name, form, refused=None):
    """The drawer again with the form that was refused."""
    if refused is not None:
        blame(form, refused)
    context = _context(_session(request, session.pk), **{name: form})
    return page(request, "billing/drawer.html", context, status=refused.status if refused else 422)


@require_GET
@allow(*CASHIERS)
def drawers(request):
    """The drawers of the day, and what else the day leaves open."""
    return page(request, "billing/drawers.html", {**queries.drawers_context(request.user), "float_form": FloatForm()})


@require_POST
@allow(*CASHIERS)
def open_session(request):
    """Open one's drawer with a float."""
    form = FloatForm(request.POST)
    context = {**queries.drawers_context(request.user), "float_form": form}
    if not form.is_valid():
        return page(request, "billing/drawers.html", context, status=422)
    try:
        made = operations.open_session(clinic=request.user.clinic, by=request.user, **form.cleaned_data)
    except Refused as refused:
        blame(form, refused)
        return page(request, "billing/drawers.html", context, status=refused.status)
    return answer(request, to=reverse("billing:drawer", args=[made.pk]), toast=_("The drawer is open."))


@require_GET
@allow(*CASHIERS)
def drawer(request, pk):
    """One drawer."""
    return page(request, "billing/drawer.html", _context(_session(request, pk)))


@require_POST
@allow(*CASHIERS)
def count_session(request, pk):
    """Write down what was counted."""
    session = _session(request, pk)
    form = CountForm(request.POST, currency=session.clinic.currency)
    if not form.is_valid():
        return _refused(request, session, "count_form", form)
    try:
        operations.count_session(session=session, by=request.user, counted=form.cleaned_data["counted"])
    except Refused as refused:
        return _refused(request, session, "count_form", form, refused)
    return _done(request, session, _("Counted."))


@require_POST
@allow(*CASHIERS)
def hand_over(request, pk):
    """Hand the counted drawer to a colleague."""
    session = _session(request, pk)
    form = HandForm(request.POST, people=queries.keepers(session))
    if not form.is_valid():
        return _refused(request, session, "hand_form", form)
    try:
        operations.hand_over(session=session, by=request.user, to=form.cleaned_data["to"])
    except Refused as refused:
        return _refused(request, session, "hand_form", form, refused)
    return _done(request, session, _("Handed over."))


@require_POST
@allow(*CASHIERS)
def close_session(request, pk):
    """Close the drawer for good."""
    session = _session(request, pk)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _refused(request, session, "close_form", form)
    try:
        operations.close_session(session=session, by=request.user, reason=form.cleaned_data["reason"])
    except Refused as refused:
        return _refused(request, session, "close_form", form, refused)
    return _done(request, session, _("The drawer is closed."))


@require_GET
@allow(*CASHIERS)
def drawer_slip(request, pk):
    """The slip of a closed drawer, to be signed; 404 before."""
    session = get_object_or_404(queries.sessions_of(request.user).exclude(closed_at=None), pk=pk)
    return render(request, "billing/drawer_slip.html", queries.drawer_context(session))
