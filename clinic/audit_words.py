"""The audit trail in words a manager can read: what each action and each fact is called."""

import re
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext_lazy as _

from billing.models import Payment, Service
from clinic import display
from clinic.access import Role
from clinic.models import Doctor, User
from patients.models import Patient
from pharmacy.models import Batch
from queues.models import Entry
from scheduling.models import Appointment
from visits.models import Visit

ACTIONS = {
    "read": _("Opened a record"),
    "read_audit": _("Read the audit trail"),
    "read_day": _("Opened the rows behind a figure"),
    "print": _("Printed"),
    "print_receipt": _("Printed a receipt"),
    "sign_in": _("Signed in"),
    "sign_out": _("Signed out"),
    "lock": _("Locked the screen"),
    "choose_password": _("Set a password"),
    "let_try_again": _("Lifted the wait after wrong passwords"),
    "set_preferences": _("Changed own preferences"),
    "add_staff": _("Added an account"),
    "set_roles": _("Changed roles"),
    "disable_user": _("Closed an account"),
    "enable_user": _("Opened an account again"),
    "open_account": _("A patient opened an account"),
    "renew_tokens": _("Refused a sign-in that was used twice"),
    "ask_reset": _("Asked for a new password by e-mail"),
    "reset_password": _("Set a password by the e-mailed code"),
    "add_doctor": _("Added a doctor"),
    "update_doctor": _("Changed a doctor's details"),
    "update_account": _("Changed an account"),
    "add_department": _("Added a department"),
    "update_department": _("Changed a department"),
    "read_report": _("Opened a report"),
    "export_report": _("Downloaded a report"),
    "set_presence": _("Doctor's presence"),
    "open_clinic": _("Set up the clinic"),
    "admin_add": _("Added in the settings"),
    "admin_change": _("Changed in the settings"),
    "admin_delete": _("Removed in the settings"),
    "register": _("Registered a patient"),
    "update_patient": _("Changed a patient's details"),
    "add_contact": _("Added a contact"),
    "record_allergy": _("Recorded an allergy"),
    "end_allergy": _("Ended an allergy"),
    "assert_no_known_allergies": _("Noted: no known allergies"),
    "add_condition": _("Added a condition"),
    "resolve_condition": _("Closed a condition"),
    "issue_link_code": _("Gave a code for the patient's account"),
    "claim_file": _("Linked an account to a file"),
    "merge_patients": _("Joined two files of one person"),
    "unmerge_patient": _("Took two joined files apart"),
    "retire_patient": _("Retired a file"),
    "remove_contact": _("Removed a contact"),
    "add_station": _("Opened a station"),
    "issue_token": _("Gave a token"),
    "join": _("Put in line"),
    "call_next": _("Called the next"),
    "call": _("Called out of order"),
    "recall": _("Called again"),
    "begin": _("Began"),
    "begin_uncalled": _("Seen without being called"),
    "complete": _("Completed an appointment"),
    "skip": _("Called, not come"),
    "set_back": _("Not there: set back in line"),
    "serve": _("Served at the counter"),
    "finish": _("Finished in line"),
    "leave": _("Left the line"),
    "leave_with_booking": _("Left the line with the booking"),
    "close_left_over": _("Closed what an earlier day left open"),
    "transfer": _("Sent on"),
    "arrive": _("Arrived in another line"),
    "undo": _("Took back the last step"),
    "set_category": _("Changed priority"),
    "assign_patient": _("Named the patient of a token"),
    "change_patient": _("Changed the patient of a token"),
    "book": _("Booked an appointment"),
    "move": _("Moved an appointment"),
    "cancel": _("Cancelled an appointment"),
    "miss": _("Marked as no-show"),
    "restore": _("Restored an appointment"),
    "confirm": _("Confirmed an appointment"),
    "change_appointment": _("Changed the words of an appointment"),
    "add_hours": _("Added working hours"),
    "remove_hours": _("Ended working hours"),
    "restore_hours": _("Restored working hours"),
    "withdraw_hours": _("Took back added working hours"),
    "add_exception": _("Blocked time or added a session"),
    "remove_exception": _("Took away blocked time or a session"),
    "restore_exception": _("Restored blocked time or a session"),
    "check_in": _("Checked in"),
    "undo_check_in": _("Took back a check-in"),
    "walk_in": _("Walk-in"),
    "open_visit": _("Opened a visit"),
    "begin_visit": _("Began a visit"),
    "not_come": _("Patient did not come"),
    "complete_visit": _("Completed a visit"),
    "take_over": _("Took over a visit"),
    "save_note": _("Saved the note"),
    "add_note": _("Added a note"),
    "record_vitals": _("Recorded vitals"),
    "correct_vitals": _("Corrected vitals"),
    "add_diagnosis": _("Added a diagnosis"),
    "remove_diagnosis": _("Removed a diagnosis"),
    "make_primary": _("Set the main diagnosis"),
    "add_addendum": _("Added an addendum"),
    "add_item": _("Prescribed a medicine"),
    "change_item": _("Changed a prescription line"),
    "keep_item": _("Kept a line in spite of an alert"),
    "remove_item": _("Removed a prescription line"),
    "repeat_last": _("Repeated the last prescription"),
    "sign": _("Signed a prescription"),
    "dispense": _("Dispensed medicines"),
    "not_given": _("Did not give a medicine"),
    "receive": _("Received stock"),
    "write_off": _("Wrote off stock"),
    "count_stock": _("Counted stock"),
    "set_batch_state": _("Held or released a batch"),
    "recall_batch": _("Recalled a batch"),
    "read_recipients": _("Looked up who received a batch"),
    "return_dispensed": _("Took medicines back"),
    "cancel_prescription": _("Cancelled a prescription"),
    "add_medicine": _("Added a medicine"),
    "change_medicine": _("Changed a medicine"),
    "retire_medicine": _("Took a medicine out of the catalogue"),
    "draft_invoice": _("Opened a bill"),
    "add_line": _("Added a line to a bill"),
    "remove_line": _("Removed a line from a bill"),
    "discount_line": _("Gave a discount"),
    "issue": _("Issued a bill"),
    "cancel_invoice": _("Cancelled a bill"),
    "take_payment": _("Took a payment"),
    "open_cash_session": _("Opened the drawer"),
    "reduce_line": _("Took part of a charge off a bill"),
    "change_line": _("Changed a charge"),
    "discount_invoice": _("Gave a discount on a bill"),
    "credit": _("Credited a bill"),
    "refund": _("Gave money back"),
    "count_session": _("Counted the drawer"),
    "hand_over": _("Handed the drawer over"),
    "close_session": _("Closed the drawer"),
    "add_service": _("Added a price"),
    "change_service": _("Changed a price"),
}


def action_word(action, *, denied=False):
    """An action in words; a denial's action is the name of an address and stays as it is."""
    if denied and action == "sign_in":
        return _("Wrong password")
    return ACTIONS.get(action) or action.replace("_", " ").replace(":", ": ")


# What a manager is shown of an entry's facts. Ids, versions and codes stay in the stored row: they say nothing to
# a reader, and a diagnosis code would say too much.
FACTS = {
    "token": _("token"),
    "station": _("station"),
    "letter": _("letter"),
    "to": _("to"),
    "doctor": _("doctor"),
    "starts_at": _("starts"),
    "before": _("before"),
    "after": _("after"),
    "was": _("was"),
    "state": _("state"),
    "status": _("status"),
    "category": _("priority"),
    "reason": _("reason"),
    "quantity": _("quantity"),
    "amount": _("amount"),
    "total": _("total"),
    "price": _("price"),
    "method": _("method"),
    "approved_by": _("approved by"),
    "expected": _("expected"),
    "counted": _("counted"),
    "difference": _("difference"),
    "overbooked": _("overbooked"),
    "number": _("number"),
    "roles": _("roles"),
    "fields": _("details"),
    "changed": _("changed"),
    "part": _("part"),
    "figure": _("figure"),
    "report": _("report"),
    "format": _("format"),
    "rows": _("rows"),
    "day": _("day"),
    "language": _("language"),
    "theme": _("colours"),
    "country": _("country"),
    "undone": _("undone"),
    "weekday": _("weekday"),
}
# What was opened of a record.
PARTS = {
    "allergies": _("Allergies"),
    "appointments": _("Appointments"),
    "balance": _("Amount due"),
    "bills": _("Bills"),
    "card": _("Card at the desk"),
    "compare": _("Two files side by side"),
    "details": _("Details"),
    "dispensings": _("Medicines given"),
    "edit": _("Details, to change them"),
    "prescriptions": _("Prescriptions"),
    "record": _("Record"),
    "refunds": _("Refunds"),
    "safety": _("Allergies and alerts"),
    "visits": _("Visits"),
}
# {fact: the lists of choices its value comes from}
CHOICES = {
    "was": [Appointment.State],
    "state": [Entry.State, Batch.State],
    "category": [Entry.Category],
    "method": [Payment.Method],
    "status": [Doctor.Status],
    "roles": [Role],
}


# Facts that are amounts of money when they are stored with decimals; counts of things are whole numbers.
MONEY = ("before", "after", "amount", "total", "price", "expected", "counted", "difference")
DECIMAL = re.compile(r"-?\d+\.\d+")


def fact_words(facts, *, zone, doctors=None, currency=None):
    """The facts worth reading as (name, value) pairs; moments on the clock of `zone`, doctors by name ({id: Doctor}).

    With a `currency` amounts are written in it.
    """
    facts = {name: _as_money(name, value, currency) for name, value in facts.items()}
    if isinstance(facts.get("fields"), list):  # what says its own value need not be named again
        facts["fields"] = [name for name in facts["fields"] if name not in FACTS or name not in facts]
    words = []
    for name, label in FACTS.items():
        value = facts.get(name)
        if value in (None, "", [], {}, False) or (name == "category" and value == Entry.Category.NORMAL):
            continue
        words.append((label, _value(name, value, zone, doctors or {})))
    return words


def _as_money(name, value, currency):
    if currency and name in MONEY and isinstance(value, str) and DECIMAL.fullmatch(value):
        return display.amount_text(Decimal(value), currency)
    return value


def field_word(name):
    """The name of a column as its form calls it; what is no column stays as it is."""
    for model in (Visit, Patient, Doctor, User, Service):
        try:
            return model._meta.get_field(name).verbose_name
        except FieldDoesNotExist:
            continue
    return name


def _value(name, value, zone, doctors):
    if isinstance(value, list):
        return ", ".join(str(_value(name, part, zone, doctors)) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {part}" for key, part in value.items())
    if value is True:
        return _("yes")
    if name == "token":
        return re.sub(r"^\d{4}-\d{2}-\d{2}-", "", str(value))  # the day stands beside it
    if name == "doctor" and value in doctors:
        return display.staff_name(doctors[value])
    if name in ("fields", "changed"):
        return field_word(value)
    if name == "part":
        return PARTS.get(value, value)
    for choices in CHOICES.get(name, ()):
        if value in choices.values:
            return choices(value).label
    return _moment(str(value), zone)


def _moment(text, zone):
    """An ISO moment as `20-Nov-2026 09:05` on the clinic's clock, an ISO day as `20-Nov-2026`; other text unchanged."""
    try:
        if "T" in text:
            moment = datetime.fromisoformat(text).astimezone(zone)
            return f"{display.day_text(moment)} {display.clock_text(moment)}"
        return display.day_text(date.fromisoformat(text)) if len(text) == 10 else text
    except ValueError:
        return text
