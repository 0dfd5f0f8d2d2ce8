"""Fulfils what a check asks for, through the ports. Every call here may block; none runs under a lock."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from app.clock import Clock
from app.eligibility import steps
from app.eligibility.check import Check
from app.eligibility.model import EligibilityResult
from app.eligibility.nonce_ahead import NonceAhead
from app.eligibility.outage import KioskBook
from app.eligibility.outbox import Outbox
from app.eligibility.ports import (
    CardDesk,
    Gateway,
    Method,
    RecordKeeper,
    VisualEvidence,
    VisualProof,
)
from app.eligibility.recording import Recorder
from app.eligibility.screens import Screen
from app.eligibility.visit_log import VisitLog
from app.eligibility.visual import DEFAULT, VisualDecision, VisualDesk, VisualRequest
from app.errors import (
    CardError,
    EligibilityError,
    GatewayRefused,
    KeypadSpent,
    PinIncorrect,
    PinLocked,
    PinMissing,
    StaleEpoch,
    StoreError,
)
from app.logs import log_bug

logger = logging.getLogger(__name__)

Heard = Callable[[Check, steps.Event], None]


class EffectRunner:
    """The hands of ``Reception``: card desk, gateway, keeper and the way to staff of one kiosk."""

    def __init__(
        self,
        desk: CardDesk,
        gateway: Gateway,
        keeper: RecordKeeper,
        visual: VisualDesk,
        clock: Clock,
        kiosk: str,
        outbox: Outbox,
        book: KioskBook | None = None,
        *,
        shuffles_keys: bool = False,
    ) -> None:
        self._desk = desk
        self._gateway = gateway
        self._nonces = NonceAhead(gateway, clock)
        self._keeper = keeper
        self._visual = visual
        self._clock = clock
        self._kiosk = kiosk
        self._outbox = outbox
        self._book = book
        self._shuffles_keys = shuffles_keys
        self._questions: dict[str, Callable[[], EligibilityResult]] = {}
        """What can be asked once by each check: the gateway with a proof in hand."""
        self._evidence: dict[str, VisualEvidence] = {}
        """What a question on the word of staff can be asked with again."""
        self._met: dict[str, datetime] = {}
        self._log = VisitLog(clock)
        self._recorder = Recorder(keeper, outbox, clock, kiosk, self._log)

    def close(self) -> None:
        self._recorder.close()
        self._outbox.close()

    def close_interrupted(self) -> None:
        """Rows that a dead process left between question and answer become "unknown", now or when the store allows."""
        started_at = self._clock.now()

        def close_them() -> None:
            self._visual.close_left_open(self._kiosk, started_at)
            count = self._keeper.close_interrupted(self._kiosk, started_at)
            if count:
                logger.warning("check.interrupted code=check.interrupted count=%d", count)

        self._outbox.write("interrupted", close_them)

    def note_work(self, code: str | None) -> None:
        """Have noted for staff that the kiosk works, or why not. Returns at once."""
        if (book := self._book) is not None:
            at = self._clock.now()
            self._outbox.put("kiosk", lambda: book.note(self._kiosk, code, at))

    def is_told(self, check: Check, code: str) -> None:
        """A line with this code stands in a log already: what is kept of the check names it as its reason only."""
        self._log.is_told(check.check_id, code)

    def decision_on(self, request_id: str) -> VisualDecision | None:
        """Look whether staff answered; ``None`` also while the store cannot tell."""
        try:
            return self._visual.decision_on(request_id)
        except StoreError as error:
            logger.warning("visual.not_looked code=%s", error.code)
            return None

    def run(self, check: Check, effect: steps.Effect, heard: Heard) -> None:
        """Do one effect; tell ``heard`` what came of it."""
        event: steps.Event | None
        if check.epoch and isinstance(effect, steps.ChooseMethod | steps.OpenKeypad):
            self._met.setdefault(check.check_id, self._clock.now())  # the first things done for a card that was read
        try:
            event = self._do(check, effect)
        except Exception as error:  # noqa: BLE001 - a bug must not leave a patient at 「確認しています」
            log_bug(logger, "check.bug", error)
            event = steps.after_bug(check.check_id, check.epoch, effect)
        if event is not None:
            heard(check, event)

    def _do(self, check: Check, effect: steps.Effect) -> steps.Event | None:
        match effect:
            case steps.ChooseMethod():
                return self._choose_method(check)
            case steps.OpenKeypad():
                return self._open_keypad(check)
            case steps.AskStaff():
                return self._ask_staff(check)
            case steps.EndRequest(request_id=request_id):
                at = self._clock.now()
                self._outbox.write(check.check_id, lambda: self._visual.close_request(request_id, at))
            case steps.ShowCertificate(decision=decision):
                return self._show_certificate(check, decision)
            case steps.Warm():
                self._gateway.warm()
            case steps.FetchNonce():
                self._nonces.fetch(check.check_id)
            case steps.Prove():
                return self._prove(check, effect)
            case steps.Ask(method=method):
                return self._ask(check, method)
            case steps.Keep():
                return self._recorder.keep(check, effect, self._met.get(check.check_id))
            case steps.Withdraw():
                self._outbox.write(check.check_id, lambda: self._keeper.withdraw(check.check_id))
            case steps.CallStaff(screen=screen):
                return self._call_staff(check, screen)
            case steps.ReadAgain():
                return self._read_again(check)
            case steps.Release():
                self._questions.pop(check.check_id, None)
                self._evidence.pop(check.check_id, None)
                self._met.pop(check.check_id, None)
                self._log.forget(check.check_id)
                if check.epoch:
                    self._desk.release(check.epoch)
        return None

    def _choose_method(self, check: Check) -> steps.Event:
        try:
            preference = self._visual.choose_method(self._kiosk, self._clock.now())
        except StoreError as error:
            logger.warning("check.method_unknown code=%s", error.code)
            preference = DEFAULT
        return steps.MethodChosen(check.check_id, check.epoch, preference)

    def _ask_staff(self, check: Check) -> steps.Event:
        request = VisualRequest(
            secrets.token_hex(16), check.check_id, self._kiosk, check.epoch, opened_at=self._clock.now()
        )
        try:
            self._visual.open_request(request)
        except StoreError as error:
            logger.warning("visual.not_opened code=%s", error.code)
            return steps.RequestNotOpened(check.check_id, check.epoch, error.code)
        return steps.RequestOpened(check.check_id, check.epoch, request.request_id)

    def _open_keypad(self, check: Check) -> steps.Event:
        try:
            keypad = self._desk.open_keypad(check.epoch)
        except CardError as error:
            return self._card_failed(check, error)
        if self._shuffles_keys:  # once for each keypad: a notice that is drawn anew must not move the keys
            keypad = replace(keypad, order=tuple(secrets.SystemRandom().sample(range(10), 10)))
        return steps.KeypadOpened(check.check_id, check.epoch, keypad)

    def _read_again(self, check: Check) -> steps.Event | None:
        try:
            self._desk.read_again(check.epoch)
        except CardError as error:
            return self._card_failed(check, error)
        return None

    def _prove(self, check: Check, effect: steps.Prove) -> steps.Event:
        # The nonce comes first: for a service that cannot be reached no try is spent. One that was fetched ahead
        # vouches for the seconds since, but never for the last try.
        try:
            with self._log.timed(check.check_id, "challenge"):
                challenge = self._nonces.take(check.check_id, is_now=effect.is_last_try)
        except EligibilityError as error:
            return self._could_not_ask(check, error)
        try:
            with self._log.timed(check.check_id, "sign"):
                proof = self._desk.sign(check.epoch, effect.keypad_id, effect.tokens, challenge.nonce)
        except (KeypadSpent, StaleEpoch) as error:
            if isinstance(error, StaleEpoch):
                logger.info("check.card_changed")  # the desk's own word follows, and is told
            else:
                self._log.fault(check.check_id, "check.submit_refused", error.code)
            return steps.KeypadRefused(check.check_id, check.epoch)
        except PinIncorrect as error:
            logger.info("check.pin code=%s left=%d", error.code, error.attempts_remaining)
            self.is_told(check, error.code)
            return steps.PinRefused(check.check_id, check.epoch, error.attempts_remaining)
        except PinLocked as error:
            logger.info("check.pin code=%s", error.code)
            self.is_told(check, error.code)
            return steps.PinRefused(check.check_id, check.epoch, 0)
        except PinMissing:
            return steps.PinAbsent(check.check_id, check.epoch)
        except CardError as error:
            return self._card_failed(check, error)
        self._questions[check.check_id] = lambda: self._gateway.confirm(check.check_id, challenge, proof)
        return steps.Signed(check.check_id, check.epoch)

    def _show_certificate(self, check: Check, decision: VisualDecision) -> steps.Event:
        try:
            with self._log.timed(check.check_id, "certificate"):
                der = self._desk.certificate(check.epoch)
        except CardError as error:
            return self._card_failed(check, error)
        proof = VisualProof(decision.decided_by, decision.decided_at)
        self._evidence[check.check_id] = VisualEvidence(der, proof)
        self._questions[check.check_id] = lambda: self._gateway.confirm_visual(check.check_id, der, proof)
        return steps.Signed(check.check_id, check.epoch)

    def _ask(self, check: Check, method: Method) -> steps.Event:
        ask, evidence = self._questions.pop(check.check_id), self._evidence.pop(check.check_id, None)
        try:
            with self._log.timed(check.check_id, "open"):
                self._keeper.open_check(check.check_id, self._kiosk, check.epoch, self._clock.now(), method, evidence)
            with self._log.timed(check.check_id, "confirm"):
                result = ask()
        except (EligibilityError, StoreError) as error:
            return self._could_not_ask(check, error)
        return steps.Answered(check.check_id, check.epoch, result)

    def _call_staff(self, check: Check, screen: Screen) -> steps.Event:
        at = self._clock.now()
        is_kept = self._outbox.write("call", lambda: self._keeper.call_staff(self._kiosk, screen.value, at))
        return steps.CallKept(check.check_id, check.epoch, is_kept)

    def _card_failed(self, check: Check, error: CardError) -> steps.Event:
        if isinstance(error, StaleEpoch):
            logger.info("check.card_changed")  # the desk's own word follows, and is told
        else:
            self._log.fault(check.check_id, "check.card_failed", error.code)
        return steps.CardFailed(check.check_id, check.epoch, error.code)

    def _could_not_ask(self, check: Check, error: EligibilityError | StoreError) -> steps.Event:
        self._log.fault(check.check_id, "check.could_not_ask", error.code)
        if isinstance(error, GatewayRefused):
            return steps.CouldNotAsk(check.check_id, check.epoch, error.code, error.service_code, error.service_message)
        return steps.CouldNotAsk(check.check_id, check.epoch, error.code)
