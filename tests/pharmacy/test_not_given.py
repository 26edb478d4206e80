"""A line closed as not given: what it shuts out, and what shuts it out."""

import pytest

from clinic.errors import Refused
from clinic.models import AuditEvent
from pharmacy import operations
from tests.pharmacy.conftest import finished


def two(house):
    """A signed prescription of paracetamol and amoxicillin, with its lines."""
    operations.add_item(visit=house.visit, by=house.by, line="amox 500 tid 5d")
    prescription = finished(house)
    return prescription, *prescription.items.order_by("medicine__generic_name")


def give(house, prescription, item, quantity=15):
    line = {"item": item.pk, "quantity": quantity}
    return operations.dispense(prescription=prescription, by=house.pharmacist, lines=[line])


def close(house, item, reason="has it at home"):
    return operations.not_given(item=item, by=house.pharmacist, reason=reason)


def refused(act, *args):
    with pytest.raises(Refused) as error:
        act(*args)
    return error.value.code


def test_a_closed_line_is_not_given_out(house):
    prescription, amoxicillin, paracetamol = two(house)
    close(house, amoxicillin)
    assert refused(give, house, prescription, amoxicillin) == "closed"
    assert sum(give(house, prescription, paracetamol).lines.values_list("quantity", flat=True)) == 15


def test_a_line_given_in_full_is_not_closed(house):
    prescription, amoxicillin, _paracetamol = two(house)
    give(house, prescription, amoxicillin)
    assert refused(close, house, amoxicillin) == "already_dispensed"
    amoxicillin.refresh_from_db()
    assert amoxicillin.closed_reason == ""


def test_the_rest_of_a_line_given_in_part_is_closed(house):
    prescription, amoxicillin, _paracetamol = two(house)
    give(house, prescription, amoxicillin, 5)
    assert close(house, amoxicillin).closed_reason == "has it at home"


def test_a_line_taken_off_the_prescription_is_not_closed(house):
    item = operations.add_item(visit=house.visit, by=house.by, line="amox 500 tid 5d")
    operations.remove_item(item=item, by=house.by)
    finished(house)
    assert refused(close, house, item) == "not_found"


@pytest.mark.parametrize("whole", [False, True])
def test_closing_again_changes_nothing(house, whole):
    prescription, amoxicillin, paracetamol = two(house)
    if whole:
        give(house, prescription, paracetamol)
    close(house, amoxicillin)
    assert close(house, amoxicillin, "another reason").closed_reason == "has it at home"
    assert AuditEvent.objects.filter(action="not_given").count() == 1
