"""Short lists by ear: 目視確認, calls for help, and the pages of 使いかた.

4 and 6 walk through each, and so do 8 and 2 where nothing else is to be chosen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import datetime

from app.clock import TOKYO
from app.eligibility.voice_desk import DeskAct, DeskActKind, DeskRequest
from app.speech.desk_fields import Page
from app.speech.desk_model import MAX_CORE_MORAE, MAX_MORAE, Key, Utterance, morae_of
from app.speech.desk_places import Around, Question, at, edge, kiosk_named, nothing_here
from app.speech.desk_say import event_of_request, sentences, spoken_within
from app.speech.desk_whom import of_check
from app.speech.phrases.counted import people, things
from app.speech.phrases.desk_captions import (
    ANSWER_WORDS,
    ANSWERS,
    FROM_TIME,
    HELP_SAYS,
    PLACES,
    Asked,
    Place,
    Privacy,
)
from app.speech.phrases.desk_words import (
    ANNOUNCED,
    ANSWER_AT_ENTER,
    EARCONS,
    EXPLANATIONS,
    NO_OR_YES,
    YES_OR_NO,
    Words,
    braille_line,
)
from app.speech.reading import read_field
from app.speech.utterance import Field, FieldKind, Phrase

STEPS = {Key.N4: -1, Key.N8: -1, Key.N6: 1, Key.N2: 1}
"""A list has one direction: whoever chose with 8 and 2 in 目視確認 tries them elsewhere too."""


class List(ABC):
    """A list that is read again at every key, so that what is decided elsewhere leaves it."""

    place: Place
    unit = staticmethod(people)
    """What the list counts."""

    def __init__(self) -> None:
        self._row = 0

    @abstractmethod
    def count(self, desk: Around) -> int: ...

    @abstractmethod
    def say(self, row: int, desk: Around) -> Utterance: ...

    def say_within(self, row: int, desk: Around, limit: int) -> Utterance:
        """The same in at most ``limit`` morae, where something has to give way for that."""
        return self.say(row, desk)

    def here(self, desk: Around) -> int | None:
        count = self.count(desk)
        self._row = max(0, min(self._row, count - 1))
        return self._row if count else None

    def open(self, desk: Around) -> Utterance:
        row = self.here(desk)
        if row is None:
            return nothing_here(self.place)
        place = PLACES[self.place].phrase
        said = self.say_within(row, desk, MAX_MORAE - morae_of([place]))
        if morae_of((place, *said.core)) <= MAX_CORE_MORAE:
            return replace(said, core=(place, *said.core))
        return replace(said, core=(place,), detail=(*said.core, *said.detail))

    def position(self, desk: Around) -> Page:
        row = self.here(desk)
        return () if row is None else (at(row + 1, self.count(desk), self.unit),)

    def question(self, desk: Around) -> Question | None:
        return None

    def take_back(self, desk: Around) -> Utterance | None:
        return None

    def press(self, key: Key, desk: Around) -> Utterance | None:
        if key is not Key.N1 and key not in STEPS:
            return None
        row = self.here(desk)
        if row is None:
            return nothing_here(self.place)
        step = STEPS.get(key, 0)
        if not 0 <= row + step < self.count(desk):
            return edge()
        self._row = row + step
        return self.say(self._row, desk)


class Requests(List):
    """目視確認: who waits; 8 and 2 choose the answer, Enter asks for it."""

    place = Place.VISUAL

    def __init__(self) -> None:
        super().__init__()
        self._answer = 0
        self._of: str | None = None

    def count(self, desk: Around) -> int:
        return len(desk.day().requests)

    def say(self, row: int, desk: Around) -> Utterance:
        return self.say_within(row, desk, MAX_MORAE)

    def say_within(self, row: int, desk: Around, limit: int) -> Utterance:
        """Whose request it is goes before its time: 1 says it whole once the list is open."""
        request = self._request(row, desk)
        event = event_of_request(request.reason)
        since = time_phrase(request.at)
        of = of_check(request.check_id, desk.day())
        braille = of.line(PLACES[self.place].braille, ANNOUNCED[event].braille)
        kiosk = kiosk_named(request.kiosk, desk)
        hint = YES_OR_NO if ANSWERS[self._answer] is Asked.CONFIRM_VISUAL else NO_OR_YES
        if desk.settings.privacy is Privacy.SOUND:
            return spoken_within(EARCONS[event], (*kiosk, since), (), hint, braille)
        why = sentences(EXPLANATIONS[event])
        number = of.said if of.number else ()
        ways = ((*kiosk, *number, since), (*kiosk, *number), (*number, since), number)
        core = next((way for way in ways if way and morae_of(way, why, [hint.phrase]) <= limit), ways[0])
        return spoken_within(None, core, why, hint, braille)

    def press(self, key: Key, desk: Around) -> Utterance | None:
        row = self.here(desk)
        if key not in (Key.N8, Key.N2) or row is None:
            return super().press(key, desk)
        self._request(row, desk)
        self._answer = (self._answer + 1) % len(ANSWERS)
        words = ANSWER_WORDS[ANSWERS[self._answer]]
        return spoken_within(None, (words.phrase,), (), ANSWER_AT_ENTER, words.braille)

    def question(self, desk: Around) -> Question | None:
        row = self.here(desk)
        if row is None:
            return None
        request = self._request(row, desk)
        asked = ANSWERS[self._answer]
        kind = DeskActKind.CONFIRM_VISUAL if asked is Asked.CONFIRM_VISUAL else DeskActKind.REFUSE_VISUAL
        return Question(asked, DeskAct(kind, request.request_id), whom=of_check(request.check_id, desk.day()))

    def _request(self, row: int, desk: Around) -> DeskRequest:
        """The request of this row; an answer chosen for another one does not stay."""
        request = desk.day().requests[row]
        if request.request_id != self._of:
            self._of, self._answer = request.request_id, 0
        return request


class Calls(List):
    """呼び出し: who called for help; Enter asks whether somebody goes."""

    place = Place.CALLS
    unit = staticmethod(things)

    def count(self, desk: Around) -> int:
        return len(desk.day().calls)

    def say(self, row: int, desk: Around) -> Utterance:
        call = desk.day().calls[row]
        core = (*kiosk_named(call.kiosk, desk), time_phrase(call.at))
        return spoken_within(None, core, (), ANSWER_AT_ENTER, PLACES[self.place].braille)

    def question(self, desk: Around) -> Question | None:
        row = self.here(desk)
        if row is None:
            return None
        call = desk.day().calls[row]
        return Question(
            Asked.ANSWER_CALL, DeskAct(DeskActKind.ANSWER_CALL, call.call_id), kiosk_named(call.kiosk, desk)
        )


class Help(List):
    """使いかた, a page a key."""

    place = Place.HELP
    unit = staticmethod(things)

    def count(self, desk: Around) -> int:
        return len(HELP_SAYS)

    def say(self, row: int, desk: Around) -> Utterance:
        core, *detail = _parts(HELP_SAYS[row])
        return Utterance(
            core=(core,), detail=tuple(detail), braille=braille_line(PLACES[self.place].braille, str(row + 1))
        )


def time_phrase(at: datetime) -> Phrase:
    """``9:05から``."""
    local = at.astimezone(TOKYO)
    return FROM_TIME.filled(time=read_field(Field(FieldKind.TIME, f"{local.hour}:{local.minute:02d}")))


def _parts(words: Words) -> tuple[Phrase, ...]:
    pairs = zip(words.text.split("、"), words.kana.split("、"), strict=True)
    return tuple(Phrase(text, kana) for text, kana in pairs)
