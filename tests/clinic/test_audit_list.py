"""The audit viewer."""

import re

import pytest
from django.urls import reverse

from billing import operations as billing
from clinic import audit, operations, queries
from clinic.access import Role
from clinic.models import AuditEvent
from clinic.reports import files as written
from tests.factories import billing as bills
from tests.factories import clinic as people
from tests.factories import patients as files

pytestmark = pytest.mark.django_db
ADDRESS = "/audit/"


@pytest.fixture
def boss(client):
    made = people.user(Role.MANAGER, clinic=people.clinic(), name="Maha Saleh")
    client.force_login(made, backend="clinic.backends.StaffBackend")
    return made


def test_the_trail_says_who_did_what_to_whom(client, boss):
    sara = people.user(Role.RECEPTION, clinic=boss.clinic, name="Sara Haddad")
    files.patient(clinic=boss.clinic, by=sara, name="Noor Saleh")
    page = client.get(ADDRESS).content.decode()
    assert "Registered a patient" in page
    assert "SALEH, Noor" in page
    assert "Sara Haddad" in page


def test_reading_it_is_noted(client, boss):
    client.get(ADDRESS, {"action": "sign_in"})
    event = AuditEvent.objects.get(action="read_audit")
    assert (event.user, event.facts) == (boss, {"filters": {"action": "sign_in"}})


def test_who_opened_this_record(client, boss):
    noor = files.patient(clinic=boss.clinic, by=boss, name="Noor Saleh")
    other = files.patient(clinic=boss.clinic, by=boss, name="Omar Ali", phone="0559999999")
    audit.record(boss, "read", noor, patient_id=noor.pk)
    found = client.post(reverse("clinic:audit_patient"), {"text": "Noor Saleh"})
    assert found["Location"] == f"/audit/?patient={noor.pk}"
    page = client.get(found["Location"])
    assert {row["event"].patient_id for row in page.context["rows"]} == {noor.pk}
    assert other.name.encode() not in page.content


def test_the_rest_of_the_search_stays_when_a_patient_is_chosen(client, boss):
    noor = files.patient(clinic=boss.clinic, by=boss, name="Noor Saleh")
    page = client.get(ADDRESS, {"who": boss.pk, "first": "2026-11-01"}).content.decode()
    address = re.search(r'action="([^"]+)" id="audit-patient-form"', page)[1].replace("&amp;", "&")
    found = client.post(address, {"text": "Noor Saleh"})
    assert found["Location"] == f"/audit/?who={boss.pk}&first=2026-11-01&patient={noor.pk}"
    everybody = re.search(r'id="all-patients" href="([^"]+)"', client.get(found["Location"]).content.decode())[1]
    assert everybody.replace("&amp;", "&") == f"/audit/?who={boss.pk}&first=2026-11-01"


def test_a_patient_is_not_required(client, boss):
    page = client.get(ADDRESS, {"who": boss.pk}).content.decode()
    field = re.search(r'<div id="div_id_text".*?</div>', page, re.S)[0]
    assert ("required" in field, "asteriskField" in field) == (False, False)
    found = client.post(reverse("clinic:audit_patient") + f"?who={boss.pk}", {"text": " "})
    assert (found.status_code, found["Location"]) == (302, f"{ADDRESS}?who={boss.pk}")


def test_a_changed_price_is_named_and_written_as_money(client, boss):
    service = bills.service(clinic=boss.clinic, name="Dressing", kind="procedure", price="150")
    billing.change_service(service=service, by=boss, price="155", name="Large dressing")
    page = client.get(ADDRESS)
    row = next(row for row in page.context["rows"] if row["event"].action == "change_service")
    said = {str(name): str(value) for name, value in row["facts"]}
    assert (row["service"], said) == (service, {"before": "150.00 SAR", "price": "155.00 SAR", "details": "name"})
    assert ">Large dressing</bdi>" in page.content.decode()


def test_a_service_of_another_name_says_nothing_of_its_price(client, boss):
    service = bills.service(clinic=boss.clinic, name="Dressing", kind="procedure", price="150")
    billing.change_service(service=service, by=boss, name="Large dressing")
    assert AuditEvent.objects.get(action="change_service").facts == {"fields": ["name"]}


def test_a_number_that_changed_hands_names_both(client, boss):
    noor = files.patient(clinic=boss.clinic, by=boss, name="Noor Saleh")
    omar = files.patient(clinic=boss.clinic, by=boss, name="Omar Ali", phone="0559999999")
    audit.record(boss, "change_patient", None, patient_id=omar.pk, token="A-004", from_patient=noor.pk)
    page = client.get(ADDRESS, {"action": "change_patient"})
    (row,) = page.context["rows"]
    assert (row["patient"], row["from_patient"]) == (omar, noor)
    assert "SALEH, Noor" in page.content.decode()


def test_several_who_fit_are_offered(client, boss):
    files.patient(clinic=boss.clinic, by=boss, name="Noor Saleh")
    files.patient(clinic=boss.clinic, by=boss, name="Noor Haddad", phone="0559999999")
    page = client.post(reverse("clinic:audit_patient"), {"text": "Noor"})
    assert len(page.context["found"]) == 2


@pytest.mark.parametrize(
    ("search", "actions"),
    [
        ({"result": "denied"}, {"clinic:day"}),
        ({"action": "sign_in"}, {"sign_in"}),
        ({"first": "+1d"}, set()),
        ({"last": "-1d"}, set()),
        (
            {"first": "nonsense", "who": "x", "action": "'; DROP", "result": "y", "before": "-1"},
            {"clinic:day", "sign_in"},
        ),
    ],
)
def test_each_filter_narrows_and_nonsense_does_not(boss, client, search, actions):
    AuditEvent.objects.all()
    sara = people.user(Role.RECEPTION, clinic=boss.clinic)
    audit.record(sara, "sign_in", sara)
    audit.record(sara, "clinic:day", None, result="denied")
    rows = client.get(ADDRESS, search).context["rows"]
    assert {row["event"].action for row in rows} & {"clinic:day", "sign_in", "x"} == actions


def test_another_clinics_trail_is_not_ours(client, boss):
    other = people.user(Role.MANAGER, clinic=people.clinic(name="Elsewhere"))
    audit.record(other, "sign_in", other)
    assert "sign_in" not in {row["event"].action for row in client.get(ADDRESS).context["rows"]}


def test_a_long_trail_is_read_in_pages_without_counting(client, boss):
    for number in range(queries.PAGE + 5):
        audit.record(boss, "sign_in", boss, number=number)
    first = client.get(ADDRESS, {"action": "sign_in"}).context
    second = client.get(ADDRESS + first["older"]).context
    assert (len(first["rows"]), len(second["rows"]), second["older"]) == (queries.PAGE, 5, "")


def test_a_page_costs_the_same_queries_whatever_is_on_it(client, boss, django_assert_num_queries):
    def fill(number):
        sara = operations.add_staff(
            clinic=boss.clinic, username=f"sara{number}", name="Sara", roles=[Role.RECEPTION], by=boss
        )
        files.patient(clinic=boss.clinic, by=sara, name=f"Noor {number}", phone=f"05512345{number:02d}")

    fill(1)
    client.get(ADDRESS)
    with django_assert_num_queries(8):
        client.get(ADDRESS)
    for number in range(2, 5):
        fill(number)
    with django_assert_num_queries(8):
        client.get(ADDRESS)


def test_the_trail_as_a_file_holds_what_the_search_finds(client, boss):
    client.get(ADDRESS)
    answer = client.get(reverse("clinic:audit_file"), {"action": "read_audit", "kind": "csv"})
    lines = answer.content.decode("utf-8-sig").strip().splitlines()
    assert (len(lines), AuditEvent.objects.filter(action="export_report").count()) == (2, 1)


def test_too_many_rows_lead_back_to_the_search(client, boss, monkeypatch):
    client.get(ADDRESS)
    monkeypatch.setattr(written, "MOST_ROWS", 0)
    answer = client.get(reverse("clinic:audit_file"), {"action": "read_audit"}, follow=True)
    assert answer.redirect_chain == [(f"{ADDRESS}?action=read_audit", 302)]
    assert "Choose fewer days" in answer.content.decode()
