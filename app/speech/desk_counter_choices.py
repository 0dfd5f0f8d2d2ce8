"""The chosen fields of 窓口で確認: 負担割合, what was looked at, who looked, and whether the numbers follow."""

from __future__ import annotations

from collections.abc import Sequence

from app.eligibility.counter import RATIOS, Seen
from app.eligibility.counter import Field as FormField
from app.speech.desk_counter_entry import Echo
from app.speech.desk_counter_steps import Step
from app.speech.desk_lists import STEPS
from app.speech.desk_model import Key
from app.speech.phrases.desk_counter_words import EMPTY, HOW, HOW_ELSE, LABELS, LATER, NO, NOW, RATIOS_SAID, SEEN, YES
from app.speech.phrases.desk_words import Words
from app.speech.utterance import Phrase


class _Chosen(Step):
    """What is chosen needs no mending."""

    def __init__(self, field: FormField, label: Words, how: Words) -> None:
        super().__init__(field, label, how)
        self.how_else = HOW_ELSE.get(field, how)

    def settle(self) -> None:
        pass

    def refuse(self) -> None:
        pass


class ChoiceStep(_Chosen):
    """A field whose values digits choose."""

    def __init__(
        self,
        field: FormField,
        label: Words,
        how: Words,
        choices: dict[Key, tuple[str, Words]],
        chosen: Key | None = None,
        *,
        is_personal: bool = False,
        seen: Seen | None = None,
    ) -> None:
        super().__init__(field, label, how)
        self._choices = choices
        self._chosen = self._first = chosen
        self._is_personal = is_personal
        self.seen = seen

    @property
    def has_value(self) -> bool:
        return self._chosen is not None

    @property
    def is_changed(self) -> bool:
        return self._chosen is not self._first

    @property
    def is_personal(self) -> bool:
        return self._is_personal

    @property
    def value(self) -> str:
        return "" if self._chosen is None else self._choices[self._chosen][0]

    def press(self, key: Key) -> Echo | None:
        if key not in self._choices:
            return None
        self._chosen = key
        return Echo(self.spoken())

    def spoken(self) -> Phrase:
        return (EMPTY if self._chosen is None else self._choices[self._chosen][1]).phrase

    def cells(self) -> str:
        return (EMPTY if self._chosen is None else self._choices[self._chosen][1]).braille


class MemberStep(_Chosen):
    """確かめた人: whoever enters it, or with 4 and 6 somebody else."""

    def __init__(self, members: Sequence[tuple[str, Phrase, str]]) -> None:
        """Each is an id (empty for oneself), how it is said, and its cells."""
        super().__init__(FormField.LOOKED_BY, LABELS[FormField.LOOKED_BY], HOW[FormField.LOOKED_BY])
        self._members = tuple(members)
        self._row = 0

    def offer(self, members: Sequence[tuple[str, Phrase, str]]) -> None:
        """Offer others; whoever is chosen stays, behind them all where they are none of them."""
        chosen = self._members[self._row]
        ids = [one[0] for one in members]
        self._members = tuple(members) if chosen[0] in ids else (*members, chosen)
        self._row = ids.index(chosen[0]) if chosen[0] in ids else len(members)

    @property
    def has_value(self) -> bool:
        return True

    @property
    def is_changed(self) -> bool:
        return bool(self.value)

    @property
    def is_personal(self) -> bool:
        """A colleague is named where only the listener hears it."""
        return bool(self.value)

    @property
    def value(self) -> str:
        return self._members[self._row][0]

    def press(self, key: Key) -> Echo | None:
        if key not in STEPS or not 0 <= self._row + STEPS[key] < len(self._members):
            return None
        self._row += STEPS[key]
        return Echo(self.spoken())

    def spoken(self) -> Phrase:
        return self._members[self._row][1]

    def cells(self) -> str:
        return self._members[self._row][2]


def ratio_step(known: str) -> ChoiceStep:
    """負担割合."""
    choices = {Key(str(place + 1)): (ratio, RATIOS_SAID[ratio]) for place, ratio in enumerate(RATIOS)}
    choices[Key.N0] = ("", RATIOS_SAID[""])
    field = FormField.RATIO
    chosen = next((key for key, (ratio, _) in choices.items() if ratio == known and ratio), None)
    return ChoiceStep(field, LABELS[field], HOW[field], choices, chosen, is_personal=True)


def seen_step(seen: Seen) -> ChoiceStep:
    """One thing that was looked at."""
    choices = {Key.N1: (seen.value, YES), Key.N2: ("", NO)}
    return ChoiceStep(FormField.SEEN, SEEN[seen], HOW[FormField.SEEN], choices, seen=seen)


def later_step() -> ChoiceStep:
    """Whether the numbers follow."""
    field = FormField.LATER
    choices = {Key.N1: ("", NOW), Key.N2: (field.value, LATER)}
    return ChoiceStep(field, LABELS[field], HOW[field], choices, Key.N1)
