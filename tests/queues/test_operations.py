"""What can happen in a line: outcome, refusal, audit, topics, undo."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.access import Role
from clinic.models import AuditEvent
from queues import operations
from queues.models import Entry, EntryChange, Station
from queues.operations.common import KEPT
from tests.factories import clinic as people
from tests.factories import queues as make
from tests.refusals import refused

pytestmark = pytest.mark.django_db


def row(entry):
    entry.refresh_from_db()
    return {name: getattr(entry, name) for name in KEPT}


def test_tokens_are_gap_free_for_each_letter(clinic, sara):
    labels = [operations.issue_token(clinic=clinic, letter=letter, by=sara).label for letter in "AABA"]
    assert labels == ["A-001", "A-002", "B-001", "A-003"]


def test_a_rolled_back_token_gives_its_number_back(clinic, sara):
    operations.issue_token(clinic=clinic, letter="A", by=sara)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        operations.issue_token(clinic=clinic, letter="A", by=sara)
        raise ZeroDivisionError
    assert operations.issue_token(clinic=clinic, letter="A", by=sara).label == "A-002"


def test_the_code_of_a_token_is_unique_over_days(clinic, sara):
    token = operations.issue_token(clinic=clinic, letter="A", by=sara)
    assert token.code == f"{clinic.today():%Y-%m-%d}-A-001"


def test_call_next_takes_the_first_by_due_time(station, sara):
    make.entry(station=station, by=sara)
    booked = make.entry(station=station, by=sara, booked_at=timezone.now() + timedelta(minutes=5))
    called = operations.call_next(station=station, by=sara)
    assert (called.pk, called.state, called.call_count) == (booked.pk, Entry.State.CALLED, 1)


def test_call_next_publishes_and_audits(station, sara, published):
    make.entry(station=station, by=sara, patient=make.patient())
    published.clear()
    called = operations.call_next(station=station, by=sara)
    assert [topic for _clinic, topic in published] == ["board", "day", "desk", f"station-{station.pk}"]
    event = AuditEvent.objects.filter(action="call_next").get()
    assert (event.user, event.patient_id, event.facts["token"]) == (sara, called.token.patient_id, "A-001")


def test_call_next_refuses_while_somebody_is_called(station, sara):
    make.entry(station=station, by=sara)
    make.entry(station=station, by=sara)
    operations.call_next(station=station, by=sara)
    assert "A-001" in str(refused("somebody_called", operations.call_next, station=station, by=sara))


def test_call_next_refuses_an_empty_line(station, sara):
    refused("nobody_waiting", operations.call_next, station=station, by=sara)


def test_the_database_refuses_a_second_call(station, sara):
    for _number in range(2):
        make.entry(station=station, by=sara)
    with pytest.raises(IntegrityError, match="entry_one_called"), transaction.atomic():
        Entry.objects.update(state="called", called_at=timezone.now())


def test_join_refuses_a_token_already_in_a_line(station, sara):
    entry = make.entry(station=station, by=sara)
    refused("already_in_line", operations.join, token=entry.token, station=station, by=sara)
    assert Entry.objects.count() == 1


def test_join_refuses_an_emergency_without_a_reason(station, sara):
    token = operations.issue_token(clinic=station.clinic, letter="A", by=sara)
    refused(
        "reason_needed",
        operations.join,
        token=token,
        station=station,
        by=sara,
        category="emergency",
        emergency_reason=" ",
    )


def test_join_refuses_a_station_of_another_clinic(station):
    other = people.clinic(name="Other")
    by = people.user(Role.RECEPTION, clinic=other)
    token = operations.issue_token(clinic=other, letter="A", by=by)
    refused("station_closed", operations.join, token=token, station=station, by=by)


def test_recall_announces_again(station, sara):
    make.entry(station=station, by=sara)
    called = operations.call_next(station=station, by=sara)
    again = operations.recall(entry=called, by=sara)
    assert (again.state, again.call_count) == (Entry.State.CALLED, 2)
    assert again.called_at > called.called_at


def test_skip_then_recall_goes_back_into_the_line_at_the_own_due_time(station, sara):
    make.entry(station=station, by=sara)
    called = operations.call_next(station=station, by=sara)
    due = called.due_at
    skipped = operations.skip(entry=called, by=sara)
    assert skipped.state == Entry.State.SKIPPED
    back = operations.recall(entry=skipped, by=sara)
    assert (back.state, back.due_at) == (Entry.State.WAITING, due)


def test_call_out_of_order_keeps_its_reason(station, sara):
    make.entry(station=station, by=sara)
    second = make.entry(station=station, by=sara)
    operations.call(entry=second, by=sara, reason="wheelchair taxi waits")
    assert AuditEvent.objects.get(action="call").facts["reason"] == "wheelchair taxi waits"


def test_begin_and_finish_note_their_times(station, sara):
    make.entry(station=station, by=sara)
    entry = operations.begin(entry=operations.call_next(station=station, by=sara), by=sara)
    assert entry.state == Entry.State.WITH_STAFF and entry.started_at is not None
    entry = operations.finish(entry=entry, by=sara)
    assert entry.state == Entry.State.DONE and entry.ended_at >= entry.started_at


@pytest.mark.parametrize("verb", ["begin", "skip", "finish", "recall"])
def test_verbs_of_the_called_refuse_who_waits(station, sara, verb):
    entry = make.entry(station=station, by=sara)
    refused("state_changed", getattr(operations, verb), entry=entry, by=sara)


def test_who_is_seen_uncalled_is_with_staff_while_another_is_called(station, sara, published):
    called = operations.call_next(station=make.entry(station=station, by=sara).station, by=sara)
    entry = make.entry(station=station, by=sara)
    published.clear()
    entry = operations.begin_uncalled(entry=entry, by=sara)
    assert (entry.state, entry.started_at is not None, entry.called_at) == (Entry.State.WITH_STAFF, True, None)
    assert Entry.objects.get(pk=called.pk).state == Entry.State.CALLED
    assert AuditEvent.objects.get(action="begin_uncalled").facts["token"] == entry.token.label
    assert (station.clinic_id, f"station-{station.pk}") in published
    refused("state_changed", operations.begin_uncalled, entry=entry, by=sara)


def test_who_is_called_is_not_seen_uncalled(station, sara):
    make.entry(station=station, by=sara)
    refused("state_changed", operations.begin_uncalled, entry=operations.call_next(station=station, by=sara), by=sara)


def test_leave_ends_the_stay(station, sara):
    entry = operations.leave(entry=make.entry(station=station, by=sara), by=sara)
    assert (entry.state, entry.ended_at is not None) == (Entry.State.LEFT, True)
    refused("state_changed", operations.leave, entry=entry, by=sara)


def test_transfer_of_who_still_waits_keeps_the_place(clinic, station, sara):
    other = make.station(clinic=clinic, letter="B")
    entry = make.entry(station=station, by=sara, booked_at=timezone.now() + timedelta(minutes=30))
    new = operations.transfer(entry=entry, station=other, by=sara)
    entry.refresh_from_db()
    assert entry.state == Entry.State.TRANSFERRED
    assert (new.station, new.came_from, new.due_at, new.joined_at) == (other, entry, entry.due_at, entry.joined_at)
    assert not new.sent_on


def test_transfer_of_who_was_seen_joins_as_from_now(clinic, station, sara):
    other = make.station(clinic=clinic, letter="B")
    make.entry(station=station, by=sara, booked_at=timezone.now())
    entry = operations.begin(entry=operations.call_next(station=station, by=sara), by=sara)
    new = operations.transfer(entry=entry, station=other, by=sara)
    assert (new.booked_at, new.due_at, new.sent_on) == (None, new.joined_at + timedelta(minutes=15), True)


def test_who_was_sent_on_stays_so_in_the_next_line_too(clinic, station, sara):
    pharmacy, desk = make.station(clinic=clinic, letter="B"), make.station(clinic=clinic, letter="C")
    make.entry(station=station, by=sara)
    seen = operations.begin(entry=operations.call_next(station=station, by=sara), by=sara)
    waits = operations.transfer(entry=seen, station=pharmacy, by=sara)
    moved = operations.transfer(entry=waits, station=desk, by=sara)
    assert (moved.joined_at, moved.sent_on) == (waits.joined_at, True)


def test_transfer_to_the_pharmacy_tells_the_pharmacy(clinic, station, sara, published):
    pharmacy = operations.ensure_pharmacy_station(clinic=clinic, by=sara)
    entry = make.entry(station=station, by=sara)
    published.clear()
    operations.transfer(entry=entry, station=pharmacy, by=sara)
    assert {topic for _clinic, topic in published} == {
        "board", "day", "desk", "pharmacy", f"station-{station.pk}", f"station-{pharmacy.pk}",
    }  # fmt: skip


def test_transfer_refuses_the_same_station(station, sara):
    entry = make.entry(station=station, by=sara)
    refused("same_station", operations.transfer, entry=entry, station=station, by=sara)


def test_an_emergency_moves_to_the_front(station, sara):
    make.entry(station=station, by=sara)
    second = make.entry(station=station, by=sara)
    operations.set_category(entry=second, by=sara, category="emergency", reason="chest pain")
    assert operations.call_next(station=station, by=sara).pk == second.pk


def test_the_priority_follows_the_rule_from_the_own_arrival(station, sara):
    entry = make.entry(station=station, by=sara)
    changed = operations.set_category(entry=entry, by=sara, category="elderly")
    assert changed.due_at == entry.joined_at + timedelta(minutes=15 - 20)


UNDONE = {
    "call_next": lambda entry, by: operations.call_next(station=entry.station, by=by),
    "call": lambda entry, by: operations.call(entry=entry, by=by),
    "leave": lambda entry, by: operations.leave(entry=entry, by=by),
    "serve": lambda entry, by: operations.serve(entry=entry, by=by),
    "begin_uncalled": lambda entry, by: operations.begin_uncalled(entry=entry, by=by),
    "set_category": lambda entry, by: operations.set_category(entry=entry, by=by, category="emergency", reason="fall"),
}


@pytest.mark.parametrize("action", UNDONE)
def test_undo_restores_who_waited_exactly(station, sara, action):
    entry = make.entry(station=station, by=sara)
    before = row(entry)
    UNDONE[action](entry, sara)
    assert row(entry) != before
    operations.undo(entry=entry, by=sara)
    assert row(entry) == before


@pytest.mark.parametrize("verb", ["recall", "begin", "skip", "finish", "leave"])
def test_undo_restores_who_was_called_exactly(station, sara, verb):
    make.entry(station=station, by=sara)
    entry = operations.call_next(station=station, by=sara)
    before = row(entry)
    getattr(operations, verb)(entry=entry, by=sara)
    operations.undo(entry=entry, by=sara)
    assert row(entry) == before


def test_undo_goes_back_step_by_step(station, sara):
    entry = make.entry(station=station, by=sara)
    before = row(entry)
    operations.skip(entry=operations.call_next(station=station, by=sara), by=sara)
    operations.undo(entry=entry, by=sara)
    operations.undo(entry=entry, by=sara)
    assert row(entry) == before
    refused("nothing_to_undo", operations.undo, entry=entry, by=sara)


def test_undo_of_a_transfer_withdraws_the_new_stay(clinic, station, sara):
    other = make.station(clinic=clinic, letter="B")
    entry = make.entry(station=station, by=sara)
    before = row(entry)
    new = operations.transfer(entry=entry, station=other, by=sara)
    operations.undo(entry=entry, by=sara)
    assert row(entry) == before
    assert row(new)["state"] == Entry.State.WITHDRAWN
    assert operations.transfer(entry=entry, station=other, by=sara).came_from == entry


def test_undo_of_a_transfer_refuses_once_the_new_stay_went_on(clinic, station, sara):
    other = make.station(clinic=clinic, letter="B")
    entry = make.entry(station=station, by=sara)
    operations.transfer(entry=entry, station=other, by=sara)
    operations.call_next(station=other, by=sara)
    refused("moved_on", operations.undo, entry=entry, by=sara)


def test_undo_refuses_another_author(clinic, station, sara):
    entry = operations.leave(entry=make.entry(station=station, by=sara), by=sara)
    other = people.user(Role.RECEPTION, clinic=clinic, name="Ali")
    assert "Sara Haddad" in str(refused("not_yours", operations.undo, entry=entry, by=other))


def test_undo_refuses_after_ten_minutes(station, sara):
    entry = operations.leave(entry=make.entry(station=station, by=sara), by=sara)
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1)):
        refused("too_late", operations.undo, entry=entry, by=sara)


def test_undo_refuses_a_call_when_somebody_else_is_called(station, sara):
    first = make.entry(station=station, by=sara)
    make.entry(station=station, by=sara)
    operations.skip(entry=operations.call_next(station=station, by=sara), by=sara)
    operations.call_next(station=station, by=sara)
    refused("somebody_called", operations.undo, entry=first, by=sara)


def test_undo_refuses_to_reopen_a_doctors_visit(clinic, sara):
    station = make.doctor_station(doctor=people.doctor(clinic=clinic))
    make.entry(station=station, by=sara)
    entry = operations.begin(entry=operations.call_next(station=station, by=sara), by=sara)
    operations.finish(entry=entry, by=sara)
    refused("visit_closed", operations.undo, entry=entry, by=sara)


def test_each_change_is_kept(station, sara):
    make.entry(station=station, by=sara)
    operations.begin(entry=operations.call_next(station=station, by=sara), by=sara)
    assert list(EntryChange.objects.order_by("pk").values_list("action", flat=True)) == ["call_next", "begin"]


def test_assign_patient_moves_the_number(station, sara):
    entry = make.entry(station=station, by=sara)
    patient = make.patient()
    operations.assign_patient(token=entry.token, patient=patient, by=sara)
    entry.token.refresh_from_db()
    assert entry.token.patient == patient


def test_stations_get_the_first_free_letter(clinic, sara):
    first = operations.ensure_doctor_station(doctor=people.doctor(clinic=clinic), by=sara)
    second = operations.ensure_doctor_station(doctor=people.doctor(clinic=clinic), by=sara)
    pharmacy = operations.ensure_pharmacy_station(clinic=clinic, by=sara)
    assert [s.letter for s in (first, second, pharmacy)] == ["A", "B", "P"]


def test_ensuring_a_station_twice_makes_one(clinic, sara):
    doctor = people.doctor(clinic=clinic)
    assert operations.ensure_doctor_station(doctor=doctor, by=sara) == operations.ensure_doctor_station(
        doctor=doctor, by=sara
    )
    assert operations.ensure_pharmacy_station(clinic=clinic) == operations.ensure_pharmacy_station(clinic=clinic)
    assert Station.objects.count() == 2


def test_add_station_refuses_a_taken_letter(clinic, station, sara):
    refused("letter_taken", operations.add_station, clinic=clinic, by=sara, kind="nurse", name="Nurse", letter="A")
