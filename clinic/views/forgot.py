"""A forgotten password: ask for a code by e-mail, then choose a new one with it. The same answer for every address."""

from axes.helpers import get_client_ip_address
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clinic import accounts, throttle
from clinic.access import public
from clinic.errors import Refused
from clinic.sign_in import CodeForm, ForgotForm


@public
@never_cache
@require_http_methods(["GET", "POST"])
def forgot_password(request):
    """Ask for a code. Public because who forgot the password cannot sign in."""
    form = ForgotForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return _page(request, "clinic/forgot_password.html", form)
    email = form.cleaned_data["email"]
    if wait := max(_wait(request, "forgot"), throttle.wait("forgot.email", email)):
        return _slow_down(request, "clinic/forgot_password.html", form, wait)
    accounts.ask_reset(email=email)
    messages.info(request, _("If there is an account with this address, a code is on its way to it."))
    return HttpResponseRedirect(reverse("clinic:reset_password"), status=303)


@public
@never_cache
@sensitive_post_parameters("token", "new", "again")
@require_http_methods(["GET", "POST"])
def reset_password(request):
    """Choose a new password. Public because the code from the e-mail is the proof."""
    form = CodeForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return _page(request, "clinic/reset_password.html", form)
    if wait := _wait(request, "reset"):
        return _slow_down(request, "clinic/reset_password.html", form, wait)
    try:
        accounts.reset_password(token=form.cleaned_data["token"], password=form.cleaned_data["new"])
    except Refused as refused:
        form.add_error({"password": "new"}.get(refused.field, refused.field), str(refused.message))
        return _page(request, "clinic/reset_password.html", form)
    messages.success(request, _("Your new password counts from now on. Sign in with it."))
    return HttpResponseRedirect(reverse("clinic:sign_in"), status=303)


def _wait(request, what):
    return throttle.wait(f"{what}.address", get_client_ip_address(request))


def _slow_down(request, template, form, seconds):
    form.add_error(None, _("Too many tries. Wait a little."))
    response = _page(request, template, form)
    response.status_code, response["Retry-After"] = 429, str(seconds)
    return response


def _page(request, template, form):
    return render(request, template, {"form": form}, status=422 if form.is_bound and form.errors else 200)
