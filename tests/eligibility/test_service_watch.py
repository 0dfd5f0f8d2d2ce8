"""The kiosk's eye on the service: what is noted, when it tries, and that it holds up nobody."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from app.eligibility.heard_gateway import HeardGateway
from app.eligibility.ports import Challenge
from app.eligibility.service_watch import FRESH_S, RETRY_S, Health, ServiceWatch
from app.errors import EligibilityError, GatewayRefused, GatewayTimeout, GatewayUnreachable, StoreBusy
from tests.fakes import FakeGateway
from tests.web.staff_site import SteadyClock


@dataclass
class Book:
    trials: int = 0
    notes: list[tuple[str | None, int]] = field(default_factory=list)
    failure: StoreBusy | None = None

    def note(self, kiosk: str, health: Health, answered: int) -> None:
        if self.failure:
            raise self.failure
        self.notes.append((health.code, answered))

    def asked(self) -> int:
        return self.trials


@dataclass
class Service:
    error: EligibilityError | None = None
    tries: int = 0

    def probe(self) -> None:
        self.tries += 1
        if self.error is not None:
            raise self.error


@pytest.fixture
def parts() -> tuple[ServiceWatch, Book, Service, SteadyClock]:
    book, service, clock = Book(), Service(), SteadyClock()
    return ServiceWatch(service.probe, book, clock, "受付1"), book, service, clock


Parts = tuple[ServiceWatch, Book, Service, SteadyClock]


def test_nothing_is_tried_while_nobody_asks_and_nothing_failed(parts: Parts) -> None:
    watch, book, service, _ = parts
    for _ in range(3):
        watch.look()
    assert (service.tries, book.notes) == (0, [])


def test_a_failed_question_is_noted_and_tried_again_until_it_works(parts: Parts) -> None:
    watch, book, service, clock = parts
    service.error = GatewayUnreachable()
    watch.heard(GatewayTimeout())
    watch.look()
    assert book.notes == [("gateway.timeout", 0)]
    clock.move(RETRY_S - 1)
    watch.look()
    assert service.tries == 0
    clock.move(1)
    watch.look()
    assert (service.tries, book.notes[-1]) == (1, ("gateway.unreachable", 0))
    service.error = None
    clock.move(RETRY_S)
    watch.look()
    assert book.notes[-1] == (None, 0)
    clock.move(RETRY_S)
    watch.look()
    assert service.tries == 2


def test_a_press_of_staff_is_answered_at_the_next_look_once(parts: Parts) -> None:
    watch, book, service, _ = parts
    book.trials = 4
    watch.look()
    assert service.tries == 0, "presses of before this process began"
    book.trials = 5
    watch.look()
    watch.look()
    assert (service.tries, book.notes) == (1, [(None, 5)])


@dataclass
class Again:
    book: Book
    result: EligibilityError | None = None
    runs: list[int] = field(default_factory=list)
    closed: bool = False

    def run(self) -> EligibilityError | None:
        self.runs.append(len(self.book.notes))
        return self.result

    def close(self) -> None:
        self.closed = True


def test_a_press_asks_again_what_needs_no_card_once_the_service_answers() -> None:
    book, service, clock = Book(), Service(GatewayUnreachable()), SteadyClock()
    again = Again(book)
    watch = ServiceWatch(service.probe, book, clock, "受付1", again)
    watch.look()
    book.trials = 1
    watch.look()
    assert (book.notes, again.runs) == ([("gateway.unreachable", 1)], []), "nothing is asked of an absent service"
    service.error = None
    clock.move(RETRY_S)
    watch.look()
    assert (book.notes[-1], again.runs) == ((None, 1), []), "nobody wished it now"
    book.trials = 2
    watch.look()
    assert (book.notes[-1], again.runs) == ((None, 2), [3]), "staff read that it works before the questions go"
    watch.look()
    assert again.runs == [3]
    watch.close()
    assert again.closed


def test_a_service_lost_while_asking_again_is_noted() -> None:
    book, service, clock = Book(), Service(), SteadyClock()
    watch = ServiceWatch(service.probe, book, clock, "受付1", Again(book, GatewayTimeout()))
    watch.look()
    book.trials = 1
    watch.look()
    watch.look()
    assert book.notes == [(None, 1), ("gateway.timeout", 1)]


def test_a_refusal_shows_a_service_that_answers(parts: Parts) -> None:
    watch, book, _, _ = parts
    watch.heard(GatewayRefused("E1", "no"))
    watch.look()
    assert book.notes == [(None, 0)]


def test_an_unchanged_good_state_is_written_seldom(parts: Parts) -> None:
    watch, book, _, clock = parts
    for _ in range(10):
        watch.heard(None)
        watch.look()
        clock.move(1)
    assert len(book.notes) == 1
    clock.move(FRESH_S)
    watch.heard(None)
    watch.look()
    assert len(book.notes) == 2


def test_a_store_that_is_busy_loses_no_news(parts: Parts) -> None:
    watch, book, _, _ = parts
    book.failure = StoreBusy()
    watch.heard(GatewayTimeout())
    watch.look()
    book.failure = None
    watch.look()
    assert book.notes == [("gateway.timeout", 0)]


def test_its_thread_sees_news_at_once_and_ends(parts: Parts) -> None:
    watch, book, _, _ = parts
    watch.start()
    watch.heard(GatewayTimeout())
    watch.close()
    watch.look()
    assert book.notes == [("gateway.timeout", 0)]


def test_what_is_asked_passes_through_and_its_outcome_is_heard() -> None:
    heard: list[EligibilityError | None] = []
    inner = FakeGateway()
    gateway = HeardGateway(inner, heard.append)
    gateway.challenge("a" * 8)
    assert heard == [None]


class Nested:
    """A gateway at which one question is asked while another waits."""

    def __init__(self) -> None:
        self.heard: list[EligibilityError | None] = []
        self.inner = FakeGateway()
        self.gateway = HeardGateway(self.inner, self.heard.append)

    def ask_during(self, outer: EligibilityError | None, inner: EligibilityError | None) -> None:
        """Ask; another question is asked and answered, or not, before the first one is."""
        challenge = self.inner.challenge

        def during(check_id: str, within_s: float | None = None) -> Challenge:
            self.inner.challenge = challenge  # type: ignore[method-assign]
            self.inner.challenge_error = inner
            with suppress(EligibilityError):
                self.gateway.challenge("b" * 8)
            self.inner.challenge_error = outer
            return challenge(check_id)

        self.inner.challenge = during  # type: ignore[method-assign]
        with suppress(EligibilityError):
            self.gateway.challenge("a" * 8)


LATE, NO = GatewayTimeout(), GatewayRefused("SIM-E001", "（模擬）")


@pytest.mark.parametrize(
    ("outer", "inner", "heard"),
    [
        (LATE, None, [None]),
        (LATE, NO, [NO]),
        (LATE, LATE, [LATE, LATE]),
        (NO, None, [None, NO]),
        (None, LATE, [LATE, None]),
    ],
)
def test_question_that_waited_in_vain_says_nothing_once_a_later_one_was_answered(
    outer: EligibilityError | None, inner: EligibilityError | None, heard: list[EligibilityError | None]
) -> None:
    nested = Nested()
    nested.ask_during(outer, inner)
    assert nested.heard == heard
    nested.inner.challenge_error = LATE
    with pytest.raises(GatewayTimeout):
        nested.gateway.challenge("c" * 8)
    assert nested.heard == [*heard, LATE]


def test_question_that_gave_up_early_does_not_call_a_slow_service_away() -> None:
    nested = Nested()
    for error, heard in ((LATE, []), (GatewayUnreachable(), [GatewayUnreachable])):
        nested.inner.challenge_error = error
        with pytest.raises(EligibilityError):
            nested.gateway.challenge("a" * 8, 5.0)
        assert [type(one) for one in nested.heard] == heard
