"""The day in figures: right sums, a fixed number of queries, rows behind each figure."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.operations import take_payment
from clinic import reports
from clinic.access import Role
from clinic.models import AuditEvent
from queues import operations as lines
from tests.factories import billing as bills
from tests.factories import clinic as people
from tests.factories import patients as files
from tests.factories import pharmacy as shelf
from tests.factories import scheduling as times
from tests.factories import visits as rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    return people.clinic()


@pytest.fixture
def omar(here):
    return people.doctor(clinic=here)


@pytest.fixture
def sara(here):
    return people.user(Role.RECEPTION, clinic=here)


@pytest.fixture
def boss(here, client):
    made = people.user(Role.MANAGER, clinic=here)
    client.force_login(made, backend="clinic.backends.StaffBackend")
    return made


def seen(omar, number):
    """A patient who was called, and a paid bill of 115.00."""
    here, sara = omar.user.clinic, people.user(Role.RECEPTION, clinic=omar.user.clinic)
    patient = files.patient(clinic=here, by=sara, name=f"Patient {number}", phone=f"05012345{number:02d}")
    visit = rooms.visit(doctor=omar, patient=patient)
    invoice = bills.invoice(clinic=here, patient=patient, by=sara)
    take_payment(invoice=invoice, by=sara, amount=invoice.total, method="cash")
    return visit


def test_an_empty_day_has_no_figures_but_zeros(here):
    figures = reports.day_figures(here, here.today())
    assert (figures.visits, figures.waiting, figures.median_wait, figures.income, figures.doctors) == (
        0,
        0,
        None,
        0,
        [],
    )


def test_visits_waits_and_income_of_the_day(here, omar, sara):
    seen(omar, 1)
    seen(omar, 2)
    entry = rooms.waiting(doctor=omar, by=sara)
    figures = reports.day_figures(here, here.today())
    assert (figures.visits, figures.patients, figures.open_visits, figures.waiting) == (2, 2, 2, 1)
    assert (figures.income, figures.payments, figures.other_income) == (Decimal("230.000"), 2, Decimal("230.000"))
    type(entry).objects.filter(pk=entry.pk).update(joined_at=entry.joined_at - timedelta(minutes=30))
    lines.call_next(station=entry.station, by=omar.user)
    figures = reports.day_figures(here, here.today())
    assert (figures.waiting, figures.median_wait, figures.ninth_wait) == (0, 30, 30)
    assert [(row.visits, row.median_wait) for row in figures.doctors] == [(2, 30)]


def test_what_a_visit_brought_in_belongs_to_its_doctor(here, omar, sara):
    visit = rooms.completed(doctor=omar)
    visit.invoice.refresh_from_db()
    take_payment(invoice=visit.invoice, by=sara, amount=visit.invoice.total, method="card")
    figures = reports.day_figures(here, here.today())
    assert [row.income for row in figures.doctors] == [visit.invoice.total]
    assert figures.other_income == 0


def test_unpaid_bills_of_all_days(here, omar, sara):
    invoice = bills.invoice(clinic=here, patient=files.patient(clinic=here, by=sara), by=sara)
    type(invoice).objects.filter(pk=invoice.pk).update(day=here.today() - timedelta(days=9))
    figures = reports.day_figures(here, here.today())
    assert (figures.unpaid, figures.unpaid_count) == (Decimal("115.000"), 1)
    assert [row.pk for row in reports.rows_behind(here, here.today(), "unpaid")] == [invoice.pk]


def test_a_no_show_is_counted_against_the_bookings(here, omar, sara):
    times.hours(doctor=omar, clinic=here)
    missed = times.appointment(clinic=here, doctor=omar, by=sara)
    type(missed).objects.filter(pk=missed.pk).update(state="missed")
    times.appointment(clinic=here, doctor=omar, by=sara, starts_at=times.morrow(here, "10:00"))
    figures = reports.day_figures(here, missed.wall_date)
    assert (figures.no_shows, figures.booked) == (1, 2)


def test_low_stock_opens_its_rows(here, omar):
    medicine = shelf.medicine(reorder_level=50)
    shelf.batch(clinic=here, medicine=medicine, by=omar.user, quantity=10)
    assert reports.day_figures(here, here.today()).low_stock == 1
    assert [row.medicine for row in reports.rows_behind(here, here.today(), "low_stock")] == [medicine]


def test_another_clinics_day_is_not_ours(here, omar):
    seen(omar, 1)
    elsewhere = people.clinic(name="Elsewhere")
    figures = reports.day_figures(elsewhere, elsewhere.today())
    assert (figures.visits, figures.income, figures.unpaid) == (0, 0, 0)


def test_the_figures_cost_the_same_queries_on_any_day(here, omar, django_assert_num_queries):
    seen(omar, 1)
    with django_assert_num_queries(12):
        reports.day_figures(here, here.today())
    for number in range(2, 5):
        seen(omar, number)
    with django_assert_num_queries(12):
        reports.day_figures(here, here.today())


@pytest.mark.parametrize("figure", reports.BEHIND)
def test_every_figure_opens_and_that_is_noted(client, boss, here, omar, sara, figure):
    seen(omar, 1)
    rooms.waiting(
        doctor=omar, patient=files.patient(clinic=here, by=sara, name="Noor Saleh", phone="0555555555"), by=sara
    )
    page = client.get(reverse("clinic:day"), {"show": figure})
    part = client.get(reverse("clinic:day_rows"), {"show": figure})
    assert (page.status_code, part.status_code) == (200, 200)
    assert AuditEvent.objects.filter(action="read_day", user=boss).count() == 2


def test_the_page_follows_changes_today_and_stands_still_on_other_days(client, boss, here):
    today = client.get(reverse("clinic:day")).content.decode()
    before = (here.today() - timedelta(days=1)).isoformat()
    assert 'data-live="day desk stock"' in today
    assert (
        "data-live="
        not in client.get(reverse("clinic:day"), {"day": before}).content.decode().split('id="day-figures"')[1]
    )


@pytest.mark.parametrize("day", ["tomorrow", "9999-12-31", "2026-02-30"])
def test_a_day_that_is_none_or_has_not_come_is_today(client, boss, here, day):
    assert client.get(reverse("clinic:day"), {"day": day}).context["day"] == here.today()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "exe"])
def test_the_day_as_a_file_is_noted(client, kind):
    boss = people.user(Role.MANAGER, clinic=people.clinic())
    client.force_login(boss)
    answer = client.get(reverse("clinic:day_file"), {"day": "2026-11-20", "kind": kind})
    written = kind if kind == "xlsx" else "csv"
    assert answer["Content-Disposition"] == f'attachment; filename="daily-summary-2026-11-20.{written}"'
    noted = AuditEvent.objects.get(action="export_report")
    assert (noted.user, noted.facts["report"], noted.facts["format"]) == (boss, "daily-summary", written)


@pytest.mark.parametrize("asked", ["0001-01-01", "1899-12-31", "9999-12-31", "soon", ""])
def test_a_day_that_nobody_means_is_today(boss, here, client, asked):
    assert client.get(f"/day/?day={asked}").context["day"] == here.today()
