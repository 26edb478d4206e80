"""manage.py serve: prepare, say where the clinic is, serve it from one process. bin/run starts this."""

import contextlib
import os
import signal
import sys
import threading
import time

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

GRACE_SECONDS = 4


class Command(BaseCommand):
    help = "Prepare everything and serve the clinic."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--host", default="localhost")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--supervisor", type=int, help="process id that must stay our parent")

    def handle(self, *, host, port, supervisor, **options):
        if supervisor:
            threading.Thread(target=_leave_with, args=[supervisor], daemon=True).start()
        call_command("prepare")
        self.check()
        self.open_the_door(f"http://{_shown(host)}:{port}")
        connection.close()
        # uvicorn raises the signal again once it has shut down; the default would skip what runs at exit.
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
        try:
            uvicorn.run(
                "clinic.asgi:application",
                host=host,
                port=port,
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
                ws_max_size=65_536,  # the answers to a ping that does not come (20 s) and to a message this long: closed
            )
        finally:
            with contextlib.suppress(OSError):  # the terminal may be gone
                self.stdout.write("Stopped.")

    def open_the_door(self, address):
        """Say where to go; a demo clinic fills itself, a new clinic gets its one-time code."""
        from clinic.models import User

        if settings.DEMO:
            call_command("demo")
        self.stdout.write(f"\nThe clinic is open at {address}  (stop with Ctrl-C)")
        if not User.objects.exists():
            from clinic import setup

            self.stdout.write(f"Nobody can sign in yet. Open {address}/setup/ and give this code (30 minutes):")
            self.stdout.write(f"    {setup.issue_code()}")


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::", "127.0.0.1"):  # noqa: S104  compared, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _leave_with(supervisor: int) -> None:
    """Stop cleanly when the process that started us is gone, however it went."""
    while os.getppid() == supervisor:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
