"""What a screen that is not sure asks: versions, only those it may follow, without waking the session."""

import time

import pytest
from django.test import Client
from django.urls import reverse

from clinic import sessions
from clinic.access import Role
from tests.factories import clinic as make
from tests.live.wire import change

pytestmark = pytest.mark.django_db


def asked(client, topics):
    """{topic: version} of the answer."""
    answer = client.get(reverse("clinic:live_versions"), {"topics": topics}, headers={"hx-request": "true"})
    assert answer.status_code == 200
    return {topic: version for topic, (version, _age) in answer.json().items()}


@pytest.fixture
def client_of():
    def signed_in(user):
        client = Client()
        client.force_login(user)
        return client

    return signed_in


def test_only_asked_topics_that_ever_changed_are_answered(clinic, client_of):
    change(clinic=clinic, topics=("desk", "board"))
    change(clinic=clinic, topics=("desk",))
    client = client_of(make.user(Role.NURSE, clinic=clinic))
    assert asked(client, "desk,pharmacy") == {"desk": 2}


def test_another_clinics_changes_are_not_told(clinic, client_of):
    change(clinic=clinic)
    client = client_of(make.user(Role.MANAGER, clinic=make.clinic(name="Other")))
    assert asked(client, "desk") == {}


def test_a_display_is_told_only_of_the_board(clinic, client_of):
    change(clinic=clinic, topics=("desk", "board", "patient-1"))
    client = client_of(make.user(Role.DISPLAY, clinic=clinic))
    assert asked(client, "desk,board,patient-1") == {"board": 1}


@pytest.mark.parametrize("topics", ["", ",", "\x00", "desk'; drop table--", "ديسك", "x" * 5000, ",".join("abc" * 400)])
def test_nonsense_is_answered_with_nothing(clinic, client_of, topics):
    assert asked(client_of(make.user(Role.NURSE, clinic=clinic)), topics) == {}


def test_a_stranger_gets_401_and_a_patient_403(clinic, client_of):
    address, headers = reverse("clinic:live_versions"), {"hx-request": "true"}
    assert Client().get(address, headers=headers).status_code == 401
    assert client_of(make.user(Role.PATIENT, clinic=clinic)).get(address, headers=headers).status_code == 403


def test_asking_never_moves_the_idle_clock(clinic, client_of):
    client = client_of(make.user(Role.NURSE, clinic=clinic))
    session = client.session
    session[sessions.SEEN] = session[sessions.STARTED] = time.time() - 300
    session.save()
    before = dict(client.session.items())
    for _ in range(20):
        asked(client, "desk")
    assert dict(client.session.items()) == before


def test_an_idle_session_is_refused(clinic, client_of):
    client = client_of(make.user(Role.NURSE, clinic=clinic))
    session = client.session
    session[sessions.SEEN] = 1.0
    session.save()
    assert client.get(reverse("clinic:live_versions"), headers={"hx-request": "true"}).status_code == 401
