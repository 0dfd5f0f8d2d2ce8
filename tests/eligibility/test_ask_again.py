"""Asking again without the card: which visits, with what, and whose answer goes where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.ask_again import AskAgain, OpenQuestion
from app.eligibility.model import EligibilityResult
from app.eligibility.outbox import Outbox
from app.eligibility.ports import VisualEvidence, VisualProof
from app.errors import (
    EligibilityError,
    GatewayRefused,
    GatewayTimeout,
    GatewayUnreachable,
    ReplyMismatched,
    StoreBusy,
)
from tests.eligibility.desk import Table
from tests.fakes import FakeCard, FakeGateway, ManualClock

MORNING = ManualClock().start


@dataclass
class Book:
    """Open questions in a list; an answer closes its own."""

    open: list[OpenQuestion] = field(default_factory=list)
    answers: dict[str, EligibilityResult] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)
    busy: int = 0
    """So many writes find the store busy."""

    def list_open(self, kiosk: str, now: datetime) -> list[OpenQuestion]:
        assert kiosk == "受付1"
        return [one for one in self.open if one.check_id not in self.answers]

    def keep_answer(self, check_id: str, result: EligibilityResult, at: datetime) -> bool:
        if self.busy:
            self.busy -= 1
            raise StoreBusy()
        if check_id not in [one.check_id for one in self.open] or check_id in self.answers:
            return False
        self.answers[check_id] = result
        return True

    def keep_failure(self, check_id: str, error: EligibilityError, at: datetime) -> None:
        self.failures.append((check_id, error.code))


@dataclass
class Counter:
    book: Book = field(default_factory=Book)
    gateway: FakeGateway = field(default_factory=FakeGateway)
    outbox: Outbox = field(default_factory=lambda: Outbox(retry_s=0.01))

    def __post_init__(self) -> None:
        self.again = AskAgain(self.gateway, self.book, ManualClock(), "受付1", self.outbox)

    def leave(self, check_id: str, owner: str) -> None:
        proof = VisualProof("試験 太郎", MORNING)
        self.book.open.append(OpenQuestion(check_id, VisualEvidence(owner.encode(), proof)))

    def names(self) -> dict[str, str | None]:
        return {check_id: result.qualifications[0].name for check_id, result in self.book.answers.items()}


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()
    yield made
    made.outbox.close()


def test_what_staff_confirmed_is_kept_with_the_question_and_what_a_card_signed_is_not() -> None:
    table = Table()
    table.gateway.confirm_error = GatewayTimeout()
    table.desk.insert(FakeCard("A", has_pin=False))
    table.settle()
    table.staff_decide()
    ((check_id, evidence),) = table.keeper.evidence.items()
    assert (evidence.certificate_der, evidence.proof.confirmed_by) == (b"A", "試験 太郎")
    assert table.keeper.records[check_id].reason == "gateway.timeout"
    assert "certificate" not in repr(evidence)
    table.desk.remove()
    table.settle()
    table.desk.insert(FakeCard("B"))
    table.settle()
    table.type("1234")
    assert list(table.keeper.evidence) == [check_id]
    table.effects.close()


def test_each_is_asked_once_under_its_own_id_with_its_own_certificate(counter: Counter) -> None:
    counter.leave("a", "A")
    counter.leave("b", "B")
    assert counter.again.run() is None
    assert counter.names() == {"a": "A", "b": "B"}
    assert counter.gateway.again == ["a", "b"]
    assert [proof.confirmed_at for _, _, proof in counter.gateway.visual] == [MORNING, MORNING]
    counter.again.run()
    assert counter.gateway.again == ["a", "b"]


@pytest.mark.parametrize("error", [GatewayTimeout(), GatewayUnreachable()])
def test_service_that_goes_away_again_is_not_asked_about_the_rest(counter: Counter, error: EligibilityError) -> None:
    counter.leave("a", "A")
    counter.leave("b", "B")
    counter.gateway.confirm_error = error
    assert counter.again.run() is error
    assert (counter.gateway.again, counter.book.failures) == (["a"], [("a", error.code)])
    counter.gateway.confirm_error = None
    counter.again.run()
    assert counter.names() == {"a": "A", "b": "B"}


@pytest.mark.parametrize("error", [GatewayRefused("SIM-E007", "（模擬）"), ReplyMismatched("another")])
def test_one_that_is_refused_holds_up_no_other(counter: Counter, error: EligibilityError) -> None:
    counter.leave("a", "A")
    counter.leave("b", "B")
    confirm = counter.gateway.confirm_visual_again

    def refusing(check_id: str, der: bytes, proof: VisualProof) -> EligibilityResult:
        if check_id == "a":
            raise error
        return confirm(check_id, der, proof)

    counter.gateway.confirm_visual_again = refusing  # type: ignore[method-assign]
    assert counter.again.run() is None
    assert counter.names() == {"b": "B"}
    assert counter.book.failures == [("a", error.code)]


def test_answer_that_the_store_cannot_take_now_is_kept_and_not_asked_for_twice(counter: Counter) -> None:
    counter.leave("a", "A")
    counter.book.busy = 1
    counter.outbox.put("a", lambda: None)  # its thread is busy with this one first
    counter.outbox.close()
    counter.book.busy = 1
    counter.again.run()
    assert counter.outbox.holds("a")
    counter.again.run()
    assert counter.gateway.again == ["a"]
    counter.outbox.close()
    assert counter.names() == {"a": "A"}


def test_visit_whose_first_record_is_still_unwritten_is_left_alone(counter: Counter) -> None:
    counter.leave("a", "A")
    counter.outbox.close()
    counter.outbox.put("a", lambda: None)
    counter.again.run()
    assert counter.gateway.again == []


def test_closing_asks_nothing_more(counter: Counter) -> None:
    counter.leave("a", "A")
    counter.again.close()
    assert counter.again.run() is None
    assert counter.gateway.again == []


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("leave"), st.sampled_from("ABC")),
            st.tuples(st.just("run"), st.sampled_from(["well", "away", "busy"])),
            st.tuples(st.just("settle"), st.integers(0, 5)),
        ),
        max_size=20,
    )
)
@settings(deadline=None)
def test_no_order_of_outages_and_presses_gives_a_visit_another_persons_answer(moves: list[tuple[str, object]]) -> None:
    counter, owners = Counter(), {}
    for place, (move, what) in enumerate(moves):
        if move == "leave":
            check_id = f"check-{place}"
            owners[check_id] = what
            counter.leave(check_id, str(what))
        elif move == "run":
            counter.gateway.confirm_error = GatewayTimeout() if what == "away" else None
            counter.book.busy = 1 if what == "busy" else 0
            counter.again.run()
        elif counter.book.open:
            del counter.book.open[int(str(what)) % len(counter.book.open)]
    counter.book.busy = 0
    counter.outbox.close()
    assert all(owners[check_id] == name for check_id, name in counter.names().items())
