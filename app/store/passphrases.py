"""The list of common passphrases, and new random ones."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path

_LIST = Path(__file__).parent / "data" / "common-passphrases.txt"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letters that are taken for one another when read aloud or from paper."""


@cache
def common_passphrases() -> frozenset[str]:
    """About 10,000 passwords that everybody tries; origin and licence stand beside the file."""
    return frozenset(_LIST.read_text("ascii").split("\n")) - {""}


def new_passphrase() -> str:
    """Four groups of five, 99 bits: ``k7pmd-…``. Copied from a screen once, or typed from paper."""
    return "-".join(random_text(5) for _ in range(4))


def random_text(length: int) -> str:
    """Random signs that are easy to read aloud; 4.95 bits each."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
