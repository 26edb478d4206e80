"""The page of the first run; once somebody has an account it is not there."""

from django.contrib.auth import login
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clinic import operations, sessions, setup
from clinic.access import public
from clinic.countries import COUNTRIES
from clinic.errors import Refused
from clinic.first_run import SetupForm
from clinic.models import User
from clinic.pages import blame
from clinic.sign_in import home_of

BACKEND = "clinic.backends.StaffBackend"


@public
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def setup_clinic(request):
    """Public because nobody has an account yet; the one-time code on the console is the key. 404 afterwards."""
    if not setup.is_open():
        raise Http404
    form = SetupForm(request.POST or None, initial={"code": "", "language": get_language()})
    if not form.is_valid():
        return show(request, form, status=422 if form.is_bound else 200)
    try:
        manager, accounts = setup.open_clinic(**form.answers())
    except Refused as refused:
        blame(form, refused)
        return show(request, form, status=refused.status)
    manager = User.objects.get(pk=manager.pk)
    login(request, manager, backend=BACKEND)
    sessions.begin(request.session, manager)
    operations.note_sign_in(user=manager)
    context = {"accounts": accounts, "manager": manager, "home": home_of(manager) or "/"}
    return render(request, "clinic/setup_done.html", context)


def show(request, form, *, status):
    presets = {
        country.code: {
            "currency": country.currency,
            "time_zone": country.time_zone,
            "language": country.language,
            "tax_name": country.tax_name,
            "tax_rate": str(country.tax_rate),
        }
        for country in COUNTRIES
    }
    return render(request, "clinic/setup.html", {"form": form, "presets": presets}, status=status)
