"""``tap`` and ``lift``: sample cards on the running demo's virtual reader, from another terminal."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from app.sandbox.people import PeopleFileError, load_people
from app.sandbox.plug_client import (
    ListedCard,
    PlugError,
    card_status,
    insert_card,
    list_cards,
    plug_socket,
    remove_card,
)

NOTICED_WITHIN_S = 5.0
"""pcscd looks every 0.4 s."""


def tap(state: Path, name: str, faults: tuple[str, ...]) -> int:
    """Put the card on; 1 with a sentence when that did not work."""
    socket = plug_socket(state)
    try:
        insert_card(socket, name, faults)
        if not _is_noticed(socket):
            remove_card(socket)
            sys.stderr.write("uketsuke tap: the reader holds another program's card; take that one off first.\n")
            return 1
    except PlugError as error:
        sys.stderr.write(f"uketsuke tap: {error}\n")
        return 1
    print(f"{name} lies on the reader.")
    return 0


def _is_noticed(socket: Path) -> bool:
    """Wait until pcscd has asked the card who it is. A second card on the reader's port is not asked, it queues."""
    end_s = time.monotonic() + NOTICED_WITHIN_S
    while not card_status(socket).is_noticed:
        if time.monotonic() > end_s:
            return False
        time.sleep(0.02)
    return True


def lift(state: Path) -> int:
    """Take the card off; fine when none lies there."""
    try:
        name = remove_card(plug_socket(state))
    except PlugError as error:
        sys.stderr.write(f"uketsuke lift: {error}\n")
        return 1
    print("No card lay on the reader." if name is None else f"{name} was taken off.")
    return 0


def list_sample_cards(people_file: Path | None, state: Path, *, as_json: bool) -> int:
    """Print name, purpose and PIN of every sample card; their PINs are public.

    Of ``people_file`` where one is given, else of the demo that runs on ``state``, else of our own file.
    """
    try:
        cards = _cards_of(people_file) if people_file is not None else _cards_at_hand(state)
    except PeopleFileError as error:
        sys.stderr.write(f"uketsuke tap: {error}\n")
        return 1
    if as_json:
        print(json.dumps([asdict(card) for card in cards]))  # ASCII: safe in any locale
        return 0
    width = max((len(card.name) for card in cards), default=0)
    for card in cards:
        print(f"{card.name:<{width}}  {card.pin or '----'}  {card.purpose}")
    return 0


def _cards_of(people_file: Path | None) -> list[ListedCard]:
    cards = (person.card for person in load_people(people_file))
    return [ListedCard(card.name, card.purpose, card.pin) for card in cards if card is not None]


def _cards_at_hand(state: Path) -> list[ListedCard]:
    try:
        return list(list_cards(plug_socket(state)))
    except PlugError:
        return _cards_of(None)
