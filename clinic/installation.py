"""Where this installation keeps what is its own: data folder, secrets file.

Standard library only: the settings, the start script and the embedded database read it before Django is set up.
"""

import os
import secrets
import uuid
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
ROOT_HOME = Path("/var/lib/clinic")
MINIMUM_KEY = 50
KEYS = ("SECRET_KEY", "LINK_KEY", "TOKEN_KEY")


def data_folder() -> Path:
    """The folder of this installation's own data: `CLINIC_VAR`, by default `var/` beside the code."""
    return Path(os.environ.get("CLINIC_VAR") or BASE_DIR / "var").resolve()


def secrets_path() -> Path:
    """The file of generated secrets, readable by its owner only."""
    return data_folder() / "secrets.env"


def ensure_secrets() -> Path | None:
    """Make the secrets file, mode 0600, with every key this version needs, unless SECRET_KEY comes from the environment.

    Returns the path of the file, None when the environment provides the key and no file is needed.
    """
    if os.environ.get("SECRET_KEY"):
        return None
    path = secrets_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _write_once(path, new_keys(KEYS))
    known = {line.partition("=")[0] for line in path.read_text().splitlines()}
    missing = [name for name in KEYS if name not in known]
    if missing:  # made by an older version
        with path.open("a") as file:
            file.write(new_keys(missing))
    return path


def new_keys(names) -> str:
    """Lines of a secrets file, a fresh key for each name."""
    return "".join(f"{name}={secrets.token_urlsafe(64)}\n" for name in names)


def instance_folder() -> Path:
    """Where the embedded database lives: the data folder, for root a folder of this instance under /var/lib/clinic.

    PostgreSQL refuses to run as root, and the other user it runs as must be able to reach its files without
    root's own folders being opened to everybody.
    """
    if os.geteuid() != 0:
        return data_folder()
    marker = data_folder() / "instance"
    if not marker.exists():
        marker.parent.mkdir(parents=True, exist_ok=True)
        _write_once(marker, uuid.uuid4().hex[:12])
    return ROOT_HOME / marker.read_text().strip()


def _write_once(path: Path, text: str) -> None:
    """Write a small private file so that simultaneous starts agree on one content: the first link wins."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
