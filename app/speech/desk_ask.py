"""What Enter says before anything is done: the question with whom it is about, or first on whom one still is."""

from __future__ import annotations

from app.speech.desk_model import Utterance
from app.speech.desk_places import Around, Question, Spot
from app.speech.desk_say import sentences, spoken_within
from app.speech.earcons import Earcon
from app.speech.phrases.desk_captions import CHOSEN, PLACES, PRIVACY, QUESTIONS, SELECTED, Privacy
from app.speech.phrases.desk_words import DO_AT_ENTER, SECOND_ENTER


def say_question(question: Question, desk: Around) -> Utterance:
    """Ask, and name whom it is about as fully as fits beside everything else."""
    words = QUESTIONS[question.asked]
    core, *detail = sentences(words)
    line = question.whom.line(words.braille)
    ways = [(*way, *question.about, *detail) for way in question.whom.ways(desk.settings.privacy, desk.reader)]
    tried = [spoken_within(None, (core,), way, SECOND_ENTER, line) for way in ways]
    whole = (said for said, way in zip(tried, ways, strict=True) if said.hint and len(said.detail) == len(way))
    return next(whole, tried[-1])


def say_selected(question: Question, spot: Spot, desk: Around) -> Utterance:
    """On whom one still is, and that Enter is about that one, not about whom the news told of."""
    line = question.whom.line(QUESTIONS[question.asked].braille)
    if desk.settings.privacy is Privacy.SOUND and question.whom.said:
        return Utterance(core=(DO_AT_ENTER.phrase,), braille=line)
    named = question.whom.ways(desk.settings.privacy, desk.reader)[0]
    first, *rest = named or (PLACES[spot.place].phrase, *question.about)
    return spoken_within(None, (SELECTED.filled(what=first),), rest, DO_AT_ENTER, line)


def say_chosen(privacy: Privacy) -> Utterance:
    words = PRIVACY[privacy]
    return Utterance(Earcon.VALID, (CHOSEN.filled(what=words.phrase),), braille=words.braille)
