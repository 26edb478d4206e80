"""A page with live regions, for the tests of live.js: its content is whatever the test puts into `shown`."""

from types import SimpleNamespace

from django.http import HttpResponse
from django.templatetags.static import static
from django.urls import include, path

from clinic.access import STAFF, allow

shown = SimpleNamespace()


def reset():
    """An empty page; `on_render` is called after the page is rendered, `fails` answers refreshes with a 500."""
    shown.rows, shown.count, shown.on_render, shown.fails, shown.asked = [], 0, None, False, 0


def region():
    rows = "".join(
        f'<tr id="row-{key}" data-row><td>{text}</td><td><button id="row-{key}-b" class="pick">{key}</button></td></tr>'
        for key, text in shown.rows
    )
    return (
        '<section id="list" data-live="desk" hx-get="/test/region" hx-trigger="live" hx-swap="outerHTML">'
        f'<h2 id="count" data-announce>{shown.count} waiting</h2>'
        f'<table data-list id="table"><tbody>{rows}</tbody></table>'
        '<button id="plain">plain</button>'
        "</section>"
    )


@allow(*STAFF)
def page(request):
    html = (
        "<!doctype html><html><head><title>t</title></head><body>"
        '<span id="live-state" data-text-live="Live" data-text-reconnecting="Reconnecting…"'
        ' data-text-stale="Not live since"></span><div id="status" role="status"></div><input id="typed">'
        f"{region()}"
        '<dialog id="sign-in-dialog"><div id="sign-in-slot"></div></dialog>'
        f'<script src="{static("django_htmx/htmx-2.min.js")}" defer></script>'
        f'<script type="module" src="{static("js/live.js")}"></script></body></html>'
    )
    if shown.on_render:
        shown.on_render()
    return HttpResponse(html)


@allow(*STAFF, passive=True)
def fragment(request):
    shown.asked += 1
    if shown.fails:
        return HttpResponse("broken", status=500)
    return HttpResponse(region())


urlpatterns = [
    path("test/page", page),
    path("test/region", fragment),
    path("", include("clinic.urls")),
]
