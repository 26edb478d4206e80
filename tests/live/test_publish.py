"""What an operation says about its topics, and what of it becomes true."""

import time

import pytest
from django.db import connection, transaction

from clinic import live
from clinic.models import TopicVersion
from tests.factories import clinic as make
from tests.live.conftest import use_redis
from tests.live.wire import change

pytestmark = pytest.mark.django_db(transaction=True)


def stored(clinic):
    return dict(TopicVersion.objects.filter(clinic=clinic).values_list("topic", "version"))


def test_publish_outside_an_operation_is_refused(clinic):
    with pytest.raises(RuntimeError):
        live.publish(clinic, "desk")


def test_each_change_raises_the_version_by_one(clinic):
    change(clinic=clinic, topics=("desk",))
    change(clinic=clinic, topics=("desk", "board"))
    assert stored(clinic) == {"desk": 2, "board": 1}


def test_a_topic_published_twice_in_one_operation_changes_once(clinic):
    change(clinic=clinic, topics=("desk", "desk"))
    assert stored(clinic) == {"desk": 1}


def test_versions_belong_to_one_clinic(clinic):
    other = make.clinic(name="Other")
    change(clinic=clinic)
    assert stored(other) == {}


def test_a_rolled_back_operation_leaves_no_version(clinic):
    change(clinic=clinic)
    with pytest.raises(ValueError, match="rolled back"):
        change(clinic=clinic, fails=True)
    assert stored(clinic) == {"desk": 1}


def test_many_topics_are_told_in_messages_a_notify_can_carry(clinic):
    topics = {f"topic-{'x' * 40}-{number:04d}" for number in range(500)}
    change(clinic=clinic, topics=topics)
    assert set(stored(clinic)) == topics


def test_a_change_costs_two_statements(without_redis, clinic, django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(2):
        live.flush({clinic.pk: {"desk", "board", "day", "pharmacy"}})


def test_the_age_of_a_version_is_measured_by_the_database(clinic):
    change(clinic=clinic)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clinic_topicversion SET changed_at = changed_at - interval '90 seconds'")
    version, age = live.versions(clinic, {"desk", "never"})["desk"]
    assert version == 1
    assert 90 <= age < 95


def test_without_redis_a_write_succeeds_at_once_and_the_failure_is_counted(clinic, settings):
    use_redis(settings, "redis://127.0.0.1:1")
    began = time.monotonic()
    for _ in range(20):
        change(clinic=clinic)
    assert time.monotonic() - began < 5.0  # one that waited for Redis would take twenty
    assert stored(clinic) == {"desk": 20}
    deadline = time.monotonic() + 3
    while live.sender.failures == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert live.sender.failures >= 1


def test_a_redis_that_swallows_everything_slows_no_write(clinic, settings):
    import socket

    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen()
        use_redis(settings, f"redis://127.0.0.1:{hole.getsockname()[1]}")
        began = time.monotonic()
        for _ in range(20):
            change(clinic=clinic)
        assert time.monotonic() - began < 5.0  # one that waited for Redis would take twenty
    assert stored(clinic) == {"desk": 20}
