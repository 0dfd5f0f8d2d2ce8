"""Keys that type an invented 窓口で確認, and somebody alone at the desk who presses them."""

from __future__ import annotations

from app.eligibility.counter import Field
from app.eligibility.voice_desk import DeskAct, DeskPending
from app.speech.braille_cells import count_cells
from app.speech.desk_model import MAX_CORE_MORAE, MAX_MORAE, DeskSettings, Utterance, morae_of
from app.speech.phrases.desk_captions import Privacy
from tests.speech.desk_day import HANAKO, MORNING, HandSource, Listener

NAME = "2 1 2 3 1 3 0 5 6 1 5 1 2 5"  # カクウ　ハナコ
BORN = "3 3 2 0 4 1 2"
INSURER = "3 3 1 2 0 0 1 5"
NUMBERS = f"{INSURER} Enter 1 2 * 3 Enter 0 0 1 2 Enter 0 1 Enter"
TO_NUMBERS = f"/ * 1 {NAME} Enter {BORN} Enter"
CERTIFICATE = f"{TO_NUMBERS} {NUMBERS} Enter 5 0 9 0 7 3 1 Enter 3 Enter Enter"
STATEMENT = f"/ * 4 {NAME} Enter {BORN} Enter Enter Enter"
OUT = DeskPending("out", 4, MORNING, 0, needs_card=True, days_left=36, version=2)


def alone(privacy: Privacy = Privacy.EARPHONE) -> Listener:
    return Listener(HandSource(HANAKO), DeskSettings(privacy=privacy))


def typed(act: DeskAct) -> dict[Field, str]:
    assert act.draft is not None
    return dict(act.draft.typed)


def demand_fit(said: Utterance) -> None:
    assert morae_of(said.core) <= MAX_CORE_MORAE, said.text
    assert said.morae <= MAX_MORAE, said.text
    assert count_cells(said.braille) <= 32, said.braille
