"""What a sample card is, as data: the shape of ``"card"`` in ``people.json``, checked here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from app.sandbox.faults import parse_faults

MAX_ATTEMPTS = 3
"""Tries of the authentication PIN. Source: public card readers' code; EF 0018 of the JPKI application."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_PIN = re.compile(r"[0-9]{4}")
_FIELDS = frozenset({"kind", "pin", "attempts", "certificate", "signature_certificate", "faults"})
_Choice = TypeVar("_Choice", bound=StrEnum)


class SampleCardKind(StrEnum):
    """What the virtual card pretends to be."""

    MY_NUMBER = "my_number"
    PHONE = "phone"
    JUKI = "juki"
    TRANSIT = "transit"
    FACE_AUTH = "face_auth"

    @property
    def has_pin(self) -> bool:
        """A four-digit authentication PIN. The old 住基カード carried the signature certificate alone."""
        return self in (SampleCardKind.MY_NUMBER, SampleCardKind.PHONE)

    @property
    def has_certificate(self) -> bool:
        """An authentication certificate."""
        return self in (SampleCardKind.MY_NUMBER, SampleCardKind.PHONE, SampleCardKind.FACE_AUTH)


class CertificateKind(StrEnum):
    """The state of the authentication certificate, relative to the day the card is put in."""

    VALID = "valid"
    NEAR_EXPIRY = "near_expiry"
    """Ends within three months: the service gives a notice."""
    EXPIRED_RECENTLY = "expired_recently"
    """Ended less than three months ago: still usable as an insurance card."""
    EXPIRED = "expired"
    """Ended more than three months ago."""
    FOREIGN_CA = "foreign_ca"
    """Signed by a CA that nobody here trusts."""


@dataclass(frozen=True, slots=True)
class CardSpec:
    """One sample card.

    ``pin`` is ``None`` exactly for the kinds that have none; ``attempts`` are the tries left when the card is
    new (0 = locked from the start). ``faults`` are names that ``app.sandbox.faults`` knows.

    Raises:
        ValueError: a sentence that names the card and what is wrong with it. It never holds the PIN.
    """

    name: str
    purpose: str
    kind: SampleCardKind = SampleCardKind.MY_NUMBER
    pin: str | None = None
    attempts: int = MAX_ATTEMPTS
    certificate: CertificateKind = CertificateKind.VALID
    faults: tuple[str, ...] = ()
    signature_certificate: bool = True
    """A 署名用 certificate; children under fifteen have none."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError("A card's name is 1 to 40 lower-case letters, digits and hyphens.")
        if self.kind.has_pin and (self.pin is None or not _PIN.fullmatch(self.pin)):
            raise ValueError(f"The card {self.name!r} ({self.kind}) needs a PIN of exactly four digits, as text.")
        if not self.kind.has_pin and self.pin is not None:
            raise ValueError(f"The card {self.name!r} ({self.kind}) has no PIN: leave it out or write null.")
        if isinstance(self.attempts, bool) or not 0 <= self.attempts <= MAX_ATTEMPTS:
            raise ValueError(f"The card {self.name!r} has attempts outside 0 to {MAX_ATTEMPTS}.")
        try:
            parse_faults(self.faults)
        except ValueError as error:
            raise ValueError(f"The card {self.name!r}: {error}") from None

    @classmethod
    def from_json(cls, name: str, purpose: str, card: Mapping[str, object]) -> CardSpec:
        """Read the ``"card"`` object of one entry of ``people.json``.

        ``kind`` is required; ``pin`` where the kind has one; the rest has defaults (3 tries, valid, 署名用 there, no
        faults).

        Raises:
            ValueError: a sentence that names the card and the mistake, never a PIN.
        """
        if not isinstance(card, Mapping):
            raise ValueError(f"The card {name!r} is not a JSON object.")
        unknown = sorted(str(key) for key in card if key not in _FIELDS)
        if unknown:
            raise ValueError(f"The card {name!r} has unknown fields: {', '.join(unknown)}.")
        pin, attempts, faults = card.get("pin"), card.get("attempts", MAX_ATTEMPTS), card.get("faults", [])
        if pin is not None and not isinstance(pin, str):
            raise ValueError(f"The card {name!r} has a PIN that is not text: write it in quotes.")
        if not isinstance(attempts, int) or isinstance(attempts, bool):
            raise ValueError(f"The card {name!r} has attempts that are not a whole number.")
        if not isinstance(faults, list) or not all(isinstance(fault, str) for fault in faults):
            raise ValueError(f"The card {name!r} has faults that are not a list of names.")
        signature = card.get("signature_certificate", True)
        if not isinstance(signature, bool):
            raise ValueError(f"The card {name!r} needs signature_certificate to be true or false.")
        return cls(
            name=name,
            purpose=purpose,
            kind=_choice(SampleCardKind, card.get("kind"), name, "kind"),
            pin=pin,
            attempts=attempts,
            certificate=_choice(CertificateKind, card.get("certificate", "valid"), name, "certificate"),
            faults=tuple(faults),
            signature_certificate=signature,
        )


def _choice(choices: type[_Choice], given: object, name: str, field: str) -> _Choice:
    try:
        return choices(given)  # type: ignore[arg-type]
    except ValueError:
        raise ValueError(f"The card {name!r} needs {field} to be one of: {', '.join(choices)}.") from None
