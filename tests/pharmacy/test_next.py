"""Who is sent to the pharmacy, and whose prescription F9 takes in hand."""

from pharmacy import operations
from pharmacy.models import Prescription
from queues import queries as lines
from tests.factories import visits
from tests.pharmacy.conftest import finished
from tests.pharmacy.test_dispensing import give
from tests.pharmacy.test_duplicates import signed


def finish(house):
    visit = operations.finish(visit=house.visit, by=house.by, reason="seen")
    entry = lines.live_entry(visit.token)
    return entry and entry.station.kind


def test_who_got_a_part_before_the_end_is_sent_for_the_rest(house):
    give(house, signed(house), quantity=5)
    assert finish(house) == "pharmacy"


def test_who_got_everything_before_the_end_is_sent_nowhere(house):
    give(house, signed(house))
    assert finish(house) is None


def test_f9_takes_the_prescription_of_who_is_called(house):
    prescription = finished(house)
    entry, found = operations.call_next(clinic=house.clinic, by=house.pharmacist)
    assert (entry.token.patient_id, found) == (house.patient.pk, prescription)


def test_f9_takes_no_prescription_of_another_patient(house):
    prescription = finished(house)
    other = visits.patient(clinic=house.clinic, name="Basma Two", phone="0503334445")
    token = prescription.visit.token
    type(token).objects.filter(pk=token.pk).update(patient=other)
    entry, found = operations.call_next(clinic=house.clinic, by=house.pharmacist)
    assert (entry.token.patient_id, found) == (other.pk, None)
    assert Prescription.objects.filter(visit__token=token).count() == 1
