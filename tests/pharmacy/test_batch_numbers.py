"""One lot is one batch, in whatever letters it was received: its recall finds all of it."""

from importlib import import_module

import pytest
from django.db import connection

from pharmacy import operations
from pharmacy.models import Batch
from tests.api import client_of as program
from tests.factories import pharmacy
from tests.pharmacy.conftest import finished
from tests.pharmacy.test_dispensing import give

migration = import_module("pharmacy.migrations.0006_batch_numbers_in_capitals")


def receive(house, number, days=30):
    return pharmacy.batch(
        clinic=house.clinic, medicine=house.paracetamol, by=house.pharmacist, number=number, days=days, quantity=5
    )


@pytest.mark.parametrize("number", ["ab 12", " AB  12 ", "Ab\t12", "ab ١٢"])
def test_the_same_number_in_other_letters_is_the_same_batch(house, number):
    first, again = receive(house, "AB 12"), receive(house, number)
    assert (again, again.number, again.on_hand) == (first, "AB 12", 10)


def test_a_recall_stops_what_came_in_in_other_letters(house):
    batch = receive(house, "ab12")
    receive(house, "AB12")
    operations.recall_batch(batch=batch, by=house.pharmacist, reason="letter")
    given = give(house, finished(house))
    assert {line.batch.number for line in given.lines.all()} == {"EARLY", "LATE"}


def test_a_program_finds_a_batch_however_it_writes_the_number(house):
    batch = receive(house, "AB 12")
    found = program(house.pharmacist).get("/api/v1/batches/", {"number": " ab  12"}).json()["results"]
    assert [row["id"] for row in found] == [batch.pk]


def rewritten(house, *numbers):
    """The numbers of batches of one lot after the migration, in the order of their keys."""
    made = [receive(house, f"OLD{place}") for place, _number in enumerate(numbers)]
    for batch, number in zip(made, numbers, strict=True):
        Batch.objects.filter(pk=batch.pk).update(number=number)
    with connection.cursor() as cursor:
        cursor.execute(migration.IN_CAPITALS)
    return list(
        Batch.objects.filter(pk__in=[batch.pk for batch in made]).order_by("pk").values_list("number", flat=True)
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [(["ab12"], ["AB12"]), (["AB12"], ["AB12"]), ([" ab  12 "], ["AB 12"]), (["ab12", "cd34"], ["AB12", "CD34"]),
     (["ab12", "AB12"], ["ab12", "AB12"]), (["ab12", "Ab12"], ["AB12", "Ab12"])],
)  # fmt: skip
def test_numbers_of_before_are_written_alike_and_two_rows_of_one_lot_stay_two(house, before, after):
    assert rewritten(house, *before) == after
