"""次の患者の方法: how the next patient at each kiosk is confirmed, changed for that one patient."""

from __future__ import annotations

from app.eligibility.voice_desk import DeskAct, DeskActKind, DeskMethod
from app.speech.desk_lists import List
from app.speech.desk_model import Utterance
from app.speech.desk_places import Around, Question, kiosk_named
from app.speech.desk_say import spoken_within
from app.speech.phrases.counted import things
from app.speech.phrases.desk_captions import AS_USUAL, NEXT_ONLY, Asked, Place
from app.speech.phrases.desk_words import CHANGE_AT_ENTER
from app.speech.phrases.method_words import NEXT_ONLY_WORDS
from app.speech.spoken_words import caption_phrase
from app.speech.utterance import Phrase


class NextMethods(List):
    """A kiosk a row; with one kiosk alone its name is not said."""

    place = Place.METHOD
    unit = staticmethod(things)

    def count(self, desk: Around) -> int:
        return len(desk.day().methods)

    def say(self, row: int, desk: Around) -> Utterance:
        one = desk.day().methods[row]
        core = (*kiosk_named(desk.day().methods[row].kiosk, desk), _way_now(one))
        return spoken_within(None, core, (), CHANGE_AT_ENTER, AS_USUAL.braille if one.chosen is None else "")

    def question(self, desk: Around) -> Question | None:
        row = self.here(desk)
        if row is None:
            return None
        one = desk.day().methods[row]
        about = kiosk_named(desk.day().methods[row].kiosk, desk)
        if one.chosen is not None:
            return Question(Asked.TAKE_BACK_NEXT, DeskAct(DeskActKind.TAKE_BACK_NEXT, one.kiosk), about)
        act = DeskAct(DeskActKind.CHOOSE_NEXT, one.kiosk, method=one.offered)
        return Question(Asked.CHOOSE_NEXT, act, (*about, caption_phrase(NEXT_ONLY_WORDS[one.offered])))


def _way_now(one: DeskMethod) -> Phrase:
    if one.chosen is None:
        return AS_USUAL.phrase
    return NEXT_ONLY.filled(what=caption_phrase(NEXT_ONLY_WORDS[one.chosen]))
