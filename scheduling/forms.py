"""The shape of what is typed at the desk and in the calendar."""

import re
from datetime import UTC, datetime, time, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import DigitsCharField, DigitsMixin, IdempotentForm, IntegerTextField
from clinic.models import Doctor
from queues.models import Entry
from scheduling import slots
from scheduling.days import parse_day
from scheduling.models import Availability, AvailabilityException

STAMP = "%Y%m%dT%H%M%SZ"
BOX = {"class": "form-check-input"}
DAY_WORDS = _("Write the day like 23-Nov-2026, 23/11 or +2w.")


class DayField(DigitsMixin, forms.CharField):
    """A day typed in any common form; read back by the page in letters."""

    def __init__(self, **kwargs):
        attrs = {"dir": "ltr", "autocomplete": "off", "maxlength": "20"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)
        self.today = None

    def to_python(self, value):
        value = super().to_python(value)
        if not value:
            return None
        found = parse_day(value, self.today)
        if found is None:
            raise forms.ValidationError(DAY_WORDS)
        return found


class ClockField(DigitsMixin, forms.CharField):
    """A time typed as 14:30, 14.30 or 1430."""

    def __init__(self, **kwargs):
        attrs = {"dir": "ltr", "autocomplete": "off", "inputmode": "numeric", "placeholder": "14:30", "maxlength": "5"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value):
        value = super().to_python(value)
        if not value:
            return None
        match = re.fullmatch(r"(\d{1,2})[:.]?(\d{2})", value)
        if not match or int(match[1]) > 23 or int(match[2]) > 59:
            raise forms.ValidationError(_("Write the time like 14:30."))
        return datetime.min.replace(hour=int(match[1]), minute=int(match[2])).time()


class MomentField(forms.CharField):
    """An instant in UTC, as the page's own slots and addresses carry it: 20261123T060000Z."""

    def to_python(self, value):
        value = super().to_python(value)
        if not value:
            return None
        try:
            return datetime.strptime(value, STAMP).replace(tzinfo=UTC)
        except ValueError as error:
            raise forms.ValidationError(_("Choose a free time.")) from error


class TimeForm(IdempotentForm):
    """A doctor and a time: a free slot chosen, or any time typed with the reason for it."""

    doctor = forms.ModelChoiceField(Doctor.objects.none(), label=_("Doctor"))
    day = DayField(label=_("Day"), required=False)
    starts_at = MomentField(label=_("Time"), required=False)
    at = ClockField(label=_("Another time"), required=False)
    overbook_reason = forms.CharField(label=_("Why it is booked anyway"), max_length=200, required=False)

    def __init__(self, *args, clinic, **kwargs):
        super().__init__(*args, **kwargs)
        self.clinic = clinic
        self.fields["doctor"].queryset = Doctor.objects.filter(user__clinic=clinic).active().select_related("user")
        self.fields["day"].today = clinic.today()

    def clean(self):
        data = super().clean()
        at, day = data.get("at"), data.get("day")
        if at and day:
            wall = datetime.combine(day, at)
            if not slots.exists(wall, self.clinic.zone):
                self.add_error("at", _("The clock skips this time on this day."))
            else:
                data["starts_at"] = slots.instant(wall, self.clinic.zone)
        elif at and "day" not in self.errors:
            self.add_error("day", DAY_WORDS)
        elif not at and "starts_at" not in self.errors:
            self._check_slot(data.get("starts_at"), day)
        return data

    def _check_slot(self, starts_at, day):
        """A slot of the day that is shown: a day typed just before the key was pressed has not brought its own yet."""
        if starts_at is None:
            self.add_error("starts_at", _("Choose a free time."))
        elif day and starts_at.astimezone(self.clinic.zone).date() != day:
            self.add_error("starts_at", _("The day has changed. Choose a time of this day."))


class BookForm(TimeForm):
    """A new appointment of the patient shown in the panel."""

    minutes = IntegerTextField(label=_("Minutes"), min_value=5, max_value=180, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)
    notes = forms.CharField(label=_("Notes"), max_length=500, required=False)
    by_phone = forms.BooleanField(label=_("On the phone"), required=False)


class MoveForm(TimeForm):
    """Another time for an appointment, seen at `version`."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class CancelForm(forms.Form):
    """Why an appointment is called off."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class WalkInForm(IdempotentForm):
    """Whom a patient without a booking wants to see, and how urgently."""

    doctor = forms.ModelChoiceField(Doctor.objects.none(), label=_("Doctor"))
    category = forms.ChoiceField(label=_("Priority"), choices=Entry.Category, required=False)
    emergency_reason = forms.CharField(label=_("Reason of the emergency"), max_length=200, required=False)

    def __init__(self, *args, clinic, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["doctor"].queryset = Doctor.objects.filter(user__clinic=clinic).active().select_related("user")

    def clean_category(self):
        return self.cleaned_data["category"] or Entry.Category.NORMAL


class FindForm(forms.Form):
    """What was typed to find a patient."""

    q = DigitsCharField(max_length=100, required=False)


class DoctorForm(IdempotentForm):
    """A form about one of the doctors whose hours the person keeps."""

    doctor = forms.ModelChoiceField(Doctor.objects.none(), label=_("Doctor"))

    def __init__(self, *args, clinic, doctors, **kwargs):
        super().__init__(*args, **kwargs)
        self.clinic = clinic
        self.fields["doctor"].queryset = doctors
        for field in self.fields.values():
            if isinstance(field, DayField):
                field.today = clinic.today()


class BlockForm(DoctorForm):
    """A time away, or an added session. Without clock times whole days are meant, without a last day the first."""

    kind = forms.ChoiceField(label=_("Kind"), choices=AvailabilityException.Kind, widget=forms.RadioSelect(attrs=BOX))
    day = DayField(label=_("Day"))
    at = ClockField(label=_("from"), required=False)
    until_day = DayField(label=_("Last day"), required=False)
    until = ClockField(label=_("to"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def clean(self):
        data = super().clean()
        day, last = data.get("day"), data.get("until_day") or data.get("day")
        if not day or not last or self.errors:
            return data
        if data.get("kind") == AvailabilityException.Kind.EXTRA:
            for name in ("at", "until"):
                if not data.get(name):
                    self.add_error(name, _("An added session needs its times."))
        zone = self.clinic.zone
        data["starts_at"] = slots.instant(datetime.combine(day, data.get("at") or time.min), zone)
        end = (last, data["until"]) if data.get("until") else (last + timedelta(days=1), time.min)
        data["ends_at"] = slots.instant(datetime.combine(*end), zone)
        return data


class HoursForm(DoctorForm):
    """The same hours on several weekdays, between two days if wanted."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), coerce=int, choices=Availability.WEEKDAYS, widget=forms.CheckboxSelectMultiple(attrs=BOX)
    )
    start_time = ClockField(label=_("from"))
    end_time = ClockField(label=_("to"))
    slot_minutes = IntegerTextField(label=_("slot, minutes"), min_value=5, max_value=180)
    valid_from = DayField(label=_("valid from"), required=False)
    valid_until = DayField(label=_("valid until"), required=False)
