"""What the ways of 窓口で確認 offer before them: entries that were left, to go on with or to throw away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.speech.desk_counter_say import among, say_dropped, say_going_on, say_to_drop, say_ways
from app.speech.desk_counter_whom import Target, whose
from app.speech.desk_model import Key, Utterance
from app.speech.desk_places import Around, Question
from app.speech.phrases.desk_captions import Asked

if TYPE_CHECKING:
    from app.speech.desk_counter import CounterForm

MOST_LEFT = 9
"""More than anybody leaves behind on a day: no further one is begun."""


class LeftEntries:
    """One by one with key 8, behind the last one the ways; ``*`` and two presses of Enter throw one away."""

    def __init__(self, own: CounterForm, target: Target | None) -> None:
        self._own = own
        self._target = target
        self._row = 0
        self._is_dropping = False

    def restart(self) -> None:
        self._row, self._is_dropping = 0, False

    def offered(self, desk: Around) -> CounterForm | None:
        """The entry that was named; ``None`` behind the last one."""
        found = self._all(desk)
        return found[self._row] if self._row < len(found) else None

    def say(self, desk: Around) -> Utterance:
        """Name the entry, since nobody types into another patient's; behind the last one the ways."""
        one = self.offered(desk)
        if one is None:
            return say_ways(whose(self._target, "", desk.settings.privacy))
        row, count, of = self._row, len(self._all(desk)), one.whose(desk.settings.privacy)
        return say_to_drop(row, count, of) if self._is_dropping else say_going_on(row, count, of)

    def press(self, key: Key, desk: Around) -> Utterance | None:
        """Keys 8 and ``*``; ``None`` for those that are not these, or have nothing to choose from."""
        found = self._all(desk)
        if key is Key.N8 and found:
            self._row, self._is_dropping = (self._row + 1) % (len(found) + 1), False
        elif key is Key.STAR and self.offered(desk) is not None:
            self._is_dropping = not self._is_dropping
        else:
            return None
        return self.say(desk)

    def take_back(self) -> bool:
        """True where an entry was about to be thrown away, and stays."""
        was_dropping, self._is_dropping = self._is_dropping, False
        return was_dropping

    def question(self, desk: Around) -> Question | None:
        one = self.offered(desk)
        if one is None or not self._is_dropping:
            return None
        about = among(self._row, len(self._all(desk)))
        return Question(Asked.DROP_ENTRY, about=about, whom=one.asked_about(desk.settings.privacy))

    def drop(self, desk: Around) -> Utterance:
        """Throw away what was asked about. Enter goes on with none of the others until it was named."""
        one = self.offered(desk)
        if one is not None:
            one.clear()
        count = len(self._all(desk))
        self._row, self._is_dropping = count, False
        return say_dropped(has_others=count > 0)

    @property
    def is_dropping(self) -> bool:
        return self._is_dropping

    def is_full(self, desk: Around) -> bool:
        """True when no further entry may be begun: one that is begun is not lost to it."""
        return len([one for one in desk.unfinished if one is not self._own]) >= MOST_LEFT

    def _all(self, desk: Around) -> Sequence[CounterForm]:
        """The form itself once begun, else what was left: of the same visit, or any where none was chosen."""
        if self._own.is_begun:
            return (self._own,)
        left = [one for one in desk.unfinished if one.is_worth_keeping]
        return [one for one in left if self._target is None or one.is_for(self._target)]
