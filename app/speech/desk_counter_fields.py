"""The fields of one 窓口で確認 together: which are asked for, what they hold as a form, and what its rules say."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date

from app.clock import TOKYO
from app.eligibility.counter import LOOKED_AT, Field, Finding, FormReading, Found, Seen, fields_of, seen_choices
from app.eligibility.counter_draft import CounterDraft
from app.eligibility.ports import Method
from app.eligibility.voice_desk import DeskMember
from app.eligibility.wareki import wareki
from app.speech.braille_cells import braille_kana
from app.speech.desk_counter_choices import MemberStep, later_step, ratio_step, seen_step
from app.speech.desk_counter_steps import DayStep, DigitStep, KanaStep, Step, SymbolStep, TodayStep
from app.speech.desk_places import Around
from app.speech.desk_say import number_phrase, read_with
from app.speech.phrases.counted import people
from app.speech.phrases.desk_counter_words import MYSELF, NTH_MEMBER, PAUSE
from app.speech.utterance import Field as ReadField
from app.speech.utterance import FieldKind, Phrase, ReadingSource

_NUMBERS = (Field.INSURER, Field.SYMBOL, Field.NUMBER, Field.BRANCH, Field.VALID_FROM, Field.VALID_TO, Field.RATIO)
_ORDER = (
    *(Field.KANA, Field.BORN, Field.LATER, *_NUMBERS, Field.REASON, Field.RECEIVED_ON, Field.SEEN, Field.LOOKED_BY),
)
"""As on the page. 氏名 is not asked for: its kanji are written on the page, later."""
_OWN_FIELDS = {Field.KANA: (Field.NAME, Field.KANA)}


class CounterFields:
    """What was typed so far, whatever the way.

    Raises:
        StoreError: what is known of the visit ``check_id`` cannot be read.
    """

    def __init__(self, desk: Around, check_id: str | None) -> None:
        known = {} if check_id is None else dict(desk.source.counter_known(check_id))
        self.has_known = any(known.values())
        self._known = {Field.RECEIVED_ON: _today(desk), **known}
        self._members = desk.source.members()
        self._looked_by = MemberStep(_choices(self._members, desk))
        self._steps: dict[tuple[Field, Seen | None], Step] = {(Field.LOOKED_BY, None): self._looked_by}
        self.entry_id = desk.source.new_entry()

    @property
    def is_changed(self) -> bool:
        """True where somebody would lose something: what was known already is not theirs."""
        return any(step.is_changed for step in self._steps.values())

    def order(self, method: Method) -> list[Step]:
        """The fields that are asked for now."""
        wanted = fields_of(method)
        comes_later = Field.LATER in wanted and bool(self.step(Field.LATER).value)
        order: list[Step] = []
        for field in _ORDER:
            if field not in wanted or (field in _NUMBERS and comes_later):
                continue
            if field is Field.SEEN:
                order += [self.step(field, seen) for seen in seen_choices(method)]
            else:
                order.append(self.step(field))
        return order

    def step(self, field: Field, seen: Seen | None = None) -> Step:
        if (field, seen) not in self._steps:
            self._steps[field, seen] = _made(field, seen, self._known.get(field, ""))
        return self._steps[field, seen]

    def is_moved_by_day(self, step: Step, desk: Around) -> bool:
        """True where midnight changed what stands in a field since it was heard."""
        return isinstance(step, TodayStep) and step.is_moved_by(_today(desk))

    def follow_members(self, desk: Around) -> None:
        """Take over who works here now. Somebody chosen who left stays chosen, for the rules to refuse."""
        now = desk.source.members()
        if now != self._members:
            self._members = now
            self._looked_by.offer(_choices(now, desk))

    def draft(self, method: Method) -> CounterDraft:
        typed = {Field.NAME: "" if self._is_renamed else self._known.get(Field.NAME, "")}
        ticked = {Field.NAME_LATER.value}
        for step in self.order(method):
            if step.field in (Field.SEEN, Field.LATER):
                ticked |= {step.value} - {""}
            else:
                typed[step.field] = step.value
        return CounterDraft(method, self.entry_id, tuple(typed.items()), frozenset(ticked))

    def read(self, method: Method, today: date) -> FormReading:
        """Judge it as the page does. Who enters it is 0 here: the store knows who that is."""
        return self.draft(method).read(0, [0, *(one.staff_id for one in self._members)], today)

    def errors_at(self, step: Step, method: Method, reading: FormReading) -> list[Found]:
        """What the rules refuse about a field; of what must be looked at, each by itself."""
        if step.field is Field.SEEN:
            if not step.has_value:
                return [Found(Finding.MISSING)]  # what may be left undone is answered too, with no
            must = LOOKED_AT[method][0]
            if step.value or not any(self._steps.get((Field.SEEN, one)) is step for one in must):
                return []
        fields = _OWN_FIELDS.get(step.field, (step.field,))
        return [found for field in fields for found in reading.errors.get(field, ())]

    def odd_at(self, step: Step, reading: FormReading) -> list[Found]:
        """What they only find odd. That the kanji follow is so with every entry by ear, but for kanji given up here."""
        fields = _OWN_FIELDS.get(step.field, (step.field,))
        found = [one for field in fields for one in reading.warnings.get(field, ())]
        return [one for one in found if one.finding is not Finding.NAME_LATER or self._is_renamed]

    @property
    def _is_renamed(self) -> bool:
        """True where the known kanji, which nobody hears, are those of another name than the kana."""
        kana = self.step(Field.KANA).value
        return bool(self._known.get(Field.NAME)) and _folded(kana) != _folded(self._known.get(Field.KANA, ""))


def _made(field: Field, seen: Seen | None, known: str) -> Step:
    match field:
        case Field.KANA | Field.REASON:
            return KanaStep(field, known)
        case Field.BORN | Field.VALID_FROM | Field.VALID_TO:
            return DayStep(field, known)
        case Field.RECEIVED_ON:
            return TodayStep(field, known)
        case Field.SYMBOL | Field.NUMBER:
            return SymbolStep(field, known)
        case Field.RATIO:
            return ratio_step(known)
        case Field.LATER:
            return later_step()
    return DigitStep(field, known) if seen is None else seen_step(seen)


def _folded(kana: str) -> str:
    """Kana as one name whatever their width and spaces."""
    return "".join(unicodedata.normalize("NFKC", kana).split())


def _today(desk: Around) -> str:
    """Today as a form takes it."""
    return wareki(desk.source.now().astimezone(TOKYO).date()) or ""


def _choices(members: Sequence[DeskMember], desk: Around) -> list[tuple[str, Phrase, str]]:
    """Oneself, then the others."""
    named = [(str(one.staff_id), *_named(one.name, place, desk)) for place, one in enumerate(members)]
    return [("", MYSELF.phrase, MYSELF.braille), *named]


def _named(name: str, place: int, desk: Around) -> tuple[Phrase, str]:
    """How a member of staff is said, and the cells of it."""
    said = read_with(desk.reader, ReadField(FieldKind.NAME, name))
    if said.source is ReadingSource.UNREADABLE:
        said = NTH_MEMBER.filled(what=number_phrase(people(place + 1)))
    return said, braille_kana(said.kana.split(PAUSE)[-1])
