"""The nonce that is fetched while the patient types: for one check, once, while it is young."""

from __future__ import annotations

import threading

import pytest

from app.eligibility.nonce_ahead import PATIENCE_S, YOUNG_S, NonceAhead
from app.eligibility.ports import CardKind, Challenge
from app.eligibility.screens import Button, Screen
from app.errors import GatewayTimeout
from tests.eligibility.desk import Table, only_record, put
from tests.fakes import FakeCard, FakeGateway, ManualClock


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ahead(gateway: FakeGateway, clock: ManualClock) -> NonceAhead:
    return NonceAhead(gateway, clock)


def test_fetched_one_is_taken_once(ahead: NonceAhead, gateway: FakeGateway) -> None:
    ahead.fetch("mine")
    assert ahead.take("mine").challenge_id == "mine 0"
    assert ahead.take("mine").challenge_id == "mine 1"
    assert gateway.nonces == ["mine 0", "mine 1"]


def test_one_of_another_check_serves_nobody(ahead: NonceAhead) -> None:
    ahead.fetch("theirs")
    assert ahead.take("mine").challenge_id == "mine 1"
    assert ahead.take("theirs").challenge_id == "theirs 2"


def test_one_that_the_service_must_give_now_is_no_older_one(ahead: NonceAhead, gateway: FakeGateway) -> None:
    ahead.fetch("mine")
    assert ahead.take("mine", is_now=True).challenge_id == "mine 1"
    gateway.challenge_error = GatewayTimeout()
    with pytest.raises(GatewayTimeout):
        ahead.take("mine")


@pytest.mark.parametrize(("waited_s", "taken"), [(YOUNG_S, "mine 0"), (YOUNG_S + 0.1, "mine 1")])
def test_one_that_is_no_longer_young_is_left(
    ahead: NonceAhead, clock: ManualClock, waited_s: float, taken: str
) -> None:
    ahead.fetch("mine")
    clock.move(waited_s)
    assert ahead.take("mine").challenge_id == taken


def test_one_is_as_old_as_the_question_for_it(
    ahead: NonceAhead, gateway: FakeGateway, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(check_id: str, within_s: float | None = None) -> Challenge:
        clock.move(YOUNG_S)
        return Challenge("slow", check_id.encode())

    with monkeypatch.context() as patched:
        patched.setattr(gateway, "challenge", slow)
        ahead.fetch("mine")
    clock.move(0.1)
    assert ahead.take("mine").challenge_id == "mine 0"


def test_failed_fetch_says_nothing_and_the_submission_asks_itself(ahead: NonceAhead, gateway: FakeGateway) -> None:
    gateway.challenge_error = GatewayTimeout()
    ahead.fetch("mine")
    with pytest.raises(GatewayTimeout):
        ahead.take("mine")
    gateway.challenge_error = None
    assert ahead.take("mine").challenge_id == "mine 0"


def test_fetch_while_another_one_waits_asks_nothing(
    ahead: NonceAhead, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_asked, may_answer = threading.Event(), threading.Event()

    def slow(check_id: str, within_s: float | None = None) -> Challenge:
        is_asked.set()
        assert may_answer.wait(30)
        return Challenge("late", check_id.encode())

    with monkeypatch.context() as patched:
        patched.setattr(gateway, "challenge", slow)
        waiting = threading.Thread(target=ahead.fetch, args=("theirs",))
        waiting.start()
        assert is_asked.wait(30)
    ahead.fetch("mine")
    assert gateway.nonces == []
    assert ahead.take("mine").challenge_id == "mine 0", "nobody waits for another check's"
    assert ahead.take("theirs").challenge_id == "theirs 1", "nor for one's own that is still on its way"
    may_answer.set()
    waiting.join(30)
    assert ahead.take("theirs").challenge_id == "late", "it came after all, and is as good"
    ahead.fetch("mine")
    assert ahead.take("mine").challenge_id == "mine 2"


def test_fetch_gives_up_sooner_than_a_patient_would_have_to(
    ahead: NonceAhead, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[float | None] = []
    fetch = gateway.challenge

    def noted(check_id: str, within_s: float | None = None) -> Challenge:
        limits.append(within_s)
        return fetch(check_id)

    monkeypatch.setattr(gateway, "challenge", noted)
    ahead.fetch("mine")
    ahead.take("others")
    assert limits == [PATIENCE_S, None]


def test_visit_asks_with_the_one_that_was_fetched_while_the_patient_typed(table: Table) -> None:
    put(table, FakeCard("A"))
    fetched = list(table.gateway.nonces)
    assert len(fetched) == 1
    table.type("1234")
    assert table.screen is Screen.ACCEPTED
    assert table.gateway.nonces == fetched
    assert table.gateway.spent == set(fetched)


def test_each_submission_has_one_of_its_own(table: Table) -> None:
    card = put(table, FakeCard("A"))
    table.type("0000")
    assert table.screen is Screen.PIN_WRONG
    table.press(Button.AGAIN)
    table.type("1234")
    assert table.screen is Screen.ACCEPTED
    assert len(table.gateway.nonces) == 2
    assert table.gateway.spent == {table.gateway.nonces[1]}
    assert card.verifies == 2


def test_service_that_went_away_while_the_patient_typed_is_told_once_asked(table: Table) -> None:
    card = put(table, FakeCard("A"))
    table.gateway.challenge_error = table.gateway.confirm_error = GatewayTimeout()
    table.type("1234")
    assert table.screen is Screen.COUNTER
    assert only_record(table).reason == GatewayTimeout.code
    assert len(table.gateway.asked) == card.verifies == 1


@pytest.mark.parametrize("attempts", [1, 2])
def test_service_that_went_away_while_the_patient_typed_costs_no_last_try(table: Table, attempts: int) -> None:
    card = put(table, FakeCard("A", attempts=attempts))
    if attempts == 2:
        table.type("0000")
    assert table.screen is Screen.PIN_LAST
    table.press(Button.ONCE_MORE)
    assert table.gateway.warmed == 1
    table.gateway.challenge_error = GatewayTimeout()
    table.type("0000")
    assert table.screen is Screen.COUNTER
    assert only_record(table).reason == GatewayTimeout.code
    assert card.attempts == 1


def test_card_that_cannot_say_how_many_tries_are_left_may_have_one(table: Table) -> None:
    card = put(table, FakeCard("A", kind=CardKind.PHONE, attempts=None))
    assert table.gateway.nonces == []
    table.gateway.challenge_error = GatewayTimeout()
    table.type("0000")
    assert table.screen is Screen.COUNTER
    assert card.verifies == 0


def test_last_try_is_never_made_with_a_nonce_that_came_late_for_the_one_before(table: Table) -> None:
    card = put(table, FakeCard("A", attempts=2))
    table.type("0000")
    table.effects._nonces.fetch(table.reception.view().check_id)
    table.press(Button.ONCE_MORE)
    table.gateway.challenge_error = GatewayTimeout()
    table.type("0000")
    assert card.attempts == 1
