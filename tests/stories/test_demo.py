"""The demo clinic: the same for the same seed, in the middle of its day at any hour, never over a real clinic."""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from billing.models import Invoice
from clinic.access import Role
from clinic.demo import base, medicines
from clinic.demo.build import build
from clinic.demo.clock import moved_clock
from clinic.demo.people import CASES
from clinic.management.commands import demo
from clinic.models import AuditEvent, Clinic, User
from patients.models import Allergy, Patient
from pharmacy.models import Batch, Medicine, Prescription
from pharmacy.reading import read_line
from queues import queries
from queues.models import Entry, Token
from scheduling.models import Appointment
from tests.factories import clinic as people
from visits.models import Visit

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PICTURE = Path(__file__).parent / "demo_seed_7.txt"
MORNING = datetime(2026, 11, 19, 8, 40, tzinfo=UTC)


def picture():
    """What the screens of the demo show, a line for each thing."""
    parts = {
        "patients": [Patient.objects.count()],
        "appointments": counted(Appointment.objects.values_list("state")),
        "entries": counted(Entry.objects.values_list("station__letter", "state")),
        "tokens": Token.objects.order_by("pk").values_list("letter", "number", "patient__name"),
        "visits": counted(Visit.objects.values_list("state")),
        "bills": sorted(Invoice.objects.values_list("state", "total")),
        "stock": Batch.objects.order_by("medicine__barcode", "number").values_list("number", "on_hand"),
    }
    return "".join(
        f"{name}: {fact if isinstance(fact, int) else ' '.join(map(str, fact))}\n"
        for name, facts in parts.items()
        for fact in facts
    )


def counted(rows):
    """How often each row stands there, the rows in their order."""
    return [(*row, number) for row, number in sorted(Counter(rows).items())]


def built(seed, look):
    """What `look` sees of the clinic built from `seed` at MORNING; the clinic is taken back afterwards."""
    with time_machine.travel(MORNING), transaction.atomic():
        seen = look(build(password="for the test", seed=seed))
        transaction.set_rollback(True)
    return seen


def look_around(clinic):
    """The assertions of a day's middle, and the picture for comparison."""
    columns = queries.lines(clinic)
    today = Counter(Appointment.objects.for_day(clinic.today()).values_list("state", flat=True))
    assert clinic.is_demo and clinic.time_zone == "Asia/Riyadh"
    assert Patient.objects.count() == 60
    assert sum(today.values()) >= 20
    assert set(today) >= {"confirmed", "arrived", "completed", "missed", "cancelled"}
    assert sum(bool(column.called) for column in columns) == 1
    assert sum(len(column.inside) for column in columns) == 2
    assert sum(len(column.waiting) for column in columns) >= 10
    assert sum(len(column.skipped) for column in columns) == 1
    assert next(column for column in columns if column.station.kind == "pharmacy").waiting
    assert Prescription.objects.filter(state="signed").exists()
    assert Invoice.objects.filter(state="draft", total__gt=0).exists()
    assert Medicine.objects.count() >= 40
    assert Allergy.objects.filter(severity="severe").exists()
    return picture()


def test_the_same_seed_gives_the_same_clinic_in_the_middle_of_its_day():
    """The same as on the day on which PICTURE was written; DEMO_PICTURE=write writes it anew after a change that was meant."""
    seen = built(7, look_around)
    if os.environ.get("DEMO_PICTURE") == "write":
        PICTURE.write_text(seen, encoding="utf-8")
    assert seen == PICTURE.read_text(encoding="utf-8")


@pytest.mark.parametrize("hour", [0, 5, 12, 16, 18, 21, 23])
def test_it_is_day_in_the_demo_at_any_hour(hour):
    moment = datetime(2026, 11, 19, hour, 30, tzinfo=UTC)
    with moved_clock(moment):
        clinic = Clinic(time_zone=base.zone_for(moment))
        assert 7 <= clinic.now().hour <= 20


def test_the_moved_clock_moves_operations_and_comes_back():
    real, moment = timezone.now, datetime(2020, 1, 1, tzinfo=UTC)
    with moved_clock(moment):
        event = AuditEvent(action="x")
        assert (timezone.now(), event.at) == (moment, moment)
    assert timezone.now is real
    assert AuditEvent(action="x").at.year > 2020


def test_every_usual_dose_can_be_read():
    base.make_catalogue()
    assert Medicine.objects.count() == len(medicines.MEDICINES)
    for medicine in Medicine.objects.prefetch_related("dose_lines"):
        for dose in medicine.dose_lines.all():
            assert read_line(dose.line, medicine=medicine).frequency, (medicine, dose.line)
    for case in [case for cases in CASES.values() for case in cases]:
        for line in case[5]:
            assert read_line(line).frequency, line


def test_a_real_clinic_is_refused():
    people.clinic()
    with pytest.raises(CommandError, match="real clinic"):
        call_command("demo")
    assert not User.objects.exists()


def small(*, password, seed):
    """Stands in for `build`: a demo clinic with one account."""
    clinic = people.clinic(is_demo=True)
    people.user(Role.RECEPTION, clinic=clinic, username="reception", password=password)
    return clinic


def test_the_second_start_keeps_the_day(monkeypatch, capsys):
    monkeypatch.setattr(demo, "build", small)
    monkeypatch.setenv("DEMO_PASSWORD", "first one")
    call_command("demo")
    made = Clinic.objects.get().pk
    monkeypatch.setenv("DEMO_PASSWORD", "second one")
    call_command("demo")
    assert Clinic.objects.get().pk == made
    assert User.objects.get(username="reception").check_password("second one")
    assert "second one" in capsys.readouterr().out


def test_a_day_that_is_over_begins_anew(monkeypatch, transactional_db):
    monkeypatch.setattr(demo, "build", small)
    monkeypatch.setenv("DEMO_PASSWORD", "some words")
    with time_machine.travel(MORNING):
        call_command("demo")
    with time_machine.travel(MORNING + timedelta(days=1)):
        call_command("demo")
        assert Clinic.objects.get().created_at.date() == (MORNING + timedelta(days=1)).date()


def test_a_made_up_password_is_kept_for_its_owner_only(monkeypatch, settings, tmp_path):
    monkeypatch.setattr(demo, "build", small)
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    settings.VAR_DIR = tmp_path
    call_command("demo")
    kept = tmp_path / "demo-password"
    assert User.objects.get(username="reception").check_password(kept.read_text())
    assert kept.stat().st_mode & 0o777 == 0o600
