"""The desk, the panels and the calendar through HTTP: who may, htmx and plain, bad input, and how many queries."""

from datetime import UTC

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.access import Role
from patients.models import Patient
from patients.operations import register
from queues import operations as queues
from queues.models import Token
from queues.queries import live_entry
from scheduling import operations
from scheduling.models import Appointment
from tests.factories import billing as bill_factories
from tests.factories import clinic as ground
from tests.factories import queues as line_factories
from tests.factories.scheduling import appointment, hours, morrow, next_slot

HTMX = {"headers": {"HX-Request": "true"}}
State = Appointment.State


def stamp(moment):
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


@pytest.fixture
def at_desk(client, desk):
    client.force_login(desk)
    return client


@pytest.fixture
def booked(clinic, doctor, patient, desk):
    return appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=next_slot(clinic))


def form(clinic, doctor, patient, text="09:00", changes=None, **more):
    starts_at = morrow(clinic, text)
    values = {"patient": patient.pk, "doctor": doctor.pk, "day": f"{starts_at:%Y-%m-%d}", "starts_at": stamp(starts_at)}
    return {**values, **(changes or {}), **more}


PAGES = [
    "scheduling:desk",
    "scheduling:desk_live",
    "scheduling:context",
    "scheduling:book",
    "scheduling:calendar",
    "scheduling:calendar_live",
]
DESK_ONLY = PAGES[:2]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("role", "booker"),
    [
        (Role.RECEPTION, True),
        (Role.MANAGER, True),
        (Role.DOCTOR, True),
        (Role.NURSE, True),
        (Role.PHARMACIST, False),
        (Role.DISPLAY, False),
        (Role.PATIENT, False),
    ],
)
def test_who_may_open_what(client, clinic, doctor, name, role, booker):
    client.force_login(ground.user(role, clinic=clinic))
    may = booker and (name not in DESK_ONLY or role in (Role.RECEPTION, Role.MANAGER))
    assert client.get(reverse(name)).status_code == (200 if may else 403)


def test_a_stranger_is_sent_to_the_door(client, clinic):
    assert client.get(reverse("scheduling:desk")).status_code == 302


def test_the_desk_shows_the_day(at_desk, booked):
    text = at_desk.get(reverse("scheduling:desk")).content.decode()
    assert f'id="appt-{booked.pk}"' in text and "AL HASSAN, Layla" in text


def test_the_empty_desk_says_what_to_do(at_desk):
    assert "No appointments today." in at_desk.get(reverse("scheduling:desk")).content.decode()


def test_the_live_part_holds_no_field(at_desk, booked):
    text = at_desk.get(reverse("scheduling:desk_live")).content.decode()
    assert not any(tag in text for tag in ("<input", "<select", "<textarea"))


def test_the_live_calendar_holds_no_field(at_desk, booked):
    text = at_desk.get(reverse("scheduling:calendar_live")).content.decode()
    assert not any(tag in text for tag in ("<input", "<select", "<textarea"))


def test_the_desk_speaks_arabic(at_desk, desk, booked):
    desk.language = "ar"
    desk.save(update_fields=["language"])
    text = at_desk.get(reverse("scheduling:desk")).content.decode()
    assert 'dir="rtl"' in text and "مكتب الاستقبال" in text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", True),
        ("state=booked", True),
        ("state=waiting", False),
        ("unpaid=1", False),
        ("doctor=99999", False),
        ("state=%3Cscript%3E", True),
        ("doctor=x", True),
    ],
)
def test_filters(at_desk, booked, query, shown):
    text = at_desk.get(f"{reverse('scheduling:desk')}?{query}").content.decode()
    assert (f'id="appt-{booked.pk}"' in text) is shown


def test_another_clinics_day_is_not_shown(client, booked):
    elsewhere = ground.clinic(name="Elsewhere")
    client.force_login(ground.user(Role.RECEPTION, clinic=elsewhere))
    assert f'id="appt-{booked.pk}"' not in client.get(reverse("scheduling:desk")).content.decode()


def fill(clinic, doctor, desk, count):
    """`count` patients: every second one here, every third one a walk-in."""
    for number in range(count):
        patient = line_factories.patient(name=f"Patient Number{number}")
        if number % 3 == 2:
            operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
            continue
        made = appointment(
            clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=next_slot(clinic), overbook_reason="test"
        )
        if number % 2:
            operations.check_in(appointment=made, by=desk)


@pytest.mark.parametrize(
    "name", ["scheduling:desk", "scheduling:desk_live", "scheduling:calendar", "scheduling:calendar_live"]
)
def test_pages_ask_the_database_as_often_for_many_rows(at_desk, clinic, doctor, desk, name):
    def count():
        with CaptureQueriesContext(connection) as caught:
            assert at_desk.get(reverse(name)).status_code == 200
        return len(caught)

    fill(clinic, doctor, desk, 3)
    count()  # the first page of a session also writes the session
    few = count()
    fill(clinic, doctor, desk, 15)
    assert (count(), few <= 15) == (few, True)


def test_arrive_checks_in_who_is_booked(at_desk, booked, patient):
    answer = at_desk.post(reverse("scheduling:arrive", args=[patient.pk]), **HTMX)
    booked.refresh_from_db()
    assert (answer.status_code, booked.state) == (200, State.ARRIVED)
    assert booked.token.label in answer.content.decode()


def test_arrive_prints_and_offers_undo(at_desk, booked, patient):
    answer = at_desk.post(reverse("scheduling:arrive", args=[patient.pk]), **HTMX)
    token = Token.objects.get()
    assert reverse("queues:slip", args=[token.pk]) in answer["HX-Trigger"]
    assert reverse("scheduling:undo_check_in", args=[booked.pk]) in answer["HX-Trigger"]


def test_arrive_pressed_twice_is_one_token(at_desk, booked, patient):
    for _press in range(2):
        assert at_desk.post(reverse("scheduling:arrive", args=[patient.pk]), **HTMX).status_code == 200
    assert Token.objects.count() == 1


def test_arrive_without_a_booking_asks_whom_to_see(at_desk, doctor, patient):
    answer = at_desk.post(reverse("scheduling:arrive", args=[patient.pk]), **HTMX)
    assert 'name="doctor"' in answer.content.decode()
    assert Token.objects.count() == 0


@pytest.mark.parametrize(
    "was_here, stands_in_line, owes, shown",
    [
        (True, False, True, "billing:patient_pay"),
        (True, True, True, None),
        (True, False, False, "walk in"),
        (False, False, True, "walk in"),
    ],
    ids=["has only to pay", "is still in line", "has paid", "owes from before"],
)
def test_whoever_is_chosen_is_met_with_what_they_came_for(
    at_desk, clinic, doctor, patient, desk, was_here, stands_in_line, owes, shown
):
    if was_here:
        token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
        if not stands_in_line:
            queues.leave(entry=live_entry(token), by=desk)
    if owes:
        bill_factories.invoice(clinic=clinic, patient=patient, by=desk)
    answer = at_desk.get(reverse("scheduling:context"), {"patient": patient.pk}, **HTMX)
    if shown == "billing:patient_pay":
        assert (answer.status_code, answer["Location"]) == (302, reverse(shown, args=[patient.pk]))
    else:
        assert (answer.status_code, b"walk-in-go" in answer.content) == (200, shown == "walk in")


def test_arrive_of_nobody_is_not_found(at_desk):
    assert at_desk.post(reverse("scheduling:arrive", args=[424242]), **HTMX).status_code == 404


def test_check_in_without_script_goes_back_to_the_desk(at_desk, booked):
    answer = at_desk.post(reverse("scheduling:check_in", args=[booked.pk]))
    assert (answer.status_code, answer["Location"]) == (303, reverse("scheduling:desk"))


def test_check_in_of_another_clinics_appointment_is_not_found(client, booked):
    client.force_login(ground.user(Role.RECEPTION, clinic=ground.clinic(name="Elsewhere")))
    assert client.post(reverse("scheduling:check_in", args=[booked.pk])).status_code == 404


def test_check_in_from_an_old_page_says_so(at_desk, booked):
    answer = at_desk.post(reverse("scheduling:check_in", args=[booked.pk]), {"version": 7}, **HTMX)
    assert answer.status_code == 409


def test_undo_check_in(at_desk, booked, desk):
    operations.check_in(appointment=booked, by=desk)
    assert at_desk.post(reverse("scheduling:undo_check_in", args=[booked.pk]), **HTMX).status_code == 204
    booked.refresh_from_db()
    assert booked.state == State.CONFIRMED


def test_walk_in(at_desk, doctor, patient):
    answer = at_desk.post(reverse("scheduling:walk_in"), {"patient": patient.pk, "doctor": doctor.pk}, **HTMX)
    assert (answer.status_code, Token.objects.get().patient) == (200, patient)


@pytest.mark.parametrize(
    "changes",
    [
        {"doctor": ""},
        {"doctor": "x" * 500},
        {"doctor": "<script>"},
        {"doctor": "99999"},
        {"category": "king"},
        {"category": "emergency"},
        {"emergency_reason": "x" * 201},
    ],
)
def test_a_bad_walk_in_is_said_beside_the_field_and_writes_nothing(at_desk, doctor, patient, changes):
    values = {"patient": patient.pk, "doctor": doctor.pk, **changes}
    answer = at_desk.post(reverse("scheduling:walk_in"), values, **HTMX)
    assert (answer.status_code, Token.objects.count()) == (422, 0)


def test_leave(at_desk, clinic, doctor, patient, desk):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    assert at_desk.post(reverse("scheduling:leave", args=[token.pk]), **HTMX).status_code == 204
    assert token.entries.get().state == "left"


def test_change_patient(at_desk, clinic, doctor, patient, other, desk):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    answer = at_desk.post(reverse("scheduling:change_patient", args=[token.pk]), {"patient": other.pk}, **HTMX)
    token.refresh_from_db()
    assert (answer.status_code, token.patient) == (200, other)


def test_book(at_desk, clinic, doctor, patient):
    answer = at_desk.post(reverse("scheduling:book"), form(clinic, doctor, patient), **HTMX)
    assert (answer.status_code, Appointment.objects.get().starts_at) == (200, morrow(clinic))


def test_book_without_script(at_desk, clinic, doctor, patient):
    answer = at_desk.post(reverse("scheduling:book"), form(clinic, doctor, patient))
    assert (answer.status_code, Appointment.objects.count()) == (303, 1)


def test_book_with_the_same_key_twice_is_one(at_desk, clinic, doctor, patient):
    for _click in range(2):
        at_desk.post(reverse("scheduling:book"), form(clinic, doctor, patient, idempotency_key="one"), **HTMX)
    assert Appointment.objects.count() == 1


def test_book_at_a_typed_time_in_arabic_digits(at_desk, clinic, doctor, patient):
    day = morrow(clinic)
    values = form(
        clinic,
        doctor,
        patient,
        starts_at="",
        at="١٤:٣٠",
        day=f"{day:%d/%m/%Y}".translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    )
    assert at_desk.post(reverse("scheduling:book"), values, **HTMX).status_code == 200
    assert Appointment.objects.get().starts_at == morrow(clinic, "14:30")


def test_book_by_name_when_only_one_fits(at_desk, clinic, doctor, desk):
    found = register(clinic=clinic, by=desk, name="Zebulon Quartz", phone="0551112223")
    values = form(clinic, doctor, found, changes={"patient": "", "q": "zebulon"})
    assert at_desk.post(reverse("scheduling:book"), values, **HTMX).status_code == 200
    assert Appointment.objects.get().patient == found


@pytest.mark.parametrize(
    "changes",
    [
        {"patient": ""},
        {"patient": "99999"},
        {"patient": "<script>alert(1)</script>"},
        {"doctor": ""},
        {"doctor": "1 OR 1=1"},
        {"starts_at": ""},
        {"starts_at": "tomorrow"},
        {"starts_at": "9" * 5000},
        {"day": "31/02/2027"},
        {"day": "1/1/9999"},
        {"starts_at": "", "at": "25:00"},
        {"minutes": "4"},
        {"minutes": "1000"},
        {"minutes": "٣"},
        {"minutes": "ten"},
        {"reason": "x" * 201},
        {"notes": "x" * 501},
        {"overbook_reason": "x" * 201},
        {"idempotency_key": "x" * 65},
    ],
)
def test_a_bad_booking_is_refused_and_writes_nothing(at_desk, clinic, doctor, patient, changes):
    answer = at_desk.post(reverse("scheduling:book"), form(clinic, doctor, patient, changes=changes), **HTMX)
    assert (answer.status_code, Appointment.objects.count()) == (422, 0)


def test_what_was_typed_is_kept_and_escaped(at_desk, clinic, doctor, patient):
    values = form(clinic, doctor, patient, starts_at="", reason="<script>alert(1)</script>")
    text = at_desk.post(reverse("scheduling:book"), values, **HTMX).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "<script>alert" not in text


def test_a_slot_of_another_day_than_the_typed_one_is_not_booked(at_desk, clinic, doctor, patient):
    answer = at_desk.post(reverse("scheduling:book"), form(clinic, doctor, patient, day="+5d"), **HTMX)
    assert (answer.status_code, "The day has changed" in answer.content.decode()) == (422, True)


def test_a_taken_slot_keeps_the_form_and_offers_three(at_desk, clinic, doctor, patient, other, desk):
    appointment(clinic=clinic, doctor=doctor, patient=other, by=desk)
    answer = at_desk.post(reverse("scheduling:book"), form(clinic, doctor, patient, reason="cough"), **HTMX)
    text = answer.content.decode()
    assert (answer.status_code, text.count('id="alternative-'), 'value="cough"' in text) == (409, 3, True)


def test_the_doctor_of_another_clinic_is_no_choice(at_desk, clinic, patient):
    stranger = ground.doctor(clinic=ground.clinic(name="Elsewhere"))
    assert at_desk.post(reverse("scheduling:book"), form(clinic, stranger, patient), **HTMX).status_code == 422


def test_the_picker_opens_on_the_first_free_slot(at_desk, clinic, doctor, patient):
    text = at_desk.get(f"{reverse('scheduling:book')}?patient={patient.pk}", **HTMX).content.decode()
    assert text.count("checked data-focus") == 1


def test_the_picker_says_when_the_doctor_does_not_work(at_desk, clinic, patient):
    doctor = ground.doctor(clinic=clinic, name="Huda Noor")
    hours(doctor=doctor, clinic=clinic, weekdays=[(clinic.today().weekday() + 3) % 7], start="09:00", end="10:00")
    text = at_desk.get(
        f"{reverse('scheduling:book')}?patient={patient.pk}&doctor={doctor.pk}&day=%2B1d", **HTMX
    ).content.decode()
    assert "Not at work on this day." in text and "Next free" in text


@pytest.mark.parametrize("query", ["patient=99999", "patient=-1"])
def test_the_picker_of_nobody(at_desk, doctor, query):
    assert at_desk.get(f"{reverse('scheduling:book')}?{query}", **HTMX).status_code in (200, 404)


@pytest.mark.parametrize(
    "query", ["day=zzz", "starts_at=zzz", "minutes=0", "doctor=zzz", "day=%00", "minutes=99999999999999"]
)
def test_a_broken_query_shows_the_usual_day(at_desk, doctor, patient, query):
    assert at_desk.get(f"{reverse('scheduling:book')}?patient={patient.pk}&{query}", **HTMX).status_code == 200


def test_move(at_desk, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    values = {**form(clinic, doctor, patient, "11:00"), "version": 1}
    answer = at_desk.post(reverse("scheduling:move", args=[made.pk]), values, **HTMX)
    made.refresh_from_db()
    assert (answer.status_code, made.starts_at) == (200, morrow(clinic, "11:00"))


def test_the_way_back_of_a_move(at_desk, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    operations.move(appointment=made, by=desk, starts_at=morrow(clinic, "11:00"))
    back = reverse("scheduling:move_to", args=[made.pk, stamp(morrow(clinic)), doctor.pk])
    assert at_desk.post(back, **HTMX).status_code == 200
    made.refresh_from_db()
    assert made.starts_at == morrow(clinic)


def test_move_to_a_broken_address_is_not_found(at_desk, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    assert at_desk.post(reverse("scheduling:move_to", args=[made.pk, "soon", doctor.pk]), **HTMX).status_code == 404


def test_cancel_asks_why_and_keeps_the_way_back(at_desk, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    address = reverse("scheduling:cancel", args=[made.pk])
    assert at_desk.post(address, {"reason": " "}, **HTMX).status_code == 422
    answer = at_desk.post(address, {"reason": "asked to"}, **HTMX)
    assert (answer.status_code, reverse("scheduling:restore", args=[made.pk]) in answer["HX-Trigger"]) == (200, True)


def test_restore(at_desk, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    operations.cancel(appointment=made, by=desk, reason="asked to")
    assert at_desk.post(reverse("scheduling:restore", args=[made.pk]), **HTMX).status_code == 204


def test_miss_before_the_time_says_why_not(at_desk, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    answer = at_desk.post(reverse("scheduling:miss", args=[made.pk]), **HTMX)
    assert (answer.status_code, "Its time has not come yet" in answer["HX-Trigger"]) == (409, True)


def test_unbook_takes_a_booking_back(at_desk, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    at_desk.post(reverse("scheduling:unbook", args=[made.pk]), **HTMX)
    made.refresh_from_db()
    assert made.state == State.CANCELLED


def test_the_calendar_shows_free_and_taken(at_desk, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    text = at_desk.get(f"{reverse('scheduling:calendar')}?day={made.wall_date}").content.decode()
    assert f'id="appt-{made.pk}"' in text
    assert f'id="free-{doctor.pk}-0915"' in text and f'id="free-{doctor.pk}-0900"' not in text


def test_while_moving_its_own_slot_is_free(at_desk, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    text = at_desk.get(f"{reverse('scheduling:calendar')}?day={made.wall_date}&moving={made.pk}").content.decode()
    assert f'id="free-{doctor.pk}-0900"' in text and "move-to" in text


def test_a_clinic_without_doctors_says_so(at_desk):
    assert "There is no doctor yet" in at_desk.get(reverse("scheduling:calendar")).content.decode()


def test_next_of_the_patient(at_desk, clinic, doctor, patient, desk):
    appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    assert "09:00" in at_desk.get(reverse("scheduling:next_of", args=[patient.pk]), **HTMX).content.decode()


def test_find_patient_leads_back_to_the_panel(at_desk, clinic, desk):
    found = register(clinic=clinic, by=desk, name="Zebulon Quartz", phone="0551112223")
    text = at_desk.get(f"{reverse('scheduling:find_patient')}?q=zebulon", **HTMX).content.decode()
    assert f"patient={found.pk}" in text


def test_no_url_of_the_desk_names_a_patient(at_desk, booked, patient):
    text = at_desk.get(reverse("scheduling:desk_live")).content.decode()
    addresses = [part.split('"')[0] for part in text.split('="/')[1:]]
    assert addresses and not any("layla" in address.lower() for address in addresses)
    assert Patient.objects.get(pk=patient.pk).name == "Layla Al Hassan"


def test_a_day_that_is_none_is_told_beside_it_and_kept(at_desk, doctor, patient):
    answer = at_desk.get(reverse("scheduling:book"), {"doctor": doctor.pk, "patient": patient.pk, "day": "45-13"})
    page = answer.content.decode()
    assert (answer.status_code, 'value="45-13"' in page, 'id="book-day-error"' in page) == (200, True, True)
