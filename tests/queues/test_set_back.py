"""A called person who waits two places longer, and the own number of a station."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from clinic.models import AuditEvent
from queues import operations, queries
from queues.models import Entry
from queues.operations.common import KEPT
from tests.factories import queues as make
from tests.refusals import refused

pytestmark = pytest.mark.django_db


def row(entry):
    entry.refresh_from_db()
    return {name: getattr(entry, name) for name in KEPT}


# --- two places back --------------------------------------------------------------------------------------------------


@pytest.fixture
def line_of_four(station, sara):
    with time_machine.travel(timezone.now() - timedelta(minutes=60), tick=False) as clock:
        entries = []
        for _number in range(4):
            entries.append(make.entry(station=station, by=sara))
            clock.shift(60)
    return entries


def labels_in_line(station):
    return [row.token.label for row in queries.line(station)]


def test_two_places_back_is_in_the_line_behind_two(station, sara, line_of_four, published):
    called = operations.call_next(station=station, by=sara)
    published.clear()
    back = operations.skip(entry=called, by=sara, places=2)
    assert (back.pk, back.state, back.call_count) == (line_of_four[0].pk, Entry.State.WAITING, 1)
    assert labels_in_line(station) == ["A-002", "A-003", "A-001", "A-004"]
    assert f"station-{station.pk}" in [topic for _clinic, topic in published]
    assert AuditEvent.objects.get(action="set_back").facts["places"] == 2


def test_the_next_call_passes_who_was_set_back(station, sara, line_of_four):
    operations.skip(entry=operations.call_next(station=station, by=sara), by=sara, places=2)
    called = []
    for _number in range(3):
        entry = operations.call_next(station=station, by=sara)
        called.append(entry.token.label)
        operations.finish(entry=entry, by=sara)
    assert called == ["A-002", "A-003", "A-001"]


def test_undo_of_a_setting_back_calls_again_as_before(station, sara, line_of_four):
    called = operations.call_next(station=station, by=sara)
    before = row(called)
    operations.skip(entry=called, by=sara, places=2)
    operations.undo(entry=called, by=sara)
    assert row(called) == before


def test_who_is_not_called_is_not_set_back(station, sara, line_of_four):
    refused("state_changed", operations.skip, entry=line_of_four[0], by=sara, places=2)
    assert labels_in_line(station) == ["A-001", "A-002", "A-003", "A-004"]


def test_a_second_click_sets_back_once(station, sara, line_of_four):
    called = operations.call_next(station=station, by=sara)
    operations.skip(entry=called, by=sara, places=2)
    refused("state_changed", operations.skip, entry=called, by=sara, places=2)
    assert labels_in_line(station) == ["A-002", "A-003", "A-001", "A-004"]


# --- a number of the station's own -----------------------------------------------------------------------------------


def test_walk_in_gives_a_number_of_the_station(station, sara):
    patient = make.patient()
    entry = operations.walk_in(station=station, patient=patient, by=sara)
    assert (entry.token.label, entry.token.patient_id, entry.station_id) == ("A-001", patient.pk, station.pk)
    assert AuditEvent.objects.get(action="walk_in").patient_id == patient.pk


def test_walk_in_refuses_who_stands_there_already(station, sara):
    patient = make.patient()
    operations.walk_in(station=station, patient=patient, by=sara)
    assert "A-001" in str(refused("already_in_line", operations.walk_in, station=station, patient=patient, by=sara))
    assert Entry.objects.count() == 1


def test_walk_in_refuses_the_dead_and_the_retired(station, sara, clinic):
    dead = make.patient(deceased_on=clinic.today())
    refused("deceased", operations.walk_in, station=station, patient=dead, by=sara)
    closed = make.patient(retired_at=timezone.now())
    refused("file_closed", operations.walk_in, station=station, patient=closed, by=sara)
    assert Entry.objects.count() == 0


def test_a_call_is_told_to_its_patient(station, sara, monkeypatch):
    told = []
    monkeypatch.setattr("clinic.live.event", lambda clinic, kind, **facts: told.append((kind, facts)))
    entry = make.entry(station=station, by=sara, patient=make.patient())
    operations.call_next(station=station, by=sara)
    facts = {"patient_id": entry.token.patient_id, "token": "A-001", "room": station.room}
    assert told == [("queue.called", facts)]
