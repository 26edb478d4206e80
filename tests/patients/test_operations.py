"""What can happen to a patient's file."""

from datetime import date, timedelta

import pytest

from clinic.access import Role
from clinic.models import AuditEvent
from patients import operations, queries
from patients.models import Patient
from tests.factories import clinic as clinics
from tests.factories import patients
from tests.refusals import refusal_code as refusal

pytestmark = pytest.mark.django_db


def actions(patient):
    return list(AuditEvent.objects.filter(patient_id=patient.pk).order_by("pk").values_list("action", flat=True))


def test_register_gives_a_number_and_fills_the_search(house, desk, published):
    patient = operations.register(
        clinic=house, by=desk, name="  Omar   Nasser ", phone="٠٥٠١٢٣٤٥٦٧", born_on=date(1990, 1, 2), sex="male"
    )
    patient.refresh_from_db()
    assert (patient.file_number, patient.name, patient.phone) == ("10-0001-7", "Omar Nasser", "050 123 4567")
    assert patient.phone_digits == "0501234567 966501234567"
    assert {"omar", "nasser"} <= set(patient.name_words)
    assert patient.created_by == desk
    assert actions(patient) == ["register"]
    assert published == [(house.pk, f"patient-{patient.pk}")]


def test_register_numbers_follow_each_other(house, desk):
    numbers = [patients.patient(clinic=house, by=desk).file_number for _ in range(3)]
    assert numbers == ["10-0001-7", "10-0002-5", "10-0003-3"]


def test_register_the_same_key_twice_makes_one_patient(house, desk):
    first = operations.register(clinic=house, by=desk, name="Omar", phone="0501", idempotency_key="k1")
    second = operations.register(clinic=house, by=desk, name="Omar", phone="0501", idempotency_key="k1")
    assert first.pk == second.pk
    assert Patient.objects.count() == 1


def test_register_the_same_key_with_another_name_is_refused(house, desk):
    operations.register(clinic=house, by=desk, name="Omar", idempotency_key="k1")
    assert refusal(operations.register, clinic=house, by=desk, name="Ali", idempotency_key="k1") == "key_reused"


def test_register_refuses_no_name_and_tomorrow(house, desk):
    assert refusal(operations.register, clinic=house, by=desk, name="   ") == "missing_name"
    tomorrow = house.today() + timedelta(days=1)
    assert refusal(operations.register, clinic=house, by=desk, name="A", born_on=tomorrow) == "in_the_future"
    assert Patient.objects.count() == 0


@pytest.mark.parametrize("name", ["phone", "second_phone"])
def test_a_phone_with_letters_is_refused(name, house, desk):
    assert refusal(operations.register, clinic=house, by=desk, name="Omar", **{name: "12ab"}) == "not_a_phone"
    patient = patients.patient(clinic=house, by=desk)
    assert refusal(operations.update_patient, patient=patient, by=desk, version=1, **{name: "12ab"}) == "not_a_phone"
    assert Patient.objects.count() == 1


def test_a_phone_with_letters_of_earlier_days_stands_until_it_is_changed(house, desk):
    patient = patients.patient(clinic=house, by=desk)
    Patient.objects.filter(pk=patient.pk).update(phone="ask at the shop")
    changed = operations.update_patient(patient=patient, by=desk, version=1, phone="ask at the shop", address="Olaya")
    assert (changed.phone, changed.address) == ("ask at the shop", "Olaya")


def test_the_person_to_call_has_a_phone_without_letters(house, desk):
    contact = {"name": "Huda", "phone": "12ab"}
    assert refusal(operations.admit, clinic=house, by=desk, contact=contact, name="Omar", phone="1234") == "not_a_phone"
    assert Patient.objects.count() == 0


def test_register_keeps_script_tags_and_long_names_as_text(house, desk):
    patient = operations.register(clinic=house, by=desk, name="<script>alert(1)</script>", phone="12")
    assert patient.name == "<script>alert(1)</script>"
    long = patients.patient(clinic=house, by=desk, name="x" * 200)
    assert len(long.name) == 200


def test_admit_adds_the_person_to_call(house, desk):
    contact = {"name": "Huda", "relation": "mother", "phone": "0507654321"}
    patient = operations.admit(clinic=house, by=desk, contact=contact, name="Omar", phone="0501234567")
    assert [(c.name, c.relation, c.phone) for c in patient.contacts.all()] == [("Huda", "mother", "050 765 4321")]


def test_update_changes_what_follows_and_raises_the_version(layla, desk, published):
    published.clear()
    changed = operations.update_patient(patient=layla, by=desk, version=1, name="Layla Nasser", phone="0557778888")
    changed.refresh_from_db()
    assert (changed.version, changed.phone) == (2, "055 777 8888")
    assert "nasser" in changed.name_words and "hassan" not in changed.name_words
    assert actions(layla) == ["register", "update_patient"]
    assert published == [(desk.clinic_id, "desk"), (desk.clinic_id, f"patient-{layla.pk}")]


def test_update_with_nothing_new_changes_nothing(layla, desk):
    operations.update_patient(patient=layla, by=desk, version=1, name=layla.name)
    layla.refresh_from_db()
    assert layla.version == 1


def test_update_refuses_an_old_version(layla, desk):
    operations.update_patient(patient=layla, by=desk, version=1, address="A")
    code = refusal(operations.update_patient, patient=layla, by=desk, version=1, address="B")
    layla.refresh_from_db()
    assert (code, layla.address) == ("changed_meanwhile", "A")


def test_update_refuses_a_merged_file(layla, desk, house):
    other = patients.patient(clinic=house, by=desk, name="Other")
    Patient.objects.filter(pk=layla.pk).update(merged_into=other)
    assert refusal(operations.update_patient, patient=layla, by=desk, version=1, address="B") == "retired"


def test_allergy_states(layla, physician):
    assert queries.allergy_state(layla)[0] == "not_recorded"
    operations.assert_no_known_allergies(patient=layla, by=physician)
    layla.refresh_from_db()
    assert queries.allergy_state(layla) == ("none", [])
    operations.record_allergy(patient=layla, by=physician, substance=" Penicillin ", reaction="rash")
    layla.refresh_from_db()
    state, found = queries.allergy_state(layla)
    assert (state, [a.substance for a in found], layla.no_known_allergies_at) == ("known", ["penicillin"], None)
    operations.end_allergy(allergy=found[0], by=physician)
    assert queries.allergy_state(layla)[0] == "not_recorded"


def test_the_most_severe_allergy_stands_first(layla, physician):
    operations.record_allergy(patient=layla, by=physician, substance="latex", severity="mild")
    operations.record_allergy(patient=layla, by=physician, substance="penicillin", severity="severe")
    assert [a.substance for a in queries.allergy_state(layla)[1]] == ["penicillin", "latex"]


def test_the_same_allergy_twice_is_refused(layla, physician):
    operations.record_allergy(patient=layla, by=physician, substance="penicillin")
    assert refusal(operations.record_allergy, patient=layla, by=physician, substance="PENICILLIN") == "already_recorded"


def test_no_known_allergies_is_refused_while_one_is_recorded(layla, physician):
    operations.record_allergy(patient=layla, by=physician, substance="penicillin")
    assert refusal(operations.assert_no_known_allergies, patient=layla, by=physician) == "has_allergies"


def test_end_allergy_twice_is_harmless(layla, physician):
    allergy = operations.record_allergy(patient=layla, by=physician, substance="penicillin")
    first = operations.end_allergy(allergy=allergy, by=physician)
    second = operations.end_allergy(allergy=allergy, by=physician)
    assert first.ended_at == second.ended_at
    assert actions(layla).count("end_allergy") == 1


def test_the_same_condition_twice_is_one(layla, physician):
    first = operations.add_condition(patient=layla, by=physician, text="Asthma")
    second = operations.add_condition(patient=layla, by=physician, text="asthma ")
    assert first.pk == second.pk
    operations.resolve_condition(condition=first, by=physician)
    assert operations.add_condition(patient=layla, by=physician, text="Asthma").pk != first.pk


def test_the_audit_never_holds_clinical_text(layla, physician):
    operations.record_allergy(patient=layla, by=physician, substance="penicillin", reaction="anaphylaxis")
    facts = " ".join(str(event.facts) for event in AuditEvent.objects.all())
    assert "penicillin" not in facts and "anaphylaxis" not in facts


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.MANAGER])
def test_the_banner_shows_no_allergies_to(role, layla, physician, house):
    operations.record_allergy(patient=layla, by=physician, substance="penicillin")
    banner = queries.banner(layla, user=clinics.user(role, clinic=house))
    assert (banner.allergy_state, banner.allergies, banner.allergy_note) == ("", None, "")


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.NURSE, Role.PHARMACIST])
def test_the_banner_shows_allergies_to(role, layla, physician, house):
    operations.record_allergy(patient=layla, by=physician, substance="penicillin", reaction="rash")
    banner = queries.banner(layla, user=clinics.user(role, clinic=house))
    assert (banner.allergy_state, banner.allergies) == ("known", [("penicillin", "rash", "", True)])


def test_the_banner_says_which_allergy_is_severe(layla, physician):
    operations.record_allergy(patient=layla, by=physician, substance="latex", severity="moderate")
    operations.record_allergy(patient=layla, by=physician, substance="penicillin", reaction="rash", severity="severe")
    banner = queries.banner(layla, user=physician)
    assert [(substance, severe) for substance, _reaction, severe, _unchecked in banner.allergies] == [
        ("penicillin", "Severe"),
        ("latex", ""),
    ]
