"""The pharmacy's doors: who may in, fragment or page, bad input, and the number of queries."""

import re

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.access import Role
from pharmacy import operations
from pharmacy.models import Dispense, DispenseLine, PrescriptionItem
from queues import operations as lines
from queues import queries as queue_queries
from tests.factories import clinic as ground
from tests.factories import pharmacy, visits
from tests.pharmacy.conftest import finished

HTMX = {"HTTP_HX_REQUEST": "true"}


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def dispense_body(prescription, **changes):
    item = prescription.items.get()
    return {f"confirm-{item.pk}": "on", f"quantity-{item.pk}": "15", "idempotency_key": "k1",
            **{f"{name}-{item.pk}": value for name, value in changes.items()}}  # fmt: skip


def test_adding_a_line_shows_it_in_both_languages(house):
    answer = client_of(house.by).post(
        reverse("pharmacy:add_item", args=[house.visit.pk]), {"line": "para 500 1-1-1 5d"}, **HTMX
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Take 1 tablet in the morning, at noon and in the evening for 5 days." in text
    assert "تناول قرصًا واحدًا صباحًا، ظهرًا ومساءً لمدة 5 أيام." in text


@pytest.mark.parametrize("line", ["", "para", "<script>alert(1)</script>", "x" * 500, "para ٥٠٠ tid"])
def test_a_bad_line_is_kept_with_its_error_and_writes_nothing(house, line):
    answer = client_of(house.by).post(reverse("pharmacy:add_item", args=[house.visit.pk]), {"line": line}, **HTMX)
    text = answer.content.decode()
    assert (answer.status_code in (409, 422), "invalid-feedback" in text, PrescriptionItem.objects.count()) == (
        True,
        True,
        0,
    )
    assert "<script>alert" not in text


def test_arabic_digits_are_understood(house):
    answer = client_of(house.by).post(
        reverse("pharmacy:add_item", args=[house.visit.pk]), {"line": "para ٥٠٠ tid ٥ أيام"}, **HTMX
    )
    assert (answer.status_code, PrescriptionItem.objects.get().quantity) == (200, 15)


def test_while_typing_the_line_is_shown_as_understood(house):
    answer = client_of(house.by).get(
        reverse("pharmacy:find_medicine", args=[house.visit.pk]), {"line": "para 500 tid 5d"}, **HTMX
    )
    assert "15 tablets" in answer.content.decode()


def test_a_pharmacist_does_not_prescribe(house):
    answer = client_of(house.pharmacist).post(
        reverse("pharmacy:add_item", args=[house.visit.pk]), {"line": "para 500 tid 5d"}
    )
    assert answer.status_code == 403


def test_another_clinics_visit_is_not_there(house):
    other = ground.doctor(clinic=ground.clinic(name="Elsewhere"))
    answer = client_of(other.user).post(
        reverse("pharmacy:add_item", args=[house.visit.pk]), {"line": "para 500 tid 5d"}
    )
    assert answer.status_code == 404


def test_dispensing_by_the_form(house):
    prescription = finished(house)
    client = client_of(house.pharmacist)
    answer = client.post(reverse("pharmacy:dispense", args=[prescription.pk]), dispense_body(prescription), **HTMX)
    again = client.post(reverse("pharmacy:dispense", args=[prescription.pk]), dispense_body(prescription), **HTMX)
    assert (answer.status_code, again.status_code, Dispense.objects.count()) == (200, 200, 1)
    assert "labels" in answer.headers["HX-Trigger"]


def test_another_product_is_given_by_the_form(house):
    brand = pharmacy.medicine(brand="Fevadol", manufacturer="Jamjoom", search_text="fevadol")
    pharmacy.batch(clinic=house.clinic, medicine=brand, by=house.pharmacist, quantity=40)
    prescription = finished(house)
    client, url = client_of(house.pharmacist), reverse("pharmacy:dispense", args=[prescription.pk])
    pane = client.get(reverse("pharmacy:dispensing", args=[prescription.pk]), **HTMX).content.decode()
    assert "paracetamol (Fevadol) 500 mg · Jamjoom · in stock 40" in pane
    body = dispense_body(prescription, substitute=brand.pk, substitute_reason="Patient asks for it")
    done = client.post(url, body, **HTMX).content.decode()
    again = client.post(url, body, **HTMX)
    line = DispenseLine.objects.get()
    assert (line.medicine, line.quantity, line.substitute_reason) == (brand, 15, "Patient asks for it")
    assert ("given as" in done, again.status_code, Dispense.objects.count()) == (True, 200, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"substitute_reason": ""}, "substitute_reason"), ({"batch": "early", "reason": "near"}, "batch")],
    ids=["no reason", "another batch too"],
)
def test_a_wrong_substitution_stands_beside_its_field_and_keeps_what_was_chosen(house, changes, field):
    brand = pharmacy.medicine(brand="Fevadol", search_text="fevadol")
    pharmacy.batch(clinic=house.clinic, medicine=brand, by=house.pharmacist)
    prescription = finished(house)
    changes = {"substitute_reason": "why", **changes, **({"batch": house.early.pk} if "batch" in changes else {})}
    body = dispense_body(prescription, substitute=brand.pk, **changes)
    answer = client_of(house.pharmacist).post(reverse("pharmacy:dispense", args=[prescription.pk]), body, **HTMX)
    form = answer.context["form"]
    assert (answer.status_code in (409, 422), Dispense.objects.count()) == (True, 0)
    assert list(form.errors) == [f"{field}-{prescription.items.get().pk}"]
    assert f'value="{brand.pk}" selected' in answer.content.decode()


def test_what_is_out_of_stock_is_given_as_another_product_in_three_steps(house):
    brand = pharmacy.medicine(brand="Fevadol", search_text="fevadol")
    pharmacy.batch(clinic=house.clinic, medicine=brand, by=house.pharmacist, quantity=40)
    prescription = finished(house)
    for batch in (house.early, house.late):
        operations.set_batch_state(batch=batch, by=house.pharmacist, state="on_hold")
    page = client_of(house.pharmacist).get(reverse("pharmacy:dispensing", args=[prescription.pk]), **HTMX)
    ((_row, fields),) = page.context["form"].blocks()
    proposed = [fields[name].value() for name in ("quantity", "substitute", "substitute_reason")]
    assert (proposed, 'class="rx-more" open' in page.content.decode()) == ([15, None, "Out of stock"], True)


def test_another_product_that_is_not_there_says_so(house):
    brand = pharmacy.medicine(brand="Fevadol", search_text="fevadol")
    batch = pharmacy.batch(clinic=house.clinic, medicine=brand, by=house.pharmacist)
    operations.set_batch_state(batch=batch, by=house.pharmacist, state="on_hold")
    url = reverse("pharmacy:dispensing", args=[finished(house).pk])
    pane = client_of(house.pharmacist).get(url, **HTMX).content.decode()
    assert "paracetamol (Fevadol) 500 mg · out of stock" in pane


def test_no_other_product_is_offered_where_there_is_none(house):
    prescription = finished(house)
    url = reverse("pharmacy:dispensing", args=[prescription.pk])
    assert "Another product" not in client_of(house.pharmacist).get(url, **HTMX).content.decode()


@pytest.mark.parametrize("quantity", ["", "0", "-3", "abc", "16", "1e9", "9" * 40, "<b>"])
def test_a_bad_quantity_stands_beside_its_field(house, quantity):
    prescription = finished(house)
    body = dispense_body(prescription, quantity=quantity)
    answer = client_of(house.pharmacist).post(reverse("pharmacy:dispense", args=[prescription.pk]), body, **HTMX)
    assert (answer.status_code in (409, 422), Dispense.objects.count()) == (True, 0)
    assert "invalid-feedback" in answer.content.decode()


def test_nothing_confirmed_is_refused(house):
    prescription = finished(house)
    answer = client_of(house.pharmacist).post(reverse("pharmacy:dispense", args=[prescription.pk]), {}, **HTMX)
    assert (answer.status_code, Dispense.objects.count()) == (409, 0)


def test_when_nothing_is_confirmed_the_first_box_has_focus_and_names_the_error(house):
    prescription = finished(house)
    answer = client_of(house.pharmacist).post(reverse("pharmacy:dispense", args=[prescription.pk]), {}, **HTMX)
    focused = re.findall(r"<[^>]* data-focus[^>]*>", answer.content.decode())
    assert [re.findall(r' (?:id|aria-describedby)="([^"]*)"', tag) for tag in focused] == [
        [f"id_confirm-{prescription.items.get().pk}", "form-errors"]
    ]


def test_finishing_calls_the_next_or_says_that_nobody_waits(house):
    operations.add_item(visit=house.visit, by=house.by, line="para 500 tid 5d")
    answer = client_of(house.by).post(reverse("pharmacy:finish", args=[house.visit.pk]), {"reason": "test"}, **HTMX)
    assert answer.headers["HX-Redirect"] == reverse("visits:consult")


def test_finishing_says_whose_visit_ended_and_who_was_called(house):
    entry = visits.waiting(doctor=house.doctor, patient=visits.patient(clinic=house.clinic, name="Nada Tawil"))
    operations.add_item(visit=house.visit, by=house.by, line="para 500 tid 5d")
    answer = client_of(house.by).post(reverse("pharmacy:finish", args=[house.visit.pk]), {"reason": "test"}, **HTMX)
    (told,) = [str(message) for message in get_messages(answer.wsgi_request)]
    assert (
        told.endswith(f"finished. Called {entry.token.label}."),
        house.patient.name.split()[-1].upper() in told,
    ) == (True, True)


def test_a_finish_that_is_refused_says_why_once(house):
    answer = client_of(house.by).post(reverse("pharmacy:finish", args=[house.visit.pk]), {}, **HTMX)
    house.visit.refresh_from_db()
    assert (answer.status_code, house.visit.state) == (409, "open")


def test_receiving_stock_by_the_form(house):
    body = {"medicine": house.paracetamol.pk, "number": "N1", "expires_on": "2099-01-31", "quantity": "٢٠"}
    answer = client_of(house.pharmacist).post(reverse("pharmacy:receive"), body)
    assert (answer.status_code, house.paracetamol.batches.get(number="N1").on_hand) == (303, 20)


@pytest.mark.parametrize("field", ["number", "expires_on", "quantity", "medicine"])
def test_receiving_needs_every_field(house, field):
    body = {"medicine": house.paracetamol.pk, "number": "N1", "expires_on": "2099-01-31", "quantity": "20", field: ""}
    answer = client_of(house.pharmacist).post(reverse("pharmacy:receive"), body)
    assert (answer.status_code, house.paracetamol.batches.filter(number="N1").exists()) == (422, False)


def queries(client, url):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", ["worklist", "worklist_live"])
def test_the_worklist_costs_the_same_with_one_and_with_many(house, name):
    finished(house)
    client, url = client_of(house.pharmacist), reverse(f"pharmacy:{name}")
    client.get(url)
    one = queries(client, url)
    for number in range(5):
        patient = visits.patient(clinic=house.clinic, name=f"Patient {number}", phone=f"05511122{number}")
        house.visit = visits.begun(doctor=house.doctor, patient=patient)
        finished(house)
    assert (queries(client, url), one <= 15) == (one, True)


def test_the_worklist_stands_in_the_order_of_the_line_and_says_who_has_priority(house):
    first = finished(house)
    patient = visits.patient(clinic=house.clinic, name="Old Patient", phone="0551112299")
    house.visit = visits.begun(doctor=house.doctor, patient=patient)
    second = finished(house)
    entry = queue_queries.live_entry(second.visit.token)
    lines.set_category(entry=entry, by=house.pharmacist, category="elderly")
    page = client_of(house.pharmacist).get(reverse("pharmacy:worklist"))
    waiting = [row.token.label for row in queue_queries.line_of(entry.station).waiting]
    assert [row.prescription for row in page.context["rows"]] == [second, first]
    assert ([row.token for row in page.context["rows"]], "Elderly" in page.content.decode()) == (waiting, True)


def test_a_prescription_in_hand_stays_within_its_queries(house):
    operations.add_item(visit=house.visit, by=house.by, line="amox 500 tid 5d")
    prescription = finished(house)
    client = client_of(house.pharmacist)
    url = reverse("pharmacy:dispensing", args=[prescription.pk])
    brand = pharmacy.medicine(brand="Fevadol", search_text="fevadol")
    pharmacy.batch(clinic=house.clinic, medicine=brand, by=house.pharmacist)
    item = prescription.items.get(medicine=house.paracetamol)
    line = {"item": item.pk, "quantity": 5, "substitute": brand.pk, "substitute_reason": "why"}
    operations.dispense(prescription=prescription, by=house.pharmacist, lines=[line])
    client.get(url, **HTMX)
    with CaptureQueriesContext(connection) as captured:
        client.get(url, **HTMX)
    assert len(captured) <= 15


@pytest.mark.parametrize(("role", "allowed"), [(Role.PHARMACIST, True), (Role.RECEPTION, False), (Role.DISPLAY, False)])
def test_who_sees_the_worklist(house, role, allowed):
    answer = client_of(ground.user(role, clinic=house.clinic)).get(reverse("pharmacy:worklist"))
    assert answer.status_code == (200 if allowed else 403)


def test_the_papers_are_printed_and_audited(house):
    prescription = finished(house)
    made = operations.dispense(
        prescription=prescription, by=house.pharmacist, lines=[{"item": prescription.items.get().pk, "quantity": 15}]
    )
    client = client_of(house.pharmacist)
    for name, pk in [("print", prescription.pk), ("labels", made.pk)]:
        assert client.get(reverse(f"pharmacy:{name}", args=[pk])).status_code == 200
    from clinic.models import AuditEvent

    assert AuditEvent.objects.filter(action="print").count() == 2


def test_the_dose_typed_before_the_choice_comes_along(house):
    url = reverse("pharmacy:find_medicine", args=[house.visit.pk])
    answer = client_of(house.by).get(
        url, {"stage": 1, "medicine": house.paracetamol.pk, "line": "1g q6h prn max 8 5d"}, **HTMX
    )
    text = answer.content.decode()
    assert ('value="1g q6h prn max 8 5d"' in text, "40 tablets" in text) == (True, True)
