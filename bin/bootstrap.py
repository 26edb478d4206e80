"""Make the virtual environment and install the pinned packages, once; standard library only, any Python 3.11 or newer."""

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
VENV = BASE / ".venv"
OPTIONAL = "requirements-embedded.txt"
NEEDS_VENV = """\
This Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv
Then start again."""


def ensure(*requirements: str) -> str:
    """The path of the environment's Python with every pinned package of `requirements` installed."""
    if sys.version_info < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]} ({sys.executable}).")
    python = VENV / "bin" / "python"
    if not python.exists():
        make_venv()
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    once(pip, python, requirements, required=True)
    if not os.environ.get("DATABASE_URL"):
        # The database's wheel does not exist for every machine; a PostgreSQL of the system then takes its place.
        once(pip, python, (OPTIONAL,), required=False)
    return str(python)


def make_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        sys.exit(NEEDS_VENV)
    print("Making the virtual environment ...", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def once(pip: list, python: Path, requirements: tuple, *, required: bool) -> None:
    """Install what the files name unless exactly that was installed before."""
    stamp = VENV / f".installed-{'-'.join(Path(name).stem for name in requirements)}"
    wanted = fingerprint(python, *requirements, "constraints.txt")
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Installing {', '.join(requirements)} (the first time this takes a few minutes) ...", flush=True)
    failed = subprocess.run(
        [*pip, *(argument for name in requirements for argument in ("-r", str(BASE / name)))]
    ).returncode
    if failed and required:
        sys.exit("The packages could not be installed; the lines above say why.")
    if failed:
        print("No embedded PostgreSQL for this machine; one of the system will be looked for.", flush=True)
        return
    stamp.write_text(wanted)


def fingerprint(python: Path, *names: str) -> str:
    content = b"".join((BASE / name).read_bytes() for name in names)
    return f"{hashlib.sha256(content).hexdigest()} {python.resolve()}\n"
