"""The HTTP side: what gunicorn serves, and what uvicorn serves through a2wsgi."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
application = get_wsgi_application()


def settle():
    """Load every view now, and keep what is loaded out of the garbage collector.

    It stays for good; searching it for garbage stopped one answer in a few dozen for a quarter of a second.
    """
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()


settle()
