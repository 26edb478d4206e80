"""Scheduled clearing."""

from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app

from clinic import jobs
from clinic.models import IdempotencyKey
from tests.factories import clinic as make

pytestmark = pytest.mark.django_db(transaction=True)


def test_answers_older_than_a_week_are_forgotten():
    user = make.user(clinic=make.clinic())
    for key, days in (("old", 8), ("young", 6)):
        IdempotencyKey.objects.create(
            user=user, key=key, operation="x", body_hash="x", created_at=timezone.now() - timedelta(days=days)
        )
    assert jobs.purge_idempotency_keys(timestamp=0) == 1
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["young"]


def test_the_jobs_are_on_the_clock():
    names = {name for name, _id in app.periodic_registry.periodic_tasks}
    assert {"clinic.jobs.purge_idempotency_keys", "clinic.jobs.clear_sessions"} <= names
