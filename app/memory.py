"""A process' memory is nobody else's business."""

from __future__ import annotations

import ctypes
import logging
import resource

logger = logging.getLogger(__name__)

_PR_SET_DUMPABLE = 4
_M_ARENA_MAX = -8
_M_MMAP_THRESHOLD = -3
ARENAS = 2
LARGE_BYTES = 1_048_576


def forbid_core_dumps() -> None:
    """Neither a core file nor another process of our user may show this process' memory.

    Source: prctl(2), PR_SET_DUMPABLE; setrlimit(2), RLIMIT_CORE.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        logger.warning("memory.dumpable errno=%d", ctypes.get_errno())


def share_memory_among_threads() -> None:
    """Let all threads take memory from two places instead of up to sixteen, each of which keeps what it once took.

    What is large goes back to the system when it is free: glibc would learn from the first log-in, whose hash takes 19
    MiB, to keep as much in each of the two places.

    Source: mallopt(3), M_ARENA_MAX and M_MMAP_THRESHOLD; no other libc has it. Of 95 and of 115 MB of the staff process
    they left 3 and 40 to others (2026-11).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ARENAS)
        mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
