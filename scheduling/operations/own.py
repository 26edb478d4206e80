"""What a patient may do with their own appointments, on top of what holds for everybody."""

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.access import STAFF, Role
from clinic.errors import Refused
from patients.models import Patient
from scheduling import queries
from scheduling.models import Appointment

# A family's check-ups fit into five; more live bookings of one account take times away from others. More by phone.
MOST_OWN = 5


def is_own(by):
    """True when `by` acts as a patient: the account of one, and nobody on the staff."""
    return by.has_role(Role.PATIENT) and not by.has_role(*STAFF)


def check_own(by, patient, *, notes="", overbook_reason=""):
    """Refuse (not_yours, not_allowed) what a patient may not ask for. True when `by` is the patient, False for staff."""
    if not is_own(by):
        return False
    if not Patient.objects.own(by).filter(pk=patient.pk).exists():
        raise Refused(_("You can only book for yourself."), "not_yours", field="patient", status=403)
    if overbook_reason:
        raise Refused(_("Only the clinic can book this time."), "not_allowed", field="overbook_reason", status=403)
    if notes:
        raise Refused(_("Write it as the reason of your visit."), "not_allowed", field="notes", status=403)
    return True


def check_own_time(clinic, doctor, starts_at, minutes, *, but=None):
    """Refuse a time a patient may not take: one that has begun, or that is not one of the times offered."""
    offered = queries.free_slots(doctor, clinic, starts_at.astimezone(clinic.zone).date(), but=but)
    fits = any(s.starts_at == starts_at and (but or s.minutes == minutes) for s in offered if not s.taken)
    if fits and starts_at > timezone.now():
        return
    nearest = queries.nearest_free(doctor, clinic, starts_at, 4)
    raise Refused(
        _("Choose one of the free times."),
        "not_offered",
        field="starts_at",
        alternatives=[slot for slot in nearest if slot.starts_at > timezone.now()][:3],
    )


def check_own_count(patient):
    """Refuse when the patient already has as many bookings to come as one may make alone. The patient is locked."""
    if own_to_come(patient).count() >= MOST_OWN:
        raise Refused(
            _("You have %(count)s appointments to come. Call the clinic for more.") % {"count": MOST_OWN}, "too_many"
        )


def own_to_come(patient):
    """The patient's live bookings that have not begun."""
    return Appointment.objects.live().filter(
        patient__any_of=Patient.objects.family_of(patient.pk), during__startswith__gt=timezone.now()
    )


def check_own_still(by, appointment):
    """Refuse when a patient comes too late to change an appointment, or it is not theirs."""
    if check_own(by, appointment.patient) and appointment.starts_at <= timezone.now():
        raise Refused(_("This appointment has begun. Call the clinic."), "too_late")
