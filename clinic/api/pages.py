"""The schema and its two readers, from our own files under our own content policy."""

from functools import cache

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from clinic.access import public


@cache
def document():
    """The schema, made once in a process (it takes a second), in English whoever asks first."""
    with translation.override("en"):
        return SchemaGenerator().get_schema(request=None, public=True)


class Open:
    """Anybody may read how the door works; there are no data here."""

    authentication_classes = []
    permission_classes = [AllowAny]


class SchemaView(Open, SpectacularAPIView):
    """OpenAPI 3.1, as YAML or with `?format=json` as JSON."""

    def perform_content_negotiation(self, request, force=False):
        if request.query_params.get("format") == "json":
            return OpenApiJsonRenderer2(), OpenApiJsonRenderer2.media_type
        return super().perform_content_negotiation(request, force)

    def _get_schema_response(self, request):
        kind = "json" if "json" in request.accepted_media_type else "yaml"
        return Response(document(), headers={"Content-Disposition": f'inline; filename="clinic.{kind}"'})


class SwaggerView(Open, SpectacularSwaggerSplitView):
    """Swagger UI, its script apart so that the content policy stays strict."""

    url_name = "api:schema"
    template_name = "clinic/api/swagger.html"


class RedocView(Open, SpectacularRedocView):
    """ReDoc without its search, which would want a worker that the content policy forbids."""

    url_name = "api:schema"
    template_name = "clinic/api/redoc.html"


def _public(view, why):
    view.__doc__ = why
    return public(view)


# Both readers write their styles while they run; these pages hold no data, and scripts stay as strict as elsewhere.
styled = csp_update({"style-src": [SELF, UNSAFE_INLINE]})

schema = _public(SchemaView.as_view(), "A program must know the door before it can sign in; there are no data here.")
swagger = _public(styled(SwaggerView.as_view()), "Documentation without data.")
redoc = _public(styled(RedocView.as_view()), "Documentation without data.")
