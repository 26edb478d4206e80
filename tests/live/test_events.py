"""What programs hear, in whose name, and when they are cut off. Real sockets, real server, with and without Redis."""

import socket
import time

import pytest
import uvicorn
from websockets.exceptions import InvalidStatus

from clinic import audience, consumers, live, operations, tokens
from clinic.access import STAFF, Role
from clinic.admission import listeners
from clinic.models import ApiSignIn, Doctor, User
from clinic.operation import operation
from patients.models import Patient
from tests.factories import clinic as make
from tests.factories import queues as lines
from tests.live.listening import Program, happen, knock, program, signed_in, ticket_of
from tests.live.wire import change
from tests.live_server import Running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receptionist(clinic):
    return make.user(Role.RECEPTION, clinic=clinic)


@pytest.fixture
def layla(clinic):
    """A patient with an account."""
    return account_of(lines.patient(), clinic)


def account_of(patient, clinic):
    user = make.user(Role.PATIENT, clinic=clinic)
    Patient.objects.filter(pk=patient.pk).update(user=user)
    return Patient.objects.get(pk=patient.pk)


# --- what is told ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire", ["without_redis", "through_redis"])
def test_changes_and_events_travel_both_ways(request, wire, clinic, receptionist):
    request.getfixturevalue(wire)
    server = request.getfixturevalue("server")
    with program(server, receptionist) as desk:
        change(clinic=clinic, topics=("queue-3",))
        assert desk.hear() == {"type": "changed", "topic": "queue-3", "version": 1}
        happen(clinic=clinic, kind="invoice.paid", patient_id=9, invoice=12)
        assert desk.hear() == {"type": "invoice.paid", "invoice": 12}


@pytest.mark.parametrize("wire", ["without_redis", "through_redis"])
def test_who_is_let_in_misses_nothing_of_what_they_do_next(request, wire, clinic, receptionist):
    request.getfixturevalue(wire)
    server = request.getfixturevalue("server")  # nobody has listened there yet
    with knock(server, ticket_of(signed_in(receptionist))) as socket:
        happen(clinic=clinic, kind="invoice.paid", invoice=12)
        assert Program(socket).hear() == {"type": "invoice.paid", "invoice": 12}


def test_what_was_rolled_back_is_not_told(server, clinic, receptionist):
    with program(server, receptionist) as desk:
        with pytest.raises(ValueError, match="rolled back"):
            happen(clinic=clinic, kind="invoice.paid", invoice=1, fails=True)
        happen(clinic=clinic, kind="invoice.paid", invoice=2)
        assert desk.hear() == {"type": "invoice.paid", "invoice": 2}


def test_each_hears_what_concerns_them(server, clinic, receptionist, layla):
    omar, other = make.doctor(clinic=clinic), make.doctor(clinic=clinic)
    stranger = account_of(lines.patient(), clinic)
    with (
        program(server, receptionist) as desk,
        program(server, omar.user) as theirs,
        program(server, other.user) as colleague,
        program(server, layla.user) as own,
        program(server, stranger.user) as foreign,
    ):
        happen(
            clinic=clinic, kind="appointment.moved", patient_id=layla.pk, doctor_id=omar.pk, appointment=12, at="soon"
        )
        happen(clinic=clinic, kind="doctor.status", doctor=0, status="busy")
        heard = [before_the_last(one) for one in (desk, theirs, colleague, own, foreign)]
    moved = {"type": "appointment.moved", "appointment": 12}
    assert heard == [[moved], [moved], [], [moved], []]


def before_the_last(one):
    """Which events were heard before the last one, which everybody hears."""
    frames = [one.hear()]
    while frames[-1] != {"type": "doctor.status", "doctor": 0, "status": "busy"}:
        frames.append(one.hear())
    return [frame for frame in frames if frame["type"] == "appointment.moved"]


def test_a_patient_hears_of_another_clinic_of_the_organisation(server, clinic, layla):
    other = make.clinic(name="Other")
    listening = make.user(Role.MANAGER, clinic=clinic)
    ApiSignIn.objects.all().delete()
    with program(server, layla.user) as own, program(server, listening) as manager:
        happen(clinic=other, kind="invoice.paid", patient_id=layla.pk, invoice=5)
        assert own.hear() == {"type": "invoice.paid", "invoice": 5}
        assert manager.hear(within=0.3) is None


def test_patients_hear_of_no_screens(server, clinic, layla):
    with program(server, layla.user) as own:
        change(clinic=clinic)
        assert own.hear(within=0.3) is None


def test_many_events_of_one_operation_are_all_told_in_order(server, clinic, receptionist):
    @operation
    def many():
        for number in range(100):
            live.event(clinic, "invoice.paid", invoice=number, note="x" * 200)

    with program(server, receptionist) as desk:
        many()
        assert [desk.hear()["invoice"] for _number in range(100)] == list(range(100))


# --- what is said ----------------------------------------------------------------------------------------------------


def test_a_doctor_says_busy_and_everybody_hears(server, clinic, layla):
    omar = make.doctor(clinic=clinic)
    with program(server, omar.user) as theirs, program(server, layla.user) as own:
        theirs.say({"type": "status_update", "status": "busy"})
        assert own.hear() == {"type": "doctor.status", "doctor": omar.pk, "status": "busy"}
        assert Doctor.objects.get(pk=omar.pk).status == Doctor.Status.BUSY


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", "not_understood"),
        ("[1]", "not_understood"),
        ("[" * 900, "not_understood"),
        ({"type": "call_next"}, "not_understood"),
        ({"type": ["ping"]}, "not_understood"),
        (b"\x00\x01", "not_text"),
        ("x" * 1001, "too_long"),
        ({"type": "status_update", "status": "busy"}, "not_allowed"),
    ],
    ids=range(8),
)
def test_anything_else_is_answered_and_closes_nothing(server, receptionist, message, code):
    with program(server, receptionist) as desk:
        assert desk.ask(message) == {"type": "error", "code": code}
        assert desk.ask({"type": "ping"})["type"] == "pong"


@pytest.mark.parametrize("status", ["away", 1, None, ["busy"]])
def test_a_status_that_is_none_is_refused(server, clinic, status):
    with program(server, make.doctor(clinic=clinic).user) as theirs:
        assert theirs.ask({"type": "status_update", "status": status}) == {"type": "error", "code": "invalid"}


def test_who_talks_too_much_is_told_once_and_then_cut_off(server, receptionist, monkeypatch):
    monkeypatch.setattr(consumers.EventSocket, "WITHIN", 60.0)
    monkeypatch.setattr(consumers.EventSocket, "TOO_MANY", 60)
    with program(server, receptionist) as desk:
        for _number in range(60):
            desk.say({"type": "ping"})
        frames = []
        while len(frames) < 60 and (not frames or frames[-1]["type"] != "error"):
            frames.append(desk.hear())
        assert frames[-1] == {"type": "error", "code": "slow_down"}
        assert desk.close_code() == consumers.EventSocket.FLOOD


# --- who is let in ---------------------------------------------------------------------------------------------------


def refused(server, ticket, **more):
    with pytest.raises(InvalidStatus) as refusal, knock(server, ticket, **more):
        pass
    return refusal.value.response.status_code


def test_a_ticket_opens_one_socket(server, receptionist):
    ticket = ticket_of(signed_in(receptionist))
    with knock(server, ticket):
        assert refused(server, ticket) == 403


@pytest.mark.parametrize("ticket", ["", "made-up", "%00", "%ff"])
def test_other_text_opens_none(server, receptionist, ticket):
    assert refused(server, ticket) == 403


def test_the_page_of_another_site_is_refused_and_a_named_one_is_not(server, receptionist, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
    pair = signed_in(receptionist)
    origins = ["http://evil.example", "null", "http://[", f"{server.url}.evil.example"]
    assert [refused(server, ticket_of(pair), origin=origin) for origin in origins] == [403] * 4
    for origin in ("https://app.example", server.url, None):
        with program(server, receptionist, pair=pair, origin=origin):
            pass


def test_a_cookie_opens_nothing(server, receptionist):
    headers = {"Cookie": server.cookie_for(receptionist)}
    assert refused(server, "", additional_headers=headers, origin=server.url) == 403


def test_a_display_and_nobody_in_particular_may_not_listen(server, clinic):
    pairs = [signed_in(make.user(*roles, clinic=clinic)) for roles in ([Role.DISPLAY], [])]
    assert [refused(server, ticket_of(pair)) for pair in pairs] == [403, 403]


def log_out(user, pair):
    tokens.end_sign_in(sign_in_id=tokens.claims_of(pair.access_token)["sid"], by=user)


def use_a_refresh_token_twice(user, pair):
    for _time in range(2):
        tokens.renew(refresh_token=pair.refresh_token)


def close_account(user, pair):
    operations.disable_user(user=user, by=make.user(Role.MANAGER, clinic=user.clinic))


def choose_password(user, pair):
    operations.choose_password(user=user, password="another-battery-horse", by=user)


def change_roles(user, pair):
    operations.set_roles(user=user, roles=[Role.NURSE], by=user)


def move_to_another_clinic(user, pair):
    User.objects.filter(pk=user.pk).update(clinic=make.clinic(name="Other"))


@pytest.mark.parametrize(
    "end",
    [log_out, use_a_refresh_token_twice, close_account, choose_password, change_roles, move_to_another_clinic],
    ids=lambda end: end.__name__,
)
def test_the_socket_is_cut_when_its_sign_in_ends(server, receptionist, end):
    with program(server, receptionist) as desk:
        end(receptionist, desk.pair)
        assert desk.close_code() == consumers.EventSocket.ENDED


def test_a_new_pair_of_the_same_sign_in_keeps_the_socket(server, receptionist):
    with program(server, receptionist) as desk:
        tokens.renew(refresh_token=desk.pair.refresh_token)
        time.sleep(0.4)
        assert desk.ask({"type": "ping"})["type"] == "pong"


def test_checking_all_sign_ins_takes_two_queries(clinic, layla, django_assert_num_queries):
    users = [make.user(Role.NURSE, clinic=clinic) for _number in range(4)] + [layla.user]
    for user in users:
        signed_in(user)
    ids = set(ApiSignIn.objects.values_list("pk", flat=True))
    with django_assert_num_queries(2):
        found = listeners(ids)
    assert {one.user_id: one.files for one in found.values()} == {user.pk: frozenset() for user in users[:4]} | {
        layla.user_id: frozenset({layla.pk})
    }


def test_a_socket_that_answers_no_ping_is_closed(receptionist, monkeypatch):
    """As the doors run it, only quicker: nothing there switches uvicorn's pings (20 seconds) off."""
    configure = uvicorn.Config.__init__

    def quick(self, *args, **kwargs):
        configure(self, *args, **{**kwargs, "ws_ping_interval": 0.3, "ws_ping_timeout": 0.3})

    monkeypatch.setattr(uvicorn.Config, "__init__", quick)
    running = Running().start()
    try:
        with socket.create_connection(("127.0.0.1", running.port), timeout=10) as silent:
            silent.sendall(handshake(running.port, ticket_of(signed_in(receptionist))))
            assert silent.recv(12) == b"HTTP/1.1 101"
            while silent.recv(1000):  # pings, which it leaves unanswered, until the server has had enough
                pass
    finally:
        running.stop()


def handshake(port, ticket):
    lines = [
        f"GET /ws/events?ticket={ticket} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


# --- the table -------------------------------------------------------------------------------------------------------


class Anybody:
    """A listener by role."""

    def __init__(self, role, *, doctor=None, patient=None):
        self.roles, self.doctor_id, self.files = frozenset({role}), doctor, {patient} - {None}


def test_every_role_hears_what_the_table_says():
    people = {str(role): Anybody(role) for role in (*STAFF, Role.PATIENT, Role.DISPLAY)}
    people |= {"own doctor": Anybody(Role.DOCTOR, doctor=4), "own patient": Anybody(Role.PATIENT, patient=7)}
    kinds = (
        "appointment.created",
        "queue.called",
        "doctor.status",
        "prescription.ready",
        "invoice.paid",
        "visit.opened",
    )
    heard = {
        kind: {name for name, one in people.items() if audience.of(kind).admits(one, patient_id=7, doctor_id=4)}
        for kind in kinds
    }
    staff = {str(role) for role in STAFF} | {"own doctor"}
    assert heard == {
        "appointment.created": {"manager", "reception", "nurse", "own doctor", "own patient"},
        "queue.called": staff | {"own patient"},
        "doctor.status": staff | {"patient", "own patient"},
        "prescription.ready": {"pharmacist", "own doctor", "own patient"},
        "invoice.paid": {"manager", "reception", "own patient"},
        "visit.opened": set(),
    }


def test_an_event_of_nobody_in_particular_is_nobodys_own():
    assert not audience.of("invoice.paid").admits(Anybody(Role.PATIENT), patient_id=None, doctor_id=None)


def test_an_event_belongs_inside_an_operation_and_is_short(clinic):
    with pytest.raises(RuntimeError):
        live.event(clinic, "invoice.paid", invoice=1)
    with pytest.raises(ValueError, match="nothing longer"):
        happen(clinic=clinic, kind="invoice.paid", text="x" * 500)


def test_what_an_inner_operation_took_back_is_not_told(clinic, monkeypatch):
    told = []
    monkeypatch.setattr(live, "flush_events", told.extend)

    @operation
    def outer():
        live.event(clinic, "invoice.paid", invoice=1)
        with pytest.raises(ValueError, match="rolled back"):
            happen(clinic=clinic, kind="invoice.paid", invoice=2, fails=True)

    outer()
    assert [one["frame"]["invoice"] for one in told] == [1]
