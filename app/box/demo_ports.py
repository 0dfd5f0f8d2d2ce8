"""The ports that a demo was given: each its own, each free."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from app.box.pcscd import port_sentence
from app.box.ports import PortTaken, free_port, require_free
from app.config import PREFIX

METRICS = PREFIX + "METRICS_PORT"


class PortsUnusable(Exception):
    """The message is one sentence that names the options to change."""


def require_ports(kiosk: int, staff: int, reader: int | None, environ: Mapping[str, str]) -> None:
    """Return when no two options want one port and nobody else holds those of the pages.

    Args:
        reader: of the virtual reader, which takes the next one too; ``None`` with a real one. pcscd's part looks
            whether they are free: the pcscd of this machine may rightly hold them.
        environ: where ``KIOSK_METRICS_PORT`` may stand; nonsense in it is left to the settings.

    Raises:
        PortsUnusable.
    """
    pages = [("--kiosk-port", kiosk), ("--staff-port", staff)]
    metrics = environ.get(METRICS, "")
    if metrics.isascii() and metrics.isdigit() and int(metrics):
        pages.append((METRICS, int(metrics)))
    taken = [*pages]
    if reader is not None:
        taken += [("--reader-port", reader), ("--reader-port (N and N+1)", reader + 1)]
    for (first, one), (second, other) in combinations(taken, 2):
        if one == other:
            raise PortsUnusable(f"{first} and {second} both want port {one}: give each a port of its own.")
    for option, port in pages:
        try:
            require_free(port)
        except PortTaken as error:
            raise PortsUnusable(port_sentence(error, option)) from error
        except (OSError, OverflowError) as error:
            why = error.strerror if isinstance(error, OSError) else "no such port"
            raise PortsUnusable(f"Port {port} cannot be used ({why}): choose one with {option} N.") from error


def free_port_beside(*others: int) -> int:
    """A port that nobody uses at this moment and that is none of ``others``, which may still be free, too."""
    while (port := free_port()) in others:
        pass
    return port
