"""manage.py messages: extract, merge and compile the catalogues; with --check only say what is out of step."""

import fcntl

from django.core.management.base import BaseCommand, CommandError

from clinic import catalogues, installation


class Command(BaseCommand):
    help = "Bring the translations in step with the code and compile them."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("apps", nargs="*", metavar="app", help="only these apps' catalogues")
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail naming every message out of step"
        )
        parser.add_argument("--prune", action="store_true", help="drop translations whose string is gone")
        parser.add_argument("--compile", action="store_true", help="only compile what is newer than its compiled file")

    def handle(self, *, apps, check, prune, compile, **options):
        unknown = set(apps) - set(catalogues.APPS)
        if unknown:
            raise CommandError(f"No such app: {', '.join(sorted(unknown))}")
        apps = apps or catalogues.APPS
        if not check and not compile:
            self.merge(apps, prune)
        if not check:
            self.stdout.write(f"{catalogues.compile_stale()} catalogues compiled.")
        if not compile:
            self.report(catalogues.problems(apps), fail=check)

    def merge(self, apps, prune):
        installation.data_folder().mkdir(parents=True, exist_ok=True)
        with (installation.data_folder() / "messages.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for app in apps:
                for language in catalogues.LANGUAGES:
                    catalogues.merge(app, language, prune=prune)

    def report(self, lines, *, fail):
        if lines and fail:
            raise CommandError(
                "\n".join([*lines, f"Translations are not in step: {len(lines)} messages. Run bin/messages."])
            )
        for line in lines:
            self.stdout.write(line)
        self.stdout.write("Translations are in step." if not lines else f"To do: {len(lines)} messages.")
