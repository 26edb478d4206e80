"""Is it there, is it ready: two answers for supervisors and proxies, before sessions and hosts are looked at."""

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse


class HealthMiddleware:
    """Answers GET /health (the application serves) and GET /ready (database and migrations too)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method in ("GET", "HEAD") and request.path == "/health":
            return _plain("ok")
        if request.method in ("GET", "HEAD") and request.path == "/ready":
            return ready()
        return self.get_response(request)


def ready() -> HttpResponse:
    """200 when a query works and no migration waits, otherwise 503 with which of the two is missing.

    An absent Redis is told and no more: all is saved and shown without it, only later, so the instance stays in service.
    """
    try:
        if migrations_wait():
            return _plain("migrations are not applied", status=503)
    except Exception:
        return _plain("database does not answer", status=503)
    return _plain("ready" if live_updates_come() else "ready, but live updates are late: Redis does not answer")


def migrations_wait() -> bool:
    """Whether the code knows migrations that the database has not had."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def live_updates_come() -> bool:
    """Whether Redis answers within a second, where there is one."""
    if not settings.REDIS_URL:
        return True
    import redis  # only where there is one

    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as connection:
            return connection.ping()
    except (redis.RedisError, OSError, ValueError):
        return False


def _plain(text: str, status: int = 200) -> HttpResponse:
    response = HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
