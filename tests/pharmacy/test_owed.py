"""Whoever completes a prescription in part reads how many of its lines are still owed."""

import json

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import translation

from pharmacy import operations
from tests.pharmacy.conftest import finished
from tests.pharmacy.test_views import HTMX, client_of

LINES = ("amox 500 tid 5d", "para 500 1-1-1 5d")
AFTER_ONE = "Dispensed 1 of 2 lines; 1 is still owed."


def prescribed(house):
    """The lines of a signed prescription of two medicines."""
    operations.add_item(visit=house.visit, by=house.by, line=LINES[0])
    return list(finished(house, LINES[1]).items.order_by("position"))


def complete(house, items, *, quantity=15, key="k1", **headers):
    """Confirm lines and complete; the answer."""
    body = {"idempotency_key": key}
    for item in items:
        body |= {f"confirm-{item.pk}": "on", f"quantity-{item.pk}": str(quantity)}
    url = reverse("pharmacy:dispense", args=[items[0].prescription_id])
    return client_of(house.pharmacist).post(url, body, **headers)


def toast(answer):
    found = json.loads(answer.headers["HX-Trigger"])["toast"]
    return found["text"], found["level"]


def test_what_is_given_whole_is_dispensed(house):
    assert toast(complete(house, prescribed(house), **HTMX)) == ("Dispensed.", "ok")


def test_an_unconfirmed_line_is_said_to_be_owed(house):
    answer = complete(house, prescribed(house)[:1], **HTMX)
    assert toast(answer) == (AFTER_ONE, "warn")


def test_it_is_said_to_a_browser_without_script(house):
    answer = complete(house, prescribed(house)[:1])
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [AFTER_ONE]


def test_the_second_click_says_the_same(house):
    items = prescribed(house)
    answers = [complete(house, items[:1], **HTMX) for _click in range(2)]
    assert [toast(answer) for answer in answers] == [(AFTER_ONE, "warn")] * 2


def test_a_line_given_in_part_is_still_owed(house):
    answer = complete(house, prescribed(house), quantity=5, **HTMX)
    assert toast(answer) == ("Dispensed in part; 2 lines are still owed.", "warn")


def test_what_was_given_or_closed_before_is_not_counted(house):
    first, second = prescribed(house)
    complete(house, [first], **HTMX)
    assert toast(complete(house, [second], key="k2", **HTMX)) == ("Dispensed.", "ok")


def test_a_line_closed_as_not_given_is_not_owed(house):
    first, second = prescribed(house)
    operations.not_given(item=second, by=house.pharmacist, reason="has it at home")
    assert toast(complete(house, [first], **HTMX)) == ("Dispensed.", "ok")


@pytest.mark.parametrize(
    ("owed", "words"),
    [
        (1, "صُرف من أسطر الوصفة 1 من 4، وبقي سطر واحد لم يُصرف."),
        (2, "صُرف من أسطر الوصفة 1 من 4، وبقي سطران لم يُصرفا."),
        (3, "صُرف من أسطر الوصفة 1 من 4، وبقيت 3 أسطر لم تُصرف."),
        (11, "صُرف من أسطر الوصفة 1 من 4، وبقي 11 سطرًا لم يُصرف."),
    ],
)
def test_what_is_owed_is_counted_in_arabic(owed, words):
    with translation.override("ar"):
        text = translation.ngettext(
            "Dispensed %(given)s of %(total)s lines; %(owed)s is still owed.",
            "Dispensed %(given)s of %(total)s lines; %(owed)s are still owed.",
            owed,
        )
        assert text % {"given": 1, "total": 4, "owed": owed} == words
