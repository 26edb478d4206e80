"""The lines for programs: today's stays, calling, one's own place, and the day in figures.

Getting into a line (`queue/check-in/`, `queue/walk-in/`) knows bookings and stands in `clinic.api_counter`.
"""

from axes.helpers import get_client_ip_address
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from clinic import throttle
from clinic.access import STAFF, Role
from clinic.api import Day, Given, Listing, Moment, Nothing, Room, Shown, Text, Whole, does, reads
from patients.models import Patient
from queues import operations, queries, standing
from queues.models import Entry, Station

State = Entry.State
CALLERS = (Role.RECEPTION, Role.NURSE, Role.DOCTOR, Role.PHARMACIST)
READERS = (*STAFF, Role.PATIENT)
# What else the states are called by those who speak of serving and finishing.
OTHER_WORDS = {"serving": State.WITH_STAFF, "finished": State.DONE}
STATES = [state for state in State if state != State.WITHDRAWN]


class WaitShown(Shown):
    """From how many to how many minutes."""

    from_minutes = serializers.IntegerField()
    to_minutes = serializers.IntegerField()

    def to_representation(self, instance):
        return {"from_minutes": instance[0], "to_minutes": instance[1]}


class QueueEntryShown(Shown):
    """One stay in one station's line."""

    id = serializers.IntegerField(source="entry.pk")
    token = serializers.CharField(source="entry.token.label", help_text="What is called: A-013.")
    code = serializers.CharField(source="entry.token.code", help_text="Unique over days: 2026-11-20-A-013.")
    patient = serializers.IntegerField(source="entry.token.patient_id", allow_null=True)
    station = serializers.IntegerField(source="entry.station_id")
    doctor = serializers.IntegerField(source="entry.station.doctor_id", allow_null=True)
    room = serializers.CharField(source="entry.station.room")
    status = serializers.ChoiceField(source="entry.state", choices=STATES)
    priority = serializers.ChoiceField(source="entry.category", choices=Entry.Category.choices)
    position = serializers.IntegerField(
        allow_null=True, help_text="1 for who is called next; null for who does not wait."
    )
    ahead = serializers.IntegerField(allow_null=True, help_text="How many wait or are called before this one.")
    wait = WaitShown(allow_null=True, help_text="null: not waiting, or not known yet.")
    why = serializers.CharField(allow_null=True, help_text="One sentence that says why they stand there.")
    joined_at = Moment(source="entry.joined_at")
    called_at = Moment(source="entry.called_at", allow_null=True)
    place_code = serializers.CharField(
        source="entry.token.place_code",
        help_text="Opens `queue/my-place/{code}/` without signing in, as the slip does.",
    )
    version = serializers.IntegerField()
    roles_of = {"place_code": (Role.RECEPTION, Role.MANAGER, Role.PATIENT)}


class TodayAsked(Listing):
    """Which of today's stays."""

    station = Whole(required=False, min_value=1)
    status = serializers.ChoiceField(choices=STATES, required=False)


class CallNextGiven(Given):
    """From which line to call."""

    station = Whole(min_value=1, required=False, help_text="Without it: your own.")


class QueueEntryChange(Given):
    """Where the stay is to be."""

    status = serializers.ChoiceField(
        choices=[*STATES, *OTHER_WORDS],
        required=True,
        help_text="called, with_staff (serving), done (finished), skipped, left; waiting brings who was skipped back.",
    )
    version = Whole(required=False, min_value=1)


class SkipGiven(Given):
    """How the person who did not come is skipped."""

    places = Whole(
        required=False,
        default=0,
        min_value=0,
        max_value=50,
        help_text="0: onto the recall list; 2: behind the next two.",
    )


class TransferGiven(Given):
    """Where to."""

    station = Whole(min_value=1)


class SummaryAsked(Given):
    """Which day."""

    date = Day(required=False, help_text="Without it: today.")


class StationSummaryShown(Shown):
    """The day of one station."""

    station = serializers.IntegerField()
    letter = serializers.CharField()
    name = Text()
    states = serializers.DictField(child=serializers.IntegerField())
    average_wait_minutes = serializers.IntegerField(allow_null=True)


class QueueSummaryShown(Shown):
    """The day of all lines."""

    date = serializers.DateField()
    states = serializers.DictField(child=serializers.IntegerField(), help_text="How many stays are in each state.")
    average_wait_minutes = serializers.IntegerField(allow_null=True, help_text="From joining to the call.")
    stations = StationSummaryShown(many=True)


class QueuePlaceShown(Shown):
    """What the holder of a slip may see; nobody is named."""

    token = serializers.CharField(source="label")
    day = serializers.DateField()
    over = serializers.BooleanField(help_text="The number stands in no line any more.")
    status = serializers.CharField(source="state")
    room = serializers.SerializerMethodField()
    last_called = serializers.CharField(source="last")
    ahead = serializers.SerializerMethodField()
    wait = WaitShown(source="range", allow_null=True)

    def get_room(self, seen) -> str:
        return seen.stay.station.room if seen.stay else ""

    def get_ahead(self, seen) -> int | None:
        return seen.ahead.people if seen.ahead else None


class Lines(Room):
    """What the rooms of the lines share: entries as their caller may see them."""

    def visible(self):
        entries = Entry.objects.visible_to(self.request.user).exclude(state=State.WITHDRAWN)
        return entries.select_related("token", "station__clinic")

    def shown(self, gives, thing, *, many=False):
        """Entries are answered with where they stand, worked out for all of a page at once."""
        if gives is not QueueEntryShown:
            return super().shown(gives, thing, many=many)
        rows = super().shown(gives, standing.standings(thing if many else [thing]), many=True)
        return rows if many else rows[0]


class Queue(Lines):
    """The lines of today."""

    name = "queue"

    @reads(STAFF, QueueEntryShown, asks=TodayAsked, many=True)
    def today(self, request, asked):
        """List today's stays.

        By station; in each who is called, with staff, waiting in the order of the line, skipped, then who is gone.
        """
        if request.user.clinic is None:
            return []
        entries = standing.of_today(self.visible(), request.user.clinic)
        if "station" in asked:
            entries = entries.filter(station=asked["station"])
        if "status" in asked:
            entries = entries.filter(state=asked["status"])
        return standing.in_line_order(entries)

    @reads((Role.PATIENT,), QueueEntryShown, many=True)
    def mine(self, request, asked):
        """List one's own stays of today, the latest first."""
        today = [
            entry
            for entry in self.visible()
            .filter(token__patient__any_of=Patient.objects.own_ids(request.user))
            .order_by("-joined_at", "-pk")[:50]
            if entry.holds_today()
        ]
        return today

    @does(CALLERS, CallNextGiven, QueueEntryShown, refuses=["somebody_called", "nobody_waiting"])
    def next_(self, request, given):
        """Call the next person.

        The first of the line by its order: emergencies, then by due time, then by number.
        """
        if "station" in given:
            stations = Station.objects.active().visible_to(request.user)
            station = self.one_of(stations, given["station"], "station")
        else:
            station = queries.station_for(request.user)
        if station is None:
            raise ValidationError({"station": [_("You have no station of your own; name one.")]})
        return operations.call_next(station=station, by=request.user)

    @reads(STAFF, QueueSummaryShown, asks=SummaryAsked)
    def summary(self, request, asked):
        """Count a day's stays by state and station, with average waits."""
        clinic = request.user.clinic
        if clinic is None:
            raise Http404
        return standing.summary(clinic, asked.get("date") or clinic.today())

    @reads(None, QueuePlaceShown)
    def my_place(self, request, asked, token):
        """One's own place in line, by the code of the slip.

        Public: whoever holds the slip has no account; the code has 128 random bits. Nobody is named.
        """
        throttle.hold({"my_place.address": get_client_ip_address(request._request)})
        seen = standing.place_of_code(token)
        if seen is None:
            raise Http404
        response = self.answer(QueuePlaceShown, seen)
        response["Cache-Control"] = "no-store"
        return response


class Entries(Lines):
    """Stays in the lines, and what is done with them."""

    name = "queue-entries"

    @reads(READERS, QueueEntryShown)
    def retrieve(self, request, asked, pk):
        """One stay."""
        return self.found()

    @does(
        CALLERS,
        QueueEntryChange,
        QueueEntryShown,
        changes=True,
        refuses=["state_changed", "somebody_called", "no_such_step"],
    )
    def partial_update(self, request, given, pk):
        """Bring a stay to another state: called, with_staff, done, skipped or left.

        Each is one step of the line, refused where it does not lead on from the present state.
        """
        if "status" not in given:
            raise ValidationError({"status": [_("Say which state.")]})
        state = OTHER_WORDS.get(given["status"], given["status"])
        version = given.get("version")
        return operations.set_state(entry=self.found(), by=request.user, state=state, version=version)

    @does(CALLERS, Nothing, QueueEntryShown, at="recall", refuses=["state_changed"])
    def recall(self, request, given, pk):
        """Announce the called person again, or put who was skipped back into the line."""
        return operations.recall(entry=self.found(), by=request.user)

    @does(CALLERS, SkipGiven, QueueEntryShown, at="skip", refuses=["state_changed"])
    def skip(self, request, given, pk):
        """The called person did not come."""
        return operations.skip(entry=self.found(), by=request.user, places=given["places"])

    @does(
        CALLERS,
        TransferGiven,
        QueueEntryShown,
        at="transfer",
        refuses=["state_changed", "same_station", "station_closed"],
    )
    def transfer(self, request, given, pk):
        """Send the person to another station's line; answers the new stay there."""
        entry = self.found()
        station = self.one_of(Station.objects.active().visible_to(request.user), given["station"], "station")
        return operations.transfer(entry=entry, station=station, by=request.user)

    @does(
        CALLERS,
        Nothing,
        QueueEntryShown,
        at="undo",
        refuses=["nothing_to_undo", "not_yours", "too_late", "moved_on", "booking_given_up", "already_in_line"],
    )
    def undo(self, request, given, pk):
        """Take back the last change of this stay, within ten minutes and by its author."""
        return operations.undo(entry=self.found(), by=request.user)


ROOMS = [("queue/entries", Entries)]
PATHS = [
    path("queue/today/", Queue.as_view({"get": "today"}, basename="queue", detail=False), name="queue-today"),
    path("queue/mine/", Queue.as_view({"get": "mine"}, basename="queue", detail=False), name="queue-mine"),
    path("queue/next/", Queue.as_view({"post": "next_"}, basename="queue", detail=False), name="queue-next"),
    path("queue/summary/", Queue.as_view({"get": "summary"}, basename="queue", detail=False), name="queue-summary"),
    path(
        "queue/my-place/<str:token>/",
        Queue.as_view({"get": "my_place"}, basename="queue", detail=False),
        name="queue-my-place",
    ),
]
