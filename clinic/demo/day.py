"""The demo's day: who came when, told as events in the order of time, until now.

Times are minutes before (negative) or after now. Doctors call by themselves: whoever the line gives them.
"""

import heapq
from datetime import timedelta
from itertools import count

from clinic.demo import visits as story
from pharmacy import operations as pharmacy
from queues import operations as lines
from queues import queries as line_queries
from queues.models import Entry
from scheduling import operations as appointments
from scheduling.queries import free_slots
from visits import operations as visits

OPENS = -170
# When each doctor last finishes a visit, and what is true of them now.
ENDINGS = {
    "doctor": (-6, "free"),
    "layla.mansour": (-9, "calls"),
    "yusuf.karim": (-16, "in_room"),
    "noor.sayed": (-21, "in_room"),
}
VISIT_MINUTES = (17, 24)
# Who may be given which priority.
SUITS = {
    "elderly": lambda patient: patient.born_on.year <= 1949,
    "infant": lambda patient: patient.born_on.year >= 2024,
    "pregnant": lambda patient: patient.sex == "female" and 1993 <= patient.born_on.year <= 1998,
}
DAYS_BACK = (28, 21, 14, 8, 3, 1)
ROOM_AFTER = 2  # minutes from the call to the door


class Day:
    """The events still to come, and what they need to know."""

    def __init__(self, clinic, staff, patients, clock, rng):
        self.clinic, self.staff, self.clock, self.rng = clinic, staff, clock, rng
        self.now = clock.moment
        self.doctors = {name: staff[name].doctor for name in ENDINGS}
        self.events, self.order = [], count()
        self.people = iter(patients)
        self.unpaid_on_purpose = 0

    def at(self, minute, event, *arguments):
        """Let `event` happen `minute` minutes from now (negative: before)."""
        heapq.heappush(self.events, (minute, next(self.order), event, arguments))

    def run(self):
        """Let everything happen in the order of time; the clock ends at now."""
        while self.events:
            minute, _order, event, arguments = heapq.heappop(self.events)
            self.clock.moment = self.now + timedelta(minutes=minute)
            event(minute, *arguments)
        self.clock.moment = self.now

    # --- the desk ---------------------------------------------------------------------------------------------------

    def check_in(self, minute, appointment, category="normal"):
        """A booked patient arrives."""
        appointments.check_in(appointment=appointment, by=self.staff["reception"], category=category)

    def walk_in(self, minute, patient, doctor, category="normal", reason=""):
        """Somebody comes without a booking."""
        appointments.walk_in(
            clinic=self.clinic, patient=patient, doctor=self.doctors[doctor], by=self.staff["reception"],
            category=category, emergency_reason=reason,
        )  # fmt: skip

    def miss(self, minute, appointment):
        """A booked patient did not come."""
        appointments.miss(appointment=appointment, by=self.staff["reception"])

    def cancel(self, minute, appointment):
        """A booked patient calls the visit off."""
        appointments.cancel(appointment=appointment, by=self.staff["reception"], reason="Telephoned: cannot come")

    def leave(self, minute, patient):
        """Somebody goes home without being seen."""
        entry = Entry.objects.waiting().filter(token__patient=patient).first()
        if entry:
            lines.leave(entry=entry, by=self.staff["reception"])

    def take_payment(self, minute, patient):
        """The patient pays on the way out."""
        for invoice in story.unpaid(self.clinic, patient):
            story.pay(invoice, self.staff["reception"], self.rng)

    def measure(self, minute, patient, doctor, high=False):
        """The nurse takes the vitals of somebody who waits."""
        entry = Entry.objects.waiting().filter(token__patient=patient).select_related("token").first()
        if entry:
            nurse = self.staff["nurse"]
            visit = visits.open_visit(patient=patient, doctor=self.doctors[doctor], by=nurse, token=entry.token)
            story.measure(visit, nurse, self.rng, high=high)

    # --- the rooms --------------------------------------------------------------------------------------------------

    def call(self, minute, name):
        """The doctor calls the next, unless the day says that this was the last."""
        last, ending = ENDINGS[name]
        length = self.rng.randint(*VISIT_MINUTES)
        if not self.waits(name):
            if minute + 3 < last - length:
                self.at(minute + 3, self.call, name)
            return
        visit = visits.call_next(doctor=self.doctors[name], by=self.staff[name])
        self.at(minute + ROOM_AFTER, self.begin, visit)
        self.at(min(minute + length, last), self.finish, visit, name)
        if minute + length < last - 12:
            self.at(minute + length + 1, self.call, name)

    def begin(self, minute, visit):
        """The patient comes in."""
        visits.begin(visit=visit, by=visit.doctor.user)

    def finish(self, minute, visit, name):
        """The doctor writes, prescribes and finishes; the patient goes to the pharmacy or pays."""
        doctor, case = self.staff[name], story.case_for(visit.patient, self.clinic.today(), self.rng)
        if not visit.vitals.exists():
            story.measure(visit, doctor, self.rng)
        story.write_note(visit, case, doctor)
        story.prescribe(visit, case, doctor)
        story.finish(visit, doctor, ask_allergies=self.rng.random() < 0.5)
        goes_to_pharmacy = story.open_prescriptions(self.clinic).filter(visit=visit).exists()
        if not goes_to_pharmacy and minute < -25:
            self.at(minute + 4, self.take_payment, visit.patient)

    def waits(self, name):
        """True while somebody waits for this doctor."""
        return bool(line_queries.line(line_queries.station_of(self.doctors[name])))

    def now_in_room(self, minute, name):
        """The last call of the day so far: the patient is in the room and the note has begun."""
        if not self.waits(name):
            return
        visit = visits.call_next(doctor=self.doctors[name], by=self.staff[name])
        visits.begin(visit=visit, by=self.staff[name])
        self.at(minute + 4, self.half_note, visit, name)

    def half_note(self, minute, visit, name):
        """Half a note."""
        case = story.case_for(visit.patient, self.clinic.today(), self.rng)
        story.write_note(visit, case, self.staff[name], half=True)

    def call_now(self, name):
        """The last call, with the real clock: nobody has come in yet."""
        if not self.waits(name):
            return
        visits.call_next(doctor=self.doctors[name], by=self.staff[name])

    def not_come(self, minute, name):
        """Somebody is called and does not come."""
        if not self.waits(name):
            return
        visit = visits.call_next(doctor=self.doctors[name], by=self.staff[name])
        visits.not_come(visit=visit, by=self.staff[name])

    # --- the pharmacy -----------------------------------------------------------------------------------------------

    def pharmacy_call(self, minute):
        """The pharmacist calls the next, every few minutes, and leaves the last few waiting."""
        station = line_queries.pharmacy_station(self.clinic)
        if line_queries.line(station):
            entry, prescription = pharmacy.call_next(clinic=self.clinic, by=self.staff["pharmacist"])
            self.at(minute + 4, self.pharmacy_give, entry, prescription)
        if minute + 8 < -18:
            self.at(minute + 8, self.pharmacy_call)

    def pharmacy_give(self, minute, entry, prescription):
        """The pharmacist hands the medicines over; most pay at the desk afterwards."""
        story.dispense(prescription, self.staff["pharmacist"])
        self.unpaid_on_purpose += 1
        if self.unpaid_on_purpose % 3:
            self.at(minute + 3, self.take_payment, entry.token.patient)


def plan(day, patients):
    """Everything that happens on the demo's day."""
    kept = {category: next(p for p in patients if suits(p)) for category, suits in SUITS.items()}
    people = (patient for patient in patients if patient not in kept.values())
    booked = _book(day, people)
    for name, rows in booked.items():
        _arrivals(day, name, rows)
    _walk_ins(day, people, kept)
    for name, (last, ending) in ENDINGS.items():
        day.at(OPENS + 12, day.call, name)
        if ending == "in_room":
            day.at(last + 3, day.now_in_room, name)
    day.at(ENDINGS["noor.sayed"][0] + 2, day.not_come, "noor.sayed")
    day.at(OPENS + 40, day.pharmacy_call)


def _book(day, people):
    """{doctor: [(minute, appointment)]} booked the evening before, over the whole demo day and a little beyond."""
    day.clock.moment = day.now - timedelta(hours=20)
    booked = {}
    for name, doctor in day.doctors.items():
        slots = free_slots(doctor, day.clinic, day.now.astimezone(day.clinic.zone).date())
        wanted = _spread(slots, day.now)
        booked[name] = []
        for slot in wanted:
            appointment = appointments.book(
                clinic=day.clinic, patient=next(people), doctor=doctor, starts_at=slot.starts_at,
                by=day.staff["reception"], source="phone",
            )  # fmt: skip
            minute = round((slot.starts_at - day.now).total_seconds() / 60)
            booked[name].append((minute, appointment))
    day.clock.moment = day.now
    return booked


def _spread(slots, now):
    """Slots at about these minutes from now, each once."""
    chosen = []
    for wanted in (-150, -105, -60, -5, 30, 75, 120):
        moment = now + timedelta(minutes=wanted)
        left = [slot for slot in slots if slot not in chosen]
        nearest = min(left, key=lambda slot: abs(slot.starts_at - moment), default=None)
        if nearest and abs(nearest.starts_at - moment) < timedelta(minutes=40):
            chosen.append(nearest)
    return sorted(chosen, key=lambda slot: slot.starts_at)


def _arrivals(day, name, rows):
    """Who is booked comes a little early; one in each of two lines does not come, one calls off."""
    past = [row for row in rows if row[0] < 10]
    for position, (minute, appointment) in enumerate(past):
        if position == 2 and name in ("doctor", "layla.mansour"):
            day.at(min(minute + 25, -2), day.miss, appointment)
        elif position == 1 and name == "noor.sayed":
            day.at(minute - 60, day.cancel, appointment)
        else:
            arrives = minute - day.rng.randint(3, 12)
            # Whoever is due about now came after the doctors' last call, so that they are still in the line.
            arrives = min(max(arrives, -9), -3) if minute > -20 else arrives
            day.at(arrives, day.check_in, appointment)
            if day.rng.random() < 0.7:
                day.at(arrives + 1.5, day.measure, appointment.patient, name)


def _walk_ins(day, people, kept):
    """Who comes without a booking; the last of them still wait."""
    rows = [
        (-150, "doctor", "normal", ""), (-128, "layla.mansour", "infant", ""), (-96, "doctor", "normal", ""),
        (-84, "yusuf.karim", "normal", ""), (-70, "noor.sayed", "normal", ""), (-52, "layla.mansour", "normal", ""),
        (-47, "noor.sayed", "normal", ""), (-38, "doctor", "elderly", ""), (-33, "yusuf.karim", "normal", ""),
        (-26, "doctor", "normal", ""), (-30, "noor.sayed", "normal", ""), (-27, "noor.sayed", "normal", ""),
        (-25, "yusuf.karim", "normal", ""), (-24, "layla.mansour", "normal", ""), (-22, "noor.sayed", "normal", ""),
        (-19, "layla.mansour", "pregnant", ""), (-16, "yusuf.karim", "normal", ""), (-13, "noor.sayed", "normal", ""),
        (-11, "layla.mansour", "normal", ""), (-9, "doctor", "normal", ""), (-7, "layla.mansour", "normal", ""),
        (-4, "yusuf.karim", "emergency", "Chest pain for one hour"), (-3, "doctor", "normal", ""),
    ]  # fmt: skip
    for number, (minute, doctor, category, reason) in enumerate(rows):
        patient = kept.get(category) or next(people)
        day.at(minute, day.walk_in, patient, doctor, category, reason)
        if number == 4:
            day.at(minute + 30, day.leave, patient)
        elif number % 2 == 0 and minute < -5:
            day.at(minute + 2, day.measure, patient, doctor, number == 6)


def history(day, patients):
    """Visits of the last weeks, so that files have a past and the figures have something to compare."""
    names = list(day.doctors)
    for number, patient in enumerate(patients):
        back = DAYS_BACK[number % len(DAYS_BACK)]
        day.clock.moment = day.now - timedelta(days=back, minutes=90 - 5 * (number % 12))
        _past_visit(day, patient, names[number % len(names)], pays=number != 4)
    day.clock.moment = day.now


def _past_visit(day, patient, name, *, pays):
    clock, doctor = day.clock, day.staff[name]
    day.walk_in(0, patient, name)
    clock.moment += timedelta(minutes=11)
    visit = visits.call_next(doctor=day.doctors[name], by=doctor)
    visits.begin(visit=visit, by=doctor)
    clock.moment += timedelta(minutes=12)
    case = story.case_for(patient, day.clinic.today(), day.rng)
    story.measure(visit, doctor, day.rng)
    story.write_note(visit, case, doctor)
    story.prescribe(visit, case, doctor)
    story.finish(visit, doctor, ask_allergies=False)
    clock.moment += timedelta(minutes=9)
    for prescription in story.open_prescriptions(day.clinic).filter(visit=visit):
        entry, _found = pharmacy.call_next(clinic=day.clinic, by=day.staff["pharmacist"])
        story.dispense(prescription, day.staff["pharmacist"])
    if pays:
        day.take_payment(0, patient)
    else:
        story.leave_unpaid(day.clinic, patient, day.staff["reception"])


def tomorrow(day, patients):
    """A few bookings for the coming days."""
    people = iter(patients)
    for ahead in (1, 2, 4):
        for doctor in day.doctors.values():
            date = day.now.astimezone(day.clinic.zone).date() + timedelta(days=ahead)
            for slot in free_slots(doctor, day.clinic, date)[1 + ahead :: 7][:2]:
                appointments.book(
                    clinic=day.clinic, patient=next(people), doctor=doctor, starts_at=slot.starts_at,
                    by=day.staff["reception"],
                )  # fmt: skip
