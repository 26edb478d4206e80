"""The doors of the line: who may, what each answers, and what the waiting room may never see."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.access import Role
from queues import operations, queries
from queues.models import Entry, Station
from tests.factories import clinic as people
from tests.factories import queues as make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client, sara):
    client.force_login(sara)
    return client


def display_client(client, clinic):
    client.force_login(people.user(Role.DISPLAY, clinic=clinic, name="Waiting room"))
    return client


def test_the_board_of_the_staff_shows_names_and_reasons(desk, station, sara):
    make.entry(station=station, by=sara, patient=make.patient(name="Layla Hassan"))
    html = desk.get(reverse("queues:lines")).content.decode()
    assert "HASSAN, Layla" in html
    assert "without a booking" in html


def test_htmx_gets_the_fragment_of_the_same_address(desk, station):
    html = desk.get(reverse("queues:lines"), headers=HTMX).content.decode()
    assert "<html" not in html
    assert f'id="station-{station.pk}"' in html


def queries_of(client, name):
    """How many queries the address takes, its second time (the first fills what is kept in memory)."""
    client.get(reverse(name), headers=HTMX)
    with CaptureQueriesContext(connection) as seen:
        client.get(reverse(name), headers=HTMX)
    return len(seen)


def test_the_board_takes_the_same_queries_for_any_number(desk, clinic, sara):
    stations = [make.station(clinic=clinic, letter=letter) for letter in "AB"]
    taken = []
    for more in (1, 2, 17):
        for number in range(more):
            make.entry(station=stations[number % 2], by=sara, patient=make.patient())
        taken.append(queries_of(desk, "queues:lines"))
    assert taken == [taken[0]] * 3
    assert taken[0] <= 10


def test_call_next_answers_htmx_with_the_column_and_a_toast(desk, station, sara):
    make.entry(station=station, by=sara, patient=make.patient(name="Layla Hassan"))
    answer = desk.post(reverse("queues:call_next", args=[station.pk]), headers=HTMX)
    assert answer.status_code == 200
    assert "Called A-001 HASSAN, Layla to room 3." in answer.headers["HX-Trigger"]
    assert reverse("queues:undo", args=[Entry.objects.get().pk]) in answer.headers["HX-Trigger"]
    assert f'id="station-{station.pk}"' in answer.content.decode()


def test_call_next_answers_a_browser_with_a_redirect(desk, station, sara):
    make.entry(station=station, by=sara)
    answer = desk.post(reverse("queues:call_next", args=[station.pk]))
    assert (answer.status_code, answer.headers["Location"]) == (303, reverse("queues:lines"))


def test_a_refusal_is_told(desk, station):
    answer = desk.post(reverse("queues:call_next", args=[station.pk]), headers=HTMX)
    assert answer.status_code == 409
    assert "Nobody is waiting here." in answer.headers["HX-Trigger"]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.DISPLAY, Role.PATIENT])
def test_only_who_works_in_the_line_calls(client, clinic, station, role):
    client.force_login(people.user(role, clinic=clinic))
    assert client.post(reverse("queues:call_next", args=[station.pk])).status_code == 403


def test_another_clinics_station_is_not_found(client, station):
    client.force_login(people.user(Role.RECEPTION, clinic=people.clinic(name="Other")))
    assert client.post(reverse("queues:call_next", args=[station.pk])).status_code == 404
    assert client.get(reverse("queues:station", args=[station.pk])).status_code == 404


@pytest.mark.parametrize(
    ("verb", "state"),
    [("recall", "called"), ("begin", "with_staff"), ("skip", "skipped"), ("finish", "done"), ("leave", "left")],
)
def test_each_verb_of_the_called(desk, station, sara, verb, state):
    make.entry(station=station, by=sara)
    entry = operations.call_next(station=station, by=sara)
    assert desk.post(reverse(f"queues:{verb}", args=[entry.pk]), headers=HTMX).status_code == 200
    entry.refresh_from_db()
    assert entry.state == state


def test_send_to_another_station(desk, clinic, station, sara):
    other = make.station(clinic=clinic, letter="B")
    entry = make.entry(station=station, by=sara)
    answer = desk.post(reverse("queues:transfer", args=[entry.pk]), {"station": other.pk}, headers=HTMX)
    assert answer.status_code == 200
    assert Entry.objects.get(station=other).came_from == entry


def test_a_row_says_that_its_patient_was_sent_on(desk, clinic, station, sara):
    other = make.station(clinic=clinic, letter="B")
    make.entry(station=station, by=sara, booked_at=timezone.now())
    seen = operations.begin(entry=operations.call_next(station=station, by=sara), by=sara)
    sent = operations.transfer(entry=seen, station=other, by=sara)
    line = desk.get(reverse("queues:station", args=[other.pk])).content.decode()
    panel = desk.get(reverse("queues:entry", args=[sent.pk]), headers=HTMX).content.decode()
    assert ("Sent here" in line, "Walk-in" in line, "Walk-in" in panel) == (True, False, False)


@pytest.mark.parametrize(
    "open_for, stays", [("the next", True), ("the called", False), ("nobody", False), ("who left", False)]
)
def test_the_panel_of_somebody_else_stays_open(desk, station, sara, open_for, stays):
    first, second, third = (make.entry(station=station, by=sara, patient=make.patient()) for _ in range(3))
    operations.leave(entry=third, by=sara)
    operations.call_next(station=station, by=sara)
    about = {"the next": second.pk, "the called": first.pk, "nobody": "", "who left": third.pk}[open_for]
    html = desk.post(reverse("queues:skip", args=[first.pk]), {"panel": about}, headers=HTMX).content.decode()
    # The panel asked for exactly this; now its own number can be called.
    assert (f'id="call-{second.pk}"' in html, "entry-panel" in html) == (stays, stays)
    assert html.count('id="panel-entry"') == 1


@pytest.mark.parametrize("panel", ["x", "9" * 30, "-1"])
def test_nonsense_for_a_panel_is_no_panel(desk, station, sara, panel):
    made = make.entry(station=station, by=sara, patient=make.patient())
    answer = desk.post(reverse("queues:leave", args=[made.pk]), {"panel": panel}, headers=HTMX)
    assert (answer.status_code, b"entry-panel" in answer.content) == (200, False)


def test_send_to_nonsense_is_not_found(desk, station, sara):
    entry = make.entry(station=station, by=sara)
    assert desk.post(reverse("queues:transfer", args=[entry.pk]), {"station": "x"}).status_code == 404


def test_an_emergency_needs_its_reason(desk, station, sara):
    entry = make.entry(station=station, by=sara)
    url = reverse("queues:set_category", args=[entry.pk])
    answer = desk.post(url, {"category": "emergency", "emergency_reason": ""}, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#queue-panel")
    assert "Say why this is an emergency." in answer.content.decode()
    answer = desk.post(url, {"category": "emergency", "emergency_reason": "chest pain"}, headers=HTMX)
    entry.refresh_from_db()
    assert (answer.status_code, entry.category) == (200, "emergency")


def test_undo_from_the_toast(desk, station, sara):
    entry = operations.leave(entry=make.entry(station=station, by=sara), by=sara)
    assert desk.post(reverse("queues:undo", args=[entry.pk]), headers=HTMX).status_code == 200
    entry.refresh_from_db()
    assert entry.state == "waiting"


def test_live_columns_hold_no_fields(desk, clinic, station, sara):
    for _number in range(3):
        make.entry(station=station, by=sara, patient=make.patient())
    operations.skip(entry=operations.call_next(station=station, by=sara), by=sara)
    operations.call_next(station=station, by=sara)
    html = desk.get(reverse("queues:station", args=[station.pk]), headers=HTMX).content.decode()
    hidden = html.count('<input type="hidden"')
    assert html.count("<input") == hidden
    assert "<textarea" not in html and "<select" not in html


def test_the_panel_says_why(desk, station, sara):
    entry = make.entry(station=station, by=sara)
    html = desk.get(reverse("queues:entry", args=[entry.pk]), headers=HTMX).content.decode()
    assert "Place 1 in this line" in html


# --- the waiting room ------------------------------------------------------------------------------------------------


def test_the_display_shows_numbers_and_rooms_in_both_languages(client, clinic, station, sara):
    make.entry(station=station, by=sara, patient=make.patient())
    operations.call_next(station=station, by=sara)
    html = display_client(client, clinic).get(reverse("queues:board")).content.decode()
    assert "A-001" in html
    assert "Go to room 3" in html and "توجّه إلى الغرفة 3" in html


def test_nothing_about_anybody_is_in_the_display(client, clinic, sara):
    doctor = people.doctor(clinic=clinic, name="Omar Farouk")
    station = operations.ensure_doctor_station(doctor=doctor, by=sara)
    patients = [make.patient(name="Layla Hassan", name_other_script="ليلى حسن", phone="0509999999") for _n in range(3)]
    for patient in patients:
        make.entry(station=station, by=sara, patient=patient, category="emergency", emergency_reason="chest pain")
    operations.call_next(station=station, by=sara)
    display_client(client, clinic)
    for name in ("queues:board", "queues:board_live"):
        html = client.get(reverse(name)).content.decode()
        for private in (
            "Layla",
            "Hassan",
            "ليلى",
            "0509999999",
            "chest",
            "Farouk",
            patients[0].file_number,
            "mergency",
        ):
            assert private not in html


def test_the_display_may_open_nothing_else(client, clinic, station, sara):
    entry = make.entry(station=station, by=sara)
    display_client(client, clinic)
    for url in (
        reverse("queues:lines"),
        reverse("queues:station", args=[station.pk]),
        reverse("queues:entry", args=[entry.pk]),
        reverse("queues:slip", args=[entry.token.pk]),
    ):
        assert client.get(url).status_code == 403


def test_a_stranger_does_not_see_the_display(client):
    assert client.get(reverse("queues:board")).status_code == 302


def test_the_display_takes_the_same_queries_for_any_number(client, clinic, station, sara):
    make.entry(station=station, by=sara)
    operations.call_next(station=station, by=sara)
    display_client(client, clinic)
    taken = [queries_of(client, "queues:board_live")]
    for _number in range(9):
        make.entry(station=station, by=sara)
    taken.append(queries_of(client, "queues:board_live"))
    assert taken == [taken[0]] * 2
    assert taken[0] <= 11


# --- slip and own place ---------------------------------------------------------------------------------------------


def test_the_slip_is_in_both_languages_and_names_nobody(desk, station, sara):
    entry = make.entry(station=station, by=sara, patient=make.patient(name="Layla Hassan"))
    html = desk.get(reverse("queues:slip", args=[entry.token.pk])).content.decode()
    assert "A-001" in html and "Room 3" in html and "الغرفة 3" in html
    assert "<svg" in html and "Layla" not in html and "Hassan" not in html


def test_my_place_needs_no_account_and_shows_no_name(client, station, sara):
    make.entry(station=station, by=sara, patient=make.patient(name="Layla Hassan"))
    second = make.entry(station=station, by=sara, patient=make.patient(name="Yusuf Farah"))
    answer = client.get(reverse("queues:my_place", args=[second.token.place_code]))
    html = answer.content.decode()
    assert "A-002" in html and "1 person is before you." in html
    for private in ("Layla", "Hassan", "Yusuf", "Farah", "0501234567"):
        assert private not in html
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_my_place_says_where_to_go_when_called(client, station, sara):
    entry = make.entry(station=station, by=sara)
    operations.call_next(station=station, by=sara)
    html = client.get(reverse("queues:my_place_live", args=[entry.token.place_code])).content.decode()
    assert "Go to room 3" in html and "توجّه إلى الغرفة 3" in html


def test_my_place_after_the_visit_says_it_is_over(client, station, sara):
    entry = operations.leave(entry=make.entry(station=station, by=sara), by=sara)
    html = client.get(reverse("queues:my_place", args=[entry.token.place_code])).content.decode()
    assert "This number is no longer in a line." in html


def test_my_place_of_a_wrong_code_is_not_found(client):
    assert client.get(reverse("queues:my_place", args=["x" * 22])).status_code == 404


def test_the_places_of_the_kinds(clinic):
    from queues.board import place_words

    pharmacy = make.station(clinic=clinic, kind=Station.Kind.PHARMACY, letter="P", room="")
    words = place_words(pharmacy)
    assert (words.english, words.arabic) == ("Go to the pharmacy", "توجّه إلى الصيدلية")


def test_skip_two_places_from_the_board(client, station, sara):
    for _number in range(3):
        make.entry(station=station, by=sara)
    called = operations.call_next(station=station, by=sara)
    client.force_login(sara)
    column = client.get(reverse("queues:station", args=[station.pk])).content.decode()
    assert f'id="skip2-{called.pk}"' in column and f'id="skip-{called.pk}"' in column
    client.post(reverse("queues:skip", args=[called.pk]), {"places": "2"})
    called.refresh_from_db()
    assert called.state == Entry.State.WAITING
    assert [row.token.label for row in queries.line(station)] == ["A-002", "A-003", "A-001"]
