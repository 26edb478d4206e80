"""The shape of what is typed about a place in the line."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import HouseForm
from queues.models import Entry


class CategoryForm(HouseForm):
    """A priority, with the reason that an emergency needs."""

    category = forms.ChoiceField(label=_("Priority"), choices=Entry.Category.choices, widget=forms.RadioSelect)
    emergency_reason = forms.CharField(
        label=_("Reason of the emergency"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        help_text=_("Needed for an emergency; it is kept with your name."),
    )
