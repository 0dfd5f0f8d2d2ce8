"""Facts of each card kind, as one table. The next card is a new row here, not new code.

Sources: OpenSC ``jpki.h``, jpki/myna, jpki-rs and pyjpki agree on the application, the files and the first two token
names; the phone token names come from myna (Android) and soltia48/myna-card (iPhone).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from app.eligibility.ports import CardKind

JPKI_AID: Final = bytes.fromhex("D392F000260100000001")
"""公的個人認証AP. The only application that this product ever selects."""


class Ef(IntEnum):
    """The elementary files of 公的個人認証AP that an eligibility check needs. No other file has a name here."""

    TOKEN = 0x0006
    AUTH_CERTIFICATE = 0x000A
    AUTH_KEY = 0x0017
    AUTH_PIN = 0x0018


TOKEN_NAME_BYTES: Final = 32
"""EF 0006 is a PKCS#11 CK_TOKEN_INFO; its label, padded with spaces, tells the kind."""

MAX_CERTIFICATE_BYTES: Final = 4096
"""Twice what a certificate of the known profile needs; a longer one is damage, not a certificate."""

MAX_READ_BYTES: Final = 256
"""One short READ BINARY."""

FOREIGN_ANSWERS: Final = frozenset(
    {0x6300, 0x6700, 0x6881, 0x6882, 0x6985, 0x6999, 0x6A00, 0x6A80, 0x6A81, 0x6A82, 0x6A86, 0x6A87, 0x6D00, 0x6E00}
)
"""Answers to the first SELECT that mean "another kind of card"."""


@dataclass(frozen=True, slots=True)
class CardProfile:
    """How the dialogue goes with one kind of card."""

    kind: CardKind
    token_name: bytes
    is_usable: bool = True
    certificate_needs_pin: bool = False
    pin_length: int = 4
    max_attempts: int = 3


PROFILES: Final = (
    CardProfile(CardKind.MY_NUMBER, b"JPKIAPICCTOKEN2"),
    CardProfile(CardKind.JUKI, b"JPKIAPICCTOKEN", is_usable=False),
    CardProfile(CardKind.PHONE, b"JPKIAPGPSETOKEN", certificate_needs_pin=True),
    CardProfile(CardKind.PHONE, b"JPKIAPIOSTOKEN", certificate_needs_pin=True),
)

OTHER_CARD: Final = CardProfile(CardKind.OTHER, b"", is_usable=False)

PIN_LENGTH: Final = 4
"""Digits that a keypad submission must have; the same in every profile above."""


def profile_of(token_name: bytes) -> CardProfile:
    """Return the profile for the first 32 bytes of EF 0006; ``OTHER_CARD`` for a name that we do not know."""
    name = token_name.rstrip(b" \x00")
    return next((profile for profile in PROFILES if profile.token_name == name), OTHER_CARD)
