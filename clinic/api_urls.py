"""The table of contents of the JSON door: every app names its own rooms in its `api.py`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from billing import api as billing_api
from clinic import api_accounts, api_auth, api_bills, api_counter, api_reports, api_staff
from clinic.api.pages import redoc, schema, swagger
from patients import api as patients_api
from pharmacy import api as pharmacy_api
from queues import api as queues_api
from scheduling import api as scheduling_api
from visits import api as visits_api

app_name = "api"


def addresses(*houses):
    """The patterns of (prefix, Room) pairs and of plain paths that the apps name."""
    router = SimpleRouter(use_regex_path=False)
    plain = []
    for house in houses:
        for prefix, room in house.ROOMS:
            router.register(prefix, room, basename=room.name)
        plain += getattr(house, "PATHS", [])
    return plain + router.urls


urlpatterns = [
    path("schema/", schema, name="schema"),
    path("docs/", swagger, name="docs"),
    path("redoc/", redoc, name="redoc"),
    *addresses(
        api_auth,
        api_accounts,
        api_staff,
        patients_api,
        queues_api,
        scheduling_api,
        visits_api,
        billing_api,
        api_bills,
        pharmacy_api,
        api_counter,
        api_reports,
    ),
]
