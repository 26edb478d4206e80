"""What the floor of the appointments asks of visits (see `scheduling.writing`)."""

from visits.models import Visit
from visits.operations.room import is_blank_of_words


def any_with(token):
    """True when the doctor of a visit with this token has written or ordered; what a nurse measured does not count."""
    visits = Visit.objects.filter(token=token).exclude(state=Visit.State.CANCELLED).select_related("doctor")
    return not all(is_blank_of_words(visit) for visit in visits)
