"""Ports played by hand: a clock that stands still, a desk, a gateway and a keeper in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.clock import TOKYO
from app.eligibility.model import EligibilityResult, Qualification, Source, Validity
from app.eligibility.ports import (
    CardKind,
    CardReport,
    Challenge,
    CheckRecord,
    DeskState,
    DeskStatus,
    Keypad,
    Method,
    Outcome,
    SignedNonce,
    VisualEvidence,
    VisualProof,
)
from app.eligibility.visual import DEFAULT, Preference, VisualDecision, VisualRequest
from app.errors import CardRemoved, CertificateLocked, KeypadSpent, KioskError, PinIncorrect, PinLocked, StaleEpoch


class ManualClock:
    """Time that moves only when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.start = datetime(2026, 11, 24, 9, 0, tzinfo=TOKYO)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds - 1000.0)

    def monotonic_s(self) -> float:
        return self.seconds

    def move(self, seconds: float) -> None:
        self.seconds += seconds


def result_of(person: str, validity: Validity = Validity.VALID) -> EligibilityResult:
    """An answer about an invented person."""
    return EligibilityResult(
        source=Source.ONLINE,
        processed_at=datetime(2026, 11, 24, 9, 0, tzinfo=TOKYO),
        confirmed_on=datetime(2026, 11, 24, tzinfo=TOKYO).date(),
        validity=validity,
        reference_classification="1",
        institution_code="4890000001",
        qualifications=(Qualification(name=person),),
    )


@dataclass
class FakeCard:
    """A card with an owner, a PIN and a counter."""

    owner: str
    pin: str = "1234"
    attempts: int = 3
    kind: CardKind = CardKind.MY_NUMBER
    has_pin: bool = True
    verifies: int = 0


@dataclass
class FakeDesk:
    """A card desk whose reader is a variable. Tokens are letters that stand for keys 1 to 9 and 0."""

    card: FakeCard | None = None
    epoch: int = 0
    keypads: dict[str, int] = field(default_factory=dict)
    made: int = 0
    signs: int = 0
    shown: int = 0
    listener: Callable[[DeskStatus], None] | None = None
    fails: KioskError | None = None

    def status(self) -> DeskStatus:
        if self.card is None:
            return DeskStatus(DeskState.NO_CARD, self.epoch)
        attempts = self.card.attempts if self.card.has_pin else None
        return DeskStatus(DeskState.READY, self.epoch, CardReport(self.card.kind, self.card.has_pin, attempts))

    def wait(self, seen: DeskStatus, timeout_s: float) -> DeskStatus:
        threading.Event().wait(min(timeout_s, 0.01))
        return self.status()

    def insert(self, card: FakeCard) -> None:
        self.epoch += 1
        self.card = card
        self._tell(DeskStatus(DeskState.READING, self.epoch))
        self._tell(self.status())

    def remove(self) -> None:
        self.card = None
        self.keypads.clear()
        self._tell(self.status())

    def read_again(self, epoch: int) -> None:
        self._tell(self.status())

    def open_keypad(self, epoch: int) -> Keypad:
        self._check(epoch)
        self.made += 1
        keypad_id = "pad" + "x" * self.made
        self.keypads = {keypad_id: epoch}
        return Keypad(keypad_id, tuple("abcdefghij"))

    def sign(self, epoch: int, keypad_id: str, tokens: tuple[str, ...], nonce: bytes) -> SignedNonce:
        if self.keypads.pop(keypad_id, None) != epoch:
            raise KeypadSpent()
        card = self._check(epoch)
        self.signs += 1
        if self.fails is not None:
            raise self.fails
        if card.attempts == 0:
            raise PinLocked()
        card.verifies += 1
        pin = "".join("1234567890"["abcdefghij".index(token)] for token in tokens)
        if pin != card.pin:
            card.attempts -= 1
            if card.attempts == 0:
                raise PinLocked()
            raise PinIncorrect(card.attempts)
        card.attempts = 3
        return SignedNonce(card.owner.encode(), nonce)

    def certificate(self, epoch: int) -> bytes:
        card = self._check(epoch)
        if card.kind is CardKind.PHONE:
            raise CertificateLocked()
        if self.fails is not None:
            raise self.fails
        self.shown += 1
        return card.owner.encode()

    def release(self, epoch: int) -> None:
        if epoch == self.epoch:
            self.keypads.clear()

    def _check(self, epoch: int) -> FakeCard:
        if epoch != self.epoch:
            raise StaleEpoch()
        if self.card is None:
            raise CardRemoved()
        return self.card

    def _tell(self, status: DeskStatus) -> None:
        if self.listener is not None:
            self.listener(status)


@dataclass
class FakeGateway:
    """Answers about the owner of the certificate; fails when told to."""

    validity: dict[str, Validity] = field(default_factory=dict)
    challenge_error: KioskError | None = None
    confirm_error: KioskError | None = None
    asked: list[str] = field(default_factory=list)
    visual: list[tuple[str, str, VisualProof]] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    """Checks asked about without their card."""
    warmed: int = 0
    nonces: list[str] = field(default_factory=list)
    spent: set[str] = field(default_factory=set)
    """Names of the nonces that were fetched, and of those that came back: each serves one check once."""

    def warm(self) -> None:
        self.warmed += 1

    def challenge(self, check_id: str, within_s: float | None = None) -> Challenge:
        if self.challenge_error is not None:
            raise self.challenge_error
        self.nonces.append(f"{check_id} {len(self.nonces)}")
        return Challenge(self.nonces[-1], self.nonces[-1].encode())

    def confirm(self, check_id: str, challenge: Challenge, proof: SignedNonce) -> EligibilityResult:
        self.asked.append(check_id)
        if self.confirm_error is not None:
            raise self.confirm_error
        assert challenge.nonce == proof.signature == challenge.challenge_id.encode()
        assert challenge.challenge_id.split()[0] == check_id
        assert challenge.challenge_id not in self.spent
        self.spent.add(challenge.challenge_id)
        owner = proof.certificate_der.decode()
        return result_of(owner, self.validity.get(owner, Validity.VALID))

    def confirm_visual(self, check_id: str, certificate_der: bytes, proof: VisualProof) -> EligibilityResult:
        self.asked.append(check_id)
        self.visual.append((check_id, certificate_der.decode(), proof))
        if self.confirm_error is not None:
            raise self.confirm_error
        owner = certificate_der.decode()
        return result_of(owner, self.validity.get(owner, Validity.VALID))

    def confirm_visual_again(self, check_id: str, certificate_der: bytes, proof: VisualProof) -> EligibilityResult:
        self.again.append(check_id)
        return self.confirm_visual(check_id, certificate_der, proof)


@dataclass
class MemoryKeeper:
    """Keeps records in a dictionary; fails when told to."""

    records: dict[str, CheckRecord] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    evidence: dict[str, VisualEvidence] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    error: KioskError | None = None
    open_error: KioskError | None = None
    call_error: KioskError | None = None

    def open_check(
        self,
        check_id: str,
        kiosk: str,
        card_epoch: int,
        at: datetime,
        method: Method = Method.PIN,
        evidence: VisualEvidence | None = None,
    ) -> None:
        if self.open_error is not None:
            raise self.open_error
        self.opened.add(check_id)
        if evidence is not None:
            self.evidence[check_id] = evidence

    def record(self, record: CheckRecord) -> int:
        if self.error is not None:
            raise self.error
        self.records[record.check_id] = record
        return self.numbers.setdefault(record.check_id, len(self.numbers) + 1)

    def withdraw(self, check_id: str) -> None:
        record = self.records[check_id]
        self.records[check_id] = CheckRecord(check_id, record.kiosk, record.card_epoch, Outcome.WITHDRAWN, record.at)

    def call_staff(self, kiosk: str, screen: str, at: datetime) -> None:
        if self.call_error is not None:
            raise self.call_error
        self.calls.append((kiosk, screen))

    def close_interrupted(self, kiosk: str, at: datetime) -> int:
        return 0


@dataclass
class MemoryVisual:
    """Requests in a dictionary; staff answer with ``decide``."""

    preference: Preference = DEFAULT
    next_only: Preference | None = None
    requests: dict[str, VisualRequest] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    decisions: dict[str, VisualDecision] = field(default_factory=dict)
    error: KioskError | None = None

    def choose_method(self, kiosk: str, at: datetime) -> Preference:
        self._fail()
        chosen, self.next_only = self.next_only or self.preference, None
        return chosen

    def open_request(self, request: VisualRequest) -> None:
        self._fail()
        self.closed |= set(self.requests)
        self.requests[request.request_id] = request

    def close_request(self, request_id: str, at: datetime) -> None:
        self._fail()
        self.closed.add(request_id)

    def decision_on(self, request_id: str) -> VisualDecision | None:
        self._fail()
        return self.decisions.get(request_id)

    def close_left_open(self, kiosk: str, at: datetime) -> None:
        self.closed |= set(self.requests)

    @property
    def open(self) -> list[VisualRequest]:
        return [one for key, one in self.requests.items() if key not in self.closed | set(self.decisions)]

    def decide(self, request_id: str, at: datetime, *, is_confirmed: bool) -> None:
        """One answer, and only while the request is open."""
        if request_id not in self.closed:
            self.decisions.setdefault(request_id, VisualDecision(is_confirmed, "試験 太郎", at))

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error
