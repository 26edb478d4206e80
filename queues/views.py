"""The staff's doors to the lines."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import display
from clinic.access import STAFF, Role, allow
from clinic.errors import Refused
from clinic.pages import answer, page, refuse, safe_next
from queues import operations, queries
from queues.board import place_words
from queues.forms import CategoryForm
from queues.models import Entry, Station, Token
from queues.slips import place_svg, place_url

CALLERS = (Role.RECEPTION, Role.NURSE, Role.DOCTOR, Role.PHARMACIST)


@require_GET
@allow(*STAFF)
def lines(request):
    """The queue board of the staff: one column for each station."""
    return page(request, "queues/lines.html", _lines(request))


@require_GET
@allow(*STAFF, passive=True)
def displays(request):
    """Which waiting-room screens have gone silent; the queue board asks every half minute."""
    return render(request, "queues/_displays.html", {"silent": queries.silent_displays(request.user.clinic)})


@require_GET
@allow(*STAFF, passive=True)
def station(request, pk):
    """One column; it fetches itself again when its line changes."""
    return page(request, "queues/station.html", _column(request, _station(request, pk)))


@require_POST
@allow(*CALLERS)
def call_next(request, pk):
    """Call the first of this station's line."""
    called = operations.call_next(station=_station(request, pk), by=request.user)
    return _told(request, called, _called_sentence(called))


@require_GET
@allow(*CALLERS, Role.MANAGER)
def entry(request, pk):
    """The panel of one person in the line: why they stand there, and what can be done."""
    return page(request, "queues/entry.html", _panel(request, _entry(request, pk)))


@require_POST
@allow(*CALLERS)
def call(request, pk):
    """Call somebody out of order, or again after they did not come."""
    called = operations.call(entry=_entry(request, pk), by=request.user, reason=request.POST.get("reason", "")[:200])
    return _told(request, called, _called_sentence(called))


@require_POST
@allow(*CALLERS)
def recall(request, pk):
    """Announce again, or put who was skipped back into the line."""
    changed = operations.recall(entry=_entry(request, pk), by=request.user)
    if changed.state == Entry.State.CALLED:
        return _told(request, changed, _called_sentence(changed))
    return _told(request, changed, _("%(who)s is back in the line.") % {"who": _who(changed)})


@require_POST
@allow(*CALLERS)
def begin(request, pk):
    """The called person has come in."""
    changed = operations.begin(entry=_entry(request, pk), by=request.user)
    return _told(request, changed, _("%(who)s has come in.") % {"who": _who(changed)})


@require_POST
@allow(*CALLERS)
def skip(request, pk):
    """The called person did not come: onto the recall list, or behind the next `places` of the line."""
    places = _number(request.POST.get("places", "0"))
    changed = operations.skip(entry=_entry(request, pk), by=request.user, places=places)
    if places:
        return _told(request, changed, _("%(who)s did not come; set back in the line.") % {"who": _who(changed)})
    return _told(request, changed, _("%(who)s did not come; on the recall list.") % {"who": _who(changed)})


@require_POST
@allow(*CALLERS)
def finish(request, pk):
    """The person is done here."""
    changed = operations.finish(entry=_entry(request, pk), by=request.user)
    return _told(request, changed, _("%(who)s is done here.") % {"who": _who(changed)})


@require_POST
@allow(*CALLERS)
def leave(request, pk):
    """The person has left."""
    changed = operations.leave(entry=_entry(request, pk), by=request.user)
    return _told(request, changed, _("%(who)s has left.") % {"who": _who(changed)})


@require_POST
@allow(*CALLERS)
def transfer(request, pk):
    """Send somebody to another station's line."""
    found = _entry(request, pk)
    to = get_object_or_404(Station.objects.visible_to(request.user), pk=_number(request.POST.get("station")))
    new = operations.transfer(entry=found, station=to, by=request.user)
    found.refresh_from_db()
    sentence = _("%(who)s goes to %(place)s.") % {"who": _who(new), "place": _station_name(to)}
    return _told(request, found, sentence)


@require_POST
@allow(*CALLERS)
def set_category(request, pk):
    """Give a priority, take it away, or declare an emergency with its reason."""
    found, form = _entry(request, pk), CategoryForm(request.POST)
    if not form.is_valid():
        return _in_panel(page(request, "queues/entry.html", _panel(request, found, form), status=422))
    try:
        category, reason = form.cleaned_data["category"], form.cleaned_data["emergency_reason"]
        changed = operations.set_category(entry=found, by=request.user, category=category, reason=reason)
    except Refused as refused:
        return _in_panel(refuse(request, form, refused, "queues/entry.html", _panel(request, found, form)))
    return _told(request, changed, _("%(who)s: priority changed.") % {"who": _who(changed)})


@require_POST
@allow(*CALLERS)
def emergency(request, pk):
    """Put somebody before everybody; `reason` is required and kept."""
    reason = request.POST.get("reason", "")
    changed = operations.set_category(entry=_entry(request, pk), by=request.user, category="emergency", reason=reason)
    return _told(request, changed, _("%(who)s goes first as an emergency.") % {"who": _who(changed)})


@require_POST
@allow(*CALLERS)
def undo(request, pk):
    """Take back the last change of this stay."""
    changed = operations.undo(entry=_entry(request, pk), by=request.user)
    return _told(request, changed, _("Undone: %(who)s is as before.") % {"who": _who(changed)}, undo=False)


@require_http_methods(["GET"])
@allow(*STAFF)
def slip(request, pk):
    """The slip of a number, for 80 mm paper."""
    tokens = Token.objects.visible_to(request.user).select_related("clinic", "patient")
    token = get_object_or_404(tokens, pk=pk)
    stay = queries.entries_of([token.pk]).get(token.pk)
    ahead = queries.ahead_of(stay) if stay else None
    context = {
        "token": token,
        "stay": stay,
        "place": place_words(stay.station) if stay else None,
        "doctor": stay.station.doctor if stay else None,
        "ahead": ahead,
        "qr": place_svg(place_url(request, token)),
    }
    return render(request, "queues/slip.html", context)


def _lines(request):
    columns = queries.lines(request.user.clinic, user=request.user) if request.user.clinic else []
    mine = queries.station_for(request.user)
    return {
        "columns": columns,
        "silent": queries.silent_displays(request.user.clinic),
        "mine": mine.pk if mine else None,
        "my_call_url": _my_call_url(mine),
        "may_call": request.user.has_role(*CALLERS),
        "clinic": request.user.clinic,
        "wait_limit": request.user.clinic.wait_limit_minutes if request.user.clinic else None,
    }


def _column(request, found):
    mine = queries.station_for(request.user)
    return {
        "column": queries.line_of(found, user=request.user),
        "mine": mine.pk if mine else None,
        "my_call_url": _my_call_url(mine),
        "may_call": request.user.has_role(*CALLERS),
        "clinic": found.clinic,
        "wait_limit": found.clinic.wait_limit_minutes,
    }


def _panel(request, found, form=None):
    initial = {"category": found.category, "emergency_reason": found.emergency_reason}
    stations = Station.objects.active().visible_to(request.user).select_related("doctor__user").order_by("letter")
    callable_now = found.state in (Entry.State.WAITING, Entry.State.SKIPPED)
    return {
        "held": queries.called_at(found.station) if callable_now else None,
        "row": queries.row_of(found),
        "station": found.station,
        "stations": stations.exclude(pk=found.station_id),
        "form": form or CategoryForm(initial=initial),
        "clinic": found.station.clinic,
        "wait_limit": found.station.clinic.wait_limit_minutes,
        "may_call": request.user.has_role(*CALLERS),
    }


def _station(request, pk):
    stations = Station.objects.visible_to(request.user).select_related("clinic", "doctor__user")
    return get_object_or_404(stations, pk=pk)


def _entries(request):
    entries = Entry.objects.visible_to(request.user)
    return entries.select_related("token__patient", "station__clinic", "station__doctor__user")


def _entry(request, pk):
    return get_object_or_404(_entries(request), pk=pk)


def _told(request, changed, sentence, *, undo=True):
    """The column as it is now, a sentence that names the person, and the way back for ten minutes."""
    to = safe_next(request, reverse("queues:lines"))
    way_back = reverse("queues:undo", args=[changed.pk]) if undo else None
    if changed.station.kind == Station.Kind.DOCTOR and changed.state in (Entry.State.DONE, Entry.State.TRANSFERRED):
        latest = queries.latest_change(changed)
        ends = latest and operations.ends_for_good(latest, changed.station)
        way_back = None if ends else way_back
    context = {**_column(request, changed.station), "answered": True, "panel": _kept_panel(request, changed)}
    return answer(request, to=to, template="queues/_station.html", context=context, toast=sentence, undo=way_back)


def _kept_panel(request, changed):
    """The panel that stood open beside the column, about somebody else who is still in line: it may have sent here."""
    number = request.POST.get("panel", "")
    if not number.isdecimal() or len(number) > 18 or int(number) == changed.pk:
        return None
    found = _entries(request).live().filter(pk=number).first()
    return found and _panel(request, found)


def _in_panel(response):
    """The answer belongs into the panel, although the form aims at the column."""
    response["HX-Retarget"], response["HX-Reswap"] = "#queue-panel", "innerHTML"
    return response


def _who(changed):
    patient = changed.token.patient
    return f"{changed.token.label} {display.patient_name(patient)}" if patient else changed.token.label


def _called_sentence(changed):
    room = changed.station.room
    if room:
        return _("Called %(who)s to room %(room)s.") % {"who": _who(changed), "room": room}
    return _("Called %(who)s.") % {"who": _who(changed)}


def _station_name(found):
    return display.staff_name(found.doctor or found)


def _my_call_url(mine):
    """Where F9 posts: a doctor's goes to the visit, which calls and opens the record."""
    if mine is None:
        return ""
    if mine.kind == Station.Kind.DOCTOR:
        try:
            return reverse("visits:call_next")
        except NoReverseMatch:
            return reverse("queues:call_next", args=[mine.pk])
    return reverse("queues:call_next", args=[mine.pk])


def _number(text):
    try:
        return int(text)
    except (TypeError, ValueError):
        raise Http404 from None
