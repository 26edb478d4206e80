"""One visit, many hands: opened once, finished once, nothing typed or measured is lost."""

import pytest

from clinic.access import Role
from patients import operations as patient_operations
from queues.models import Entry
from scheduling import operations as appointments
from tests.concurrency.crowd import faults, rush, tally
from tests.factories import clinic as people
from tests.factories import visits as make
from visits import operations
from visits.models import Visit, Vitals

HANDS = 10


@pytest.fixture
def doctor(clinic):
    return people.doctor(clinic=clinic)


@pytest.fixture
def nurse(clinic):
    return people.user(Role.NURSE, clinic=clinic, name="Huda Salem")


@pytest.fixture
def patient(clinic):
    return make.patient(clinic=clinic)


def test_a_patients_visit_is_opened_once(doctor, nurse, patient):
    outcomes = rush(HANDS, lambda _number: operations.open_visit(patient=patient, doctor=doctor, by=nurse))
    assert tally(outcomes) == {"ok": HANDS}
    assert {visit.pk for visit in outcomes} == {Visit.objects.get().pk}


def test_a_number_put_right_while_its_holder_is_measured(clinic, doctor, nurse, patient):
    entry, other = make.waiting(doctor=doctor, patient=patient), make.patient(clinic=clinic, name="Basma Two")
    desk = people.user(Role.RECEPTION, clinic=clinic)

    def hand(number):
        if number == HANDS // 2:
            return appointments.change_patient(token=entry.token, patient=other, by=desk)
        measured = {"entry": entry, "patient_id": patient.pk, "doctor": doctor, "pulse": 60 + number}
        return operations.measure_waiting(by=nurse, **measured)

    outcomes = rush(HANDS, hand)
    counts = tally(outcomes)
    assert set(counts) <= {"ok", "changed_meanwhile"}, faults(outcomes)
    assert list(Vitals.objects.exclude(patient=patient)) == []
    assert Vitals.objects.count() == counts["ok"] - 1


def test_a_visit_is_finished_and_charged_once(clinic, doctor, patient):
    make.priced(clinic)
    visit = make.begun(doctor=doctor, patient=patient)
    patient_operations.assert_no_known_allergies(patient=patient, by=doctor.user)
    operations.add_diagnosis(visit=visit, by=doctor.user, text="Migraine")
    outcomes = rush(HANDS, lambda _number: operations.complete(visit=visit, by=doctor.user))
    assert tally(outcomes) == {"ok": 1, "visit_closed": HANDS - 1}
    assert patient.invoices.count() == 1


def test_of_notes_on_the_same_version_one_is_saved_and_the_others_are_told(doctor, patient):
    visit = make.begun(doctor=doctor, patient=patient)

    def save(number):
        words = {"complaint": f"Window {number}", "examination": "", "plan": ""}
        return operations.save_note(visit=visit, by=doctor.user, version=1, **words)

    assert tally(rush(HANDS, save)) == {"ok": 1, "changed": HANDS - 1}
    assert Visit.objects.get(pk=visit.pk).version == 2


def test_a_visit_begins_with_the_patient_who_holds_the_token_or_not_at_all(clinic, doctor, patient):
    desk, others = people.user(Role.RECEPTION, clinic=clinic), [make.patient(clinic=clinic) for _ in range(HANDS)]
    visit = make.called(doctor=doctor, patient=patient)

    def act(number):
        if number % 2:
            return operations.begin(visit=visit, by=doctor.user)
        return appointments.change_patient(token=visit.token, patient=others[number], by=desk)

    outcomes = rush(HANDS, act)
    assert set(tally(outcomes)) <= {"ok", "with_staff", "changed_meanwhile"}, faults(outcomes)
    entry = visit.token.entries.get()
    assert entry.state == (Entry.State.WITH_STAFF if entry.token.patient_id == patient.pk else Entry.State.CALLED)


def test_measuring_and_writing_do_not_disturb_each_other(doctor, nurse, patient):
    visit = make.called(doctor=doctor, patient=patient)

    def act(number):
        if number % 2:
            return operations.record_vitals(visit=visit, by=nurse, pulse=60 + number)
        return operations.add_diagnosis(visit=visit, by=doctor.user, text=f"Finding {number}")

    outcomes = rush(HANDS, act)
    assert tally(outcomes) == {"ok": HANDS}, faults(outcomes)
    assert Vitals.objects.count() == HANDS // 2
    assert visit.diagnoses.filter(is_primary=True).count() == 1
