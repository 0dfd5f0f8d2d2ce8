"""Staff answers in any order, late, twice or for another card: a word given for one card never serves another."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.eligibility import steps
from app.eligibility.check import Check
from app.eligibility.ports import Outcome
from app.eligibility.screens import Button, Screen
from app.eligibility.visual import Preference, VisualDecision
from tests.eligibility.desk import Table, take_anything
from tests.fakes import FakeCard

MOVES = {
    "A comes": ["put A", "settle"],
    "B comes": ["put B", "settle"],
    "staff agree": ["confirm", "look"],
    "staff agree, all runs": ["confirm", "look", "settle"],
    "A comes, old words": ["put A", "settle", "stale", "settle"],
    "B comes, old words": ["put B", "settle", "stale", "settle"],
    # All that comes before the request runs; then the certificate: the question to the service is left waiting.
    "A asks": ["swap A", *["newest"] * 4, "confirm", "look", "newest"],
    "B asks": ["swap B", *["newest"] * 4, "confirm", "look", "newest"],
}
"""Several steps that usually follow one another, so that random games get far; each is also there alone."""
STEPS = st.lists(
    st.one_of(
        st.sampled_from(list(MOVES)),
        st.sampled_from(["A asks", "B asks"]),
        st.sampled_from(["put A", "put B", "swap A", "swap B", "settle", "newest", "confirm", "look"]),
        st.sampled_from(["take", "refuse", "stale", "replay", "next", "type", "tick", "wait"]),
        st.sampled_from([f"press {button.value}" for button in (Button.BACK, Button.NO_PIN, Button.DONE, Button.STAY)]),
        st.integers(min_value=0, max_value=3),  # let the n-th waiting job run: one effect of one visit
    ),
    min_size=5,
    max_size=40,
).map(lambda moves: [step for move in moves for step in MOVES.get(move, [move])])


class Play:
    """A table where staff are asked first, and all that was really confirmed there."""

    def __init__(self) -> None:
        self.table = Table()
        self.table.visual.preference = Preference.VISUAL_FIRST
        self.cards = {"A": FakeCard("A"), "B": FakeCard("B", pin="5678")}
        self.owner_of_epoch: dict[int, str] = {}
        self.confirmed: set[str] = set()
        """Requests that staff confirmed while they were open, as the store has it."""

    def yes(self) -> VisualDecision:
        return VisualDecision(True, "試験 太郎", self.table.clock.now())

    def do(self, step: str | int) -> None:
        table = self.table
        if isinstance(step, int):
            if table.jobs:
                table.jobs.pop(step % len(table.jobs))()
        elif step == "newest":
            if table.jobs:
                table.jobs.pop()()
        elif step.startswith(("put", "swap")):
            if table.desk.card is not None and step.startswith("put"):
                table.desk.remove()
            self.owner_of_epoch[table.desk.epoch + 1] = step[-1]
            table.desk.insert(self.cards[step[-1]])
        elif step == "take" and table.desk.card is not None:
            table.desk.remove()
        elif step == "settle":
            table.settle()
        elif step in ("confirm", "refuse"):
            for request in table.visual.open:
                table.visual.decide(request.request_id, table.clock.now(), is_confirmed=step == "confirm")
                if step == "confirm":
                    self.confirmed.add(request.request_id)
        elif step == "look":
            table.reception.look_for_decision()
        elif step == "stale":
            self.tell_all(lambda check, request_id: (check.check_id, check.epoch, request_id))
        elif step == "replay":
            of = table.visual.requests
            self.tell_all(lambda _, request_id: (of[request_id].check_id, of[request_id].card_epoch, request_id))
        elif step == "next":
            table.visual.next_only = Preference.PIN_FIRST
        elif step == "type":
            view = table.reception.view()
            if view.keypad is not None and table.desk.card is not None:
                pin = table.desk.card.pin
                tokens = tuple(view.keypad.tokens["1234567890".index(digit)] for digit in pin)
                table.reception.submit(view.check_id, view.keypad.keypad_id, tokens)
        elif step in ("tick", "wait"):
            table.clock.move(7 if step == "tick" else 280)
            table.reception.tick()
        elif step.startswith("press"):
            view = table.reception.view()
            table.reception.press(view.check_id, Button(step.split()[1]), view.screen)

    def tell_all(self, address) -> None:
        """Push answers for ended or confirmed requests at every visit that still listens."""
        reception = self.table.reception
        ended = [one for one in self.table.visual.requests if one in self.table.visual.closed | self.confirmed]
        for request_id in ended:
            for check in (reception._check, *reception._checks.values()):
                reception._heard(check, steps.StaffDecided(*address(check, request_id), self.yes()))

    def look(self) -> None:
        view = self.table.reception.view()
        if view.screen is not Screen.ACCEPTED:
            return
        keeper = self.table.keeper
        record = keeper.records[next(c for c, n in keeper.numbers.items() if n == view.reception_number)]
        assert record.result is not None, "told before it was kept"
        assert record.result.qualifications[0].name == self.owner_of_epoch[self.table.desk.epoch], "shown to the other"

    def judge(self) -> set[str]:
        """Hold what was asked against what was confirmed; returns whose cards were asked about on the word of staff."""
        table = self.table
        asked = table.gateway.visual
        assert len({check_id for check_id, _, _ in asked}) == len(asked), "asked twice on one word"
        for check_id, owner, _ in asked:
            words = [r for r in table.visual.requests.values() if r.check_id == check_id]
            assert {self.owner_of_epoch[request.card_epoch] for request in words} == {owner}
            assert any(request.request_id in self.confirmed for request in words), "nobody confirmed this card"
        for record in table.keeper.records.values():
            if record.result is not None:
                owner = self.owner_of_epoch[record.card_epoch]
                assert record.result.qualifications[0].name == owner, "kept with the other's answer"
        accepted = [r.check_id for r in table.keeper.records.values() if r.outcome is Outcome.ACCEPTED]
        assert len(accepted) == len(set(accepted))
        return {owner for _, owner, _ in asked}


FIRST_LOSS = settings(phases=[Phase.generate], report_multiple_bugs=False, derandomize=True)
"""For games that must be lost: the same ones each time, and no search for a shorter one."""


def run(examples: int, profile: settings | None = None) -> int:
    """Play that many games; returns in how many of them the service was asked about both on the word of staff."""
    both = 0

    @given(STEPS)
    @settings(profile, max_examples=examples, deadline=None, database=None)
    def games(moves: list[str | int]) -> None:
        nonlocal both
        play = Play()
        for move in moves:
            play.do(move)
            play.look()
        play.table.settle()
        play.look()
        both += len(play.judge()) == 2

    games()
    return both


def test_no_interleaving_lets_a_word_for_one_card_serve_another() -> None:
    assert run(600) >= 40, "the games must reach what they are to judge"


def test_the_games_would_notice_a_word_taken_for_any_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check of the check: who takes every answer for the open request must lose."""
    decided = Check._decided

    def careless(check: Check, event: steps.StaffDecided) -> list[steps.Effect]:
        mine = steps.StaffDecided(event.check_id, event.epoch, check.request_id or "", event.decision)
        return decided(check, mine)

    monkeypatch.setattr(Check, "_decided", careless)
    with pytest.raises(AssertionError, match="nobody confirmed"):
        run(600, FIRST_LOSS)


def test_the_games_would_notice_a_finding_given_to_whoever_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without id and epoch an answer on its way goes to the next patient, and must lose."""
    take_anything(monkeypatch)
    with pytest.raises(AssertionError, match=r"the other|before it was kept"):
        run(600, FIRST_LOSS)
