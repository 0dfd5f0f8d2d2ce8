"""The plug: the process that holds the sample cards and puts one at a time onto the virtual reader.

``python -m app.sandbox.plug --state DIR --reader-port N [--people FILE]`` listens on ``DIR/run/plug.sock`` (0600). The
words it understands are in ``plug_client.py``. It is connected to the reader's port between insert and remove only,
so another program's card may use the port meanwhile.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import NoReturn

from app.clock import Clock, SystemClock
from app.sandbox.card import Tally, VirtualCard, build_card
from app.sandbox.card_spec import CardSpec
from app.sandbox.faults import parse_faults
from app.sandbox.link import SWAP_PAUSE_S, CardLink, LinkError
from app.sandbox.people import PeopleFileError, load_people
from app.sandbox.pki import SandboxPki, pki_folder
from app.sandbox.plug_client import (
    MAX_LINE_BYTES,
    CardStatus,
    ListedCard,
    PlugError,
    card_status,
    insert_card,
    list_cards,
    plug_socket,
    remove_card,
    reset_cards,
)

__all__ = [
    "CardHolder",
    "PlugError",
    "PlugServer",
    "card_status",
    "insert_card",
    "list_cards",
    "plug_socket",
    "remove_card",
    "reset_cards",
]

logger = logging.getLogger(__name__)

REQUEST_TIMEOUT_S = 5.0
LOOK_S = 1.0


class CardHolder:
    """The drawer of sample cards and the one that lies on the reader. Used by one thread."""

    def __init__(self, specs: Sequence[CardSpec], pki: SandboxPki, reader_port: int, clock: Clock) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._pki = pki
        self._port = reader_port
        self._clock = clock
        self._cards: dict[str, tuple[date, VirtualCard]] = {}
        self._link: CardLink | None = None
        self._last: VirtualCard | None = None
        self._insertions = 0
        self._emptied_at_s = -SWAP_PAUSE_S

    def insert(self, name: str, faults: tuple[str, ...]) -> None:
        """Put a card in, after taking out the one that lies there.

        Raises:
            PlugError: unknown card or fault (nothing changed), or no reader on the port (nothing lies there then).
        """
        if name not in self._specs:
            raise PlugError(f"There is no sample card named {name!r}. ./uketsuke tap --list shows all.")
        try:
            parse_faults(faults)
        except ValueError as error:
            raise PlugError(str(error)) from None
        self.remove()
        card = self._card(name)
        pause_s = self._emptied_at_s + SWAP_PAUSE_S - self._clock.monotonic_s()
        if pause_s > 0:
            threading.Event().wait(pause_s)
        card.insert(faults)
        link = CardLink(card, self._port)
        try:
            link.connect()
        except LinkError as error:
            raise PlugError(str(error)) from None
        self._link, self._last = link, card
        self._insertions += 1

    def remove(self) -> str | None:
        """Take the card out; returns its name, or ``None`` when nothing lay there (any more)."""
        name = self._lying()
        link, self._link = self._link, None
        if link is not None:
            link.close()
            self._emptied_at_s = self._clock.monotonic_s()
        return name

    def reset(self) -> None:
        """Take any card out and forget all tries and counts."""
        self.remove()
        self._cards.clear()
        self._last = None
        self._insertions = 0

    def listed(self) -> list[ListedCard]:
        return [ListedCard(spec.name, spec.purpose, spec.pin) for spec in self._specs.values()]

    def status(self) -> CardStatus:
        last, link = self._last, self._link
        counts = last.since_insertion if last else Tally()
        totals = [card.total for _, card in self._cards.values()]
        return CardStatus(
            card=self._lying(),
            last=last.spec.name if last else None,
            is_noticed=link is not None and link.is_noticed,
            was_pulled=link is not None and link.is_pulled,
            attempts_remaining=last.attempts_remaining if last else None,
            insertions=self._insertions,
            commands=counts.commands,
            verifies=counts.verifies,
            queries=counts.queries,
            signatures=counts.signatures,
            total_commands=sum(tally.commands for tally in totals),
            total_verifies=sum(tally.verifies for tally in totals),
        )

    def _lying(self) -> str | None:
        if self._link is None or self._link.is_pulled or self._last is None:
            return None
        return self._last.spec.name

    def _card(self, name: str) -> VirtualCard:
        """Return the card; on a new day it carries a new certificate, its tries and counts stay."""
        now = self._clock.now()
        made_on, card = self._cards.get(name, (None, None))
        if card is None or made_on != now.date():
            fresh = build_card(self._specs[name], self._pki, now)
            if card is not None:
                fresh.adopt_counters(card)
            self._cards[name] = (now.date(), fresh)
            return fresh
        return card


class PlugServer:
    """The plug's unix socket: one request a connection, one after the other."""

    def __init__(self, path: Path, holder: CardHolder) -> None:
        self._path = path
        self._holder = holder
        self._socket: socket.socket | None = None
        self._is_closing = False

    def open(self) -> None:
        """Listen on the socket, readable and writable by the owner only.

        Raises:
            PlugError: another plug answers there.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
            probe.connect(str(self._path))
            raise PlugError(f"Another plug answers on {self._path}.")
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        earlier = os.umask(0o177)
        try:
            listener.bind(str(self._path))
        finally:
            os.umask(earlier)
        listener.listen(128)  # a full queue refuses at once on a unix socket, it does not make callers wait
        self._socket = listener

    def serve(self) -> None:
        """Answer until ``close`` is called from elsewhere or an exception (a signal's) ends it."""
        listener = self._socket
        while listener is not None and not self._is_closing:
            try:
                # The kernel may hand a signal to any thread, and Python's handler waits for this one to wake.
                listener.settimeout(LOOK_S)
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                if self._is_closing:
                    return
                raise
            with connection, suppress(OSError):
                connection.settimeout(REQUEST_TIMEOUT_S)
                with connection.makefile("rb") as file:
                    line = file.readline(MAX_LINE_BYTES)
                connection.sendall(json.dumps(self.answer(line), ensure_ascii=False).encode() + b"\n")

    def close(self) -> None:
        """Take any card out and stop listening."""
        self._is_closing = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._path.unlink(missing_ok=True)
        self._holder.remove()

    def answer(self, line: bytes) -> dict[str, object]:
        """Do what one request line asks and return the answer; a mistake in it becomes ``ok: false``."""
        try:
            request = json.loads(line)
            action = request.get("do")
        except (ValueError, AttributeError):
            return {"ok": False, "error": "A request to the plug is one JSON object on one line."}
        try:
            return {"ok": True, **self._act(action, request)}
        except PlugError as error:
            return {"ok": False, "error": str(error)}

    def _act(self, action: object, request: dict[str, object]) -> dict[str, object]:
        holder = self._holder
        if action == "insert":
            name, faults = request.get("name"), request.get("faults", [])
            if not isinstance(name, str) or not isinstance(faults, list):
                raise PlugError("insert needs a name and, if any, a list of faults.")
            holder.insert(name, tuple(str(fault) for fault in faults))
            logger.info("plug.insert card=%s", name)
            return {}
        if action == "remove":
            removed = holder.remove()
            logger.info("plug.remove card=%s", removed)
            return {"removed": removed}
        if action == "list":
            return {"cards": [asdict(card) for card in holder.listed()]}
        if action == "status":
            return {"status": asdict(holder.status())}
        if action == "reset":
            holder.reset()
            return {}
        raise PlugError("The plug knows insert, remove, list, status and reset.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the plug until SIGTERM or SIGINT; 0 after a wanted end, 1 with a sentence on stderr otherwise."""
    parser = argparse.ArgumentParser(prog="app.sandbox.plug", description="Holds the sample cards.")
    parser.add_argument("--state", type=Path, required=True, help="state directory; keys and the socket live there")
    parser.add_argument("--reader-port", type=int, required=True, help="TCP port of the virtual reader on 127.0.0.1")
    parser.add_argument("--people", type=Path, help="people file; without it the packaged sample people")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        specs = [person.card for person in load_people(options.people) if person.card is not None]
        pki = SandboxPki(pki_folder(options.state))
        pki.ensure(spec.name for spec in specs)
        server = PlugServer(plug_socket(options.state), CardHolder(specs, pki, options.reader_port, SystemClock()))
        server.open()
    except (PlugError, PeopleFileError, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        server.serve()
    finally:
        server.close()
    return 0


def _end(number: int, frame: object) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
