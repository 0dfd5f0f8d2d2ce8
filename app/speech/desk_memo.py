"""A memo that goes with a decision: typed in kana, read back, and kept by whoever asked for it."""

from __future__ import annotations

from collections.abc import Callable

from app.eligibility.counter import Field
from app.speech.desk_counter_say import say_accepted, say_again, say_echo, say_field, say_taken_back
from app.speech.desk_counter_steps import KanaStep
from app.speech.desk_fields import Page
from app.speech.desk_menus import refuse
from app.speech.desk_model import Key, Utterance
from app.speech.desk_places import Around, Question
from app.speech.phrases.desk_captions import HALF_TYPED, PLACES, Place


class Memo:
    """Enter gives the memo back and leads on with what ``keep`` says; the point leaves it as it was."""

    place = Place.MEMO

    def __init__(self, text: str, keep: Callable[[str], Utterance]) -> None:
        self._step = KanaStep(Field.REASON, text)
        self._step.label = PLACES[self.place]
        self._keep = keep
        self.is_done = False

    def open(self, desk: Around) -> Utterance:
        return say_field(self._step, desk.settings.privacy)

    def press(self, key: Key, desk: Around) -> Utterance | None:
        if key is Key.ENTER and self._step.half is not None:
            return refuse(HALF_TYPED)
        if key is Key.ENTER:
            self._step.settle()
            self.is_done = True
            return say_accepted(self._step, self._keep(self._step.value), desk.settings.privacy)
        echo = self._step.press(key)
        return None if echo is None else say_echo(self._step, echo, desk.settings.privacy)

    def again(self, desk: Around) -> Utterance:
        return say_again(self._step, desk.settings.privacy) or self.open(desk)

    def take_back(self, desk: Around) -> Utterance | None:
        return say_taken_back(self._step, desk.settings.privacy) if self._step.take_back() else None

    def position(self, desk: Around) -> Page:
        return ()

    def question(self, desk: Around) -> Question | None:
        return None
