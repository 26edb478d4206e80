"""What every table of the ledger shares."""

from django.db import models

from clinic.access import STAFF, Role
from patients.models import Patient


def money_field(label, **kwargs):
    """An amount in the clinic's currency, up to three decimals."""
    return models.DecimalField(label, max_digits=14, decimal_places=3, **kwargs)


class DocumentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Documents of the user's clinic for staff; a patient's own."""
        if user.has_role(*STAFF):
            return self.filter(clinic=user.clinic_id)
        return (
            self.filter(patient__any_of=Patient.objects.own_ids(user)) if user.has_role(Role.PATIENT) else self.none()
        )
