"""``fault``: make the running demo's sandbox service misbehave, from another terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from app.sandbox import faults as card_faults
from app.sandbox import service_faults
from app.sandbox.service_control import control_socket, service_status, set_fault
from app.sandbox.service_faults import FaultError

NONE = "none"


def run_fault(state: Path, name: str | None, times: int | None) -> int:
    """Put the fault in force, end it (``none``) or say which one is; 1 with a sentence when that did not work."""
    path = control_socket(state)
    try:
        if name == NONE:
            set_fault(path, None)
        elif name is not None:
            set_fault(path, name, **({} if times is None else {"times": times}))
        current = service_status(path)["fault"]
    except FaultError as error:
        sys.stderr.write(f"uketsuke fault: {error}\n")
        return 1
    except (OSError, ValueError):
        sys.stderr.write(f"uketsuke fault: No sandbox service answers at {path}. Start ./uketsuke demo first.\n")
        return 1
    print(
        "The service works." if current is None else f"The service's fault: {current}. ./uketsuke fault none ends it."
    )
    return 0


def list_faults() -> int:
    """Print what the service and what a card can be told to have."""
    print("The service: ./uketsuke fault NAME")
    _print(service_faults.KNOWN)
    print("A card, for as long as it lies there: ./uketsuke tap CARD --fault NAME")
    _print(card_faults.KNOWN)
    return 0


def _print(known: Mapping[str, str]) -> None:
    for name, meaning in known.items():
        print(f"  {name:<24}  {meaning}")
