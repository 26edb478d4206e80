"""The whole day once more, by programs: every door of the API over real HTTP, against a running server."""

import json
from datetime import datetime, timedelta

import pytest
from websockets.sync.client import connect

from clinic.models import User
from tests.stories import stage as scenery
from tests.stories.program import Program

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Story:
    """The people of the stage, each with a program signed in for them."""

    def __init__(self, house):
        self.house = house
        self.stage = scenery.build("en")
        self.programs = {}
        self.ids = {}

    def __getattr__(self, username):
        if username not in self.programs:
            self.programs[username] = Program(self.house.url)
            self.programs[username].sign_in(username, scenery.PASSWORD)
        return self.programs[username]

    def listen(self, program):
        """A socket of the events, let in by a ticket."""
        ticket = program.post("auth/socket-ticket")["ticket"]
        return connect(f"{self.house.url.replace('http', 'ws')}/ws/events?ticket={ticket}")


def heard(socket, kind, **facts):
    """The next message of that type with those facts; others are let pass."""
    while True:
        message = json.loads(socket.recv(timeout=5))
        if message["type"] == kind and facts.items() <= message.items():
            return message


@pytest.fixture
def story(house):
    return Story(house)


def day_after(story, days):
    return (story.stage.clinic.today() + timedelta(days=days)).isoformat()


def test_a_day_by_programs(story):
    _sign_in(story)
    _registers(story)
    _hours_and_bookings(story)
    _arrives(story)
    _is_seen(story)
    _gets_medicine(story)
    _pays(story)
    _departments_and_presence(story)
    _reports(story)


def _sign_in(story):
    me = story.reception.get("auth/me")
    assert (me["username"], me["roles"]) == ("reception", ["reception"])
    story.ids["doctor"] = story.doctor1.get("auth/me")["doctor"]
    old = story.nurse.refresh_token
    fresh = story.nurse.post("auth/refresh", {"refresh_token": old}, 200)
    story.nurse.token = fresh["access_token"]
    Program(story.house.url).post("auth/refresh", {"refresh_token": old}, 401)
    story.nurse.get("auth/me", status=401)  # a second use ended the whole sign-in
    story.nurse.sign_in("nurse", scenery.PASSWORD)


def _registers(story):
    desk = story.reception
    body = {"name": "محمد العبدالله", "age": 34, "sex": "male", "phone": "0501234567"}
    made = desk.post("patients/", body)
    assert (made["age"], made["name"]) == (34, body["name"])
    again = desk.post("patients/", body, 409)
    assert (again["code"], again["alternatives"][0]["id"]) == ("possible_duplicate", made["id"])
    found = desk.get("patients/", q="Mohamed Abdullah")
    assert [row["id"] for row in found["results"]] == [made["id"]]
    story.ids["patient"] = made["id"]


def _hours_and_bookings(story):
    manager, desk = story.manager, story.reception
    account = {"username": "amina", "name": "Amina Rahal", "roles": ["doctor"], "doctor": {"room": "7"}}
    manager.post("users/", {**account, "password": "a quiet green hill"})
    doctor = manager.get("doctors/", q="Amina Rahal").json["results"][0]["id"]
    start = day_after(story, 30)
    bulk = {"weekdays": [0, 1, 2, 3, 4, 5, 6], "start_time": "00:00", "end_time": "02:00", "slot_minutes": 20}
    manager.post(f"doctors/{doctor}/availability/", {**bulk, "valid_from": start, "valid_until": day_after(story, 60)})
    slots = desk.get(f"doctors/{doctor}/slots/", **{"from": start, "days": 1, "minutes": 20}).json["results"]
    night = [slot for slot in slots if "T00:" in slot["start"] or "T01:" in slot["start"]]
    assert len(night) == 6
    blocked = {"kind": "away", "starts_at": night[3]["start"], "ends_at": night[5]["end"], "reason": "Meeting"}
    manager.post(f"doctors/{doctor}/exceptions/", blocked)
    left = desk.get(f"doctors/{doctor}/slots/", **{"from": start, "days": 1, "minutes": 20}).json["results"]
    assert [slot["start"] for slot in left if slot in night] == [slot["start"] for slot in night[:3]]
    wanted = {"patient": story.ids["patient"], "doctor": doctor, "start": night[0]["start"], "minutes": 20}
    booked = desk.post("appointments/", wanted)
    other = desk.post("patients/", {"name": "Hana Sabri", "born_on": "1990-05-04", "phone": "0509876543"})
    story.ids["other"] = other["id"]
    taken = desk.post("appointments/", {**wanted, "patient": other["id"]}, 409)
    assert (taken["code"], taken["alternatives"][0]["start"]) == ("slot_taken", night[1]["start"])
    moved = desk.patch(f"appointments/{booked['id']}/", {"start": night[1]["start"]})
    assert datetime.fromisoformat(moved["start"]) == datetime.fromisoformat(night[1]["start"])
    assert desk.post(f"appointments/{booked['id']}/cancel/", {"reason": "Cannot come"}, 200)["status"] == "cancelled"


def _arrives(story):
    desk, doctor = story.reception, story.ids["doctor"]
    today = story.stage.clinic.today().isoformat()
    free = desk.get(f"doctors/{doctor}/slots/", **{"from": today, "days": 2}).json["results"]
    body = {"patient": story.ids["patient"], "doctor": doctor, "start": free[0]["start"]}
    booked = desk.post("appointments/", body)
    story.ids["appointment"] = booked["id"]
    with story.listen(story.doctor1) as socket:
        entry = desk.post("queue/check-in/", {"appointment": booked["id"]})
        heard(socket, "changed")
    walked = desk.post("queue/walk-in/", {"patient": story.ids["other"], "doctor": doctor, "reason": "Cough"})
    assert {entry["status"], walked["status"]} == {"waiting"}
    called = story.doctor1.post("queue/next/", status=200)
    assert called["status"] == "called"
    assert desk.patch(f"queue/entries/{called['id']}/", {"status": "serving"})["status"] == "with_staff"
    story.ids["entry"] = called["id"]
    story.ids["seen"] = called["patient"]
    summary = desk.get("queue/summary/", date=today)
    assert summary.json
    place = Program(story.house.url).get(f"queue/my-place/{walked['place_code']}/")
    assert "name" not in json.dumps(place.json)


def _is_seen(story):
    doctor, ids = story.doctor1, story.ids
    visit = doctor.post("visits/", {"patient": ids["seen"], "doctor": ids["doctor"], "entry": ids["entry"]})
    address = f"visits/{visit['id']}"
    measured = doctor.post(
        f"{address}/vitals/",
        {"systolic": 128, "diastolic": 84, "pulse": 76, "temperature": 38.4, "weight": 71, "height": 178},
    )
    assert measured["bmi"] == 22.4
    for category in ("symptom", "observation", "treatment", "plan"):
        doctor.post(f"{address}/notes/", {"category": category, "text": f"A {category}"})
    assert [note["category"] for note in doctor.get(f"{address}/notes/").json["results"]] == [
        "symptom", "observation", "treatment", "plan",
    ]  # fmt: skip
    doctor.post(f"{address}/diagnoses/", {"text": "Acute pharyngitis", "code": "J02.9"})
    draft = doctor.patch(f"{address}/", {"complaint": "Sore throat", "version": doctor.get(f"{address}/")["version"]})
    assert draft["complaint"] == "Sore throat"
    paracetamol = story.stage.medicines["paracetamol"].pk
    made = doctor.post(
        "prescriptions/",
        {
            "visit": visit["id"],
            "items": [
                {"medicine": paracetamol, "dose": 1, "frequency": "1-1-1", "duration_days": 5},
                {"line": "amox 500 1-1-1 7d"},
            ],
        },
    )
    assert [item["quantity"] for item in made["items"]] == [15, 21]
    assert doctor.post(f"prescriptions/{made['id']}/sign/", status=200)["status"] == "signed"
    printed = doctor.get(f"prescriptions/{made['id']}/print/")
    assert printed.content.startswith(b"%PDF")
    assert doctor.post(f"{address}/complete/", status=409)["code"] == "incomplete"  # nobody asked about allergies
    doctor.post(f"patients/{ids['seen']}/no-known-allergies/", status=200)
    assert doctor.post(f"{address}/complete/", status=200)["status"] == "completed"
    ids |= {"visit": visit["id"], "prescription": made["id"], "items": [item["id"] for item in made["items"]]}


def _gets_medicine(story):
    pharmacist, ids = story.pharmacist, story.ids
    amoxicillin = story.stage.medicines["amoxicillin"]
    first = pharmacist.get("batches/", medicine=amoxicillin.pk).json["results"][0]
    counted = {"medicine": amoxicillin.pk, "counts": [{"batch": first["id"], "counted": 10}], "reason": "Broken seal"}
    pharmacist.post("stock/count/", counted, 200)
    later = (story.stage.clinic.today() + timedelta(days=900)).isoformat()
    pharmacist.post("batches/", {"medicine": amoxicillin.pk, "number": "B-2", "expires_on": later, "quantity": 100})
    lines = [{"item": item, "quantity": quantity} for item, quantity in zip(ids["items"], (15, 21), strict=True)]
    key = "one-key-of-the-pharmacy"
    given = pharmacist.post("dispensings/", {"prescription": ids["prescription"], "lines": lines}, key=key)
    again = pharmacist.post("dispensings/", {"prescription": ids["prescription"], "lines": lines}, key=key)
    assert again["id"] == given["id"]
    batches = {line["item"]: line["batches"] for line in given["lines"]}
    assert [batch["quantity"] for batch in batches[ids["items"][1]]] == [10, 11]
    ids["dispensing"] = given["id"]


def _pays(story):
    desk, ids = story.reception, story.ids
    rows = desk.get("invoices/", patient=ids["seen"]).json["results"]
    assert [row["mode"] for row in rows] == ["auto"]
    bill = rows[0]
    if bill["status"] == "draft":
        bill = desk.post(f"invoices/{bill['id']}/issue/", status=200).json
    part = desk.post(f"invoices/{bill['id']}/pay/", {"amount": "50.00", "method": "cash", "tendered": "100.00"})
    assert (part["status"], part["change"]) == ("partly_paid", "50.00")
    with story.listen(story.manager) as socket:
        rest = desk.post(f"invoices/{bill['id']}/pay/", {"amount": part["due"], "method": "card"})
        heard(socket, "invoice.paid", invoice=bill["id"])
    assert (rest["status"], rest["due"]) == ("paid", "0.00")
    desk.post(f"invoices/{bill['id']}/pay/", {"amount": "1.00", "method": "cash"}, 409)
    assert desk.get(f"invoices/{bill['id']}/receipt/").content.startswith(b"%PDF")
    back = {"lines": [{"item": ids["items"][0], "quantity": 5}], "reason": "Not needed", "restock": True}
    story.pharmacist.post(f"dispensings/{ids['dispensing']}/return/", back)
    refund = story.manager.post(
        f"invoices/{bill['id']}/refunds/", {"amount": "2.88", "method": "card", "reason": "Five tablets came back"}
    )
    assert refund["amount"] == "2.88"  # 5 x 0.50 and 15 % tax
    service = desk.get("services/").json["results"][0]["id"]
    manual = desk.post("invoices/", {"patient": ids["other"], "lines": [{"service": service, "quantity": 1}]})
    assert (manual["mode"], manual["status"]) == ("manual", "draft")


def _departments_and_presence(story):
    made = story.manager.post("departments/", {"name": "Radiology", "name_other_script": "الأشعة"})
    assert story.nurse.get(f"departments/{made['id']}/")["name"] == "Radiology"
    story.nurse.post("departments/", {"name": "Mine"}, 403)
    doctor = story.ids["doctor"]
    with story.listen(story.reception) as other, story.listen(story.doctor1) as own:
        story.doctor1.post(f"doctors/{doctor}/status/", {"status": "busy"}, 200)
        heard(other, "doctor.status", doctor=doctor, status="busy")
        own.send(json.dumps({"type": "status_update", "status": "online"}))
        heard(other, "doctor.status", doctor=doctor, status="online")
    assert story.reception.get(f"doctors/{doctor}/status/")["status"] == "online"


def _reports(story):
    today = story.stage.clinic.today().isoformat()
    summary = story.manager.get("reports/daily-summary/", date=today)
    assert summary.json
    for name in ("visit-history", "stock-movements", "audit-log", "stats"):
        assert story.manager.get(f"reports/{name}/").json
        story.reception.get(f"reports/{name}/", status=403)
    table = story.manager.get("reports/stock-movements/", format="csv")
    assert table.headers["Content-Type"].startswith("text/csv")


def test_a_patients_own_account(story):
    """What a patient may, and that everything else is refused."""
    doctor = story.doctor1.get("auth/me")["doctor"]
    mine = Program(story.house.url)
    body = {"username": "noura", "password": "a quiet blue river", "name": "Noura Fadel", "phone": "0505551212"}
    got = mine.post("auth/register", {**body, "born_on": "1991-02-03"})
    mine.token = got["access_token"]
    me = mine.get("auth/me")
    patient = me["patient"]
    assert (me["roles"], mine.get(f"patients/{patient}/")["name"]) == (["patient"], "Noura Fadel")
    assert [row["id"] for row in mine.get("doctors/", q="Karim").json["results"]] == [doctor]
    tomorrow = day_after(story, 1)
    slots = mine.get(f"doctors/{doctor}/slots/", **{"from": tomorrow, "days": 5}).json["results"]
    with story.listen(mine) as socket:
        booked = mine.post("appointments/", {"patient": patient, "doctor": doctor, "start": slots[0]["start"]})
        heard(socket, "appointment.created", appointment=booked["id"])
        moved = mine.patch(f"appointments/{booked['id']}/", {"start": slots[1]["start"]})
        heard(socket, "appointment.moved", appointment=booked["id"])
    assert datetime.fromisoformat(moved["start"]) == datetime.fromisoformat(slots[1]["start"])
    assert mine.post(f"appointments/{booked['id']}/cancel/", {"reason": "Away"}, 200)["status"] == "cancelled"
    for name in ("visits", "prescriptions", "invoices", "access-log", "appointments"):
        assert mine.get(f"patients/{patient}/{name}/")["count"] >= 0
    _is_refused_all_else(story, mine, doctor)


def _is_refused_all_else(story, mine, doctor):
    stranger = story.reception.post("patients/", {"name": "Sami Odeh", "age": 50, "phone": "0507771212"})["id"]
    theirs = story.reception.get(f"doctors/{doctor}/slots/", **{"from": day_after(story, 2), "days": 3}).json[
        "results"
    ][0]
    booked = story.reception.post("appointments/", {"patient": stranger, "doctor": doctor, "start": theirs["start"]})
    for path in (f"patients/{stranger}/", f"patients/{stranger}/visits/", f"appointments/{booked['id']}/"):
        mine.get(path, status=404)
    mine.post(f"appointments/{booked['id']}/cancel/", {"reason": "x"}, 404)
    assert mine.get("patients/")["count"] == 1
    for path in ("users/", "queue/summary/", "batches/", "stock-moves/", "cash-sessions/", "reports/stats/"):
        mine.get(path, status=403)
    mine.post("visits/", {"patient": stranger, "doctor": doctor}, 403)
    mine.post("departments/", {"name": "Mine"}, 403)
    assert User.objects.get(username="noura").roles == {"patient"}
