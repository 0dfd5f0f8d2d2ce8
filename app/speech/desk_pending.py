"""あとで確認 by ear: each open visit, and the ways in which it is settled by keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.eligibility.pending import CloseReason
from app.eligibility.voice_desk import DeskAct, DeskActKind, DeskFound, DeskPending
from app.errors import AlreadyHandled
from app.speech.desk_counter import CounterForm
from app.speech.desk_counter_entry import kana_phrase
from app.speech.desk_counter_whom import Target
from app.speech.desk_fields import Page
from app.speech.desk_lists import List
from app.speech.desk_memo import Memo
from app.speech.desk_menus import KanaSearch, refuse
from app.speech.desk_model import MAX_CORE_MORAE, MAX_MORAE, Key, Utterance, morae_of
from app.speech.desk_places import Around, Patients, Question, Spot, edge, nothing_here
from app.speech.desk_say import ended, number_phrase, read_with, reception_phrase, spoken_within
from app.speech.desk_whom import Whom, whom
from app.speech.earcons import Earcon
from app.speech.phrases import counted
from app.speech.phrases.counter_words import CLOSE_REASONS, KINDS
from app.speech.phrases.desk_captions import (
    ANSWER_WORDS,
    AT_COUNTER,
    CHOOSE_CHECK,
    DAYS_OPEN,
    FOUND,
    FOUND_MORE,
    LEFT_DAYS,
    LEFT_TODAY,
    MEMO_AT_STAR,
    NEAR_OPEN,
    NEEDS_CARD,
    NEEDS_NO_CARD,
    NO_CHECK_YET,
    NOTHING_HERE,
    PLACES,
    SEARCH_CHECK,
    Asked,
    Place,
    Privacy,
)
from app.speech.phrases.desk_words import (
    AGAIN_AT_ENTER,
    CHOOSE_AT_2,
    DO_AT_ENTER,
    OPEN_AT_ENTER,
    SAMA,
    Words,
    error_words,
)
from app.speech.spoken_words import caption_phrase
from app.speech.utterance import Field, FieldKind, Phrase, ReadingSource

Way = Asked | Words | CloseReason
WAYS: tuple[Way, ...] = (Asked.TRY_SERVICE, CHOOSE_CHECK, SEARCH_CHECK, *CloseReason, AT_COUNTER)
"""What keys 8 and 2 choose between."""


class PendingVisits(List):
    """What is not confirmed yet; 8 and 2 choose how it is settled, Enter asks for it or leads there.

    Somebody stays on the visit that was heard: one that was settled elsewhere is told, never taken for its neighbour.
    A visit is told with its way, and only a way that was heard is turned or decided.
    """

    place = Place.PENDING

    def __init__(self) -> None:
        super().__init__()
        self._visit: str | None = None
        self._heard: str | None = None  # the visit whose way was heard
        self._way = 0
        self._memo = ""
        self.leads_to: Spot | None = None

    def count(self, desk: Around) -> int:
        return len(desk.day().pending)

    def here(self, desk: Around) -> int | None:
        ids = [one.check_id for one in desk.day().pending]
        if self._visit in ids:
            self._row = ids.index(self._visit)
        row = super().here(desk)
        if row is not None and ids[row] != self._visit:
            self._visit, self._way, self._memo = ids[row], 0, ""
        return row

    def say(self, row: int, desk: Around) -> Utterance:
        return self._told(row, desk)

    def open(self, desk: Around) -> Utterance:
        row = self.here(desk)
        return nothing_here(self.place) if row is None else self._told(row, desk, PLACES[self.place].phrase)

    def where(self, desk: Around) -> Page:
        """Where one is after the visit that was heard went away; nobody's name."""
        return (PLACES[self.place].phrase, *(self.position(desk) or (NOTHING_HERE.phrase,)))

    def press(self, key: Key, desk: Around) -> Utterance | None:
        if key not in (Key.N1, Key.N2, Key.N4, Key.N6, Key.N8, Key.STAR, Key.ENTER):
            return None
        before = self._visit
        row = self.here(desk)
        if before is not None and before != self._visit and key not in (Key.N4, Key.N6):
            return self._settled_elsewhere(row, desk)
        if row is None:
            return super().press(key, desk) if key not in (Key.ENTER, Key.STAR) else None
        if self._heard != self._visit and key is not Key.N1:
            return self.say(row, desk)  # the list moved on by itself: first where one is
        one = desk.day().pending[row]
        match key:
            case Key.N2 | Key.N8:
                return self._turn(1 if key is Key.N2 else -1)
            case Key.N1:
                return self._said(one, _all_of(one), desk)
            case Key.ENTER:
                return self._lead(one, desk)
            case Key.STAR:
                return self._lead_to_memo()
        return super().press(key, desk)

    def question(self, desk: Around) -> Question | None:
        row = self.here(desk)
        if row is None:
            return None
        one, way = desk.day().pending[row], WAYS[self._way]
        if isinstance(way, CloseReason):
            act = DeskAct(DeskActKind.CLOSE_VISIT, one.check_id, one.version, reason=way, note=self._memo)
            why = (caption_phrase(CLOSE_REASONS[way]),)
            is_heard = self._memo and desk.settings.privacy is Privacy.EARPHONE
            about = (*why, kana_phrase(self._memo)) if is_heard else why
            return Question(Asked.CLOSE_VISIT, act, about, whom(one.number, one.name_kana, one.name))
        return Question(Asked.TRY_SERVICE, DeskAct(DeskActKind.TRY_SERVICE))

    def let_go(self, desk: Around) -> None:
        """Forget a visit that is settled, so that it is not told as settled once more. Raises ``StoreError``."""
        if all(one.check_id != self._visit for one in desk.day().pending):
            self._visit = None

    def _told(self, row: int, desk: Around, lead: Phrase | None = None, earcon: Earcon | None = None) -> Utterance:
        one = desk.day().pending[row]
        if one.check_id != self._visit:
            self._visit, self._way, self._memo = one.check_id, 0, ""
        self._heard = one.check_id
        kind = () if desk.settings.privacy is Privacy.SOUND else (ended(caption_phrase(KINDS[one.kind])),)
        said = self._said(one, (), desk)
        core, rest = said.core, said.detail
        if lead is not None:
            whole = (lead, *core)
            core, rest = (whole, ()) if morae_of(whole) <= MAX_CORE_MORAE else ((lead,), core)
        way = self._way_phrases()
        if morae_of(core, rest, kind, way) > MAX_MORAE:
            kind = ()
        told = spoken_within(earcon or said.earcon, core, (*rest, *kind, *way), CHOOSE_AT_2, said.braille)
        return replace(told, viewed=said.viewed)

    def _settled_elsewhere(self, row: int | None, desk: Around) -> Utterance:
        """Somebody else settled what was heard last: that, and where one is now."""
        words = error_words(AlreadyHandled())
        if row is None:
            return spoken_within(Earcon.UNREACHABLE, (words.phrase,), self.where(desk), None, words.braille)
        return self._told(row, desk, ended(words.phrase), Earcon.UNREACHABLE)

    def _turn(self, step: int) -> Utterance:
        if not 0 <= self._way + step < len(WAYS):
            return edge()
        self._way += step
        return self._say_way()

    def _say_way(self) -> Utterance:
        way, core = WAYS[self._way], self._way_phrases()
        if isinstance(way, CloseReason):
            more = () if self._memo else (MEMO_AT_STAR.phrase,)
            return spoken_within(None, core, more, DO_AT_ENTER, ANSWER_WORDS[Asked.CLOSE_VISIT].braille)
        if isinstance(way, Asked):
            return spoken_within(None, core, (), AGAIN_AT_ENTER, ANSWER_WORDS[way].braille)
        return spoken_within(None, core, (), OPEN_AT_ENTER, way.braille)

    def _way_phrases(self) -> tuple[Phrase, ...]:
        way = WAYS[self._way]
        if isinstance(way, CloseReason):
            return ANSWER_WORDS[Asked.CLOSE_VISIT].phrase, caption_phrase(CLOSE_REASONS[way])
        return ((ANSWER_WORDS[way] if isinstance(way, Asked) else way).phrase,)

    def _lead(self, one: DeskPending, desk: Around) -> Utterance | None:
        way = WAYS[self._way]
        if way is SEARCH_CHECK:
            self.leads_to = CandidateSearch(one)
        elif way is AT_COUNTER:
            self.leads_to = CounterForm(Target(one.check_id, one.number))
        elif way is CHOOSE_CHECK:
            found = desk.source.candidates(one.check_id)
            if not found.patients:
                return refuse(NO_CHECK_YET)
            self.leads_to = Candidates(one, found)
        else:
            return None
        return Utterance(is_quiet=True)

    def _lead_to_memo(self) -> Utterance | None:
        if not isinstance(WAYS[self._way], CloseReason):
            return None
        self.leads_to = Memo(self._memo, self._take_memo)
        return Utterance(is_quiet=True)

    def _take_memo(self, text: str) -> Utterance:
        self._memo = text
        return self._say_way()

    def _said(self, one: DeskPending, detail: Sequence[Phrase], desk: Around) -> Utterance:
        near, days = NEAR_OPEN.get(one.days_open), number_phrase(counted.days(one.days_open))
        since = DAYS_OPEN.filled(days=days) if near is None else near.phrase
        braille = whom(one.number, one.name_kana).line(PLACES[self.place].braille)
        viewed = (one.check_id,) if one.name or one.name_kana else ()
        core = next(
            (core for who in _ways_to_name(one, desk) if morae_of(core := (who, since)) <= MAX_CORE_MORAE),
            (since,),
        )
        if desk.settings.privacy is Privacy.SOUND:  # what kind of visit it is says why it is open
            return replace(spoken_within(Earcon.STEP, core, (), CHOOSE_AT_2, braille), viewed=viewed)
        return replace(spoken_within(None, core, detail, CHOOSE_AT_2, braille), viewed=viewed)


class Candidates(Patients):
    """Later checks that may be the confirmation of one open visit: heard like patients, one of them chosen by Enter."""

    def __init__(self, visit: DeskPending, found: DeskFound) -> None:
        super().__init__(found.patients)
        self._visit = visit
        self._count: Phrase | None = (FOUND_MORE if found.is_more else FOUND).filled(
            count=number_phrase(counted.things(found.count))
        )

    @property
    def place(self) -> Place:
        return Place.CONFIRMING

    def open(self, desk: Around) -> Utterance:
        said = super().open(desk)
        count, self._count = self._count, None
        return said if count is None else spoken_within(said.earcon, (count,), said.core, None, said.braille)

    def question(self, desk: Around) -> Question | None:
        """Raises ``AlreadyHandled``: the visit is not open any more."""
        chosen = self.here(desk)
        visit = next((one for one in desk.day().pending if one.check_id == self._visit.check_id), None)
        if visit is None or chosen is None:
            raise AlreadyHandled()
        act = DeskAct(DeskActKind.SETTLE_VISIT, visit.check_id, visit.version, by_check=chosen.check_id)
        of, by = whom(visit.number), whom(chosen.number, chosen.name_kana, chosen.name)
        both = Whom((*of.said, *by.said), f"{of.number} {by.number}".strip(), by.name, by.full)
        return Question(Asked.SETTLE_VISIT, act, whom=both)


class CandidateSearch(KanaSearch):
    """The same, narrowed by a name in kana."""

    place = Place.NARROWING

    def __init__(self, visit: DeskPending) -> None:
        super().__init__()
        self._visit = visit

    def _search(self, text: str, desk: Around) -> Utterance:
        found = desk.source.candidates(self._visit.check_id, text)
        if not found.patients:
            return self._not_found(desk)
        self.results = Candidates(self._visit, found)
        return self.results.open(desk)


def _all_of(one: DeskPending) -> tuple[Phrase, ...]:
    """Why it is open, whether it needs its card, and how long its record stays."""
    told = [caption_phrase(KINDS[one.kind])]
    if one.needs_card or one.can_ask_again:
        told.append((NEEDS_CARD if one.needs_card else NEEDS_NO_CARD).phrase)
    if one.days_left is not None:
        days = number_phrase(counted.days(one.days_left))
        told.append(LEFT_DAYS.filled(days=days) if one.days_left > 0 else LEFT_TODAY.phrase)
    return tuple(told)


def _ways_to_name(one: DeskPending, desk: Around) -> list[Phrase]:
    """The name where only the listener hears it, then the reception number."""
    if desk.settings.privacy is Privacy.SOUND:
        return []
    number = reception_phrase(one.number)
    if desk.settings.privacy is not Privacy.EARPHONE or not (one.name.strip() or one.name_kana.strip()):
        return [number]
    name = read_with(desk.reader, Field(FieldKind.NAME, one.name, one.name_kana))
    if name.source is ReadingSource.UNREADABLE:
        return [number]
    shown = one.name.strip() or one.name_kana.strip()
    return [Phrase(f"{shown} {SAMA.text}", f"{name.kana} {SAMA.kana}", name.source), number]
