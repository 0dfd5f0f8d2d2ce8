"""Faults of the sandbox service, by name, and the counters that tests look at."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

KINDS = ("challenge", "confirmation", "visual")
"""What a fault may be limited to with the option ``kinds``."""

KNOWN: Mapping[str, str] = {
    "refuse": "nothing listens on the port; open connections are cut",
    "timeout": "the request is taken and never answered",
    "500": "HTTP 500",
    "503": "HTTP 503",
    "429": "HTTP 429 with Retry-After",
    "html": "a log-in page instead of XML (option content_type: what it calls itself)",
    "truncated": "the answer breaks off in the middle",
    "oversize": "an answer of 8 MiB (option declared: true says its length in advance)",
    "slow-bytes": "the answer, head included, one byte every interval_s seconds (default 0.2)",
    "wrong-id": "a sound answer that bears another request's identifier",
    "expired-certificate": "the service's TLS certificate is expired",
    "wrong-name-certificate": "the service's TLS certificate is of another name",
    "clock-skew": "the service's clock is off by seconds (default three days)",
    "malformed-xml": "XML that is not well-formed",
    "doctype": "a sound answer with a DOCTYPE and an entity",
    "refused-message": "SegmentOfResult 9: the whole message is refused",
    "person-error": "ProcessingResultStatus 2: the person could not be processed (not the challenge)",
    "hold": "the finished answer is kept back until the fault is cleared",
}
CONNECTION_FAULTS = ("refuse", "expired-certificate", "wrong-name-certificate")
"""Faults that concern connections, whatever is asked over them."""

_OPTIONS: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "html": {"content_type": (str,)},
    "oversize": {"declared": (bool,)},
    "slow-bytes": {"interval_s": (int, float)},
    "clock-skew": {"seconds": (int, float)},
}


class FaultError(ValueError):
    """An unknown fault or option; the message lists what is known."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as it was ordered. ``times`` is how many requests it hits, ``None`` without end."""

    name: str
    kinds: tuple[str, ...] = KINDS
    times: int | None = None
    options: Mapping[str, object] = field(default_factory=dict)


def parse_fault(name: str, options: Mapping[str, object]) -> Fault:
    """Check a fault's name and options.

    Raises:
        FaultError: a sentence that lists the known names or options.
    """
    if name not in KNOWN:
        raise FaultError(f"{name!r} is not a fault of the service. Known: {', '.join(KNOWN)}.")
    own = _OPTIONS.get(name, {})
    rest = dict(options)
    kinds = rest.pop("kinds", KINDS)
    if not isinstance(kinds, Iterable) or isinstance(kinds, str) or not set(kinds) <= set(KINDS) or not kinds:
        raise FaultError(f"kinds must be a list of: {', '.join(KINDS)}.")
    times = rest.pop("times", None)
    if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
        raise FaultError("times must be a whole number from 1.")
    for option, value in rest.items():
        if option not in own or not isinstance(value, own[option]):
            raise FaultError(
                f"{name} takes the options: {', '.join(('kinds', 'times', *own))}; {option!r} is not good."
            )
    return Fault(name, tuple(kinds), times, rest)


class FaultBoard:
    """The fault in force and what was counted. Safe for many threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._fault: Fault | None = None
        self._left: int | None = None
        self._counts = dict.fromkeys(("alive", *KINDS, "other", "connections", "tls_refused", "held"), 0)

    def set(self, fault: Fault | None) -> None:
        """Put a fault in force, or none. Whatever the earlier one held back goes on."""
        with self._changed:
            self._fault = fault
            self._left = None if fault is None else fault.times
            self._changed.notify_all()

    def current(self) -> Fault | None:
        """Return the fault in force, without using it up."""
        with self._changed:
            return self._fault

    def take(self, kind: str) -> Fault | None:
        """Return the fault that hits this request; one of its ``times`` is used."""
        with self._changed:
            fault = self._fault
            if fault is None or fault.name in CONNECTION_FAULTS or kind not in fault.kinds or self._left == 0:
                return None
            if self._left is not None:
                self._left -= 1
            return fault

    def wait_while(self, fault: Fault, timeout_s: float) -> bool:
        """Wait until another fault, or none, is in force; true if that happened in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._fault is not fault, timeout_s)

    def count(self, counter: str, step: int = 1) -> None:
        """Add to a counter and wake those who wait for it."""
        with self._changed:
            self._counts[counter] += step
            self._changed.notify_all()

    def wait_count(self, counter: str, at_least: int, timeout_s: float) -> bool:
        """Wait until a counter has reached a number.

        Raises:
            FaultError: no such counter.
        """
        with self._changed:
            if counter not in self._counts:
                raise FaultError(f"{counter!r} is not a counter. Known: {', '.join(self._counts)}.")
            return self._changed.wait_for(lambda: self._counts[counter] >= at_least, timeout_s)

    def status(self) -> dict[str, object]:
        """Return the fault in force and all counters; ``held`` is how many answers are kept back now."""
        with self._changed:
            return {"fault": self._fault.name if self._fault else None, "requests": dict(self._counts)}
