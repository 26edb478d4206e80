"""Redis is gone: every page opens, everything can be written, the screens say that they are not live, and catch up.

How the wire dies and comes back is told in tests/live/test_redis.py; here stands what people see of it.
"""

import socket
import time

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from queues.models import Token
from tests.live.conftest import use_redis
from tests.stories import stage as scenery
from tests.stories.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NOT_LIVE = 15_000  # ms on its own clock after which a screen says so
CAUGHT_UP = 15_000  # ms after which it shows what happened meanwhile


@pytest.fixture
def no_redis(settings):
    """The settings name a Redis where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    use_redis(settings, f"redis://127.0.0.1:{port}")


@pytest.fixture
def stage(transactional_db):
    made = scenery.build()
    scenery.fill_day(made)
    return made


def test_every_page_and_write_works(no_redis, house, stage):
    """Nobody waits for what is not there."""
    began = time.monotonic()
    for username, paths in {
        "reception": ["/desk/", "/calendar/", "/patients/", "/billing/"],
        "doctor1": [reverse("visits:visit", args=[stage.visit.pk])],
        "nurse": ["/queue/"],
        "pharmacist": ["/pharmacy/", reverse("pharmacy:dispensing", args=[stage.prescription.pk]), "/pharmacy/stock/"],
        "display": ["/queue/board/"],
        "manager": ["/day/", "/audit/", "/admin/"],
    }.items():
        client = house.sign_in(stage.staff[username])
        assert [path for path in paths if client.get(path).status_code != 200] == []
    desk, doctor = house.sign_in(stage.staff["reception"]), house.sign_in(stage.staff["doctor1"])
    yusuf = stage.patients["Yusuf Darwish"]
    given = desk.post(reverse("scheduling:arrive", args=[yusuf.pk]), headers={"HX-Request": "true"})
    assert (given.status_code, Token.objects.filter(patient=yusuf).count()) == (200, 1)
    stage.visit.refresh_from_db()
    note = {"version": stage.visit.version, "complaint": "Cough", "examination": "", "plan": ""}
    assert doctor.post(reverse("visits:save_note", args=[stage.visit.pk]), note).status_code in (200, 303)
    scenery.pay(stage, stage.prescription.patient)
    assert scenery.bill_of(stage.prescription.patient).state == "paid"
    assert time.monotonic() - began < 30


def test_the_screens_say_so_and_catch_up(no_redis, browser, house, stage):
    """The one who acts sees it at once; the others within a quarter of a minute, and know until then."""
    for name in ("Rami Tawil", "Nada Salem", "Fadi Aoun"):
        scenery.wait_for(stage, scenery.register(stage, name), doctor=1)
    desk = Window(browser, house, stage.staff["reception"], "/desk/", clock=True)
    doctor = Window(browser, house, stage.staff["doctor1"], reverse("visits:visit", args=[stage.visit.pk]), clock=True)
    board = Window(browser, house, stage.staff["display"], "/queue/board/", clock=True)
    for window in (desk, doctor):
        window.page.clock.run_for(NOT_LIVE)
        expect(window.at("#live-state")).to_have_attribute("data-state", "stale")
    for _time in range(3):  # the board asks for itself
        with board.page.expect_response("**/queue/board/live/"):
            board.page.clock.run_for(6_000)
    expect(board.at("#board")).to_have_attribute("data-state", "live")
    salma = scenery.register(stage, "Salma Idris", phone="0509998877")
    desk.page.fill("#find", "salma")
    expect(desk.at(f"#found-{salma.pk}")).to_be_visible()
    desk.page.press("#find", "Enter")
    expect(desk.at("#walk-in-go")).to_be_visible()
    with desk.answered("/desk/walk-in/"):
        desk.page.keyboard.press("F4")
    label = Token.objects.get(patient=salma).label
    expect(desk.at(f"#today [data-patient='{salma.pk}']")).to_be_visible(timeout=2000)
    doctor.page.clock.run_for(CAUGHT_UP)
    expect(doctor.at("#visit-queue")).to_contain_text(label)
    for window in (desk, doctor, board):
        window.close()
