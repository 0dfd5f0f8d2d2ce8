"""A process' memory is nobody else's business."""

from __future__ import annotations

import ctypes
import logging
import resource

logger = logging.getLogger(__name__)

_PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> None:
    """Neither a core file nor another process of our user may show this process' memory.

    Source: prctl(2), PR_SET_DUMPABLE; setrlimit(2), RLIMIT_CORE.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        logger.warning("memory.dumpable errno=%d", ctypes.get_errno())
