"""The manager's window: prices change and are audited, documents only read."""

from decimal import Decimal

import pytest
from django.urls import reverse

from billing.models import Service
from clinic.models import AuditEvent
from tests.factories import billing as bills
from tests.factories import clinic as clinics

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client, manager):
    client.force_login(manager)
    return client


def test_a_new_price_belongs_to_the_managers_clinic_and_is_audited(browser, house):
    form = {"name": "Dressing", "name_other_script": "غيار", "kind": "procedure", "price": "60", "is_active": "on"}
    answer = browser.post(reverse("admin:billing_service_add"), form)
    service = Service.objects.get()
    assert (answer.status_code, service.clinic, service.price) == (302, house, 60)
    assert AuditEvent.objects.get(action="add_service").facts["price"] == "60.000"
    assert AuditEvent.objects.filter(action="admin_add").count() == 0


def test_a_price_is_typed_in_the_figures_of_every_keyboard(browser):
    page = browser.get(reverse("admin:billing_service_add")).content.decode()
    assert ('type="number"' in page, 'inputmode="decimal"' in page) == (False, True)
    form = {"name": "Dressing", "kind": "procedure", "price": "٥٠٫٥", "is_active": "on"}
    assert browser.post(reverse("admin:billing_service_add"), form).status_code == 302
    assert Service.objects.get().price == Decimal("50.5")


def test_a_changed_price_is_told_with_the_old_one(browser, house, published):
    service = bills.service(clinic=house, name="Dressing", kind="procedure", price="60")
    published.clear()
    form = {"name": "Dressing", "kind": "procedure", "price": "70", "is_active": "on"}
    assert browser.post(reverse("admin:billing_service_change", args=[service.pk]), form).status_code == 302
    service.refresh_from_db()
    facts = AuditEvent.objects.get(action="change_service").facts
    assert (service.price, service.version, facts["fields"]) == (70, 2, ["price"])
    assert (facts["before"], facts["price"], (house.pk, "day") in published) == ("60.000", "70.000", True)


def test_a_price_below_zero_and_a_second_usual_consultation_are_refused(browser, house):
    bills.service(clinic=house)
    form = {"name": "A", "is_active": "on"}
    below = browser.post(reverse("admin:billing_service_add"), {**form, "kind": "other", "price": "-1"})
    second = browser.post(reverse("admin:billing_service_add"), {**form, "kind": "consultation", "price": "1"})
    assert (below.status_code, second.status_code) == (200, 409)
    assert second.context["adminform"].form.errors == {
        "doctor": ["There is already a consultation price for this doctor."]
    }


def test_another_clinics_prices_are_not_there(browser):
    service = bills.service(clinic=clinics.clinic(name="Elsewhere"))
    assert browser.get(reverse("admin:billing_service_change", args=[service.pk])).status_code == 302


@pytest.mark.parametrize("model", ["invoice", "payment", "cashsession"])
def test_documents_are_only_read(model, browser, bill):
    assert browser.get(reverse(f"admin:billing_{model}_changelist")).status_code == 200
    assert browser.get(reverse(f"admin:billing_{model}_add")).status_code == 403
    if model == "invoice":
        assert browser.get(reverse("admin:billing_invoice_change", args=[bill.pk])).status_code == 200
        assert AuditEvent.objects.filter(action="read", patient_id=bill.patient_id).count() == 1
        answer = browser.post(reverse("admin:billing_invoice_change", args=[bill.pk]), {"total": 1})
        assert answer.status_code == 403


def test_patients_are_only_read(browser, layla):
    assert browser.get(reverse("admin:patients_patient_changelist"), {"q": "layla"}).status_code == 200
    assert browser.get(reverse("admin:patients_patient_change", args=[layla.pk])).status_code == 200
    assert browser.post(reverse("admin:patients_patient_change", args=[layla.pk]), {"name": "x"}).status_code == 403
