"""Who hears of what happened: each kind of event, and the people who may read the object that it names.

The table is the rule. A kind that does not stand here reaches nobody.
"""

from dataclasses import dataclass

from clinic.access import STAFF, Role


@dataclass(frozen=True)
class Audience:
    """`roles`: staff of the clinic; `doctor`, `patient`: also the one whom the event concerns; `patients`: every patient."""

    roles: frozenset
    doctor: bool = False
    patient: bool = False
    patients: bool = False

    def admits(self, listener, patient_id, doctor_id):
        """True when `listener` (see clinic.admission) may hear of an event that concerns this patient and this doctor."""
        if self.roles & listener.roles:
            return True
        if self.doctor and doctor_id is not None and listener.doctor_id == doctor_id:
            return True
        if Role.PATIENT not in listener.roles:
            return False
        return self.patients or (self.patient and patient_id in listener.files)


KINDS = {
    "appointment": Audience(frozenset({Role.MANAGER, Role.RECEPTION, Role.NURSE}), doctor=True, patient=True),
    "queue.called": Audience(frozenset(STAFF), patient=True),
    "doctor.status": Audience(frozenset(STAFF), patients=True),
    "prescription.ready": Audience(frozenset({Role.PHARMACIST}), doctor=True, patient=True),
    "invoice.paid": Audience(frozenset({Role.MANAGER, Role.RECEPTION}), patient=True),
}
NOBODY = Audience(frozenset())


def of(kind):
    """The Audience of a kind: its own line, else that of what stands before the dot, else nobody."""
    return KINDS.get(kind) or KINDS.get(kind.partition(".")[0]) or NOBODY
