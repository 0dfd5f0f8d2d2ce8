"""対応: what can be done for the patient on whom somebody is or, if that one does not wait, who waits longest."""

from __future__ import annotations

from app.eligibility.voice_desk import DeskAct, DeskActKind, DeskPatient
from app.errors import AlreadyHandled
from app.speech.desk_counter import CounterForm
from app.speech.desk_counter_whom import Target
from app.speech.desk_lists import List
from app.speech.desk_model import MAX_CORE_MORAE, Key, Utterance, morae_of
from app.speech.desk_places import Around, Question, Spot
from app.speech.desk_say import spoken_within, who
from app.speech.desk_whom import whom
from app.speech.phrases.desk_captions import ANSWER_WORDS, AT_COUNTER, Asked, Place
from app.speech.phrases.desk_words import DO_AT_ENTER, OPEN_AT_ENTER


class Acts(List):
    """4 and 6 choose, Enter asks. It stays with one patient: who is done meanwhile is never taken for a neighbour."""

    place = Place.ACTS

    def __init__(self) -> None:
        super().__init__()
        self._of: str | None = None
        self.leads_to: Spot | None = None

    def count(self, desk: Around) -> int:
        patient = self._patient(desk)
        return 0 if patient is None else len(_offered(patient, desk)) + 1

    def say(self, row: int, desk: Around) -> Utterance:
        patient = self._patient(desk)
        if patient is None:
            raise AlreadyHandled()
        offered = _offered(patient, desk)
        words, hint = AT_COUNTER, OPEN_AT_ENTER
        if row < len(offered):
            words, hint = ANSWER_WORDS[offered[row].asked], DO_AT_ENTER
        ways = [(way, words.phrase) for way in who(patient, desk.settings.privacy, desk.reader)]
        core = next((way for way in ways if morae_of(way) <= MAX_CORE_MORAE), (words.phrase,))
        braille = whom(patient.number, patient.name_kana).line(words.braille)
        return spoken_within(None, core, (), hint, braille)

    def press(self, key: Key, desk: Around) -> Utterance | None:
        """The last row is no question: it leads to 窓口で確認 for this patient."""
        row, patient = self.here(desk), self._patient(desk)
        if key is not Key.ENTER or row is None or patient is None or row < len(_offered(patient, desk)):
            return super().press(key, desk)
        self.leads_to = CounterForm(Target(patient.check_id, patient.number))
        return Utterance(is_quiet=True)

    def question(self, desk: Around) -> Question | None:
        row, patient = self.here(desk), self._patient(desk)
        if row is None or patient is None:
            if self._of is not None:
                raise AlreadyHandled()
            return None
        return _offered(patient, desk)[row]

    def _patient(self, desk: Around) -> DeskPatient | None:
        if self._of is None:
            waiting = [one for one in desk.day().patients if one.is_waiting]
            chosen = desk.chosen()
            if chosen is None or not chosen.is_waiting:
                chosen = waiting[-1] if waiting else None
            if chosen is None:
                return None
            self._of = chosen.check_id
        return next((one for one in desk.day().patients if one.check_id == self._of and one.is_waiting), None)


def _offered(patient: DeskPatient, desk: Around) -> list[Question]:
    """What the board offers for a waiting check, each with whom it is about."""
    of = whom(patient.number, patient.name_kana, patient.name)
    take, kind = (Asked.RELEASE, DeskActKind.RELEASE) if patient.taken_by else (Asked.TAKE, DeskActKind.TAKE)
    offered = [Question(take, DeskAct(kind, patient.check_id, patient.version), whom=of)]
    for request in desk.day().requests:
        if request.check_id == patient.check_id:
            offered += [
                Question(Asked.CONFIRM_VISUAL, DeskAct(DeskActKind.CONFIRM_VISUAL, request.request_id), whom=of),
                Question(Asked.REFUSE_VISUAL, DeskAct(DeskActKind.REFUSE_VISUAL, request.request_id), whom=of),
            ]
    handled = DeskAct(DeskActKind.MARK_HANDLED, patient.check_id, patient.version)
    return [*offered, Question(Asked.MARK_HANDLED, handled, whom=of)]
