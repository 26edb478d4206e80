"""Django's admin as the manager's settings: our door, managers only, an index by task instead of by app."""

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from clinic.access import Role
from clinic.pages import safe_next

# heading, what it is for, icon, models in their order
SHELVES = [
    (
        _("People"),
        _("Accounts and roles, doctors, departments"),
        "users",
        ["clinic.user", "clinic.doctor", "clinic.department"],
    ),
    (
        _("The clinic"),
        _("Name, currency, tax, rules of the line, places people are called to"),
        "building-2",
        ["clinic.clinic", "queues.station"],
    ),
    (
        _("Hours"),
        _("When doctors can be booked, leave and extra sessions"),
        "calendar-days",
        ["scheduling.availability", "scheduling.availabilityexception"],
    ),
    (_("Prices"), _("Consultations and other services"), "coins", ["billing.service"]),
    (
        _("Medicines"),
        _("What can be prescribed, its ingredients, its usual doses"),
        "pill",
        ["pharmacy.medicine", "pharmacy.ingredient", "pharmacy.interaction"],
    ),
    (
        _("Records, to read only"),
        _("Documents are changed by the screens of the clinic, never here"),
        "book-lock",
        None,
    ),
]


# What the trail of crumbs calls the apps: a manager knows places, not packages.
APP_WORDS = {
    "patients": _("Patients"),
    "queues": _("Queue"),
    "billing": _("Billing"),
    "scheduling": _("Calendar"),
    "visits": _("Visits"),
    "pharmacy": _("Pharmacy"),
}
HIDDEN = {"procrastinate"}  # machinery of packages, not for a manager's hands


class ClinicAdminSite(admin.AdminSite):
    """Only managers enter, through the clinic's own sign-in page."""

    site_header = _("Settings")
    site_title = _("Settings")
    index_title = _("Settings")
    enable_nav_sidebar = False
    site_url = "/"

    def get_app_list(self, request, app_label=None):
        return [app for app in super().get_app_list(request, app_label) if app["app_label"] not in HIDDEN]

    def has_permission(self, request):
        return request.user.is_active and request.user.is_authenticated and request.user.has_role(Role.MANAGER)

    def login(self, request, extra_context=None):
        if request.user.is_authenticated:
            raise PermissionDenied
        back = urlencode({"next": safe_next(request, reverse("admin:index"))})
        return HttpResponseRedirect(f"{reverse('clinic:sign_in')}?{back}")

    def index(self, request, extra_context=None):
        return super().index(request, {"shelves": self.shelves(request), **(extra_context or {})})

    def shelves(self, request):
        """The index: each shelf with the models on it that this manager may open."""
        models = {
            f"{app['app_label']}.{model['object_name'].lower()}": model
            for app in self.get_app_list(request)
            for model in app["models"]
        }
        shelves = []
        for heading, purpose, drawing, names in SHELVES:
            on_it = [models.pop(name) for name in (list(models) if names is None else names) if name in models]
            if on_it:
                shelves.append({"heading": heading, "purpose": purpose, "icon": drawing, "models": on_it})
        return shelves


class ClinicAdminConfig(AdminConfig):
    """Puts our site in the place of Django's."""

    default_site = "clinic.admin_site.ClinicAdminSite"

    def ready(self):
        for label, word in APP_WORDS.items():
            apps.get_app_config(label).verbose_name = word
        super().ready()
