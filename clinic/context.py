"""What the frame around every page needs: whose clinic, whose session, which places this person may go to."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, get_language_bidi, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clinic.access import Role
from clinic.text import name_in

LANGUAGES = {"en": "English", "ar": "العربية"}
# url name, word, icon, roles; in the order of the rail
PLACES = [
    ("clinic:day", pgettext_lazy("place", "Day"), "chart-no-axes-column", {Role.MANAGER}),
    ("scheduling:desk", pgettext_lazy("place", "Desk"), "concierge-bell", {Role.RECEPTION}),
    ("visits:consult", pgettext_lazy("place", "Visit"), "stethoscope", {Role.DOCTOR}),
    ("pharmacy:worklist", pgettext_lazy("place", "Pharmacy"), "pill", {Role.PHARMACIST}),
    ("queues:lines", pgettext_lazy("place", "Queue"), "list-ordered", {Role.RECEPTION, Role.NURSE, Role.DOCTOR}),
    (
        "scheduling:calendar",
        pgettext_lazy("place", "Calendar"),
        "calendar-days",
        {Role.RECEPTION, Role.DOCTOR, Role.MANAGER},
    ),
    ("billing:till", pgettext_lazy("place", "Till"), "banknote", {Role.RECEPTION, Role.MANAGER}),
    (
        "patients:list",
        pgettext_lazy("place", "Patients"),
        "users",
        {Role.RECEPTION, Role.NURSE, Role.DOCTOR, Role.MANAGER},
    ),
    ("pharmacy:stock", pgettext_lazy("place", "Stock"), "package", {Role.PHARMACIST, Role.MANAGER}),
    ("clinic:audit_list", pgettext_lazy("place", "Audit"), "shield-check", {Role.MANAGER}),
    ("admin:index", pgettext_lazy("place", "Settings"), "settings", {Role.MANAGER}),
]
ON_PHONE = 5


@dataclass(frozen=True)
class Place:
    """One entry of the rail."""

    name: str
    url: str
    word: str
    icon: str
    here: bool
    extra: bool


def address(name):
    """The URL of a name, or "" while the app that owns it has none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def places(user, path):
    """The rail for this user: only what the roles admit, the place that the path lies in marked."""
    open_to = [(name, address(name), word, drawing) for name, word, drawing, roles in PLACES if roles & user.roles]
    open_to = [entry for entry in open_to if entry[1]]
    here = max((url for _name, url, _word, _icon in open_to if path.startswith(url)), key=len, default="")
    room = ON_PHONE if len(open_to) <= ON_PHONE else ON_PHONE - 1
    return [
        Place(name, url, word, drawing, here=url == here, extra=number >= room)
        for number, (name, url, word, drawing) in enumerate(open_to)
    ]


class Shell:
    """The frame's facts, each worked out when the template first asks."""

    def __init__(self, request):
        self.request = request
        self.user = getattr(request, "user", None)
        self.signed_in = bool(self.user and self.user.is_authenticated)
        self.language = get_language() or "en"
        self.direction = "rtl" if get_language_bidi() else "ltr"
        self.other_language = "en" if self.language.startswith("ar") else "ar"
        self.other_language_word = LANGUAGES[self.other_language]
        self.clinic = self.user.clinic if self.signed_in else getattr(request, "house", None)

    @property
    def theme(self):
        """light or dark: the user's choice, else this machine's."""
        chosen = self.user.theme if self.signed_in else self.request.COOKIES.get("theme")
        return "dark" if chosen == "dark" else "light"

    @property
    def clinic_name(self):
        """The clinic's name in the interface's script."""
        return name_in(self.clinic, self.language) if self.clinic else ""

    @property
    def user_name(self):
        """The user's name in the interface's script."""
        return name_in(self.user, self.language) or self.user.username

    @property
    def role_word(self):
        """The first of the user's roles, in words."""
        return next((role.label for role in Role if role in self.user.roles), _("No role"))

    @property
    def places(self):
        """The rail."""
        return places(self.user, self.request.path)

    @property
    def more_places(self):
        """True when the phone's bar cannot hold every place."""
        return any(place.extra for place in self.places)

    @property
    def now(self):
        """The moment on the clinic's clock."""
        return self.clinic.now() if self.clinic else timezone.localtime()

    @property
    def zone(self):
        """The clinic's zone, for the clock that ticks in the browser."""
        return self.clinic.time_zone if self.clinic else "UTC"

    @property
    def url_find(self):
        """Where the search box looks for patients, "" when the user may not."""
        staff = {Role.RECEPTION, Role.NURSE, Role.DOCTOR, Role.MANAGER}
        return address("patients:find") if self.signed_in and staff & self.user.roles else ""

    @property
    def url_sign_out(self):
        """Where signing out is posted to."""
        return address("clinic:sign_out")

    @property
    def url_lock(self):
        """Where locking is posted to."""
        return address("clinic:lock")

    @property
    def url_preferences(self):
        """The user's own choices."""
        return address("clinic:preferences")

    @property
    def url_language(self):
        """Where the language is posted to."""
        return address("clinic:set_language")

    @property
    def url_theme(self):
        """Where the theme is posted to."""
        return address("clinic:set_theme")


def shell(request):
    """Context processor: `shell`, made only when a template of the frame asks for it."""
    return {"shell": SimpleLazyObject(lambda: Shell(request))}
