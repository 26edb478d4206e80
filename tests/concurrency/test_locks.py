"""A row that was waited for is read as it is now, with everything that hangs on it."""

import threading
import time

from django.db import connection, connections, transaction

from clinic.locks import lock
from scheduling.models import Appointment
from tests.factories import clinic as people
from tests.factories import scheduling as times


def test_who_waited_for_a_lock_sees_the_rows_it_is_joined_to_now(clinic):
    before, after = people.doctor(clinic=clinic, name="Before"), people.doctor(clinic=clinic, name="After")
    times.hours(doctor=before, clinic=clinic)
    appointment = times.appointment(clinic=clinic, doctor=before)
    holds, seen = threading.Event(), []

    def change_the_doctor():
        with transaction.atomic():
            Appointment.objects.filter(pk=appointment.pk).update(doctor=after)
            holds.set()
            wait_until_somebody_waits()
        connections.close_all()

    def wait_and_read():
        holds.wait(5)
        with transaction.atomic():
            seen.append(lock(Appointment, appointment.pk, "doctor__user", "token").doctor.name)
        connections.close_all()

    threads = [threading.Thread(target=change_the_doctor), threading.Thread(target=wait_and_read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert seen == ["After"]


def wait_until_somebody_waits():
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waited for the lock")
