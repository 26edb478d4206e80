"""manage.py demo: a demo clinic in the middle of its day, and one sign-in for each role."""

import os
import secrets
from pathlib import Path

import pgtrigger
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from clinic.demo.build import SEED, build
from clinic.models import Clinic, User

WHO = ("manager", "doctor", "nurse", "pharmacist", "reception", "display", "patient")


class Command(BaseCommand):
    help = "Make a demo clinic in the middle of its day. Refuses to touch a real clinic's data."

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--keep", action="store_true", help="keep a demo day that is over")

    def handle(self, *, seed, keep, **options):
        if Clinic.objects.filter(is_demo=False).exists() or (User.objects.exists() and not Clinic.objects.exists()):
            raise CommandError(
                "This is a real clinic. The demo refuses to touch its data; give it a folder of its own."
            )
        password = _password()
        clinic = Clinic.objects.filter(is_demo=True).first()
        if clinic and not keep and clinic.created_at.astimezone(clinic.zone).date() != clinic.today():
            self.stdout.write("The demo's day is over: a new one begins.")
            with pgtrigger.ignore():
                call_command("flush", interactive=False, verbosity=0)
            clinic = None
        if clinic is None:
            self.stdout.write("Making the demo clinic...")
            clinic = build(password=password, seed=seed)
        self._renew_passwords(password)
        self.stdout.write(f"\nDemo clinic, {clinic.name} ({clinic.time_zone}). Password of everybody: {password}")
        self.stdout.write("  " + "  ".join(WHO))

    def _renew_passwords(self, password):
        """Everybody signs in with the password that is printed, also when it has changed since the last start."""
        for user in User.objects.filter(clinic__is_demo=True):
            if not user.check_password(password):
                user.set_password(password)
                user.save(update_fields=["password"])


def _password():
    """DEMO_PASSWORD, else one made up once and kept in the demo's own folder, readable by its owner only."""
    given = os.environ.get("DEMO_PASSWORD")
    if given:
        return given
    kept = Path(settings.VAR_DIR) / "demo-password"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(9))
    return kept.read_text().strip()
