"""The two socket addresses of the house: the pages' own, and that of programs."""

from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from clinic.consumers import EventSocket, LiveSocket

websocket_urlpatterns = [
    path("ws/live/", AllowedHostsOriginValidator(LiveSocket.as_asgi())),
    # Programs send no Origin, which that guard would refuse; the consumer looks at one that is there.
    path("ws/events", EventSocket.as_asgi()),
]
