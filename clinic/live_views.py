"""What a screen asks when it cannot be sure that it heard everything."""

import re

from django.http import JsonResponse
from django.views.decorators.http import require_GET

from clinic import live
from clinic.access import STAFF, Role, allow
from clinic.admission import topics_for

MOST_TOPICS = 50
TOPIC = re.compile(r"[a-z0-9-]{1,60}")


@require_GET
@allow(*STAFF, Role.DISPLAY, passive=True)
def live_versions(request):
    """{topic: [version, seconds since it changed]} of the asked topics that the user may follow."""
    asked = request.GET.get("topics", "").split(",")[:MOST_TOPICS]
    topics = topics_for(request.user, [topic for topic in asked if TOPIC.fullmatch(topic)])
    if request.user.clinic is None:
        return JsonResponse({})
    return JsonResponse(live.versions(request.user.clinic, topics))
