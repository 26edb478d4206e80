"""manage.py prepare: everything between new code and a running clinic: translations, static files, migrations."""

from django.core.management import call_command
from django.core.management.base import BaseCommand

from clinic import catalogues, static_build
from clinic.health import migrations_wait


class Command(BaseCommand):
    help = "Compile translations, collect static files, apply migrations: whatever is not yet done."
    requires_system_checks = []

    def handle(self, **options):
        catalogues.compile_stale()
        if static_build.make_ready():
            self.stdout.write("Static files collected.")
        if migrations_wait():
            self.stdout.write("Preparing the database ...")
            call_command("migrate", interactive=False, verbosity=0)
