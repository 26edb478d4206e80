"""Work on a schedule: what has served its time is cleared away.

Jobs run inside the web process (`work_in_process`) or in one of their own (`manage.py procrastinate worker`).
"""

import asyncio
import contextlib
import logging
from datetime import timedelta

from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

logger = logging.getLogger(__name__)

KEYS_KEPT = timedelta(days=7)
RETRY_SECONDS = 10


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="purge_idempotency_keys", pass_context=False)
def purge_idempotency_keys(timestamp: int) -> int:
    """Forget the answers to forms that were sent more than seven days ago; returns how many."""
    from clinic.models import IdempotencyKey

    with released_connection():
        return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEYS_KEPT).delete()[0]


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="clear_sessions", pass_context=False)
def clear_sessions(timestamp: int) -> None:
    """Remove sessions that have expired."""
    with released_connection():
        call_command("clearsessions")


@app.periodic(cron="47 * * * *")
@app.task(queueing_lock="purge_credentials", pass_context=False)
def purge_credentials(timestamp: int) -> int:
    """Forget a day after their end what let programs in, and counters of tries that no longer count; returns how many."""
    from clinic.models import ApiSignIn, PasswordReset, SocketTicket, Throttle

    with released_connection():
        before = timezone.now() - timedelta(days=1)
        old = [
            SocketTicket.objects.filter(expires_at__lt=before),
            ApiSignIn.objects.filter(expires_at__lt=before),
            PasswordReset.objects.filter(expires_at__lt=before),
            Throttle.objects.filter(since__lt=before),
        ]
        return sum(rows.delete()[0] for rows in old)


@app.task(retry=RetryStrategy(max_attempts=5, exponential_wait=4), pass_context=False)
def mail_password_reset(reset_id: int) -> bool:
    """Write the mail with the code for a new password, when there is somebody to write to."""
    from clinic.accounts import mail_reset

    with released_connection():
        return mail_reset(reset_id)


@contextlib.contextmanager
def released_connection():
    """Give this thread's connection back to the pool at the end: no request ends here that would do it."""
    try:
        yield
    finally:
        connection.close()


async def work_in_process() -> None:
    """Run the worker until cancelled; a database that is away for a while is waited for."""
    while True:
        try:
            worker_app = app.with_connector(app.connector.get_worker_connector())
            async with worker_app.open_async():
                await worker_app.run_worker_async(
                    install_signal_handlers=False, concurrency=1, delete_jobs="successful", listen_notify=True
                )
        except asyncio.CancelledError:
            raise
        except Exception as error:
            logger.warning("jobs: the worker stopped, it starts again: %s", type(error).__name__)
        await asyncio.sleep(RETRY_SECONDS)
