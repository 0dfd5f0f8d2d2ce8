"""Who may do what on the staff pages."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from app.eligibility.passphrase import plain_form

MAX_NAME = 64
_JOINER = "\u200d"
_BETWEEN = "\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
"""What may stand between a picture and a joiner: "as a picture", and the tones of skin."""


class Role(StrEnum):
    """Each may do what the ones below it may."""

    OWNER = "owner"
    STAFF = "staff"
    VIEWER = "viewer"

    def covers(self, needed: Role) -> bool:
        """True when somebody of this role may do what ``needed`` may."""
        order = (Role.VIEWER, Role.STAFF, Role.OWNER)
        return order.index(self) >= order.index(needed)


class NameSigns(ValueError):
    """A name holds signs that nobody sees, that turn the direction of what follows, or that no font has."""


def checked_name(name: str) -> str:
    """Return a name of staff in its kept form (NFKC, no outer blanks).

    Pictures that joiners make one (👩‍⚕️) and variants of a kanji are names; a joiner anywhere else would make two names
    that look the same.

    Raises:
        NameSigns: signs that cannot be read.
        ValueError: not 1 to 64 characters.
    """
    plain = plain_form(name).strip()
    if not 1 <= len(plain) <= MAX_NAME:
        raise ValueError(f"a staff name has 1 to {MAX_NAME} characters")
    if not all(sign.isprintable() or _joins(plain, at) for at, sign in enumerate(plain)):
        raise NameSigns("a staff name has signs that cannot be read")
    return plain


def _joins(text: str, at: int) -> bool:
    """True for a joiner between two pictures."""
    before, after = text[:at].rstrip(_BETWEEN)[-1:], text[at + 1 : at + 2]
    return text[at] == _JOINER and _is_picture(before) and _is_picture(after)


def _is_picture(sign: str) -> bool:
    return bool(sign) and unicodedata.category(sign) == "So"
