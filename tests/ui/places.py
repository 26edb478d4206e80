"""Every place of the rail and the frame's own addresses, leading nowhere: the shell is tested apart from the screens."""

from django.http import HttpResponse
from django.urls import include, path

from clinic.context import PLACES


def nowhere(request):
    """An empty answer."""
    return HttpResponse()


FRAME = ["clinic:sign_in", "clinic:sign_out", "clinic:lock", "clinic:set_language", "clinic:set_theme", "patients:find"]
names: dict[str, list[str]] = {}
for full in [*(place[0] for place in PLACES), *FRAME]:
    app, _, name = full.partition(":")
    names.setdefault(app, []).append(name)

urlpatterns = [
    path(f"{app}/", include(([path(f"{name}/", nowhere, name=name) for name in found], app)))
    for app, found in names.items()
]
