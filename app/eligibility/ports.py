"""What a check needs from outside: a card desk, a gateway, a keeper of records.

The domain owns these shapes; ``card``, ``exchange`` and ``store`` implement them; ``wiring`` joins them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.eligibility.model import EligibilityResult


class CardKind(StrEnum):
    """What lies on the reader."""

    MY_NUMBER = "my_number"
    PHONE = "phone"
    JUKI = "juki"
    OTHER = "other"


class DeskState(StrEnum):
    """What the card desk knows. Waiting is not failing."""

    DOWN = "down"
    NO_READER = "no_reader"
    NO_CARD = "no_card"
    READING = "reading"
    READY = "ready"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class CardReport:
    """What was read from a card without its PIN. Holds nothing of the person."""

    kind: CardKind
    has_pin: bool
    attempts_remaining: int | None
    """0 to 3; ``None`` when the card cannot say."""


@dataclass(frozen=True, slots=True)
class DeskStatus:
    """One moment of the card desk. ``epoch`` is 0 while no card was ever seen and grows with every insertion."""

    state: DeskState
    epoch: int = 0
    report: CardReport | None = None
    error_code: str | None = None
    serial: int = 0
    """Grows with every change of status, so that two reads with the same outcome are two statuses."""


@dataclass(frozen=True, slots=True)
class Keypad:
    """Ten single-use tokens in the order of the keys 1 2 3 4 5 6 7 8 9 0 of the drawn keypad.

    Tokens and ``keypad_id`` hold letters only, so that no digit travels with them.
    """

    keypad_id: str
    tokens: tuple[str, ...]
    order: tuple[int, ...] = tuple(range(10))
    """Which of the tokens is drawn at each place, row by row; the telephone's layout unless keys are shuffled."""


@dataclass(frozen=True, slots=True)
class SignedNonce:
    """Proof that the card was there and its holder entered the PIN."""

    certificate_der: bytes
    signature: bytes


class CardDesk(Protocol):
    """The card process, as seen by the kiosk. Every call returns or raises within its deadline."""

    def status(self) -> DeskStatus:
        """Return the newest status; ``DeskState.DOWN`` when the process does not answer."""
        ...

    def wait(self, seen: DeskStatus, timeout_s: float) -> DeskStatus:
        """Return as soon as the status differs from ``seen``, at the latest after ``timeout_s``."""
        ...

    def read_again(self, epoch: int) -> None:
        """Ask for a new read of the card that lies there. The outcome arrives as a status.

        Raises:
            StaleEpoch, CardProcessDown.
        """
        ...

    def open_keypad(self, epoch: int) -> Keypad:
        """Make a fresh keypad; any earlier one of this desk dies.

        Raises:
            StaleEpoch, CardProcessDown.
        """
        ...

    def sign(self, epoch: int, keypad_id: str, tokens: tuple[str, ...], nonce: bytes) -> SignedNonce:
        """Spend the keypad: VERIFY once, sign ``nonce`` (SHA-256, PKCS#1 v1.5) with the authentication key.

        Raises:
            KeypadSpent, StaleEpoch: nothing was sent to the card.
            PinIncorrect, PinLocked, PinMissing: the card's answer.
            CardRemoved, ReaderLost: outcome unknown; the tries are read again before anything else.
            CertificateChanged, CardUnreadable, StatusWordError, CardProcessDown.
        """
        ...

    def certificate(self, epoch: int) -> bytes:
        """Read the authentication certificate (DER) without a PIN, in a session of its own that ends with the call.

        Raises:
            StaleEpoch: another insertion, or no card that was read.
            CertificateLocked: this kind of card shows it after the PIN alone (a phone).
            CertificateChanged: it is not the one of this insertion's first read.
            CardRemoved, ReaderLost, CardUnreadable, StatusWordError, CardProcessDown.
        """
        ...

    def release(self, epoch: int) -> None:
        """End the session: wipe the keypad and power the card off. Never raises for a card that is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Challenge:
    """The service's single-use nonce."""

    challenge_id: str
    nonce: bytes


@dataclass(frozen=True, slots=True)
class VisualProof:
    """Staff compared face and card. ``confirmed_by`` is the name of the member of staff."""

    confirmed_by: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class VisualEvidence:
    """What a question on the word of staff rests on: enough to ask it again without the card."""

    certificate_der: bytes = field(repr=False)
    proof: VisualProof


class Gateway(Protocol):
    """Something that can be asked about a person."""

    def warm(self) -> object:
        """Open the connection ahead of a question. Sends nothing of a person; never raises."""
        ...

    def challenge(self, check_id: str, within_s: float | None = None) -> Challenge:
        """Fetch a nonce, within a shorter time than usual if one is given. Raises ``EligibilityError``."""
        ...

    def confirm(self, check_id: str, challenge: Challenge, proof: SignedNonce) -> EligibilityResult:
        """Ask once; never retried. Raises ``EligibilityError``."""
        ...

    def confirm_visual(self, check_id: str, certificate_der: bytes, proof: VisualProof) -> EligibilityResult:
        """Ask once about the holder of a certificate whom staff confirmed; never retried. Raises ``EligibilityError``.

        The terminal signs who confirmed which certificate when, in place of the card's own signature.
        """
        ...

    def confirm_visual_again(self, check_id: str, certificate_der: bytes, proof: VisualProof) -> EligibilityResult:
        """Ask anew, because staff wish it, what got no answer; without the card. Raises ``EligibilityError``.

        The terminal signs a nonce of its own for each such question. The answer is for the day of ``proof``.
        """
        ...


class Outcome(StrEnum):
    """Where a recorded check stands."""

    ASKING = "asking"
    """Opened before the service is asked; a row left so by a crash becomes UNKNOWN."""
    ACCEPTED = "accepted"
    COUNTER = "counter"
    VISUAL = "visual"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    """The patient went back before anybody came; staff no longer see it."""

    @property
    def needs_staff(self) -> bool:
        return self in (Outcome.COUNTER, Outcome.VISUAL, Outcome.UNKNOWN)


class Method(StrEnum):
    """認証方法."""

    PIN = "pin"
    VISUAL = "visual"
    CERTIFICATE = "certificate"
    """資格確認書, entered at the counter."""
    CARD_AND_NOTICE = "card_and_notice"
    """The card beside 資格情報のお知らせ."""
    CARD_AND_PORTAL = "card_and_portal"
    """The card beside the マイナポータル screen or its PDF."""
    STATEMENT = "statement"
    """被保険者資格申立書 received: nothing is confirmed yet."""
    EMERGENCY = "emergency"
    """緊急やむを得ない: nothing is confirmed yet."""

    @property
    def is_at_counter(self) -> bool:
        """Entered by staff, without any answer of a service."""
        return self not in (Method.PIN, Method.VISUAL)

    @property
    def is_seen_at_counter(self) -> bool:
        """Staff saw a document that shows the qualification."""
        return self in (Method.CERTIFICATE, Method.CARD_AND_NOTICE, Method.CARD_AND_PORTAL)


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """What is kept of one check. ``reason`` is an error code or a ``check.*`` code of phrases.py."""

    check_id: str
    kiosk: str
    card_epoch: int
    outcome: Outcome
    at: datetime
    method: Method = Method.PIN
    reason: str | None = None
    service_code: str | None = None
    service_message: str | None = None
    result: EligibilityResult | None = None
    card_at: datetime | None = field(default=None, compare=False)
    """When the card was met, for waiting times; says nothing of the check itself."""


class RecordKeeper(Protocol):
    """Durable memory. When a call returns, the record survives power loss."""

    def open_check(
        self,
        check_id: str,
        kiosk: str,
        card_epoch: int,
        at: datetime,
        method: Method = Method.PIN,
        evidence: VisualEvidence | None = None,
    ) -> None:
        """Write the row that says "we are about to ask", and how. Raises ``StoreError``.

        ``evidence`` is kept with the row until the visit has an answer, is settled or its time is over.
        """
        ...

    def record(self, record: CheckRecord) -> int:
        """Write or complete the row of ``record.check_id`` and its event in one transaction.

        Idempotent: the same record twice leaves one row and one number.

        Returns:
            The reception number: from 1 each day (Asia/Tokyo), given once per check.

        Raises:
            StoreError: nothing was written.
        """
        ...

    def withdraw(self, check_id: str) -> None:
        """The patient went back: staff need not come. Raises ``StoreError``."""
        ...

    def call_staff(self, kiosk: str, screen: str, at: datetime) -> None:
        """Record a call for help; a call of this kiosk that is still open is kept, not doubled."""
        ...

    def close_interrupted(self, kiosk: str, at: datetime) -> int:
        """Turn rows that a dead process of this kiosk left ASKING into UNKNOWN; returns how many."""
        ...
