"""What the TypeScript client needs besides node: its generator, its compiler and its one library, installed once.

`python -m tests.clients.node` installs them and prints their folder; without node, npm or the registry it says why not
and ends with 1. bin/test does that before the tests and passes the folder on in TYPESCRIPT_MODULES ("" when there is
none).
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent / "typescript"
CACHE = Path(__file__).parents[2] / "var" / "typescript"
QUIET = ["--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=20000"]


def modules():
    """The folder node_modules with exactly what package-lock.json names; None where it cannot be had."""
    told = os.environ.get("TYPESCRIPT_MODULES")
    if told is not None:
        return Path(told) if told else None
    folder = CACHE / hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    if not folder.exists() and not installed(folder):
        return None
    return folder / "node_modules"


def installed(folder):
    """Whether `npm ci` has filled the folder; it appears only when it is complete."""
    part = folder.with_suffix(f".{os.getpid()}")
    part.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, part)
    done = subprocess.run(["npm", "ci", *QUIET], cwd=part, capture_output=True, text=True)
    if done.returncode == 0 and not folder.exists():
        part.rename(folder)
    else:
        shutil.rmtree(part)
    return folder.exists()


if __name__ == "__main__":
    found = modules()
    print(found or "")
    sys.exit(0 if found else 1)
