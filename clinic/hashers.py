"""Password hashing sized for a small machine that serves a clinic while people sign in."""

import os
import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

# Each check fills a core for some 30 ms: more at once than there are cores would only hold up everybody's pages.
_at_once = threading.BoundedSemaphore(max(1, (os.cpu_count() or 2) // 2))


class ClinicArgon2Hasher(Argon2PasswordHasher):
    """argon2id with 19 MiB, two passes, one lane (OWASP's first choice): about 30 ms; Django's default takes 100 MB a login."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password, salt):
        with _at_once:
            return super().encode(password, salt)

    def verify(self, password, encoded):
        with _at_once:
            return super().verify(password, encoded)
