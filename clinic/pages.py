"""Shell or fragment, and the answer to a POST. The server decides which, never the client."""

import json

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode


def wants_fragment(request):
    """True for an htmx request that swaps a part; false for plain, boosted and history-restore requests."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page(request, template, context=None, *, status=200):
    """Render `app/x.html` to a browser and its fragment `app/_x.html` to htmx."""
    if wants_fragment(request):
        folder, _, name = template.rpartition("/")
        template = f"{folder}/_{name}"
    return render(request, template, context or {}, status=status)


def answer(request, *, to, template=None, context=None, toast=None, undo=None, status=200):
    """The answer to a POST that succeeded.

    htmx gets the fragment `template` (or HX-Redirect to `to` when there is none), a plain browser a 303 to
    `to`. `toast` is a sentence shown in the corner, `undo` the URL that its Undo button posts to.
    """
    if not wants_fragment(request):
        if toast:
            messages.success(request, toast)
        return HttpResponseRedirect(to, status=303)
    if template is None:
        if toast:
            messages.success(request, toast)
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    response = render(request, template, context or {}, status=status)
    if toast:
        add_toast(response, toast, undo=undo)
    return response


def add_toast(response, text, *, undo=None, level="ok"):
    """Let the page show `text` in its corner after the swap; `level` is ok, warn or danger."""
    triggers = json.loads(response.headers.get("HX-Trigger", "{}"))
    triggers["toast"] = {"text": str(text), "undo": undo, "level": level}
    response.headers["HX-Trigger"] = json.dumps(triggers)
    return response


def refuse(request, form, refused, template, context=None):
    """Show `refused` beside its field (or over the form), keep what was typed, answer with its status."""
    blame(form, refused)
    return page(
        request,
        template,
        {**(context or {}), "form": form, "alternatives": refused.alternatives},
        status=refused.status,
    )


def blame(form, refused):
    """Put the words of `refused` beside the field of `form` that they are about, else over the form."""
    form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))


def sign_in_first(request):
    """Send a stranger to the sign-in page with the way back; htmx and programs get a 401 and keep their page."""
    if getattr(request, "htmx", None):
        return HttpResponse(status=401, headers={"HX-Trigger": json.dumps({"signin": {}})})
    back = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"{reverse('clinic:sign_in')}?{urlencode({'next': back})}")


def safe_next(request, default):
    """The `next` address a form carried, if it lies on this site; else `default`."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    good = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if good else default


def add_print(response, url):
    """Let the page print the paper at `url` after the swap."""
    triggers = json.loads(response.headers.get("HX-Trigger", "{}"))
    triggers["print"] = {"url": url}
    response.headers["HX-Trigger"] = json.dumps(triggers)
    return response
