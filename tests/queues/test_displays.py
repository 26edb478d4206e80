"""A silent waiting-room screen is noticed."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from clinic.access import Role
from queues import queries
from queues.models import Display
from tests.factories import clinic as people

pytestmark = pytest.mark.django_db


def test_a_screen_that_stops_asking_is_named_on_the_queue_board(client, clinic):
    screen = people.user(Role.DISPLAY, clinic=clinic, name="Hall")
    client.force_login(screen)
    client.get(reverse("queues:board_live"))
    assert queries.silent_displays(clinic) == []
    client.force_login(people.user(Role.RECEPTION, clinic=clinic))
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        html = client.get(reverse("queues:displays")).content.decode()
    assert "Hall" in html and "silent since" in html


def test_a_screen_is_noted_at_most_every_twenty_seconds(client, clinic):
    client.force_login(people.user(Role.DISPLAY, clinic=clinic))
    client.get(reverse("queues:board_live"))
    first = Display.objects.get().seen_at
    client.get(reverse("queues:board_live"))
    assert Display.objects.get().seen_at == first


def test_staff_who_look_at_the_board_are_no_screen(client, clinic):
    client.force_login(people.user(Role.RECEPTION, clinic=clinic))
    client.get(reverse("queues:board_live"))
    assert not Display.objects.exists()
