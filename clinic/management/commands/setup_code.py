"""manage.py setup_code: print the one-time code that opens the set-up page of a clinic without users."""

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Print a one-time code for the set-up page; only while nobody can sign in."
    requires_system_checks = []

    def handle(self, **options):
        from clinic import setup
        from clinic.models import User

        if User.objects.exists():
            raise CommandError("This clinic is set up already; a manager adds people.")
        self.stdout.write(setup.issue_code())
