"""The fields of a check by ear: one at a time, numbers digit by digit, and more on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from app.eligibility.age import age_on
from app.eligibility.voice_desk import DeskPatient, DeskSheet
from app.eligibility.wareki import parse_day, wareki
from app.speech.braille_cells import braille_kana
from app.speech.desk_model import MAX_CORE_MORAE, MAX_MORAE, FieldReader, Key, Utterance, morae_of
from app.speech.desk_say import event_of, number_phrase, read_with, share_phrase
from app.speech.kanji import explain_name
from app.speech.phrases.desk_captions import (
    CHANGE_IN_MENU,
    FIELDS,
    KANJI,
    KEPT_SILENT,
    NOT_RECEIVED,
    NUMBERS,
    ONLY_EARPHONE,
    READING,
    REFERENCE,
    STAR_KEY,
    UNKNOWN_SHARE,
    WESTERN,
    WESTERN_DAY,
    WITH_AGE,
    Item,
    Privacy,
)
from app.speech.phrases.desk_words import REST, SHARE_BY_LAW, VERDICTS, Words, braille_line, braille_value
from app.speech.reading import explain_reading, read_day_more, read_day_slowly
from app.speech.reading_parts import least_sure
from app.speech.spoken_words import caption_phrase
from app.speech.utterance import Field, FieldKind, Phrase

ITEMS = tuple(Item)
_PUBLIC = (Item.VERDICT,)
"""What a loudspeaker may say."""
_KEY_KANA = {Key.N3: number_phrase("3"), Key.STAR: STAR_KEY.phrase}

Page = tuple[Phrase, ...]


def may_be_said(item: Item | None, privacy: Privacy) -> bool:
    return privacy is Privacy.EARPHONE or (privacy is Privacy.SPEAKER and item in _PUBLIC)


def say_item(item: Item, patient: DeskPatient, sheet: DeskSheet, privacy: Privacy, reader: FieldReader) -> Utterance:
    """Read one field: its label and its value."""
    label = FIELDS[item]
    value = value_of(item, patient, sheet, reader)
    braille = braille_line(label.braille, _braille(item, patient, sheet, value))
    viewed = (patient.check_id,)
    if not may_be_said(item, privacy):
        return kept_silent(label, braille, viewed)
    return labelled(label, value, braille, viewed)


def labelled(label: Words, value: Sequence[Phrase], braille: str, viewed: tuple[str, ...]) -> Utterance:
    """Label and value in the core where they fit, else the value behind the label."""
    core = (label.phrase, *value)
    if label is FIELDS[Item.VERDICT] and value[0].kana.startswith(f"{label.kana} "):  # 「資格 有効」 names it itself
        core = tuple(value)
    if morae_of(core) <= MAX_CORE_MORAE:
        return Utterance(core=core, braille=braille, viewed=viewed)
    return Utterance(core=(label.phrase,), detail=tuple(value), braille=braille, viewed=viewed)


def kept_silent(label: Words, braille: str, viewed: tuple[str, ...]) -> Utterance:
    """What this setting does not say aloud; the braille line has it."""
    return Utterance(
        core=(label.phrase, KEPT_SILENT.phrase),
        detail=(ONLY_EARPHONE.phrase,),
        hint=(CHANGE_IN_MENU.phrase,),
        braille=braille,
        viewed=viewed,
    )


def value_of(item: Item, patient: DeskPatient, sheet: DeskSheet, reader: FieldReader) -> Page:
    match item:
        case Item.NAME:
            return _named(sheet, reader)
        case Item.VERDICT:
            return (VERDICTS[event_of(patient)].phrase,)
        case Item.SHARE:
            if patient.share_percent is None:
                return (UNKNOWN_SHARE.phrase,)
            by_law = (SHARE_BY_LAW.phrase,) if patient.is_share_by_law else ()
            return (share_phrase(patient.share_percent), *by_law)
        case Item.INSURER:
            return _received(FieldKind.INSURER, sheet.insurer_name, reader)
        case Item.NUMBER:
            said = _received(FieldKind.DIGITS, sheet.number, reader)
            return (REFERENCE.phrase, *said) if _is_reference(patient) and sheet.number.strip() else said
        case Item.BIRTH:
            return _received(FieldKind.DAY, sheet.birthdate, reader)
        case Item.UNTIL:
            return _received(FieldKind.DAY, sheet.valid_to, reader)


def number_pages(patient: DeskPatient, sheet: DeskSheet, reader: FieldReader) -> list[Page]:
    """保険者番号, 記号, 番号, 枝番 digit by digit, as many on a page as one utterance holds; 参考 first where the
    right is not valid.
    """
    kinds = {"symbol": FieldKind.SYMBOL, "branch_number": FieldKind.BRANCH}
    told: list[Page] = []
    if _is_reference(patient):
        told.append((REFERENCE.phrase,))
    for name, label in NUMBERS.items():
        text: str = getattr(sheet, name)
        if text.strip():
            told.append((label.phrase, read_with(reader, Field(kinds.get(name, FieldKind.DIGITS), text))))
    has_any = any(len(page) > 1 for page in told)
    return _packed(told) if has_any else [(NUMBERS["number"].phrase, NOT_RECEIVED.phrase)]


def _is_reference(patient: DeskPatient) -> bool:
    """True where the numbers are those of a right that is not valid."""
    return patient.validity is not None and not patient.validity.is_valid


def detail_pages(
    item: Item | None, patient: DeskPatient, sheet: DeskSheet, today: date, reader: FieldReader
) -> list[Page]:
    """くわしく: how it is read and why so, 漢字の説明, then 西暦・年齢. What did not come has no reading."""
    subject = item or Item.NAME
    said = value_of(subject, patient, sheet, reader)
    if said in ((NOT_RECEIVED.phrase,), (UNKNOWN_SHARE.phrase,)):
        return [(FIELDS[subject].phrase, *said)]
    if subject in (Item.BIRTH, Item.UNTIL):
        day = sheet.birthdate if subject is Item.BIRTH else sheet.valid_to
        said = (replace(read_day_slowly(day), text=said[0].text),) if day.strip() else said
    source = least_sure(one.source for one in said)
    if subject is Item.NAME:
        said = tuple(Phrase(one.kana, one.kana, one.source) for one in said)
    pages: list[Page] = _packed([(READING.phrase, *said), (caption_phrase(explain_reading(Phrase("", "", source))),)])
    if sheet.name.strip():
        told = explain_name(sheet.name)
        pages += _packed([(KANJI.phrase, told[0]), *((one,) for one in told[1:])]) if told else []
    if sheet.birthdate.strip():
        pages.append((WESTERN.phrase, _in_the_west(sheet.birthdate, today)))
    return pages


def say_page(pages: Sequence[Page], place: int, key: Key, braille: str, viewed: tuple[str, ...]) -> Utterance:
    """Say one page; a hint says that the same key goes on."""
    page = pages[place]
    core: list[Phrase] = []
    for phrase in page:
        if core and morae_of([*core, phrase]) > MAX_CORE_MORAE:
            break
        core.append(phrase)
    rest = REST.filled(key=_KEY_KANA[key])
    has_more = place + 1 < len(pages) and morae_of(page, [rest]) <= MAX_MORAE
    return Utterance(
        core=tuple(core),
        detail=page[len(core) :],
        hint=(rest,) if has_more else (),
        braille=braille,
        viewed=viewed,
    )


def number_braille(sheet: DeskSheet) -> str:
    """記号, 番号 and 枝番 in one line."""
    return braille_line(*(braille_value(text) for text in (sheet.symbol, sheet.number, sheet.branch_number)))


def _packed(told: Sequence[Page]) -> list[Page]:
    """Join what fits; room is kept for the hint that there is more."""
    pages: list[Page] = []
    room = MAX_MORAE - morae_of([REST.filled(key=_KEY_KANA[Key.STAR])])
    for one in told:
        if pages and morae_of(pages[-1], one) <= room:
            pages[-1] = (*pages[-1], *one)
        else:
            pages.append(one)
    return pages


def _named(sheet: DeskSheet, reader: FieldReader) -> Page:
    if not sheet.name.strip() and not sheet.name_kana.strip():
        return (NOT_RECEIVED.phrase,)
    said = read_with(reader, Field(FieldKind.NAME, sheet.name, sheet.name_kana))
    return (replace(said, text=said.text.strip() or sheet.name_kana.strip()),)


def _received(kind: FieldKind, text: str, reader: FieldReader) -> Page:
    if not text.strip():
        return (NOT_RECEIVED.phrase,)
    said = read_with(reader, Field(kind, text))
    day = parse_day(text) if kind is FieldKind.DAY else None
    return (said if day is None else replace(said, text=wareki(day) or said.text),)


def _in_the_west(birthdate: str, today: date) -> Phrase:
    said = read_day_more(birthdate, today)
    day = parse_day(birthdate)
    age = None if day is None else age_on(day, today)
    shown = said.text if day is None else WESTERN_DAY.format(year=day.year, month=day.month, day=day.day)
    return replace(said, text=shown if age is None else WITH_AGE.format(day=shown, years=age.years))


def _braille(item: Item, patient: DeskPatient, sheet: DeskSheet, value: Page) -> str:
    match item:
        case Item.NAME:
            return braille_kana(sheet.name_kana)
        case Item.VERDICT:
            return VERDICTS[event_of(patient)].braille
        case Item.NUMBER:
            return braille_line(REFERENCE.braille if _is_reference(patient) else "", braille_value(sheet.number))
        case Item.BIRTH | Item.UNTIL:
            return braille_value(sheet.birthdate if item is Item.BIRTH else sheet.valid_to)
        case Item.SHARE | Item.INSURER:
            return braille_kana(value[0].kana)
