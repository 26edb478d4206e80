"""Start, share and stop the embedded PostgreSQL server of one data folder.

Every process that uses it holds a shared lock on `in-use`; whoever can make that lock exclusive on leaving was the
last one and stops the server. Starting and stopping happen under the exclusive lock `guard`. The server listens on a
Unix socket in a folder that only its owner may enter, never on the network.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from clinic import installation
from clinic.embedded import binaries
from clinic.embedded.binaries import NoServer

USER = "clinic"
DATABASE = "clinic"
START_LIMIT = 120
TRIES = 3
SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_FOLDER = 100 - len(SOCKET)  # the kernel allows 107 bytes for the whole path
LOG_LIMIT = 5_000_000
FAST = {  # for tests only: a crash may lose what was committed, and nobody tidies behind the writers
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
}


class EmbeddedServer:
    """The server whose files lie under `home`; create one for each process, then `acquire()` it."""

    def __init__(self, home: Path | None = None):
        self.home = Path(home or installation.instance_folder() / "postgres")
        self.data = self.home / "data"
        self.run_as = _other_user() if os.geteuid() == 0 else None
        self._in_use = None
        self._bin = None

    # --- holding and leaving -------------------------------------------------------------------------------------

    def acquire(self) -> str:
        """Make sure that the server runs and stays while this process lives; returns the socket's folder."""
        self._prepare_home()
        with self._guard():
            if self._in_use is None:
                self._in_use = (self.home / "in-use").open("a")
                fcntl.flock(self._in_use, fcntl.LOCK_SH)
                atexit.register(self._leave_at_exit, os.getpid())
            self._start()
        return str(self.socket_folder())

    def release(self) -> None:
        """Give it up; the last one to do so stops the server."""
        if self._in_use is None:
            return
        with self._guard():
            held, self._in_use = self._in_use, None
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.close()
                return
            self._stop()
            held.close()

    def _leave_at_exit(self, owner: int) -> None:
        if os.getpid() == owner:  # a forked child shares the lock with its parent and must not end it
            self.release()

    @contextlib.contextmanager
    def _guard(self):
        with (self.home / "guard").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    # --- starting and stopping, under the guard ------------------------------------------------------------------

    def alive(self) -> bool:
        """Alive means that a connection succeeds; a process number in a file proves nothing."""
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _start(self) -> None:
        if self.alive():
            return
        self._bin = self._programs()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._configure()
        for _attempt in range(TRIES):
            if self._wait_for_running() or self._start_once():
                self._ensure_database()
                return
        raise NoServer(f"The embedded PostgreSQL does not start. Its last words are in {self._log()}.")

    def _programs(self) -> Path:
        marker = self.data / "PG_VERSION"
        folder = binaries.find(int(marker.read_text()) if marker.exists() else None)
        return binaries.within_reach(folder, installation.ROOT_HOME) if self.run_as else folder

    def _wait_for_running(self) -> bool:
        """True when a server of this folder answers in the end; clears what a dead one has left behind."""
        deadline = time.monotonic() + START_LIMIT
        while _is_postgres_of(_first_number(self.data / "postmaster.pid"), self.data):
            if self.alive():
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        lock = self.socket_folder() / f"{SOCKET}.lock"
        if not _is_postgres_of(_first_number(lock), self.data):
            lock.unlink(missing_ok=True)
        return False

    def _start_once(self) -> bool:
        log = self._log()
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".old"))
        done = self._run("pg_ctl", "start", "-D", self.data, "-l", log, "-w", "-t", str(START_LIMIT), "-s")
        return done.returncode == 0 and self.alive()

    def _stop(self) -> None:
        if (self.data / "postmaster.pid").exists() and self.alive():
            self._bin = self._bin or self._programs()
            self._run("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", "-t", "60", "-s")

    def _initialise(self) -> None:
        """initdb into a temporary folder, then rename: a killed start leaves no half-made cluster."""
        for leftover in self.home.glob("new-*"):
            shutil.rmtree(leftover)
        draft = self.home / f"new-{os.getpid()}"
        locale = ["--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--locale=C"]
        if binaries.version(self._bin) < 18:
            locale = ["--locale=C.UTF-8"]
        done = self._run(
            "initdb", "-D", draft, "-U", USER, "-E", "UTF8", *locale, "--data-checksums",
            "--auth-local=trust", "--auth-host=reject", "--no-instructions",
        )  # fmt: skip
        if done.returncode:
            raise NoServer(f"initdb failed:\n{done.stderr[-2000:]}")
        with (draft / "postgresql.conf").open("a") as file:
            file.write("include 'clinic.conf'\n")
        draft.rename(self.data)

    def _configure(self) -> None:
        fast = os.environ.get("CLINIC_EMBEDDED_FAST") == "1"
        lines = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder()),
            "unix_socket_permissions": "0700",
            "port": "5432",
            "max_connections": "100",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # The server's log must not carry patients' data: no statements, no DETAIL of the row.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
            "log_parameter_max_length_on_error": "0",
            **(FAST if fast else {}),
        }
        text = "".join(f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in lines.items())
        path = self.data / "clinic.conf"
        path.write_text(text)
        self._hand_over(path)

    def _ensure_database(self) -> None:
        with self._connect("postgres") as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')

    def _connect(self, database: str):
        return psycopg.connect(
            host=str(self.socket_folder()), user=USER, dbname=database, connect_timeout=5, autocommit=True
        )

    # --- files and the user who owns them ------------------------------------------------------------------------

    def socket_folder(self) -> Path:
        """The folder of the Unix socket, 0700: under `home`, or an owned one in the temporary directory for a long path."""
        folder = self.home / "socket"
        if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
            name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
            folder = Path(tempfile.gettempdir()) / f"clinic-{name}"
        return folder

    def _prepare_home(self) -> None:
        if self.run_as:
            _open_for_passing(installation.ROOT_HOME)
        self.home.mkdir(parents=True, exist_ok=True)
        if self.run_as:
            self.home.parent.chmod(0o755)
        for folder in (self.home, self.socket_folder()):
            _owned_folder(folder, self.run_as)

    def _log(self) -> Path:
        return self.home / "server.log"

    def _hand_over(self, path: Path) -> None:
        if self.run_as:
            os.chown(path, self.run_as.pw_uid, self.run_as.pw_gid)

    def _run(self, program: str, *arguments) -> subprocess.CompletedProcess:
        """Run one of PostgreSQL's programs as the right user; its words go through files, for the server inherits them."""
        identity = {}
        if self.run_as:
            identity = {"user": self.run_as.pw_uid, "group": self.run_as.pw_gid, "extra_groups": []}
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "HOME": str(self.home)}
        with tempfile.TemporaryFile("w+") as words:
            done = subprocess.run(
                [str(self._bin / program), *map(str, arguments)],
                cwd=self.home, env=environment, stdin=subprocess.DEVNULL, stdout=words, stderr=words, **identity,
            )  # fmt: skip
            words.seek(0)
            done.stderr = words.read()
        return done


def _other_user() -> pwd.struct_passwd:
    """The user whom the server runs as when root starts it: `clinic`, `postgres`, or a new system user `clinic`."""
    for name in (USER, "postgres"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    useradd = shutil.which("useradd", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if useradd:
        subprocess.run([useradd, "--system", "--user-group", "--home-dir", "/var/lib/clinic", USER], check=True)
        return pwd.getpwnam(USER)
    raise NoServer(
        "PostgreSQL does not run as root and there is no user 'clinic' or 'postgres': start as another user."
    )


def _open_for_passing(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)


def _owned_folder(folder: Path, owner: pwd.struct_passwd | None) -> None:
    """Make or check a folder that nobody else may enter; refuses one that somebody else put there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    uid = owner.pw_uid if owner else os.geteuid()
    if folder.is_symlink() or status.st_uid not in {uid, os.geteuid()}:
        raise NoServer(f"{folder} belongs to somebody else; remove it and start again.")
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    folder.chmod(0o700)


def _first_number(path: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(path.read_text().split()[0])
    return None


def _is_postgres_of(pid: int | None, data: Path) -> bool:
    """Whether `pid` is a live postgres of this data folder, not a stranger who got the number after a power cut."""
    if not pid or pid < 2:
        return False
    process = Path("/proc") / str(pid)
    if process.parent.joinpath("self").exists():
        try:
            return (
                process.joinpath("cwd").resolve(strict=True) == data.resolve()
                and "postgres" in process.joinpath("comm").read_text()
            )
        except OSError:
            return False
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout
    return "postgres" in shown and str(data) in shown
