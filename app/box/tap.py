"""``tap`` and ``lift``: sample cards on the running demo's virtual reader, from another terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from app.sandbox.people import PeopleFileError, load_people
from app.sandbox.plug_client import PlugError, insert_card, plug_socket, remove_card


def tap(state: Path, name: str, faults: tuple[str, ...]) -> int:
    """Put the card on; 1 with a sentence when that did not work."""
    try:
        insert_card(plug_socket(state), name, faults)
    except PlugError as error:
        sys.stderr.write(f"uketsuke tap: {error}\n")
        return 1
    print(f"{name} lies on the reader.")
    return 0


def lift(state: Path) -> int:
    """Take the card off; fine when none lies there."""
    try:
        name = remove_card(plug_socket(state))
    except PlugError as error:
        sys.stderr.write(f"uketsuke lift: {error}\n")
        return 1
    print("No card lay on the reader." if name is None else f"{name} was taken off.")
    return 0


def list_sample_cards(people_file: Path | None, *, as_json: bool) -> int:
    """Print name, purpose and PIN of every sample card of a people file; its PINs are public."""
    try:
        people = load_people(people_file)
    except PeopleFileError as error:
        sys.stderr.write(f"uketsuke tap: {error}\n")
        return 1
    cards = [person.card for person in people if person.card is not None]
    if as_json:
        rows = [{"name": card.name, "purpose": card.purpose, "pin": card.pin} for card in cards]
        print(json.dumps(rows))  # ASCII: safe in any locale
        return 0
    width = max((len(card.name) for card in cards), default=0)
    for card in cards:
        print(f"{card.name:<{width}}  {card.pin or '----'}  {card.purpose}")
    return 0
