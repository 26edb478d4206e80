"""A visit and its medicines are on one bill, whichever comes first."""

from billing import operations as billing
from billing.models import Invoice
from pharmacy import operations
from tests.pharmacy.conftest import finished
from tests.pharmacy.test_dispensing import give
from tests.pharmacy.test_duplicates import signed


def finish(house):
    return operations.finish(visit=house.visit, by=house.by, reason="seen")


def live(house):
    return Invoice.objects.filter(patient=house.patient).exclude(state="cancelled")


def test_medicine_given_before_the_end_is_on_the_bill_of_the_visit(house):
    made = give(house, signed(house))
    visit = finish(house)
    assert (made.invoice_id, live(house).count(), visit.invoice.lines.count()) == (visit.invoice_id, 1, 2)


def test_medicines_of_two_prescriptions_are_on_one_bill(house):
    first = give(house, signed(house))
    second = give(house, signed(house, "amox 500 tid 5d"))
    assert (second.invoice_id, finish(house).invoice_id) == (first.invoice_id, first.invoice_id)


def test_medicine_given_after_the_end_is_on_the_bill_of_the_visit(house):
    prescription = finished(house)
    assert give(house, prescription).invoice_id == prescription.visit.invoice_id


def test_a_bill_issued_before_the_end_stays_as_it_is(house):
    made = give(house, signed(house))
    billing.issue(invoice=made.invoice, by=house.pharmacist)
    visit = finish(house)
    assert (visit.invoice_id != made.invoice_id, visit.invoice.lines.count(), made.invoice.lines.count()) == (
        True,
        1,
        1,
    )
