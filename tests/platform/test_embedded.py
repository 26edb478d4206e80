"""The embedded server: shared, stopped by the last user, and up again after anything that kills it."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import psycopg
import pytest

from clinic import installation
from clinic.embedded import binaries
from clinic.embedded import server as embedded
from clinic.embedded.binaries import NoServer
from clinic.embedded.server import EmbeddedServer

pytestmark = pytest.mark.slow

HOLD = """
import sys
from clinic.embedded.server import EmbeddedServer
server = EmbeddedServer(sys.argv[1])
server.acquire()
print("up", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def as_in_life(monkeypatch):
    """With the test run's own short cuts a committed row may be lost in a crash."""
    monkeypatch.delenv("CLINIC_EMBEDDED_FAST", raising=False)


def new_home(name=""):
    """A folder that the server's user can reach: for root not below the closed folders of pytest."""
    base = installation.ROOT_HOME if os.geteuid() == 0 else Path(tempfile.gettempdir())
    home = base / f"test-{uuid.uuid4().hex[:8]}{name}"
    home.mkdir(parents=True)
    return home


@pytest.fixture(scope="module")
def cluster():
    """One initialised cluster for the module; each test starts and stops it."""
    home = new_home()
    server = EmbeddedServer(home / "postgres")
    server.acquire()
    server.release()
    yield home / "postgres"
    shutil.rmtree(home)


@pytest.fixture
def server(cluster):
    server = EmbeddedServer(cluster)
    yield server
    server.release()


def ask(server, statement):
    with psycopg.connect(
        host=str(server.socket_folder()), user="clinic", dbname="clinic", autocommit=True
    ) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def holder(cluster):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(cluster)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=installation.BASE_DIR,
    )
    assert process.stdout.readline() == b"up\n"
    return process


def end(process):
    process.stdin.close()
    process.wait(timeout=60)
    process.stdout.close()


def test_the_last_one_to_leave_stops_it(cluster):
    first, second = EmbeddedServer(cluster), holder(cluster)
    first.acquire()
    end(second)
    assert first.alive() is True
    first.release()
    assert first.alive() is False


def test_a_holder_that_is_killed_counts_as_gone(cluster, server):
    other = holder(cluster)
    other.kill()
    other.wait()
    other.stdin.close()
    other.stdout.close()
    server.acquire()
    server.release()
    assert server.alive() is False


def test_six_starts_at_once_give_one_server(cluster):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(cluster)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=installation.BASE_DIR,
        )
        for _number in range(6)
    ]
    assert [process.stdout.readline() for process in processes] == [b"up\n"] * 6
    for process in processes:
        end(process)
    assert EmbeddedServer(cluster).alive() is False


def test_what_was_committed_survives_a_kill(server):
    server.acquire()
    ask(server, "CREATE TABLE IF NOT EXISTS kept (n int)")
    ask(server, "INSERT INTO kept VALUES (41)")
    os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    server.acquire()
    assert ask(server, "SELECT max(n) FROM kept") == 41


@pytest.mark.parametrize("content", ["", "{stranger}\n/somewhere\n", "999999\n"])
def test_a_stale_pid_file_neither_blocks_nor_kills_a_stranger(server, content):
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (server.data / "postmaster.pid").write_text(content.format(stranger=stranger.pid))
        server.acquire()
        assert server.alive() is True
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_it_listens_to_nobody_but_its_owner(server):
    server.acquire()
    assert ask(server, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(server.socket_folder().stat().st_mode) == 0o700
    assert stat.S_IMODE(server.home.stat().st_mode) == 0o700


def test_letters_of_every_language_fold_the_same_everywhere(server):
    server.acquire()
    assert ask(server, "SELECT lower('ÉLODIE ŞAHİN') || ' ' || upper('ß')") == "élodie şahi̇n SS"
    assert ask(server, "SHOW data_checksums") == "on"


def test_a_half_made_cluster_is_cleared_away():
    home = new_home()
    try:
        (home / "postgres").mkdir()
        (home / "postgres" / "new-1").mkdir()
        server = EmbeddedServer(home / "postgres")
        server.acquire()
        server.release()
        assert sorted(path.name for path in (home / "postgres").iterdir() if path.is_dir()) == ["data", "socket"]
    finally:
        shutil.rmtree(home)


def test_a_long_path_gets_a_socket_folder_of_its_own():
    server = EmbeddedServer(Path("/var/lib/clinic") / ("x" * 120))
    assert server.socket_folder().parent == Path(tempfile.gettempdir())


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path):
    target = tmp_path / "real"
    target.mkdir()
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(NoServer):
        embedded._owned_folder(tmp_path / "link", None)


def test_without_the_wheel_the_system_s_postgresql_is_used(monkeypatch):
    monkeypatch.setattr(binaries, "_wheel", list)
    if not binaries._system():
        pytest.skip("no PostgreSQL of the system here")
    home = new_home()
    server = EmbeddedServer(home / "postgres")
    try:
        server.acquire()
        assert ask(server, "SELECT current_setting('server_version_num')::int >= 150000") is True
    finally:
        server.release()
        shutil.rmtree(home)


def test_without_any_postgresql_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(binaries, "_wheel", list)
    monkeypatch.setattr(binaries, "_system", list)
    with pytest.raises(NoServer, match="DATABASE_URL="):
        binaries.find()


def test_data_is_opened_by_its_own_version_only(monkeypatch):
    with pytest.raises(NoServer, match="needs PostgreSQL 9"):
        binaries.find(9)
