"""Quick phrases of the note: a dot, some letters and a space become words."""

from django.utils.translation import gettext as _


def quick():
    """{".ha": "Headache for "} in the reader's language; the short form is the same in both."""
    return {
        ".ha": _("Headache for "),
        ".fv": _("Fever for "),
        ".co": _("Cough for "),
        ".ap": _("Abdominal pain for "),
        ".nad": _("No abnormality found."),
        ".ch": _("Chest clear, good air entry on both sides."),
        ".ab": _("Abdomen soft, not tender."),
        ".rv": _("Review in "),
        ".ret": _("Come back at once if it gets worse."),
        ".rest": _("Rest and plenty of fluids."),
    }
