"""One line, several people who call from it."""

import pytest

from clinic.access import Role
from clinic.errors import Refused
from queues import operations
from queues.models import Entry
from tests.concurrency.crowd import rush, tally
from tests.factories import clinic as people
from tests.factories import queues as lines


@pytest.fixture
def nurses(clinic):
    return [people.user(Role.NURSE, clinic=clinic) for _ in range(6)]


def test_six_who_call_at_once_call_one(clinic, nurses, crowd):
    station = lines.station(clinic=clinic)
    first = [lines.entry(station=station, by=crowd[0]) for _ in range(10)][0]
    outcomes = rush(6, lambda number: operations.call_next(station=station, by=nurses[number]))
    assert tally(outcomes) == {"ok": 1, "somebody_called": 5}
    assert Entry.objects.get(state=Entry.State.CALLED) == first


def test_everybody_is_called_once_and_nobody_is_forgotten(clinic, nurses, crowd):
    station = lines.station(clinic=clinic)
    people_waiting = {lines.entry(station=station, by=crowd[0]).pk for _ in range(30)}

    def work(number):
        called = []
        while True:
            try:
                entry = operations.call_next(station=station, by=nurses[number])
            except Refused as refused:
                if refused.code == "nobody_waiting":
                    return called
                continue
            called.append(entry.pk)
            operations.finish(entry=operations.begin(entry=entry, by=nurses[number]), by=nurses[number])

    outcomes = rush(6, work)
    called = [pk for outcome in outcomes for pk in outcome]
    assert sorted(called) == sorted(people_waiting)


def test_one_person_joins_a_line_once(clinic, crowd):
    station = lines.station(clinic=clinic)
    token = operations.issue_token(clinic=clinic, letter="A", patient=lines.patient(), by=crowd[0])
    outcomes = rush(20, lambda number: operations.join(token=token, station=station, by=crowd[number % 16]))
    assert tally(outcomes) == {"ok": 1, "already_in_line": 19}


def test_two_lines_that_send_to_each_other_do_not_wait_for_each_other(clinic, crowd):
    one, two = lines.station(clinic=clinic, letter="A"), lines.station(clinic=clinic, letter="B")
    entries = [lines.entry(station=one if number % 2 else two, by=crowd[0]) for number in range(20)]

    def send(number):
        entry = entries[number]
        return operations.transfer(
            entry=entry, station=two if entry.station_id == one.pk else one, by=crowd[number % 16]
        )

    assert tally(rush(20, send)) == {"ok": 20}
