"""What the Linux kernel knows about its clock: time since the boot, and whether something keeps it right."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path

from app.clock import Clock, SystemClock
from app.eligibility.clock_trust import Mark

_STA_UNSYNC = 0x0040
"""linux/timex.h: the clock is not synchronised. NTP programs (chrony, timesyncd, ntpd) clear it while they hold it."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIMESYNC_MARK = Path("/run/systemd/timesync/synchronized")


class _Timex(ctypes.Structure):
    """``struct timex`` of Linux (64 bit), adjtimex(2); the tail is never read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("tail", ctypes.c_byte * 512),
    )


class KernelClock:
    """``ClockWitness`` on this machine. Opens nothing until it is asked."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def mark(self) -> Mark:
        """Both clocks, read side by side."""
        try:
            boot_id = _BOOT_ID.read_text("ascii").strip()
        except OSError:
            boot_id = ""
        return Mark(self._clock.now(), boot_id, time.clock_gettime(time.CLOCK_BOOTTIME))

    def is_synchronised(self) -> bool | None:
        """True or False as the kernel says; ``None`` where it may not be asked. Reads only, needs no rights."""
        state = _Timex()
        try:
            answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state))
        except (OSError, AttributeError):
            answer = -1
        if answer == -1:
            return True if _TIMESYNC_MARK.exists() else None
        return not state.status & _STA_UNSYNC
