"""manage.py static_assets: cut the fonts and collect the static files."""

from django.core.management.base import BaseCommand

from clinic import static_build


class Command(BaseCommand):
    help = "Cut the fonts and collect the static files (compressed, named by their content)."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--force", action="store_true", help="collect even when nothing changed")

    def handle(self, *, force, **options):
        done = static_build.make_ready(force=force)
        self.stdout.write("Static files collected." if done else "Static files are up to date.")
