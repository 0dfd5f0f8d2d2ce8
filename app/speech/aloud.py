"""読み上げ: a whole check, one sentence after the other, for whoever pressed for it on its page.

The same words and readings as at the voice desk. Nobody has to keep it in mind at once, so that it may be long.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.eligibility.voice_desk import DeskPatient, DeskSheet
from app.speech.desk_fields import Page, number_pages, value_of
from app.speech.desk_model import FieldReader, Utterance
from app.speech.desk_say import braille_of, event_of, share_phrase, waiting_phrases, who
from app.speech.phrases.desk_captions import (
    CHANGE_IN_SETTINGS,
    FIELDS,
    KEPT_SILENT,
    ONLY_EARPHONE,
    REST_OF_SHEET,
    Item,
    Privacy,
)
from app.speech.phrases.desk_words import ATTENTION, EARCONS, EXPLANATIONS, SHARE_BY_LAW, VERDICTS
from app.speech.spoken_words import spoken
from app.speech.utterance import Phrase

_FIELDS_READ = {Item.INSURER: "insurer_name", Item.BIRTH: "birthdate", Item.UNTIL: "valid_to"}
"""Besides name, verdict, share and the numbers, which stand before them. What did not come is left out, as there."""


def read_aloud(
    patient: DeskPatient, sheet: DeskSheet, captions: Sequence[str], privacy: Privacy, reader: FieldReader
) -> Utterance:
    """Put a check into sentences, as much of it as this device may say.

    Args:
        captions: sentences of ours that stand on the page (what to do next, that something changed); one without
            kana is left out.
    """
    event = event_of(patient)
    earcon, braille = EARCONS[event], braille_of(patient)
    if privacy is Privacy.SOUND:
        return Utterance(earcon, braille=braille)
    lead = (ATTENTION.phrase,) if patient.validity is not None and not patient.validity.is_valid else ()
    core: list[Phrase] = [*lead, who(patient, privacy, reader)[0], VERDICTS[event].phrase]
    is_valid = patient.validity is not None and patient.validity.is_valid
    if patient.share_percent is not None and is_valid and privacy is Privacy.EARPHONE:
        core.append(share_phrase(patient.share_percent))
        core += [SHARE_BY_LAW.phrase] if patient.is_share_by_law else []
    detail = [_ended(phrase) for phrase in _explained(patient, captions)]
    if patient.taken_by.strip():  # that it waits stands among the captions
        detail += [_ended(phrase) for phrase in waiting_phrases(patient, privacy, reader)]
    if privacy is Privacy.EARPHONE:
        detail += _values(patient, sheet, reader)
        hint: tuple[Phrase, ...] = ()
    else:
        detail.append(Phrase(f"{REST_OF_SHEET.text}、{KEPT_SILENT.text}", f"{REST_OF_SHEET.kana}、{KEPT_SILENT.kana}"))
        hint = (ONLY_EARPHONE.phrase, CHANGE_IN_SETTINGS.phrase)
    return Utterance(earcon, tuple(core), tuple(detail), hint, braille, viewed=(patient.check_id,))


def _explained(patient: DeskPatient, captions: Sequence[str]) -> list[Phrase]:
    """Why, then the page's own sentences; without those the desk's."""
    told = [Phrase(text, kana) for text in captions if (kana := spoken(text)) is not None]
    words = EXPLANATIONS.get(event_of(patient))
    return told or ([] if words is None else [words.phrase])


def _values(patient: DeskPatient, sheet: DeskSheet, reader: FieldReader) -> list[Phrase]:
    if sheet == DeskSheet():
        return []
    pages: list[Page] = number_pages(patient, sheet, reader)
    pages += [
        (FIELDS[item].phrase, *value_of(item, patient, sheet, reader))
        for item, name in _FIELDS_READ.items()
        if str(getattr(sheet, name)).strip()
    ]
    return [phrase for page in pages for phrase in (*page[:-1], _ended(page[-1]))]


def _ended(phrase: Phrase) -> Phrase:
    """The same, ending a sentence."""
    return Phrase(phrase.text.rstrip("。") + "。", phrase.kana.rstrip("。") + "。", phrase.source)
