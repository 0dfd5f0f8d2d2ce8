"""Whatever is pressed: the desk never raises and does nothing but after a question and a second Enter."""

from __future__ import annotations

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.visual import Preference
from app.eligibility.voice_desk import DeskMethod, DeskPending
from app.speech.braille_cells import count_cells
from app.speech.desk_model import DeskSettings, Key
from app.speech.mora import is_speakable
from app.speech.phrases.desk_captions import QUESTIONS, Privacy
from app.speech.phrases.desk_words import DeskEvent
from app.speech.reading_sounds import pronounced
from tests.speech.desk_day import CALL, HANAKO, JIRO, LOCKED, MORNING, REQUEST, SHEET, HandSource, Listener

METHODS = tuple(DeskMethod(f"受付{one}", Preference.VISUAL_FIRST) for one in (1, 2))
ASKED = {words.text.split("。")[0] for words in QUESTIONS.values()}
STEPS = st.lists(st.sampled_from([*Key, "arrive", "leave", "call", "lost", Key.ENTER, Key.ENTER]), max_size=60)


@given(STEPS, st.sampled_from(Privacy))
@settings(max_examples=60, deadline=None)
def test_any_keys_and_events_are_answered_and_nothing_is_done_unasked(steps: list[Key | str], privacy: Privacy) -> None:
    source = HandSource(LOCKED, JIRO, HANAKO)
    source.change(
        requests=(REQUEST,), pending=(DeskPending("out", 4, MORNING, 2), DeskPending("old", None, MORNING, 40))
    )
    source.change(methods=METHODS)
    source.earlier = source.later = (HANAKO,)
    source.sheets["hanako"] = dataclasses.replace(SHEET, name="")  # from the counter, without kanji yet
    someone = Listener(source, DeskSettings(privacy=privacy))
    asked = False
    for count, step in enumerate(steps):
        done = len(someone.acts)
        if step == "arrive":
            source.arrive(dataclasses.replace(HANAKO, check_id=f"new{count}"))
            said = someone.desk.news()
            asked = False
        elif step == "leave":
            source.change(patients=source.kept.patients[1:], requests=(), pending=source.kept.pending[1:])
            said = None
        elif step == "call":
            source.change(calls=(*source.kept.calls, dataclasses.replace(CALL, call_id=f"call{count}")))
            said = someone.desk.news()
            asked = False
        elif step == "lost":
            said = someone.desk.tell(DeskEvent.CONNECTION_LOST)
            asked = False
        else:
            was_level = someone.desk.settings.privacy
            said = someone.keys(step)
            has_changed = len(someone.acts) > done or someone.desk.settings.privacy is not was_level
            assert not has_changed or (asked and step == Key.ENTER)
            if step != Key.N5:
                asked = bool(said.core) and said.core[0].text in ASKED
        for phrase in () if said is None else said.phrases:
            assert is_speakable(pronounced(phrase.kana))
            assert phrase.text.strip("、。 "), "what is heard can be seen"
        assert said is None or count_cells(said.braille) <= 32
