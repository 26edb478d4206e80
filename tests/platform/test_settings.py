"""Settings fail loudly and by name; secrets are private."""

import os
import stat
import subprocess
import sys

import pytest
from django.db import connection

from clinic import installation

KEY = "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP"


def start(tmp_path, **changes):
    """What importing the settings says in a fresh process with only these variables."""
    environment = {
        "PATH": os.environ["PATH"],
        "CLINIC_VAR": str(tmp_path),
        "SECRET_KEY": KEY,
        "LINK_KEY": KEY,
        "TOKEN_KEY": KEY,
    }
    environment |= changes
    environment = {name: value for name, value in environment.items() if value is not None}
    code = "from clinic import settings; print(settings.DATABASES['default']['ENGINE'], settings.CHANNEL_LAYERS['default']['BACKEND'])"
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=installation.BASE_DIR, capture_output=True, text=True
    )


def test_without_a_database_url_the_embedded_server_and_memory_are_used(tmp_path):
    assert start(tmp_path).stdout.split() == ["clinic.embedded.backend", "channels.layers.InMemoryChannelLayer"]


def test_with_urls_those_servers_are_used(tmp_path):
    done = start(tmp_path, DATABASE_URL="postgres://a:b@127.0.0.1/c", REDIS_URL="redis://127.0.0.1")
    engine, layer = done.stdout.split()
    assert (engine, layer.split(".")[0]) == ("django.db.backends.postgresql", "channels_redis")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too weak"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is too weak"),
        ({"LINK_KEY": None}, "LINK_KEY is not set"),
        ({"DATABASE_URL": "sqlite:///x.db"}, "DATABASE_URL must name a PostgreSQL database"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT must be console or json"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, changes, said):
    assert said in start(tmp_path, **changes).stderr


def test_secrets_are_made_once_for_their_owner_only(tmp_path, monkeypatch):
    monkeypatch.setenv("CLINIC_VAR", str(tmp_path))
    monkeypatch.delenv("SECRET_KEY")
    path = installation.ensure_secrets()
    first = path.read_text()
    assert installation.ensure_secrets().read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_generated_secrets_differ(tmp_path, monkeypatch):
    monkeypatch.setenv("CLINIC_VAR", str(tmp_path))
    monkeypatch.delenv("SECRET_KEY")
    values = [line.partition("=")[2] for line in installation.ensure_secrets().read_text().splitlines()]
    assert len(set(values)) == len(installation.KEYS) == 3
    assert min(map(len, values)) >= installation.MINIMUM_KEY


@pytest.mark.django_db
def test_the_database_is_told_that_a_row_by_an_index_is_cheap():
    with connection.cursor() as cursor:
        cursor.execute("SHOW random_page_cost")
        assert cursor.fetchone() == ("1.1",)
