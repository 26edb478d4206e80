"""Settings: one file, everything that differs between machines comes from the environment, failing by name.

Variables: SECRET_KEY, LINK_KEY, TOKEN_KEY, SECRET_KEY_FALLBACKS, DEBUG, ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS, HTTPS, BEHIND_PROXY,
DATABASE_URL, REDIS_URL, REDIS_PREFIX, CLINIC_VAR, CLINIC_DEMO, LOG_FORMAT, LOG_LEVEL, CORS_ORIGINS,
EMAIL_URL, EMAIL_FROM. README and docker-compose.yml say what each one does.
"""

import os
from datetime import timedelta
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from clinic import installation
from clinic.security import CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY  # noqa: F401  read by their middleware

BASE_DIR = installation.BASE_DIR
VAR_DIR = installation.data_folder()
env = environ.Env()
if installation.secrets_path().exists():
    environ.Env.read_env(installation.secrets_path())

TESTING = env.bool("CLINIC_TESTING", default=False)
DEMO = env.bool("CLINIC_DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)


def secret(name: str) -> str:
    """A secret from the environment or the secrets file: named when missing, refused when short."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. bin/run makes one; elsewhere set it in the environment "
            f"(at least {installation.MINIMUM_KEY} random characters)."
        )
    if len(value) < installation.MINIMUM_KEY or len(set(value)) < 10:
        raise ImproperlyConfigured(f"{name} is too weak: give at least {installation.MINIMUM_KEY} random characters.")
    return value


SECRET_KEY = secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Its own key for links that open without signing in: changing one key must not break the other's use.
LINK_KEY = secret("LINK_KEY")
TOKEN_KEY = secret("TOKEN_KEY")  # signs the access tokens of other programs

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Apps: floors of a house, see pyproject.toml for the contract that holds them ---------------------------------

INSTALLED_APPS = [
    "clinic",
    "patients",
    "queues",
    "billing",
    "scheduling",
    "visits",
    "pharmacy",
    "clinic.admin_site.ClinicAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "crispy_bootstrap5",
    "crispy_forms",
    "csp",
    "bootstrap",
    "django_htmx",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.health.HealthMiddleware",
    "clinic.middleware.OriginMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinic.middleware.ClinicZoneMiddleware",
    "clinic.middleware.NoStoreMiddleware",
    "clinic.middleware.SessionGuardMiddleware",
    "clinic.middleware.RefusedMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
ASGI_APPLICATION = "clinic.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "clinic.security.nonce",
                "clinic.context.shell",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database -----------------------------------------------------------------------------------------------------

# A black hole between us and the server must end within seconds: without these psycopg waited more than 75 s.
PATIENCE = {
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
# Rows stand in memory or on a solid disk, so one row by an index costs little more than the next one of a table. Told
# otherwise (4, for a turning disk), PostgreSQL walks through a million patients for a name that nobody has.
PLANNER = {"options": "-c random_page_cost=1.1"}
POOL = {"min_size": 2, "max_size": env.int("DB_POOL_SIZE", default=14), "timeout": 3}


def database() -> dict:
    """The database of DATABASE_URL, otherwise the embedded server, started by its first connection."""
    if env.str("DATABASE_URL", default=""):
        config = env.db("DATABASE_URL")
        if config["ENGINE"] != "django.db.backends.postgresql":
            raise ImproperlyConfigured(
                "DATABASE_URL must name a PostgreSQL database: postgres://user:password@host/name"
            )
        options = dict(config.get("OPTIONS") or {})
        over_tcp = bool(config.get("HOST")) and not config["HOST"].startswith("/") and "host" not in options
        options = {**PATIENCE, **PLANNER, **({"tcp_user_timeout": 5000} if over_tcp else {}), **options}
    else:
        config = {"ENGINE": "clinic.embedded.backend", "NAME": "clinic", "USER": "clinic"}
        options = {"connect_timeout": 10, **PLANNER}
    # Tests open and drop databases; a pool would hold on to connections of a database that is gone.
    if not TESTING:
        options["pool"] = POOL
    return {**config, "OPTIONS": options, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "clinic.backends.StaffBackend"]
LOGIN_URL = "clinic:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "clinic:sign_in"
PASSWORD_HASHERS = ["clinic.hashers.ClinicArgon2Hasher"]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "name_other_script", "email")},
    },
]

# A whole clinic often stands behind one address: only a name together with an address is locked, never the address alone.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "clinic.views.locked_out"
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_SENSITIVE_PARAMETERS = ["username", "password", "code"]

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60  # the absolute limit; idle time is the session guard's
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "clinic.views.csrf_failure"

# Minutes without a human action before the screen locks, by role; the display has no hands and never locks.
IDLE_LOCK_MINUTES = {
    "manager": 10,
    "doctor": 10,
    "nurse": 10,
    "pharmacist": 10,
    "reception": 10,
    "patient": 30,
    "display": None,
}
SESSION_ABSOLUTE_HOURS = 12
SESSION_DISPLAY_AGE = 400 * 24 * 60 * 60  # seconds; a waiting-room display is signed in once

# --- Transport and headers ----------------------------------------------------------------------------------------

HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^ready$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Other names of the same domain, and browsers' preload lists, are not ours to decide about.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if HTTPS else None  # browsers ignore it, and complain, without TLS
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    MIDDLEWARE.insert(0, "clinic.security.BehindProxyMiddleware")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# --- The JSON door (clinic/api) ---------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],  # rooms name theirs (clinic/api/room.py)
    "DEFAULT_METADATA_CLASS": None,  # the schema tells; OPTIONS of a browser is answered before
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "clinic.api.schema.HouseSchema",
    "EXCEPTION_HANDLER": "clinic.api.errors.handle",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Clinic",
    "DESCRIPTION": "The clinic's API for other programs. Guide: docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["clinic.api.links.link", "clinic.api.schema.tidy"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
CORS_ALLOWED_ORIGINS = env.list("CORS_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = ["accept-language", "authorization", "content-type", "idempotency-key", "if-match"]
CORS_EXPOSE_HEADERS = ["ETag", "Retry-After", "X-Request-ID"]

# --- Live updates and jobs ----------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")


def redis_layer(url: str) -> dict:
    """The channel layer through Redis: publish/subscribe, since a lost message is found by its version."""
    host = {"address": url, "socket_connect_timeout": 1, "socket_timeout": 5}
    # Publish/subscribe knows no database numbers: installations that share a Redis are told apart by their prefix.
    config = {"hosts": [host], "prefix": env.str("REDIS_PREFIX", default="clinic")}
    return {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": config}}


if REDIS_URL:
    CHANNEL_LAYERS = redis_layer(REDIS_URL)
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}}
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# --- Mail: a server such as smtp+tls://user:password@host:587; without one, mails are written to the console -----------

MAIL = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND, EMAIL_TIMEOUT = MAIL["EMAIL_BACKEND"], 10
EMAIL_HOST, EMAIL_PORT = MAIL["EMAIL_HOST"] or "localhost", MAIL["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL["EMAIL_HOST_USER"] or "", MAIL["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL.get("EMAIL_USE_TLS", False), MAIL.get("EMAIL_USE_SSL", False)
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="clinic@localhost")

# --- Language, time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ar", _("Arabic"))]
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "clinic.formats"
USE_THOUSAND_SEPARATOR = False

# --- Static files -------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static")))
GENERATED_STATIC = BASE_DIR / "var" / "build"
STATICFILES_DIRS = [path for path in (BASE_DIR / "static", GENERATED_STATIC) if path.is_dir()]
MANIFEST = not (DEBUG or TESTING) and (STATIC_ROOT / "staticfiles.json").exists()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "clinic.static_storage.ClinicStaticStorage"
    },
}
WHITENOISE_USE_FINDERS = not MANIFEST
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # every address is by content; to compress both would take twice as long
WHITENOISE_AUTOREFRESH = DEBUG or TESTING  # otherwise each test client walks through all files first
MEDIA_ROOT = VAR_DIR / "media"

# --- Logs: what happened and where, never a patient's data --------------------------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", default="console")
LOG_LEVEL = env.str("LOG_LEVEL", default="WARNING" if TESTING else "INFO")
if LOG_FORMAT not in ("console", "json"):
    raise ImproperlyConfigured("LOG_FORMAT must be console or json.")
from clinic.logs import logging_config  # noqa: E402  it needs nothing of Django but must come after the checks

LOGGING = logging_config(LOG_FORMAT, LOG_LEVEL)

os.environ.setdefault("PGAPPNAME", "clinic")
