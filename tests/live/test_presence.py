"""A doctor whose last screen or program has been gone for a minute is offline, in however many processes they were."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.models import Doctor
from clinic.operations import note_gone, set_presence
from clinic.presence import Presence
from tests.factories import clinic as make

pytestmark = pytest.mark.django_db


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def presence():
    """Of a process that has run for a while."""
    clock = Clock()
    made = Presence(clock)
    clock.now += 3600
    return made


@pytest.fixture
def online():
    doctor = make.doctor(clinic=make.clinic())
    return set_presence(doctor=doctor, status=Doctor.Status.ONLINE, by=doctor.user)


def ago(doctor, *, since, seen=None):
    """The doctor has been online for `since` seconds and was last seen `seen` seconds ago."""
    now = timezone.now()
    seen_at = None if seen is None else now - timedelta(seconds=seen)
    Doctor.objects.filter(pk=doctor.pk).update(status_since=now - timedelta(seconds=since), seen_at=seen_at)


def status(doctor):
    return Doctor.objects.get(pk=doctor.pk).status


def test_a_doctor_with_a_screen_stays(presence, online):
    ago(online, since=3600, seen=300)
    assert presence.sweep({online.user_id}) == []
    assert presence.sweep(set()) == []


def test_a_doctor_gone_for_a_minute_is_offline(presence, online, published):
    ago(online, since=3600, seen=61)
    assert presence.sweep(set()) == [online]
    assert status(online) == Doctor.Status.OFFLINE
    assert (online.user.clinic_id, f"doctor-{online.pk}") in published


def test_a_page_reloaded_within_the_minute_changes_nothing(presence, online):
    ago(online, since=3600, seen=55)
    assert presence.sweep(set()) == []


def test_a_screen_in_another_process_counts(presence, online):
    clock = Clock()
    other = Presence(clock)
    ago(online, since=3600, seen=300)
    other.sweep({online.user_id})
    assert presence.sweep(set()) == []


def test_whoever_has_just_signed_in_has_a_minute_to_open_a_screen(presence, online):
    ago(online, since=5)
    assert presence.sweep(set()) == []


def test_after_a_restart_nobody_is_sent_away_at_once(online):
    ago(online, since=3600, seen=600)
    assert Presence(Clock()).sweep(set()) == []


def test_who_comes_back_between_the_look_and_the_lock_stays(online):
    before = timezone.now() - timedelta(seconds=60)
    assert note_gone(doctor=online, before=before) is None
    assert status(online) == Doctor.Status.ONLINE


def test_a_note_of_the_last_seconds_is_not_written_again(presence, online, django_assert_num_queries):
    ago(online, since=3600, seen=5)
    noted = Doctor.objects.get(pk=online.pk).seen_at
    with django_assert_num_queries(2):
        presence.sweep({online.user_id})
    assert Doctor.objects.get(pk=online.pk).seen_at == noted
