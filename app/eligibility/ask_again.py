"""What an outage left open is asked again without the card, where that can be: staff had confirmed the patient.

Runs in the kiosk process, which alone may reach the service, after staff pressed 「もう一度照会する」 and the service
answered. Each answer belongs to the check whose own evidence was sent under that check's own id; the store takes it
only while that very visit is still open.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.clock import Clock
from app.eligibility.model import EligibilityResult
from app.eligibility.outbox import Outbox
from app.eligibility.ports import Gateway, VisualEvidence
from app.eligibility.service_watch import NOT_ABOUT_SERVICE
from app.errors import EligibilityError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A visit without an answer that can be asked about without its card."""

    check_id: str
    evidence: VisualEvidence


class OpenQuestions(Protocol):
    """Where they are kept. Every call may raise ``StoreError``."""

    def list_open(self, kiosk: str, now: datetime) -> Sequence[OpenQuestion]:
        """Return this kiosk's, oldest first."""
        ...

    def keep_answer(self, check_id: str, result: EligibilityResult, at: datetime) -> bool:
        """Commit the answer as that visit's result. False, and nothing is written, when it is not open any more."""
        ...

    def keep_failure(self, check_id: str, error: EligibilityError, at: datetime) -> None:
        """Note that the question was tried and why it got no answer. The visit stays open."""
        ...


class AskAgain:
    """Asks one after the other; an answer that the store cannot take now waits in the outbox."""

    def __init__(self, gateway: Gateway, questions: OpenQuestions, clock: Clock, kiosk: str, outbox: Outbox) -> None:
        self._gateway = gateway
        self._questions = questions
        self._clock = clock
        self._kiosk = kiosk
        self._outbox = outbox
        self._closed = threading.Event()

    def close(self) -> None:
        """Ask nothing more; a question that is under way ends by itself."""
        self._closed.set()

    def run(self) -> EligibilityError | None:
        """Ask all that are open. When the service is away again the rest is left, and the error is returned.

        Raises:
            StoreError: what is open cannot be read; nothing was asked.
        """
        answered = 0
        lost: EligibilityError | None = None
        for question in self._questions.list_open(self._kiosk, self._clock.now()):
            if self._closed.is_set():
                break
            if self._outbox.holds(question.check_id):
                continue  # what is known of this visit is not written yet
            try:
                result = self._ask(question)
            except EligibilityError as error:
                logger.warning("ask_again.no_answer code=%s", error.code)
                self._keep_failure(question.check_id, error)
                if error.code not in NOT_ABOUT_SERVICE:
                    lost = error
                    break
            else:
                answered += 1
                self._keep_answer(question.check_id, result)
        logger.info("ask_again.done answered=%d", answered)
        return lost

    def _ask(self, question: OpenQuestion) -> EligibilityResult:
        evidence = question.evidence
        return self._gateway.confirm_visual_again(question.check_id, evidence.certificate_der, evidence.proof)

    def _keep_answer(self, check_id: str, result: EligibilityResult) -> None:
        at = self._clock.now()

        def keep() -> None:
            if not self._questions.keep_answer(check_id, result, at):
                logger.warning("ask_again.settled_meanwhile check_id=%s", check_id)

        self._outbox.write(check_id, keep)

    def _keep_failure(self, check_id: str, error: EligibilityError) -> None:
        at = self._clock.now()
        self._outbox.write(check_id, lambda: self._questions.keep_failure(check_id, error, at))
