"""Two patients in any order: nobody ever sees, or is recorded with, the other's answer."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.ports import Outcome
from app.eligibility.screens import Button, Screen
from tests.eligibility.desk import Table
from tests.fakes import FakeCard

STEPS = st.lists(
    st.one_of(
        st.sampled_from(["put A", "put B", "swap A", "swap B", "take", "type", "type wrong", "old submit", "tick"]),
        st.sampled_from([f"press {button.value}" for button in Button]),
        st.integers(min_value=0, max_value=5),  # let the n-th waiting job run: one effect of one visit
    ),
    max_size=60,
)


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
            assert record.outcome is Outcome.ACCEPTED
            assert view.check_id == shown
            last_put = self.owner_of_epoch[self.table.desk.epoch]
            self.pairs.add((last_put, record.result.qualifications[0].name or ""))


@given(STEPS)
@settings(max_examples=600, deadline=None)
def test_no_interleaving_of_two_patients_mixes_their_results(steps: list[str | int]) -> None:
    table = Table()
    seen = Seen(table)
    cards = {"A": FakeCard("A"), "B": FakeCard("B", pin="5678")}
    old: tuple[str, str, tuple[str, ...]] | None = None
    for step in steps:
        if isinstance(step, int):
            if table.jobs:
                table.jobs.pop(step % len(table.jobs))()
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
    assert seen.pairs <= {("A", "A"), ("B", "B")}
    for record in table.keeper.records.values():
        if record.result is not None:
            assert record.result.qualifications[0].name == seen.owner_of_epoch[record.card_epoch]
    assert sum(card.verifies for card in cards.values()) <= seen.submits
    accepted = [r for r in table.keeper.records.values() if r.outcome is Outcome.ACCEPTED]
    assert len(accepted) == len({r.check_id for r in accepted})


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
