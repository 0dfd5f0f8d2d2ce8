"""What is new at the desk since somebody last listened, told once and joined when much comes together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.clock import TOKYO
from app.eligibility.voice_desk import DeskAct, DeskActKind, DeskCall, DeskDay, DeskPatient, DeskRequest, DeskSource
from app.speech.desk_announce import announced, announcement, request_announced
from app.speech.desk_model import Utterance
from app.speech.desk_places import Around, Question, kiosk_named
from app.speech.desk_say import ASKED_AGAIN, event_of, event_of_request, number_phrase, spoken_within
from app.speech.desk_whom import Whom, of_check
from app.speech.phrases.counted import things
from app.speech.phrases.desk_captions import Asked, Place
from app.speech.phrases.desk_words import (
    ANNOUNCED,
    EARCONS,
    MANY_ANSWERS,
    MANY_CALLS,
    MANY_REQUESTS,
    MORE_AT_PLUS,
    NEWEST_AT_PLUS,
    DeskEvent,
    Words,
    braille_line,
)
from app.speech.phrases.menu_words import IN_MENU

_LOUDEST_FIRST = (
    DeskEvent.CALL_FOR_HELP,
    DeskEvent.PIN_LOCKED,
    DeskEvent.PIN_WRONG_TWICE,
    DeskEvent.NO_PIN_CARD,
    DeskEvent.VISUAL,
    DeskEvent.COULD_NOT_ASK,
    DeskEvent.NO_ANSWER,
    DeskEvent.UNKNOWN,
    DeskEvent.INVALID,
)

_OF_SERVICE = (DeskEvent.SERVICE_BACK, DeskEvent.SERVICE_DOWN)


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened; at most one of the three is there, none where the event says all."""

    event: DeskEvent
    patient: DeskPatient | None = None
    request: DeskRequest | None = None
    call: DeskCall | None = None
    of: Whom = field(default_factory=Whom)
    """Whose request it is."""
    is_late: bool = False
    """The answer to an earlier day's visit, which stands on no list of today."""

    def is_of(self, ids: frozenset[str]) -> bool:
        """True when its check or call is among them."""
        of = {self.patient and self.patient.check_id, self.request and self.request.check_id}
        return bool(ids & {*of, self.call and self.call.call_id})


@dataclass(frozen=True, slots=True)
class Missed:
    """What happened while no desk was there to tell of it."""

    ids: frozenset[str] = frozenset()
    """Of checks and calls."""
    visits: frozenset[str] = frozenset()
    """Those among them that stood in あとで確認, of any day."""


NOTHING_MISSED = Missed()


class NewsWatch:
    """Compares days; remembers what it told.

    Args:
        day: what is known from the start.
        missed: what of it is news all the same.
    """

    def __init__(self, day: DeskDay, missed: Missed = NOTHING_MISSED) -> None:
        known = [(key, one) for key, one in _told(day) if not one.is_of(missed.ids)]
        self._known = {key for key, _ in known} | {key for key in _told_as_requests(day) if key[1] not in missed.ids}
        self._asked = {one.check_id for one in day.requests if one.check_id not in missed.ids}
        self._service = (day.is_service_tried, day.is_service_up)
        self._open = {one.check_id for one in day.pending} | missed.visits

    def copy(self) -> NewsWatch:
        """What it told until now, for whoever has to tell it again."""
        made = NewsWatch.__new__(NewsWatch)
        made._known, made._asked, made._service = set(self._known), set(self._asked), self._service
        made._open = set(self._open)
        return made

    def know(self, check_id: str, day: DeskDay) -> None:
        """That check is told already: whoever made it here heard its number."""
        self._known |= {key for key, _ in _told(day) if key[:2] == ("check", check_id)}

    def look(self, day: DeskDay, source: DeskSource) -> tuple[News, ...]:
        """Return what is new, the newest last. Raises ``StoreError``."""
        late = self._late(day, source)
        found = dict(_told(day))
        fresh = tuple(news for key, news in found.items() if key not in self._known and not self._was_told(news))
        self._known |= set(found) | _told_as_requests(day)
        self._open = {one.check_id for one in day.pending}
        event = self._service_event(day)
        return (*late, *fresh) if event is None else (*late, *fresh, News(event))

    def _late(self, day: DeskDay, source: DeskSource) -> tuple[News, ...]:
        """Visits of earlier days that are open no more because the service answered."""
        gone = self._open - {one.check_id for one in day.pending} - {one.check_id for one in day.patients}
        answers = [one for check_id in sorted(gone) if (one := source.answer(check_id)) is not None]
        return tuple(News(event_of(one), patient=one, is_late=True) for one in answers)

    def _service_event(self, day: DeskDay) -> DeskEvent | None:
        """What came of a try, or that the service is back by itself while a visit waits for it."""
        was_tried, was_up = self._service
        self._service = (day.is_service_tried, day.is_service_up)
        has_result = was_tried and not day.is_service_tried
        if day.is_service_up and (has_result or (was_up is False and day.pending)):
            return DeskEvent.SERVICE_BACK
        return DeskEvent.SERVICE_DOWN if has_result and day.is_service_up is False else None

    def _was_told(self, news: News) -> bool:
        """True for a first request whose check was told already: the row may be there a moment before it."""
        if news.request is None:
            return False
        check_id = news.request.check_id
        is_first = check_id not in self._asked
        self._asked.add(check_id)
        return is_first and ("check", check_id, "", news.request.reason or "") in self._known


def _told(day: DeskDay) -> Iterator[tuple[tuple[str, ...], News]]:
    """Everything of a day that can be told, oldest first, each under the key that makes it news."""
    asked = {one.check_id: one for one in day.requests}
    for patient in reversed(day.patients):
        if patient.check_id in asked and patient.validity is None:
            continue  # told as a request
        key = ("check", patient.check_id, patient.validity or "", patient.reason or "")
        yield key, News(event_of(patient), patient=patient)
    for request in day.requests:
        event = event_of_request(request.reason)
        yield ("request", request.request_id), News(event, request=request, of=of_check(request.check_id, day))
    for call in day.calls:
        yield ("call", call.call_id), News(DeskEvent.CALL_FOR_HELP, call=call)


def _told_as_requests(day: DeskDay) -> set[tuple[str, ...]]:
    """Checks that were told as a request are no news once it was answered."""
    return {("check", one.check_id, "", one.reason or "") for one in day.requests}


def say_news(fresh: Sequence[News], desk: Around, *, is_muted: bool) -> Utterance:
    """One utterance for all of it, at once or joined; muted it is its earcon."""
    (one, *more), privacy = fresh, desk.settings.privacy
    if more:
        said = _joined(fresh)
    elif one.patient is not None:
        today = desk.source.now().astimezone(TOKYO).date()
        said = announcement(one.patient, privacy, desk.reader, today)
    elif one.request is not None:
        said = request_announced(one.event, one.of, privacy)
    else:
        said = announced(one.event, about=() if one.call is None else kiosk_named(one.call.kiosk, desk))
    if is_muted:
        return Utterance(said.earcon, braille=said.braille)
    return said


def _joined(fresh: Sequence[News]) -> Utterance:
    counts = (
        (sum(one.patient is not None and not one.is_late for one in fresh), ANNOUNCED[DeskEvent.MANY]),
        (sum(one.is_late for one in fresh), MANY_ANSWERS),
        (sum(one.request is not None for one in fresh), MANY_REQUESTS),
        (sum(one.call is not None for one in fresh), MANY_CALLS),
    )
    core = [words.filled(count=number_phrase(things(count))) for count, words in counts if count]
    events = {one.event for one in fresh}
    core += [ANNOUNCED[event].phrase for event in _OF_SERVICE if event in events]
    loudest = next((event for event in _LOUDEST_FIRST if event in events), DeskEvent.MANY)
    braille = braille_line(ANNOUNCED[DeskEvent.MANY].braille, str(len(fresh)))
    hint = NEWEST_AT_PLUS if any(one.patient is not None and not one.is_late for one in fresh) else None
    return spoken_within(EARCONS[loudest], core[:1], core[1:], hint, braille)


def offered(news: News, desk: Around) -> Question | None:
    """What Enter decides right after something was announced."""
    if news.call is not None:
        act = DeskAct(DeskActKind.ANSWER_CALL, news.call.call_id)
        return Question(Asked.ANSWER_CALL, act, kiosk_named(news.call.kiosk, desk))
    if news.request is not None:
        act = DeskAct(DeskActKind.CONFIRM_VISUAL, news.request.request_id)
        return Question(Asked.CONFIRM_VISUAL, act, whom=news.of)
    if news.event in ASKED_AGAIN:
        return Question(Asked.TRY_SERVICE, DeskAct(DeskActKind.TRY_SERVICE))
    return None


def with_way_to(fresh: Sequence[News], said: Utterance) -> Utterance:
    """The same for whoever is typing: no key of its hint is free there, so it tells where in the menu it waits."""
    if len(fresh) > 1 or not said.phrases:
        return said
    return spoken_within(said.earcon, said.core, said.detail, _way_to(fresh[0]), said.braille)


def _way_to(news: News) -> Words | None:
    if news.call is not None:
        return IN_MENU[Place.CALLS]
    if news.request is not None:
        return IN_MENU[Place.VISUAL]
    if news.event in ASKED_AGAIN:
        return IN_MENU[Place.PENDING]
    return None if news.patient is None else MORE_AT_PLUS
