"""窓口で確認 in words: fields, what was typed, what is wrong with it, and the summary, each as loud as it may be."""

from __future__ import annotations

from collections.abc import Sequence

from app.eligibility.counter import Field, Finding, Found
from app.eligibility.counter_draft import CounterDraft
from app.eligibility.written_day import read_day
from app.speech.desk_counter_entry import Echo
from app.speech.desk_counter_steps import Step
from app.speech.desk_fields import kept_silent
from app.speech.desk_menus import refuse
from app.speech.desk_model import MAX_CORE_MORAE, MAX_MORAE, Utterance, morae_of
from app.speech.desk_places import at, edge
from app.speech.desk_say import number_phrase, reception_phrase, sentences, spoken_within
from app.speech.desk_whom import Whom
from app.speech.earcons import Earcon
from app.speech.phrases.counted import things
from app.speech.phrases.desk_captions import DONE, PLACES, TAKEN_BACK, TOO_LONG, Asked, Place, Privacy
from app.speech.phrases.desk_counter_words import (
    CHECK_IT,
    DOUBTS,
    DROPPED,
    FINDINGS,
    KEEP_AT_ENTER,
    LEFT_HINTS,
    MEANT,
    OF_PERSON,
    ON_AT_ENTER,
    OTHERS_AT_8,
    RESUME,
    STANDS,
    SUMMARY,
    TO_DROP,
    TO_PENDING,
    TOO_MANY_LEFT,
    WAYS_SAY,
)
from app.speech.phrases.desk_words import DO_AT_ENTER, Words, braille_line
from app.speech.reading import read_field
from app.speech.utterance import Field as ReadField
from app.speech.utterance import FieldKind, Phrase


def may_say(step: Step, privacy: Privacy) -> bool:
    """True where what stands in a field may be heard."""
    if step.is_personal:
        return privacy is Privacy.EARPHONE
    return privacy is not Privacy.SOUND


def line_of(step: Step) -> str:
    return braille_line(step.label.braille, step.cells())


def say_ways(of: Whom) -> Utterance:
    """The ways to choose from, for which visit; all of them, whatever has to give way for that."""
    place, ways = PLACES[Place.COUNTER].phrase, sentences(WAYS_SAY)
    cores: list[tuple[Phrase, ...]] = [(place, *of.said), of.said or (place,), (place,)]
    core = next((one for one in cores if morae_of(one, ways) <= MAX_MORAE), cores[-1])
    return spoken_within(None, core, ways, None, WAYS_SAY.braille)


def among(row: int, count: int) -> tuple[Phrase, ...]:
    """Which of how many entries; nothing where there is one."""
    return (at(row + 1, count, things),) if count > 1 else ()


def say_going_on(row: int, count: int, of: Whom) -> Utterance:
    """Whose entry goes on at Enter, and which of how many."""
    core, detail = (PLACES[Place.COUNTER].phrase, RESUME.phrase), (*among(row, count), *of.said)
    tried = [spoken_within(None, core, detail, hint, of.line(RESUME.braille)) for hint in LEFT_HINTS]
    return next((said for said in tried if said.hint), tried[-1])


def say_to_drop(row: int, count: int, of: Whom) -> Utterance:
    """That Enter asks about throwing an entry away, and whose it is."""
    detail = (*among(row, count), *of.said)
    return spoken_within(None, (TO_DROP.phrase,), detail, DO_AT_ENTER, of.line(TO_DROP.braille))


def say_dropped(*, has_others: bool) -> Utterance:
    """It is gone; the others come with key 8, the ways are open."""
    hint = OTHERS_AT_8 if has_others else None
    return spoken_within(Earcon.VALID, (DROPPED.phrase,), (PLACES[Place.COUNTER].phrase,), hint, DROPPED.braille)


def say_too_many() -> Utterance:
    """A knock, why no entry is begun, and how to make room."""
    core, *detail = sentences(TOO_MANY_LEFT)
    return Utterance(Earcon.END, (core,), tuple(detail), braille=TOO_MANY_LEFT.braille)


def say_field(step: Step, privacy: Privacy) -> Utterance:
    """A field that one comes to: its name, and what stands there or how it is filled."""
    return spoken_within(None, (step.label.phrase,), _about(step, privacy), None, line_of(step))


def say_echo(step: Step, echo: Echo | None, privacy: Privacy) -> Utterance:
    """What one key did; where it may not be heard a tick and the braille line."""
    if echo is not None and echo.is_full:
        return refuse(TOO_LONG)
    if echo is None or echo.phrase is None:
        return edge()
    if echo.is_plain or may_say(step, privacy):
        return Utterance(core=(echo.phrase,), braille=line_of(step))
    return Utterance(Earcon.KEY, braille=line_of(step))


def say_taken_back(step: Step, privacy: Privacy) -> Utterance:
    detail: tuple[Phrase, ...] = ()
    if step.value and may_say(step, privacy):
        detail = (step.spoken(),)
    elif step.value and not step.typed:
        detail = (STANDS.phrase,)
    return spoken_within(None, (TAKEN_BACK.phrase,), detail, None, line_of(step))


def say_accepted(step: Step, then: Utterance, privacy: Privacy) -> Utterance:
    """Read back what was decided, then go on with what comes next."""
    braille = braille_line(step.label.braille, step.cells(), then.braille)
    if not may_say(step, privacy):
        return Utterance(Earcon.STEP, then.core, then.detail, then.hint, braille)
    core: tuple[Phrase, ...] = (step.label.phrase, step.spoken())
    detail = (*then.core, *then.detail)
    if morae_of(core) > MAX_CORE_MORAE:
        core, detail = core[:1], (core[1], *detail)
    said = spoken_within(None, core, detail, None, braille)
    return said if len(said.detail) < len(detail) else spoken_within(None, core, detail, _hint(then), braille)


def say_finding(step: Step, found: Found, privacy: Privacy, *, is_error: bool) -> Utterance:
    """What is wrong or odd; what is odd goes on at Enter."""
    words = FINDINGS[found.finding]
    if step.field is Field.SEEN and step.how is not None:
        core = (step.label.phrase, CHECK_IT.phrase) if step.has_value else (step.label.phrase,)
        line = braille_line(step.label.braille, words.braille)
        return spoken_within(Earcon.END, core, (step.how.phrase,), None, line)
    is_secret = privacy is Privacy.SOUND or (found.finding in OF_PERSON and privacy is not Privacy.EARPHONE)
    said = (CHECK_IT if is_secret else words).phrase
    core = (step.label.phrase, said)
    hint = None if is_error else ON_AT_ENTER
    meant = _meant(found) if privacy is Privacy.EARPHONE else ()
    return spoken_within(Earcon.END, core, meant, hint, braille_line(step.label.braille, words.braille))


def say_summary(way: Words, who: Sequence[Phrase], doubts: int, privacy: Privacy, braille: str) -> Utterance:
    """Which way, who, and how much of it is odd; ``who`` is what may be heard."""
    core = (SUMMARY.phrase, way.phrase) if privacy is not Privacy.SOUND else (SUMMARY.phrase,)
    odd = (DOUBTS.filled(count=number_phrase(things(doubts))),) if doubts else ()
    return spoken_within(None, core, (*odd, *who), KEEP_AT_ENTER, braille)


def say_row(step: Step, doubts: Sequence[Found], privacy: Privacy) -> Utterance:
    """One field of the summary, with what is odd about it."""
    detail = tuple(FINDINGS[one.finding].phrase for one in doubts)
    return _row(step, (step.spoken(),), detail, privacy)


def say_again(step: Step, privacy: Privacy) -> Utterance | None:
    """All of what is being typed, or stands in a field that is typed; ``None`` where there is nothing."""
    whole = step.whole()
    return _row(step, whole[:1], whole[1:], privacy) if whole else None


def _row(step: Step, said: tuple[Phrase, ...], detail: tuple[Phrase, ...], privacy: Privacy) -> Utterance:
    if not may_say(step, privacy):
        return kept_silent(step.label, line_of(step), ())
    core = (step.label.phrase, *said)
    if morae_of(core) > MAX_CORE_MORAE:
        core, detail = core[:1], (*said, *detail)
    return spoken_within(None, core, detail, None, line_of(step))


def say_kept(draft: CounterDraft, number: int | None, privacy: Privacy) -> Utterance:
    """What was recorded, under which number, and that it still stands in あとで確認."""
    words = DONE[Asked.KEEP_COUNTER]
    may_say_number = number is not None and privacy is not Privacy.SOUND
    core = (words.phrase, *((reception_phrase(number),) if may_say_number else ()))
    is_open = Field.LATER.value in draft.ticked or not draft.method.is_seen_at_counter
    braille = braille_line("" if number is None else str(number), words.braille)
    return spoken_within(Earcon.VALID, core, (TO_PENDING.phrase,) if is_open else (), None, braille)


def _meant(found: Found) -> tuple[Phrase, ...]:
    """The day that somebody meant who wrote one that its era did not have."""
    if found.finding is not Finding.NO_SUCH_DAY or not found.detail:
        return ()
    written = found.detail.partition("（")[0]
    said = read_field(ReadField(FieldKind.DAY, read_day(written).isoformat().replace("-", "")))
    return (MEANT.filled(day=Phrase(written, said.kana, said.source)),)


def _about(step: Step, privacy: Privacy) -> tuple[Phrase, ...]:
    """What stands there, else how it is filled; Enter does what this says, whatever the level."""
    stands: tuple[Phrase, ...] = ()
    if step.has_value and may_say(step, privacy):
        stands = (step.spoken(),)
    elif step.value and not step.is_as_hinted:
        stands = (STANDS.phrase,)
    how = step.how_else if stands else step.how
    return stands if how is None else (*stands, how.phrase)


def _hint(said: Utterance) -> Words | None:
    return Words(said.hint[0].text, said.hint[0].kana) if said.hint else None
