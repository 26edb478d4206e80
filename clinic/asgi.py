"""One process for everything: HTTP through threads (a2wsgi), WebSockets through Channels, jobs beside them.

Django's own ASGI handler makes a one-thread executor for each request and served a fifth of the requests.
Deployed at scale the three are processes of their own: gunicorn with clinic.wsgi, uvicorn with
clinic.asgi:live_application, and `manage.py procrastinate worker`.
"""

import asyncio
import logging
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

from a2wsgi import WSGIMiddleware  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from clinic.wsgi import application as http  # noqa: E402  it sets Django up, so what follows may import models

THREADS = 8
logger = logging.getLogger(__name__)

from clinic.routing import websocket_urlpatterns  # noqa: E402

websocket = URLRouter(websocket_urlpatterns)


async def lifespan(scope, receive, send):
    """Run the jobs' worker in this process from its start to its end."""
    worker = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            worker = asyncio.create_task(_work())
            await send({"type": "lifespan.startup.complete"})
        else:
            await _ended(worker)
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _ended(worker):
    """Let the worker go. Ctrl-C reaches its database too, so what it meets on its way out is no failure of ours."""
    worker.cancel()
    try:
        await asyncio.wait_for(worker, timeout=3)
    except (asyncio.CancelledError, TimeoutError):
        pass
    except Exception as error:
        logger.info("the jobs' worker ended with %s", type(error).__name__)


async def _work():
    from clinic import jobs

    await jobs.work_in_process()


async def only_health(scope, receive, send):
    """The socket side answers /health to its supervisor and nothing else."""
    found = scope["path"] == "/health"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok\n" if found else b"not here\n"})


application = ProtocolTypeRouter(
    {"http": WSGIMiddleware(http, workers=THREADS), "websocket": websocket, "lifespan": lifespan}
)
live_application = ProtocolTypeRouter({"http": only_health, "websocket": websocket})
