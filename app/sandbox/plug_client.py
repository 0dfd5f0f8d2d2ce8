"""What the command line says to the plug: put a card in, take it out, list the cards, look.

One JSON object a line each way over the plug's unix socket:

- ``{"do": "insert", "name": "employee", "faults": ["pulled-at-4"]}``, ``{"do": "remove"}``, ``{"do": "list"}``,
  ``{"do": "status"}``, ``{"do": "reset"}``
- ``{"ok": true, ...}`` or ``{"ok": false, "error": "a sentence"}``
"""

from __future__ import annotations

import json
import socket as sockets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_LINE_BYTES = 64 * 1024
ANSWER_TIMEOUT_S = 15.0


class PlugError(Exception):
    """The plug is not there or refused; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class ListedCard:
    """One sample card. Sample PINs are public; ``pin`` is ``None`` where a card has none."""

    name: str
    purpose: str
    pin: str | None


@dataclass(frozen=True, slots=True)
class CardStatus:
    """What lies on the virtual reader and what it was asked.

    ``card`` is ``None`` when nothing lies there (also after ``pulled-at-N`` struck: ``was_pulled``); ``last`` is
    the card of the newest insertion, and the plain counts and ``attempts_remaining`` are its. The ``total_`` counts
    are of all cards since the plug started or was reset. ``verifies`` carried a PIN, ``queries`` were empty.
    """

    card: str | None
    last: str | None
    is_noticed: bool
    was_pulled: bool
    attempts_remaining: int | None
    insertions: int
    commands: int
    verifies: int
    queries: int
    signatures: int
    total_commands: int
    total_verifies: int


def plug_socket(state_dir: Path) -> Path:
    """Where the plug of a state directory listens."""
    return state_dir / "run" / "plug.sock"


def insert_card(socket: Path, name: str, faults: Iterable[str] = ()) -> None:
    """Put a sample card onto the virtual reader; a card that lies there is taken off first.

    Raises:
        PlugError: no plug, no such card or fault, or no pcscd behind the reader's port.
    """
    _ask(socket, {"do": "insert", "name": name, "faults": list(faults)})


def remove_card(socket: Path) -> str | None:
    """Take the card off; returns its name, ``None`` when nothing lay there. Raises ``PlugError``."""
    name = _ask(socket, {"do": "remove"})["removed"]
    return None if name is None else str(name)


def list_cards(socket: Path) -> tuple[ListedCard, ...]:
    """Return the sample cards in the order of the people file. Raises ``PlugError``."""
    return tuple(ListedCard(**card) for card in _ask(socket, {"do": "list"})["cards"])


def card_status(socket: Path) -> CardStatus:
    """Return what lies there and what it was asked. Raises ``PlugError``."""
    return CardStatus(**_ask(socket, {"do": "status"})["status"])


def reset_cards(socket: Path) -> None:
    """Take any card off and make all cards new: tries and counts as on the first day. Raises ``PlugError``."""
    _ask(socket, {"do": "reset"})


def _ask(path: Path, request: dict[str, object]) -> dict[str, Any]:
    try:
        with sockets.socket(sockets.AF_UNIX) as connection:
            connection.settimeout(ANSWER_TIMEOUT_S)
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as file:
                line = file.readline(MAX_LINE_BYTES)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise PlugError("No sample cards are at hand: nothing answers here. Start ./uketsuke demo first.") from error
    except OSError as error:
        raise PlugError(f"The plug of the sample cards does not answer: {error}.") from error
    try:
        answer: dict[str, Any] = json.loads(line)
    except ValueError as error:
        raise PlugError("The plug of the sample cards hung up without an answer.") from error
    if answer.get("ok") is not True:
        raise PlugError(str(answer.get("error", "The plug refused without saying why.")))
    return answer
