"""Hold the embedded database while a command runs: `python -m clinic.supervisor serve --port 8000`.

A process of its own, so that the database stops cleanly even when the application is killed. With DATABASE_URL there is
nothing to hold and the command simply runs.
"""

import os
import signal
import subprocess
import sys

from clinic import installation


def main(arguments: list[str]) -> int:
    installation.ensure_secrets()
    server = None
    if not os.environ.get("DATABASE_URL"):
        from clinic.embedded.server import EmbeddedServer, NoServer

        try:
            server = EmbeddedServer()
            server.acquire()
        except NoServer as problem:
            print(problem, file=sys.stderr)
            return 1
    try:
        return run(arguments)
    finally:
        if server:
            server.release()


def run(arguments: list[str]) -> int:
    """Run the command to its end; SIGTERM is passed on, Ctrl-C reaches it from the terminal.

    A served clinic is told to stop for SIGINT too: whoever signals this process alone means the whole clinic.
    """
    serving = arguments[0] == "serve"
    command = [sys.executable, "manage.py", *arguments, "--supervisor", str(os.getpid())] if serving else arguments
    child = None

    def pass_on(number, frame):
        if child and (serving or number == signal.SIGTERM):
            child.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGINT, pass_on)
    signal.signal(signal.SIGTERM, pass_on)
    child = subprocess.Popen(command, cwd=installation.BASE_DIR)
    status = child.wait()
    return 0 if status in (-signal.SIGINT, -signal.SIGTERM) else status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
