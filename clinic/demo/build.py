"""The whole demo clinic, from the first room to the last call; the same for the same seed and moment."""

import random

from django.db import transaction

from clinic.demo import base, day
from clinic.demo.clock import moved_clock

SEED = 2026


@transaction.atomic
def build(*, password, seed=SEED, moment=None):
    """Make the demo clinic as it is at `moment` (default: now); everything or nothing. Returns the Clinic."""
    moment = moment or base.moment_now()
    rng = random.Random(seed)
    with moved_clock(moment) as clock:
        clinic = base.make_clinic(base.zone_for(moment))
        staff = base.make_staff(clinic, password)
        base.make_price_list(clinic)
        catalogue = base.make_catalogue()
        base.fill_shelves(clinic, catalogue, staff["pharmacist"], clock, rng)
        patients = base.register_patients(clinic, staff)
        base.patient_account(clinic, patients[0], password)
        story = day.Day(clinic, staff, patients, clock, rng)
        day.history(story, patients[:6] + patients[8:52:2])
        day.plan(story, _today(patients))
        story.run()
        day.tomorrow(story, patients[20:50])
    for name, (_last, ending) in day.ENDINGS.items():
        if ending == "calls":
            story.call_now(name)
    return clinic


def _today(patients):
    """Who comes today: the ones with a past mixed with new ones, look-alikes included."""
    return patients[2:3] + patients[4:6] + patients[:2] + patients[3:4] + patients[6:]
