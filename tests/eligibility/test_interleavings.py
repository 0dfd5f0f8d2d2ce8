"""Two patients in any order: nobody ever sees, or is recorded with, the other's answer."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.eligibility.ports import Outcome
from app.eligibility.screens import Button, Screen
from tests.eligibility.desk import Table, take_anything
from tests.fakes import FakeCard

MOVES = {
    "A comes": ["put A", "settle"],
    "B comes": ["put B", "settle"],
    "types, all runs": ["type", "settle"],
    # Read, way, keypad and what opens a connection run; then the proof: the question to the service is left waiting.
    "A asks": ["swap A", *["newest"] * 3, "type", "newest"],
    "B asks": ["swap B", *["newest"] * 3, "type", "newest"],
}
"""Several steps that usually follow one another, so that random games get far; each is also there alone."""
STEPS = st.lists(
    st.one_of(
        st.sampled_from(list(MOVES)),
        st.sampled_from(["A asks", "B asks"]),
        st.sampled_from(["put A", "put B", "swap A", "swap B", "take", "settle", "newest"]),
        st.sampled_from(["type", "type wrong", "old submit", "tick"]),
        st.sampled_from([f"press {button.value}" for button in Button]),
        st.integers(min_value=0, max_value=5),  # let the n-th waiting job run: one effect of one visit
    ),
    min_size=5,
    max_size=40,
).map(lambda moves: [step for move in moves for step in MOVES.get(move, [move])])


FIRST_LOSS = settings(phases=[Phase.generate], report_multiple_bugs=False, derandomize=True)
"""For games that must be lost: the same ones each time, and no search for a shorter one."""


class Seen:
    """What the waiting room saw: pairs of (owner of the card that the screen belongs to, owner of the number)."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.owner_of_epoch: dict[int, str] = {}
        self.pairs: set[tuple[str, str]] = set()
        self.submits = 0

    def look(self) -> None:
        view = self.table.reception.view()
        if view.screen is Screen.ACCEPTED:
            shown = next(c for c, n in self.table.keeper.numbers.items() if n == view.reception_number)
            record = self.table.keeper.records[shown]
            assert record.result is not None, "told before it was kept"
            assert record.outcome is Outcome.ACCEPTED, "told before it was kept"
            assert view.check_id == shown, "shown to the other"
            last_put = self.owner_of_epoch[self.table.desk.epoch]
            self.pairs.add((last_put, record.result.qualifications[0].name or ""))


def play(steps_of_game: list[str | int]) -> set[str]:
    """Play one game and judge it; returns whose answers were kept in it."""
    table = Table()
    seen = Seen(table)
    cards = {"A": FakeCard("A"), "B": FakeCard("B", pin="5678")}
    old: tuple[str, str, tuple[str, ...]] | None = None
    for step in steps_of_game:
        if isinstance(step, int):
            if table.jobs:
                table.jobs.pop(step % len(table.jobs))()
        elif step == "newest":
            if table.jobs:
                table.jobs.pop()()
        elif step == "settle":
            table.settle()
        elif step.startswith(("put", "swap")):
            owner = step[-1]
            if table.desk.card is not None and step.startswith("put"):
                table.desk.remove()
            seen.owner_of_epoch[table.desk.epoch + 1] = owner
            table.desk.insert(cards[owner])
        elif step == "take" and table.desk.card is not None:
            table.desk.remove()
        elif step in ("type", "type wrong"):
            view = table.reception.view()
            if view.keypad is not None and table.desk.card is not None:
                pin = table.desk.card.pin if step == "type" else "0000"
                tokens = tuple(view.keypad.tokens["1234567890".index(digit)] for digit in pin)
                old = (view.check_id, view.keypad.keypad_id, tokens)
                seen.submits += 1
                table.reception.submit(*old)
        elif step == "old submit" and old is not None:
            table.reception.submit(*old)
        elif step == "tick":
            table.clock.move(7)
            table.reception.tick()
        elif step.startswith("press"):
            view = table.reception.view()
            table.reception.press(view.check_id, Button(step.split()[1]), view.screen)
        seen.look()
    table.settle()
    seen.look()
    assert seen.pairs <= {("A", "A"), ("B", "B")}, "shown to the other"
    owners = set()
    for record in table.keeper.records.values():
        if record.result is not None:
            owner = record.result.qualifications[0].name or ""
            assert owner == seen.owner_of_epoch[record.card_epoch], "kept with the other's answer"
            owners.add(owner)
    assert sum(card.verifies for card in cards.values()) <= seen.submits
    accepted = [r for r in table.keeper.records.values() if r.outcome is Outcome.ACCEPTED]
    assert len(accepted) == len({r.check_id for r in accepted})
    return owners


def run(examples: int, profile: settings | None = None) -> int:
    """Play that many games; returns in how many of them both patients' answers were kept."""
    both = 0

    @given(STEPS)
    @settings(profile, max_examples=examples, deadline=None, database=None)
    def games(moves: list[str | int]) -> None:
        nonlocal both
        both += len(play(moves)) == 2

    games()
    return both


def test_no_interleaving_of_two_patients_mixes_their_results() -> None:
    assert run(600) >= 40, "the games must reach what they are to judge"


def test_the_games_would_notice_a_finding_given_to_whoever_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check of the check: without id and epoch an answer on its way goes to the next patient, and must lose."""
    take_anything(monkeypatch)
    with pytest.raises(AssertionError, match=r"the other|before it was kept"):
        run(600, FIRST_LOSS)


def test_the_property_would_notice_a_mix_up() -> None:
    """The check of the check: a gateway that answers about somebody else must fail the property."""
    table = Table()
    seen = Seen(table)
    seen.owner_of_epoch[1] = "A"
    original = table.gateway.confirm

    def mixed_up(check_id, challenge, proof):
        from app.eligibility.ports import SignedNonce

        return original(check_id, challenge, SignedNonce(b"B", proof.signature))

    table.gateway.confirm = mixed_up
    table.desk.insert(FakeCard("A"))
    table.settle()
    table.type("1234")
    seen.look()
    assert seen.pairs == {("A", "B")}
