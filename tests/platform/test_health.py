"""/health and /ready."""

import pytest
from django.db import connections

from clinic import health


def test_health_answers_without_a_database(client, settings):
    settings.ALLOWED_HOSTS = ["elsewhere"]
    response = client.get("/health")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_when_the_database_and_its_migrations_are(client):
    assert client.get("/ready").content == b"ready\n"


@pytest.mark.django_db
def test_not_ready_while_a_migration_waits(client, monkeypatch):
    monkeypatch.setattr(health, "migrations_wait", lambda: True)
    response = client.get("/ready")
    assert (response.status_code, response.content) == (503, b"migrations are not applied\n")


def test_not_ready_without_a_database(client, monkeypatch):
    def away(alias):
        raise connections["default"].Database.OperationalError

    monkeypatch.setattr(health, "migrations_wait", lambda: away("default"))
    response = client.get("/ready")
    assert (response.status_code, response.content) == (503, b"database does not answer\n")


def test_only_reading_is_answered(client, db):
    assert client.post("/health").status_code != 200


def test_a_redis_that_is_away_is_told_and_the_instance_stays_in_service(client, settings, db):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/ready")
    assert (answer.status_code, answer.content) == (200, b"ready, but live updates are late: Redis does not answer\n")


def test_a_redis_that_answers_is_not_spoken_of(client, settings, db, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr("redis.Redis.ping", lambda _self: True)
    assert client.get("/ready").content == b"ready\n"
