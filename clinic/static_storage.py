"""How static files are stored: compressed, each named by its content, modules importing each other by those names."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Never asked for by our pages: source maps, unminified doubles, other major versions, pages we do not have.
NOT_COLLECTED = [
    "*.map",
    "bootstrap/css/*[!n].css",
    "bootstrap/js/*",
    "django_htmx/ht*-4*",
    "django_htmx/htmx-2.js",
    "django_htmx/ext/*",
    "admin/js/vendor/jquery/jquery.js",
    "admin/js/vendor/select2/select2.full.js",
    "admin/js/vendor/xregexp/xregexp.js",
    "rest_framework/*",  # the look of an API that shows itself as pages; ours answers JSON
]


class ClinicStaticStorage(CompressedManifestStaticFilesStorage):
    """Whitenoise's storage that also renames module imports, and forgets the source maps that are not collected."""

    support_js_module_import_aggregation = True
    patterns = tuple(
        (
            extension,
            tuple(one for one in patterns if "sourceMappingURL" not in (one if isinstance(one, str) else one[0])),
        )
        for extension, patterns in ManifestStaticFilesStorage.patterns
    )

    def stored_name(self, name):
        """The name by content; the plain one while nothing was collected yet, so that commands can render pages."""
        return super().stored_name(name) if self.hashed_files else name
