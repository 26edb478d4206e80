"""Static files made ready to serve: fonts cut, everything collected, named by content and compressed."""

import hashlib
import importlib.metadata
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from clinic import fonts
from clinic.static_storage import NOT_COLLECTED

PACKAGES = ("django", "django-bootstrap-static", "django-htmx", "whitenoise")


def make_ready(*, force: bool = False) -> bool:
    """Collect the static files when something changed since the last time; returns whether it did."""
    fonts.build(settings.GENERATED_STATIC / "fonts")
    if settings.GENERATED_STATIC not in settings.STATICFILES_DIRS:
        settings.STATICFILES_DIRS.append(settings.GENERATED_STATIC)
    stamp, content = settings.STATIC_ROOT / "collected.txt", fingerprint()
    collected = (settings.STATIC_ROOT / "staticfiles.json").exists()
    if not force and collected and stamp.exists() and stamp.read_text() == content:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=True, ignore_patterns=NOT_COLLECTED)
    stamp.write_text(content)
    return True


def fingerprint() -> str:
    """Changes when one of our static files or a package that brings some does."""
    parts = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                status = path.stat()
                parts.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
