"""Reports through the JSON door: the same figures as the page, as JSON, CSV and XLSX; every reading leaves a trace."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from billing.operations import take_payment
from clinic import reports
from clinic.access import Role
from clinic.errors import Refused
from clinic.models import AuditEvent
from clinic.reports import files as written
from pharmacy.models import StockMove
from tests.api import client_of
from tests.factories import billing as bills
from tests.factories import clinic as people
from tests.factories import patients as persons
from tests.factories import pharmacy as shelf
from tests.factories import scheduling as times
from tests.factories import visits as rooms

pytestmark = pytest.mark.django_db
V1 = "/api/v1/reports"


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
def boss(here):
    return people.user(Role.MANAGER, clinic=here, name="Maha Saleh")


@pytest.fixture
def api(boss):
    return client_of(boss)


def visited(doctor, by, number=1, paid=True):
    """A visit of a new patient; `paid`: with a bill of 115.00 for it, paid by card."""
    patient = persons.patient(clinic=by.clinic, by=by, name=f"Patient {number}", phone=f"05012345{number:02d}")
    visit = rooms.visit(doctor=doctor, patient=patient)
    if paid:
        invoice = bills.invoice(clinic=by.clinic, patient=patient, by=by)
        visit.invoice = invoice
        visit.save(update_fields=["invoice"])
        take_payment(invoice=invoice, by=by, amount=invoice.total, method="card")
        visit.refresh_from_db()
    return visit


def rows_of_csv(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


# --- the day and the month -------------------------------------------------------------------------------------------


def test_the_day_has_the_figures_of_the_page(api, here, omar, sara):
    visited(omar, sara)
    day = api.get(f"{V1}/daily-summary/").json()
    page = reports.day_figures(here, here.today())
    assert (day["date"], day["currency"]) == (here.today().isoformat(), "SAR")
    assert (day["visits"], day["patients"], day["waiting"]) == (page.visits, page.patients, page.waiting) == (1, 1, 0)
    assert (day["income"], day["methods"]) == (
        "115.00",
        [{"method": "card", "amount": "115.00", "refunded": "0.00", "count": 1}],
    )
    assert day["doctors"] == [
        {
            "doctor": omar.pk,
            "name": "Omar Haddad",
            "visits": 1,
            "waiting": 0,
            "no_shows": 0,
            "median_wait": page.doctors[0].median_wait,
            "income": "115.00",
        }
    ]
    assert (day["unpaid"], day["other_income"]) == ("0.00", "0.00")


def test_a_day_that_has_not_come_has_no_figures(api, here):
    answer = api.get(f"{V1}/daily-summary/", {"date": here.today() + timedelta(days=3)})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["date"])


def test_a_doctor_reads_the_own_figures_only(here, omar, sara):
    other = people.doctor(clinic=here)
    visited(omar, sara, 1)
    visited(other, sara, 2)
    api = client_of(omar.user)
    day = api.get(f"{V1}/daily-summary/").json()
    assert (day["visits"], day["income"], [row["doctor"] for row in day["doctors"]]) == (1, "115.00", [omar.pk])
    assert (day["unpaid"], day["low_stock"], day["other_income"]) == (None, None, None)
    assert api.get(f"{V1}/stats/").json()["days"][-1]["visits"] == 1
    assert [row["doctor"] for row in api.get(f"{V1}/visit-history/").json()["results"]] == [omar.pk]
    for name in ("daily-summary", "stats", "visit-history"):
        assert api.get(f"{V1}/{name}/?doctor={other.pk}").status_code == 403


def test_a_manager_chooses_a_doctor_of_the_clinic(api, here, omar, sara):
    visited(omar, sara)
    other = people.doctor(clinic=here)
    foreign = people.doctor(clinic=people.clinic(name="Elsewhere"))
    assert api.get(f"{V1}/daily-summary/?doctor={omar.pk}").json()["visits"] == 1
    assert api.get(f"{V1}/daily-summary/?doctor={other.pk}").json()["visits"] == 0
    assert list(api.get(f"{V1}/daily-summary/?doctor={foreign.pk}").json()["fields"]) == ["doctor"]


def test_the_dashboard_has_today_and_thirty_days(api, here, omar, sara):
    visited(omar, sara)
    times.hours(doctor=omar, clinic=here)
    missed = times.appointment(clinic=here, doctor=omar, by=sara)
    type(missed).objects.filter(pk=missed.pk).update(wall_date=here.today() - timedelta(days=2), state="missed")
    shown = api.get(f"{V1}/stats/").json()
    days = shown["days"]
    assert (len(days), days[-1]["date"], shown["today"]["visits"]) == (30, here.today().isoformat(), 1)
    assert days[-1] == {
        "date": here.today().isoformat(),
        "visits": 1,
        "patients": 1,
        "appointments": 0,
        "no_shows": 0,
        "income": "115.00",
        "refunded": "0.00",
        "new_patients": 2,
    }
    assert (days[-3]["appointments"], days[-3]["no_shows"], days[-2]["income"]) == (1, 1, "0.00")


@pytest.mark.parametrize("name", ["daily-summary", "stats", "visit-history", "stock-movements", "audit-log"])
@pytest.mark.parametrize("role", [Role.NURSE, Role.PHARMACIST, Role.RECEPTION, Role.PATIENT, Role.DISPLAY])
def test_nobody_else_reads_reports(here, name, role):
    assert client_of(people.user(role, clinic=here)).get(f"{V1}/{name}/").status_code == 403


@pytest.mark.parametrize("name", ["stock-movements", "audit-log"])
def test_a_doctor_reads_no_house_lists(omar, name):
    assert client_of(omar.user).get(f"{V1}/{name}/").status_code == 403


# --- lists -----------------------------------------------------------------------------------------------------------


def test_visit_history_says_who_with_whom_when_and_what_was_billed(api, omar, sara):
    visit = visited(omar, sara)
    row = api.get(f"{V1}/visit-history/").json()["results"][0]
    assert row == {
        "id": visit.pk,
        "patient": visit.patient_id,
        "file_number": visit.patient.file_number,
        "patient_name": "Patient 1",
        "doctor": omar.pk,
        "doctor_name": "Omar Haddad",
        "appointment": None,
        "status": "open",
        "started_at": row["started_at"],
        "completed_at": None,
        "minutes": None,
        "invoice": visit.invoice_id,
        "invoice_number": visit.invoice.number,
        "total": "115.00",
        "paid": "115.00",
        "currency": "SAR",
    }


def test_visit_history_is_filtered_and_paged(api, here, omar, sara):
    first, second = visited(omar, sara, 1, paid=False), visited(omar, sara, 2, paid=False)
    other = visited(people.doctor(clinic=here), sara, 3, paid=False)
    yesterday = timezone.now() - timedelta(days=1)
    type(first).objects.filter(pk=first.pk).update(started_at=yesterday)

    def found(**query):
        return [row["id"] for row in api.get(f"{V1}/visit-history/", query).json()["results"]]

    assert found() == [other.pk, second.pk, first.pk]
    assert found(limit=1, offset=1) == [second.pk]
    assert found(doctor=omar.pk, date_from=here.today()) == [second.pk]
    assert found(date_to=here.today() - timedelta(days=1)) == [first.pk]
    assert (found(patient=second.patient_id), found(status="completed")) == ([second.pk], [])


def test_another_clinics_rows_are_in_no_report(api, omar, sara):
    visited(omar, sara)
    foreign = client_of(people.user(Role.MANAGER, clinic=people.clinic(name="Elsewhere")))
    assert foreign.get(f"{V1}/visit-history/").json()["count"] == 0
    assert foreign.get(f"{V1}/daily-summary/").json()["visits"] == 0
    actions = {row["action"] for row in foreign.get(f"{V1}/audit-log/").json()["results"]}
    assert "register" not in actions


def test_stock_movements_are_signed_and_filtered(api, here):
    pharmacist = people.user(Role.PHARMACIST, clinic=here, name="Huda")
    batch = shelf.batch(clinic=here, medicine=shelf.medicine(), by=pharmacist)
    row = api.get(f"{V1}/stock-movements/?kind=receive&batch={batch.pk}").json()["results"][0]
    assert (row["medicine"], row["batch_number"], row["kind"], row["quantity"], row["by_name"]) == (
        batch.medicine_id,
        batch.number,
        "receive",
        batch.on_hand,
        "Huda",
    )
    assert api.get(f"{V1}/stock-movements/?kind=dispense").json()["count"] == 0


def test_the_audit_log_tells_who_opened_a_file(api, here, boss, sara):
    patient = persons.patient(clinic=here, by=sara)
    row = api.get(f"{V1}/audit-log/?patient={patient.pk}&action=register&user={sara.pk}").json()["results"][0]
    assert (row["user_name"], row["roles"], row["text"], row["patient"], row["result"]) == (
        "Sara Haddad",
        ["reception"],
        "Registered a patient",
        patient.pk,
        "ok",
    )
    assert api.get(f"{V1}/audit-log/?date={here.today() - timedelta(days=1)}").json()["count"] == 0
    assert api.get(f"{V1}/audit-log/?result=denied").json()["count"] == 0


def test_the_audit_log_keeps_codes_and_ids_to_itself(api, boss):
    AuditEvent.objects.create(
        user=boss, clinic=boss.clinic, action="add_diagnosis", facts={"code": "F10", "total": "9"}
    )
    assert api.get(f"{V1}/audit-log/?action=add_diagnosis").json()["results"][0]["facts"] == {"total": "9"}


def test_what_is_not_known_is_a_400(api):
    for query in ("colour=red", "date_from=soon", "format=pdf", "limit=0", "kind=theft"):
        assert api.get(f"{V1}/stock-movements/?{query}").status_code == 400


def test_reading_a_list_is_noted_with_its_filters(api, boss, omar, sara):
    visit = visited(omar, sara)
    api.get(f"{V1}/visit-history/?patient={visit.patient_id}")
    event = AuditEvent.objects.filter(user=boss).latest("pk")
    assert (event.action, event.patient_id, event.facts) == (
        "read_report",
        visit.patient_id,
        {"report": "visit-history", "filters": {"patient": str(visit.patient_id)}},
    )


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_csv_holds_all_rows_in_the_callers_language_and_is_noted(api, boss, omar, sara):
    for number in range(3):
        visited(omar, sara, number)
    answer = api.get(f"{V1}/visit-history/?format=csv&limit=1", HTTP_ACCEPT_LANGUAGE="en")
    rows = rows_of_csv(answer)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="visit-history-\d{4}-\d\d-\d\d\.csv"', answer["Content-Disposition"])
    assert answer["Cache-Control"] == "no-store"
    assert (rows[0][:3], len(rows), rows[1][9]) == (["Visit", "Started", "Completed"], 4, "115.00")
    event = AuditEvent.objects.filter(user=boss).latest("pk")
    assert (event.action, event.facts["report"], event.facts["format"]) == ("export_report", "visit-history", "csv")


@pytest.mark.parametrize("name", ["daily-summary", "stats", "visit-history", "stock-movements", "audit-log"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_report_is_a_file_too(api, here, omar, sara, name, kind):
    visited(omar, sara)
    shelf.batch(clinic=here, medicine=shelf.medicine(), by=people.user(Role.PHARMACIST, clinic=here))
    answer = api.get(f"{V1}/{name}/?format={kind}")
    assert (answer.status_code, answer["Content-Type"]) == (200, reports.FORMATS[kind])
    assert answer.content.startswith(b"\xef\xbb\xbf" if kind == "csv" else b"PK")


@pytest.mark.parametrize("text", ["=1+1", "+966", "-2", "@SUM(A1)", "\tx", "＝1"])
def test_typed_text_is_never_a_formula(text):
    sheet = written.Sheet("Test", (("A", lambda row: row),))
    csv_rows = written.as_csv(sheet, [[text]]).decode("utf-8-sig").splitlines()
    assert csv_rows[1].strip('"').startswith("'")
    cell = page_of(written.as_xlsx(sheet, [[text]]))
    assert ("<f>" in cell, 't="s"' in cell) == (False, True)


def test_numbers_stay_numbers_also_below_zero():
    sheet = written.Sheet("Test", ())
    assert written.as_csv(sheet, [[-5, Decimal("-1.50")]]).decode("utf-8-sig").splitlines()[1] == "-5,-1.50"
    assert "<v>-5</v>" in page_of(written.as_xlsx(written.Sheet("T", (("A", None),)), [[-5]]))


def page_of(content):
    """The XML of the only sheet of a workbook."""
    return zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize(("language", "turned"), [("ar", True), ("en", False)])
def test_an_arabic_sheet_runs_from_the_right(api, omar, sara, language, turned):
    visited(omar, sara)
    answer = api.get(f"{V1}/visit-history/?format=xlsx", HTTP_ACCEPT_LANGUAGE=language)
    assert ('rightToLeft="1"' in page_of(answer.content)) is turned


def test_headings_of_a_file_are_arabic_in_arabic(api):
    answer = api.get(f"{V1}/stats/?format=csv", HTTP_ACCEPT_LANGUAGE="ar")
    assert all(re.search(r"[\u0621-\u064a]", heading) for heading in rows_of_csv(answer)[0])


def test_moments_in_files_are_on_the_clinics_clock(here, omar, sara):
    visit = visited(omar, sara, paid=False)
    with translation.override("en"):
        content = reports.file_of("csv", reports.SHEETS["visit-history"], reports.visit_history(here), here)
    started = visit.started_at.astimezone(here.zone).isoformat(timespec="seconds")
    assert content.decode("utf-8-sig").splitlines()[1].split(",")[1] == started


def test_a_file_is_whole_or_not_at_all(api, omar, sara, monkeypatch):
    visited(omar, sara, 1, paid=False), visited(omar, sara, 2, paid=False)
    monkeypatch.setattr(written, "MOST_ROWS", 1)
    answer = api.get(f"{V1}/visit-history/?format=csv")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_rows")
    assert AuditEvent.objects.filter(action="export_report").count() == 0
    with pytest.raises(Refused):
        reports.file_of("csv", written.Sheet("T", ()), [1, 2], SimpleNamespace(zone=None))


# --- cost ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["visit-history/", "stock-movements/", "audit-log/", "stats/", "visit-history/?format=csv"]
)
def test_a_report_asks_as_often_with_many_rows_as_with_one(api, here, omar, sara, query):
    pharmacist = people.user(Role.PHARMACIST, clinic=here)
    batch = shelf.batch(clinic=here, medicine=shelf.medicine(), by=pharmacist)

    def asked():
        with CaptureQueriesContext(connection) as captured:
            assert api.get(f"{V1}/{query}").status_code == 200
        return len(captured)

    visited(omar, sara, 0)
    asked()
    few = asked()
    for number in range(1, 6):
        visited(omar, sara, number)
        StockMove.objects.create(
            clinic=here, medicine=batch.medicine, batch=batch, kind="count", quantity=number, reason="x", by=pharmacist
        )
    assert asked() == few
