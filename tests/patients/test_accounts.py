"""The account code: given once, used once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from clinic.access import Role
from clinic.models import AuditEvent
from patients import operations
from patients.models import LinkCode, Patient
from tests.factories import clinic as clinics
from tests.factories import patients
from tests.refusals import refusal_code as refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(house):
    """An account of a patient without a file."""
    return clinics.user(Role.PATIENT, clinic=house)


def test_the_code_links_the_file_to_the_account(layla, desk, account, published):
    code = operations.issue_link_code(patient=layla, by=desk)
    published.clear()
    patient = operations.claim_file(code=code, user=account)
    layla.refresh_from_db()
    assert (patient.pk, layla.user) == (layla.pk, account)
    assert list(AuditEvent.objects.filter(patient_id=layla.pk).order_by("pk").values_list("action", "user")) == [
        ("register", desk.pk),
        ("issue_link_code", desk.pk),
        ("claim_file", account.pk),
    ]
    assert published == [(layla.user.clinic_id, "desk"), (layla.user.clinic_id, f"patient-{layla.pk}")]


def test_the_code_itself_is_never_stored(layla, desk):
    code = operations.issue_link_code(patient=layla, by=desk)
    row = LinkCode.objects.get()
    assert (len(code), len(row.code_hash)) == (11, 64)
    assert row.expires_at - row.issued_at == timedelta(days=7)
    assert code.replace("-", "") not in str([*LinkCode.objects.values_list(), *AuditEvent.objects.values_list()])


def test_spaces_case_and_digits_of_another_script_do_not_matter(layla, desk, account):
    code = operations.issue_link_code(patient=layla, by=desk)
    eastern = code.translate({ord(str(digit)): chr(0x660 + digit) for digit in range(10)})
    typed = f" {eastern.lower().replace('-', ' ')} "
    assert operations.claim_file(code=typed, user=account).pk == layla.pk


@pytest.mark.parametrize("typed", ["", "ABCDE-FGHJK", "x" * 5000, "\x00"])
def test_an_unknown_code_is_refused(typed, layla, desk, account):
    operations.issue_link_code(patient=layla, by=desk)
    assert refusal(operations.claim_file, code=typed, user=account) == "link_code"


def test_a_code_works_once(layla, desk, account, house):
    code = operations.issue_link_code(patient=layla, by=desk)
    operations.claim_file(code=code, user=account)
    other = clinics.user(Role.PATIENT, clinic=house)
    assert refusal(operations.claim_file, code=code, user=other) == "link_code"


def test_a_newer_code_ends_the_older(layla, desk, account):
    first = operations.issue_link_code(patient=layla, by=desk)
    second = operations.issue_link_code(patient=layla, by=desk)
    assert refusal(operations.claim_file, code=first, user=account) == "link_code"
    assert operations.claim_file(code=second, user=account).pk == layla.pk


def test_a_code_dies_after_seven_days(layla, desk, account):
    code = operations.issue_link_code(patient=layla, by=desk)
    LinkCode.objects.update(expires_at=timezone.now())
    assert refusal(operations.claim_file, code=code, user=account) == "link_code"


def test_a_linked_file_gives_no_code(layla, desk, account):
    operations.claim_file(code=operations.issue_link_code(patient=layla, by=desk), user=account)
    assert refusal(operations.issue_link_code, patient=layla, by=desk) == "already_linked"


def test_an_account_claims_no_second_file(layla, desk, account, house):
    operations.claim_file(code=operations.issue_link_code(patient=layla, by=desk), user=account)
    other = patients.patient(clinic=house, by=desk, name="Other")
    code = operations.issue_link_code(patient=other, by=desk)
    assert refusal(operations.claim_file, code=code, user=account) == "already_linked"


def test_the_database_refuses_a_second_live_code_and_a_claimed_live_one(layla, desk, account):
    now = timezone.now()
    row = {"patient": layla, "issued_by": desk, "expires_at": now}
    LinkCode.objects.create(code_hash="a", **row)
    with pytest.raises(IntegrityError, match="link_code_one_live_for_a_patient"), transaction.atomic():
        LinkCode.objects.create(code_hash="b", **row)
    with pytest.raises(IntegrityError, match="link_code_claimed_is_ended"), transaction.atomic():
        LinkCode.objects.update(claimed_by=account)


def test_the_desk_sees_the_code_once_on_a_slip(client, layla, desk):
    client.force_login(desk, backend="clinic.backends.StaffBackend")
    record = client.get(reverse("patients:record", args=[layla.pk])).content.decode()
    address = reverse("patients:link_code", args=[layla.pk])
    assert f'action="{address}"' in record
    page = client.post(address)
    assert page.status_code == 200 and page["Cache-Control"] == "no-store"
    assert len(page.context["code"]) == 11 and page.context["code"] in page.content.decode()
    assert client.get(address).status_code == 405


def test_a_linked_file_shows_no_button(client, layla, desk, account):
    Patient.objects.filter(pk=layla.pk).update(user=account)
    client.force_login(desk, backend="clinic.backends.StaffBackend")
    record = client.get(reverse("patients:record", args=[layla.pk])).content.decode()
    assert reverse("patients:link_code", args=[layla.pk]) not in record
