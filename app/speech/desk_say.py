"""A check in words: who, verdict and share, fitted into what one breath of listening takes.

Source of the limits: ``MAX_CORE_MORAE`` and ``MAX_MORAE``; what does not fit is shortened from the least needed on, and
can still be had whole by the keys for fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.clock import TOKYO
from app.eligibility.model import Validity
from app.eligibility.voice_desk import DeskPatient
from app.errors import VoiceError
from app.speech.braille import MAX_NUMBER, BrailleEvent, BrailleNotice, short_form
from app.speech.braille_cells import braille_kana
from app.speech.desk_changes import changed_phrases
from app.speech.desk_model import MAX_CORE_MORAE, MAX_MORAE, FieldReader, Utterance, morae_of
from app.speech.earcons import Earcon
from app.speech.phrases import REASONS
from app.speech.phrases.desk_captions import MONTH_DAY, OF_DAY, TAKEN, TAKEN_BY, TENTHS, Privacy
from app.speech.phrases.desk_words import (
    AGAIN_AT_ENTER,
    ANNOUNCED,
    ANSWER_AT_ENTER,
    CHANGE_AT_ENTER,
    EARCONS,
    EXPLANATIONS,
    IS_WAITING,
    MORE_AT_1,
    NEWER,
    NO_NUMBER,
    RECEPTION,
    SAMA,
    SHARE_BY_LAW,
    VERDICTS,
    DeskEvent,
    Words,
    braille_line,
    error_words,
)
from app.speech.reading import read_field
from app.speech.reading_amounts import LAST_CALLED
from app.speech.reading_days import month_and_day_kana
from app.speech.utterance import Field, FieldKind, Phrase, ReadingSource

_OF_VALIDITY = {
    Validity.VALID: DeskEvent.VALID,
    Validity.VALID_UNREGISTERED: DeskEvent.UNREGISTERED,
    Validity.INVALID: DeskEvent.INVALID,
    Validity.INVALID_NEWER_EXISTS: DeskEvent.NEWER_EXISTS,
    Validity.NO_INFORMATION: DeskEvent.NO_INFORMATION,
    Validity.MULTIPLE: DeskEvent.MULTIPLE,
}
_OF_REASON = {
    "card.pin_locked": DeskEvent.PIN_LOCKED,
    "card.pin_missing": DeskEvent.NO_PIN_CARD,
    "check.pin_last": DeskEvent.PIN_WRONG_TWICE,
    "check.pin_unknown": DeskEvent.VISUAL,
    "check.patient_asked": DeskEvent.VISUAL,
    "check.visual_method": DeskEvent.VISUAL,
    "check.interrupted": DeskEvent.NO_ANSWER,
    **dict.fromkeys(("gateway.unreachable", "gateway.timeout", "gateway.busy"), DeskEvent.COULD_NOT_ASK),
    **dict.fromkeys(("check.card_removed_early", "check.not_told"), DeskEvent.NOT_TOLD),
}
ALARMING = (
    DeskEvent.INVALID,
    DeskEvent.NEWER_EXISTS,
    DeskEvent.NO_INFORMATION,
    DeskEvent.MULTIPLE,
    DeskEvent.UNKNOWN,
    DeskEvent.NOT_TOLD,
)
_ASKS_TO_LOOK = (DeskEvent.PIN_LOCKED, DeskEvent.NO_PIN_CARD, DeskEvent.PIN_WRONG_TWICE)
ASKED_AGAIN = (DeskEvent.COULD_NOT_ASK, DeskEvent.NO_ANSWER)
"""What a new try of the service may help; Enter offers it."""
_MORE_TO_HEAR = (*ALARMING, DeskEvent.UNREGISTERED)
_WITH_REASON = (*ASKED_AGAIN, DeskEvent.UNKNOWN)
"""Many reasons sound as one when they come; key 1 says which it was."""
HINTS = {
    DeskEvent.PIN_WRONG_TWICE: CHANGE_AT_ENTER,
    **dict.fromkeys(ASKED_AGAIN, AGAIN_AT_ENTER),
    DeskEvent.VISUAL: ANSWER_AT_ENTER,
    **dict.fromkeys(_MORE_TO_HEAR, MORE_AT_1),
}
_SHORT_FORMS = {
    DeskEvent.PIN_WRONG_TWICE: BrailleEvent.PIN_WRONG_TWICE,
    DeskEvent.PIN_LOCKED: BrailleEvent.PIN_LOCKED,
    DeskEvent.NO_PIN_CARD: BrailleEvent.NO_PIN_CARD,
    DeskEvent.COULD_NOT_ASK: BrailleEvent.COULD_NOT_ASK,
}


def event_of(patient: DeskPatient) -> DeskEvent:
    """Say which event a check is, by its verdict or, without one, by what kept it from having one."""
    if patient.validity is not None:
        is_told = not (patient.validity.is_valid and patient.is_waiting)
        verdict = _OF_VALIDITY[patient.validity]
        return verdict if is_told else _OF_REASON.get(patient.reason or "", verdict)
    return DeskEvent.AT_COUNTER if patient.is_seen_at_counter else event_of_reason(patient.reason, DeskEvent.UNKNOWN)


def event_of_reason(reason: str | None, otherwise: DeskEvent) -> DeskEvent:
    if reason is not None and reason not in _OF_REASON and reason.startswith(("gateway.", "store.")):
        return DeskEvent.NO_ANSWER
    return _OF_REASON.get(reason or "", otherwise)


def event_of_request(reason: str | None) -> DeskEvent:
    """What a request for 目視確認 is told as; whatever else kept the check from an answer, somebody waits."""
    event = event_of_reason(reason, DeskEvent.VISUAL)
    return event if event in _ASKS_TO_LOOK else DeskEvent.VISUAL


def read_with(reader: FieldReader, field: Field) -> Phrase:
    """Read a value. Places are the reader's; of the rest only what our own tables do not reach. It may be missing."""
    is_place = field.kind in (FieldKind.INSURER, FieldKind.ADDRESS)
    phrase = None if is_place else read_field(field)
    if phrase is not None and (phrase.source is not ReadingSource.UNREADABLE or not field.text.strip()):
        return phrase
    try:
        (better,) = reader.read([field])
    except (VoiceError, ValueError):
        return phrase or read_field(field)
    return better


def number_phrase(text: str) -> Phrase:
    """A number with what it counts: ``3人``, ``12件``; a bare one as a number."""
    return read_field(Field(FieldKind.COUNT, text))


def who(patient: DeskPatient, privacy: Privacy, reader: FieldReader) -> list[Phrase]:
    """Return ways to name somebody, the fullest first; the last is the reception number, which a loudspeaker may say.

    None at 音だけ: there the braille line alone names anybody.
    """
    if privacy is Privacy.SOUND:
        return []
    named = names(patient.name, patient.name_kana, reader) if privacy is Privacy.EARPHONE else []
    return [*named, reception_phrase(patient.number)]


def names(name: str, name_kana: str, reader: FieldReader) -> list[Phrase]:
    """「… さま」, whole and by the surname alone; nothing where no name came or nobody can read it."""
    shown = name.strip() or name_kana.strip()
    said = read_with(reader, Field(FieldKind.NAME, name, name_kana)) if shown else None
    if said is None or said.source is ReadingSource.UNREADABLE:
        return []
    surname = said.kana.split()[0] if said.source is ReadingSource.RECEIVED and said.kana.split() else ""
    ways = [Phrase(f"{shown} {SAMA.text}", f"{said.kana} {SAMA.kana}", said.source)]
    if surname and surname != said.kana:
        ways.append(Phrase(f"{shown.split()[0]} {SAMA.text}", f"{surname} {SAMA.kana}", said.source))
    return ways


def summary(patient: DeskPatient, privacy: Privacy, reader: FieldReader, today: date, *, is_whole: bool) -> Utterance:
    """まとめ: who, verdict, share; with ``is_whole`` what it means too, else at most a hint at more.

    A check of another day says of which: what was valid then says nothing of today.
    """
    event = event_of(patient)
    if privacy is Privacy.SOUND:
        return Utterance(EARCONS[event], braille=braille_of(patient))
    core, rest = fitted((), patient, privacy, reader)
    when = (*of_day(patient, today), *waiting_phrases(patient, privacy, reader))
    if is_whole:
        changed = changed_phrases(patient, privacy)
        explained = _explanation(patient, core, when)  # what to do now goes before what was another time
        detail = (*explained, *changed) if explained else (*changed, *rest)
        hint = HINTS.get(event) if patient.is_waiting and event not in _MORE_TO_HEAR else None
    else:
        detail, hint = rest, MORE_AT_1 if event in _MORE_TO_HEAR else None
    return spoken_within(EARCONS[event], core, (*when, *detail), hint, braille_of(patient))


def _explanation(patient: DeskPatient, core: Sequence[Phrase], before: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """What happened, as the screen says it where that can be heard in one breath, and what to do."""
    event = event_of(patient)
    general = sentences(EXPLANATIONS[event]) if event in EXPLANATIONS else ()
    if event not in _WITH_REASON or patient.reason not in REASONS:
        return general
    reason = (error_words(patient.reason).phrase,)
    for way in ((*reason, *general), reason):
        if morae_of(core, before, way) <= MAX_MORAE:
            return way
    return general


def of_day(patient: DeskPatient, today: date) -> tuple[Phrase, ...]:
    day = patient.at.astimezone(TOKYO).date()
    if day == today:
        return ()
    return (
        OF_DAY.filled(
            day=Phrase(MONTH_DAY.format(month=day.month, day=day.day), month_and_day_kana(day), ReadingSource.TABLE)
        ),
    )


def spoken_within(
    earcon: Earcon | None, core: Sequence[Phrase], detail: Sequence[Phrase], hint: Words | None, braille: str
) -> Utterance:
    """Put an utterance together; the hint, then the end of the detail, gives way to the limit."""
    kept = list(detail)
    while kept and morae_of(core, kept) > MAX_MORAE and morae_of(core) <= MAX_MORAE:
        kept.pop()
    last = () if hint is None or morae_of(core, kept, [hint.phrase]) > MAX_MORAE else (hint.phrase,)
    return Utterance(earcon, tuple(core), tuple(kept), last, braille)


def sentences(words: Words) -> tuple[Phrase, ...]:
    """Cut words at 。 into phrases."""
    pairs = zip(words.text.split("。"), words.kana.split("。"), strict=True)
    return tuple(Phrase(text, kana) for text, kana in pairs)


def ended(phrase: Phrase) -> Phrase:
    """The same, ending a sentence: a longer pause follows."""
    return Phrase(phrase.text.rstrip("。") + "。", phrase.kana.rstrip("。") + "。", phrase.source)


def braille_of(patient: DeskPatient) -> str:
    """The short form of a check: number, name, verdict, share, in 32 cells."""
    event = event_of(patient)
    number = patient.number if patient.number is not None and 0 <= patient.number <= MAX_NUMBER else None
    if event is not DeskEvent.NOT_TOLD and (patient.validity is not None or event in _SHORT_FORMS):
        kind = BrailleEvent.CHECKED if patient.validity is not None else _SHORT_FORMS[event]
        share = patient.share_percent
        return short_form(BrailleNotice(kind, number, patient.name_kana, patient.validity, share))
    words = ANNOUNCED.get(event) or VERDICTS[event]
    return braille_line("" if number is None else str(number), words.braille, braille_kana(patient.name_kana))


def share_phrase(percent: int) -> Phrase:
    tenths, rest = divmod(percent, 10)
    said = read_field(Field(FieldKind.SHARE, f"{percent:03d}"))
    return Phrase(f"{percent}%" if rest else TENTHS.format(tenths=tenths), said.kana, said.source)


def reception_phrase(number: int | None) -> Phrase:
    """「受付番号 N」; above 9,999 its digits, in groups of at most four."""
    if number is None:
        return NO_NUMBER.phrase
    is_called = abs(number) <= LAST_CALLED
    said = number_phrase(str(number)) if is_called else read_field(Field(FieldKind.DIGITS, str(number)))
    return Phrase(f"{RECEPTION.text} {number}", f"{RECEPTION.kana} {said.kana}", said.source)


def waiting_phrases(patient: DeskPatient, privacy: Privacy, reader: FieldReader) -> tuple[Phrase, ...]:
    """That a check waits, or in whose hands it is; by name where only the listener hears it and it can be read."""
    if not patient.is_waiting:
        return ()
    if not patient.taken_by.strip():
        return (IS_WAITING.phrase,)
    if privacy is Privacy.EARPHONE:
        name = read_with(reader, Field(FieldKind.NAME, patient.taken_by))
        if name.source is not ReadingSource.UNREADABLE:
            return (TAKEN_BY.filled(what=name),)
    return (TAKEN.phrase,)


def fitted(
    lead: tuple[Phrase, ...], patient: DeskPatient, privacy: Privacy, reader: FieldReader
) -> tuple[tuple[Phrase, ...], tuple[Phrase, ...]]:
    """Return core and rest: the fullest core that is short enough. An opening word goes first, then the given name,
    then the name; a share that still does not fit, or that nobody sent, stands behind.
    """
    event = event_of(patient)
    verdict = VERDICTS[event].phrase
    share: tuple[Phrase, ...] = ()
    rest: tuple[Phrase, ...] = ()
    if event is DeskEvent.VALID and patient.share_percent is not None and privacy is Privacy.EARPHONE:
        said = share_phrase(patient.share_percent)
        if patient.is_share_by_law:
            rest = (Phrase(f"{SHARE_BY_LAW.text} {said.text}", f"{SHARE_BY_LAW.kana} {said.kana}", said.source),)
        else:
            share = (said,)
    if event is DeskEvent.NEWER_EXISTS:
        rest = (NEWER.phrase,)
    ways = who(patient, privacy, reader)
    for way in ways:
        for core in ((*lead, way, verdict, *share), (way, verdict, *share)):
            if morae_of(core) <= MAX_CORE_MORAE:
                return core, rest
    core = (ways[-1], verdict)
    return (core, (*share, *rest)) if morae_of(core) <= MAX_CORE_MORAE else ((verdict,), (ways[-1], *share, *rest))
