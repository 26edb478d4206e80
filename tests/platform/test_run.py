"""What bin/run starts: it opens, and however it ends it leaves no process behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from clinic import installation
from clinic.embedded.server import EmbeddedServer

pytestmark = pytest.mark.slow

OURS = (
    "CLINIC_TESTING",
    "SECRET_KEY",
    "LINK_KEY",
    "TOKEN_KEY",
    "DATABASE_URL",
    "REDIS_URL",
    "ALLOWED_HOSTS",
    "CLINIC_VAR",
    "CLINIC_DEMO",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder for the module, with the embedded database that belongs to it."""
    path = tmp_path_factory.mktemp("var")
    yield path
    home = Path(_home(path))
    shutil.rmtree(home, ignore_errors=True)


def _home(folder):
    if os.geteuid() != 0:
        return folder
    return installation.ROOT_HOME / (folder / "instance").read_text().strip()


@pytest.fixture
def running(folder):
    """The supervisor with the application and its database, ready to answer."""
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment |= {"CLINIC_VAR": str(folder), "CLINIC_EMBEDDED_FAST": "1"}
    command = [sys.executable, "-m", "clinic.supervisor", "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=installation.BASE_DIR, env=environment, start_new_session=True, stdout=subprocess.PIPE, text=True
    )
    try:
        _wait_until(lambda: _status(port, "/ready") == 200, seconds=120)
        yield process, port
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        server = EmbeddedServer(_home(folder) / "postgres")
        _wait_until(lambda: not server.alive(), seconds=20)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _status(port, path):
    try:
        return urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def _wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def _application_of(supervisor):
    return int(Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()[0])


def test_a_new_clinic_opens_with_its_set_up_page_and_stops_by_ctrl_c(running, folder):
    process, port = running
    assert [_status(port, path) for path in ("/health", "/ready", "/setup/")] == [200, 200, 200]
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=20) == 0
    said = process.stdout.read()
    assert f"http://localhost:{port}/setup/" in said
    assert ("Stopped." in said, "Exception" in said) == (True, False)
    assert EmbeddedServer(_home(folder) / "postgres").alive() is False


def test_a_signal_to_the_supervisor_alone_stops_it_too(running, folder):
    process, _port = running
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    assert EmbeddedServer(_home(folder) / "postgres").alive() is False


def test_the_database_stops_when_the_application_is_killed(running, folder):
    process, _port = running
    os.kill(_application_of(process.pid), signal.SIGKILL)
    process.wait(timeout=20)
    assert EmbeddedServer(_home(folder) / "postgres").alive() is False


def test_everything_stops_when_the_supervisor_is_killed(running, folder):
    process, port = running
    process.kill()
    _wait_until(lambda: _status(port, "/health") is None, seconds=20)
    _wait_until(lambda: not EmbeddedServer(_home(folder) / "postgres").alive(), seconds=20)
