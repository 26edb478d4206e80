"""What the tests of visits do again and again, and what they know of the pages."""

from django.urls import reverse

from patients import operations as patient_operations
from tests.factories import visits as make
from visits import operations
from visits.models import Visit

HTMX = {"HX-Request": "true"}
NOTE = {"complaint": "Headache for 3 days", "examination": "", "plan": "Rest"}


def note(visit, by, version=None, **words):
    given = {"complaint": "", "examination": "", "plan": "", **words}
    return operations.save_note(visit=visit, by=by, version=version or visit.version, **given)


def ready(visit):
    """Everything a finish asks for: a price, an answer about allergies, a diagnosis."""
    make.priced(visit.clinic)
    patient_operations.assert_no_known_allergies(patient=visit.patient, by=visit.doctor.user)
    operations.add_diagnosis(visit=visit, by=visit.doctor.user, text="Migraine", code="G43")
    return Visit.objects.get(pk=visit.pk)


def url(name, *args):
    return reverse(f"visits:{name}", args=args)


def page_of(response):
    return response.content.decode()
