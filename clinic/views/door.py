"""The door: signing in and out, locking, language and colours, and the first screen of each role."""

from django.conf import settings
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from clinic import failures, operations, sessions
from clinic.access import STAFF, Role, allow, public
from clinic.models import User
from clinic.pages import answer, page, safe_next, sign_in_first
from clinic.sign_in import OwnPasswordForm, PreferencesForm, SignInForm, home_of

YEAR = 365 * 24 * 60 * 60
CHOSEN = "language_chosen"  # in the session of somebody who is about to sign in


@public
def home(request):
    """Public because it only points the way: to set-up, to the sign-in page, or to the role's own screen."""
    if not request.user.is_authenticated:
        return redirect("clinic:sign_in" if User.objects.exists() else "clinic:setup")
    return redirect(home_of(request.user) or "clinic:no_screen")


@allow(*Role)
def no_screen(request):
    """For an account that nobody has given a role with a screen yet."""
    return render(request, "clinic/no_screen.html")


@public
@sensitive_post_parameters("password")
@never_cache
@ensure_csrf_cookie
@require_http_methods(["GET", "POST"])
def sign_in(request):
    """Public because it is the door. A locked session's own user sees who is waiting; others may take over."""
    held = request.user if request.user.is_authenticated else None
    locked = held is not None and sessions.standing(request.session, held) != sessions.OPEN
    if held and not locked and request.method == "GET":
        return signed_in(request, held)
    if request.method == "GET" and not User.objects.exists():
        return redirect("clinic:setup")
    form = SignInForm(request.POST or None)
    switching = "switch" in request.GET
    back = "" if switching else safe_next(request, "")
    context = {
        "form": form,
        "next": back,
        "held": held if locked and not switching else None,
        "mails": "console" not in settings.EMAIL_BACKEND,  # without a mail server a code would reach nobody
    }
    if request.method == "GET":
        return page(request, "clinic/sign_in.html", context)
    return let_in(request, form, context)


def let_in(request, form, context):
    """Check name and password of a bound form; one message for whatever is wrong."""
    user = None
    if form.is_valid():
        user = authenticate(request, **form.cleaned_data)
    if user is None:
        known = User.objects.filter(username__iexact=request.POST.get("username", "")[:150], is_active=True).first()
        if known:
            operations.refuse_sign_in(user=known)
        context["wrong"] = True
        return page(request, "clinic/sign_in.html", context, status=422)
    login(request, user)
    sessions.begin(request.session, user)
    operations.note_sign_in(user=user)
    chosen = request.session.pop(CHOSEN, "")
    if chosen and chosen != user.language:
        operations.set_preferences(user=user, by=user, language=chosen)
    return signed_in(request, user)


def signed_in(request, user):
    """Where somebody goes who has just come in: on with the page under the dialog, back, or to the first screen."""
    if getattr(request, "htmx", None):
        return failures.signed_in_answer(request, user, get_token(request))
    return HttpResponseRedirect(safe_next(request, reverse("clinic:home")), status=303)


@require_POST
@allow(*Role)
def sign_out(request):
    """End the session on the server and empty the browser's cache."""
    operations.note_sign_out(user=request.user)
    logout(request)
    response = HttpResponseRedirect(reverse("clinic:sign_in"), status=303)
    response["Clear-Site-Data"] = '"cache"'
    return response


@require_POST
@allow(*STAFF, Role.PATIENT)
def lock(request):
    """Lock the session until its user gives the password again, or somebody else signs in."""
    sessions.lock(request.session)
    operations.note_lock(user=request.user)
    if getattr(request, "htmx", None):
        return sign_in_first(request)
    back = reverse("clinic:sign_in", query={"next": safe_next(request, "/")})
    return HttpResponseRedirect(back, status=303)


@require_POST
@public
def set_language(request):
    """Public because the language is chosen before signing in. Kept in a cookie of this machine and for the user."""
    language = request.POST.get("language", "")
    response = HttpResponseRedirect(safe_next(request, "/"), status=303)
    if language not in dict(settings.LANGUAGES) or not check_for_language(language):
        return response
    if request.user.is_authenticated and request.user.language != language:
        operations.set_preferences(user=request.user, by=request.user, language=language)
    elif not request.user.is_authenticated:
        request.session[CHOSEN] = language
    keep_cookie(response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


@require_POST
@allow(*Role)
def set_theme(request):
    """Light or dark, the user's choice."""
    theme = request.POST.get("theme")
    if theme in ("light", "dark"):
        operations.set_preferences(user=request.user, by=request.user, theme=theme)
    response = answer(request, to=safe_next(request, "/"))
    if theme in ("light", "dark"):
        keep_cookie(response, "theme", theme)
    return response


def keep_cookie(response, name, value):
    """A harmless choice of this machine, kept for a year."""
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE)


@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
@allow(*STAFF, Role.DISPLAY, Role.PATIENT)
def change_password(request):
    """Choose an own password; the other sessions of the user end."""
    form = OwnPasswordForm(request.POST or None, user=request.user)
    forced = request.user.must_change_password
    if request.method == "GET" or not form.is_valid():
        context = {"form": form, "forced": forced}
        return page(request, "clinic/change_password.html", context, status=422 if form.is_bound else 200)
    user = operations.choose_password(user=request.user, password=form.cleaned_data["new"], by=request.user)
    update_session_auth_hash(request, user)
    sessions.begin(request.session, user)
    return answer(request, to=reverse("clinic:home"), toast=_("Your new password is kept."))


@require_http_methods(["GET", "POST"])
@allow(*Role)
def preferences(request):
    """A user's own choices: language, colours, keys."""
    user = request.user
    chosen = {"language": user.language or request.LANGUAGE_CODE, "theme": user.theme, "letter_keys": user.letter_keys}
    form = PreferencesForm(request.POST or None, initial=chosen)
    if request.method == "GET" or not form.is_valid():
        return page(request, "clinic/preferences.html", {"form": form}, status=422 if form.is_bound else 200)
    operations.set_preferences(user=user, by=user, **form.cleaned_data)
    translation.activate(user.language)
    response = answer(request, to=reverse("clinic:preferences"), toast=_("Your choices are kept."))
    keep_cookie(response, settings.LANGUAGE_COOKIE_NAME, user.language)
    keep_cookie(response, "theme", user.theme)
    return response


def locked_out(request, *args, **kwargs):
    """The answer to too many wrong passwords: when to try again."""
    until = timezone.localtime(timezone.now() + settings.AXES_COOLOFF_TIME)
    form = SignInForm({"username": request.POST.get("username", "")})
    context = {"form": form, "next": safe_next(request, ""), "locked_until": until}
    return page(request, "clinic/sign_in.html", context, status=429)
