"""Table of contents of the whole house."""

from django.contrib import admin
from django.urls import include, path

from clinic.api.pages import redoc, schema, swagger

urlpatterns = [
    path("admin/", admin.site.urls),
    path("patients/", include("patients.urls")),
    path("queue/", include("queues.urls")),
    path("billing/", include("billing.urls")),
    path("", include("scheduling.urls")),
    path("visits/", include("visits.urls")),
    path("pharmacy/", include("pharmacy.urls")),
    path("api/v1/", include("clinic.api_urls")),
    path("api/schema/", schema, name="api_schema"),  # where one looks first; versions have their own below
    path("api/docs/", swagger, name="api_docs"),
    path("api/redoc/", redoc, name="api_redoc"),
    path("", include("clinic.site_urls")),
]

handler400 = "clinic.views.bad_request"
handler404 = "clinic.views.not_found"
handler500 = "clinic.views.server_error"
