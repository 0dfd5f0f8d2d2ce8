"""For whom an entry of 窓口で確認 is: the visit that it takes over, and how it is named at each level."""

from __future__ import annotations

from dataclasses import dataclass

from app.eligibility.voice_desk import DeskDay
from app.speech.braille_cells import braille_kana
from app.speech.desk_counter_entry import kana_phrase
from app.speech.desk_say import reception_phrase
from app.speech.desk_whom import Whom, whom
from app.speech.phrases.desk_captions import Privacy
from app.speech.phrases.desk_counter_words import NEW_VISIT
from app.speech.phrases.desk_words import SAMA
from app.speech.utterance import Phrase


@dataclass(frozen=True, slots=True)
class Target:
    """The visit that an entry takes over."""

    check_id: str
    number: int | None

    def version(self, day: DeskDay) -> int | None:
        """The visit as it is now, while it waits for somebody or stands in あとで確認."""
        waiting = [one.version for one in day.patients if one.check_id == self.check_id and one.is_waiting]
        return next(iter([*waiting, *(one.version for one in day.pending if one.check_id == self.check_id)]), None)


def named(kana: str, privacy: Privacy) -> tuple[Phrase, ...]:
    """The name where only the listener hears it."""
    if not kana or privacy is not Privacy.EARPHONE:
        return ()
    said = kana_phrase(kana)
    return (Phrase(f"{said.text} {SAMA.text}", f"{said.kana} {SAMA.kana}", said.source),)


def whose(target: Target | None, kana: str, privacy: Privacy) -> Whom:
    """The number of the visit and the name, each where it may be said; the braille line has both."""
    number = None if target is None else target.number
    numbered = () if target is None or privacy is Privacy.SOUND else (reception_phrase(number),)
    return Whom((*numbered, *named(kana, privacy)), "" if number is None else str(number), braille_kana(kana))


def asked_about(target: Target | None, kana: str, privacy: Privacy) -> Whom:
    """The same in a question: the number at each level, lest it be another one."""
    of = Whom((NEW_VISIT.phrase,)) if target is None else whom(target.number)
    return Whom((*of.said, *named(kana, privacy)), of.number, braille_kana(kana))
