"""How secrets that people type are kept: argon2id, one at a time, so that a burst does not take memory for each."""

from __future__ import annotations

import base64
import os
import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB = 19 * 1024  # OWASP's smallest set for argon2id: 19 MiB, two passes, one lane
PASSES = 2
one_hash_at_a_time = threading.Lock()


@cache
def hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # 15 ms of import that the kiosk process never needs

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)


@cache
def nobodys_hash() -> str:
    """A well-formed hash of today's cost that no secret has."""
    salt, digest = (base64.b64encode(os.urandom(size)).rstrip(b"=").decode() for size in (16, 32))
    return f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1${salt}${digest}"
