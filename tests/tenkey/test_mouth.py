"""What is said, what is silenced, and what is said again because nobody heard it."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.errors import NoAudioDevice, UnspeakableKana, VoiceProcessDown
from app.speech.client import VoiceClient
from app.speech.desk_model import Utterance, say
from app.speech.earcons import Earcon
from app.speech.phrases.tenkey_words import CLOSED, LOCKED, OPENED
from app.tenkey.mouth import STOP_S, Mouth
from tests.speech.door import Door
from tests.tenkey.desk_box import WAIT_S, Loudspeaker


@pytest.fixture
def speaker() -> Loudspeaker:
    return Loudspeaker()


@pytest.fixture
def mouth(speaker: Loudspeaker) -> Iterator[Mouth]:
    made = Mouth(speaker, again_s=0.01)
    yield made
    made.close()


def wait_until(mouth: Mouth, condition: Callable[[], bool]) -> None:
    with mouth._changed:
        assert mouth._changed.wait_for(condition, WAIT_S)


def test_utterance_is_one_request_with_its_sound_first(mouth: Mouth, speaker: Loudspeaker) -> None:
    assert mouth.say(say(OPENED, LOCKED, earcon=Earcon.VALID), 7.0)
    assert mouth.wait_until_idle(WAIT_S)
    assert speaker.heard == ["(valid)カギガ アキマシタ、カギガ カカリマシタ。"]
    mouth.say(Utterance(), 7.0)
    assert mouth.wait_until_idle(WAIT_S)
    assert len(speaker.heard) == 1


@pytest.mark.usefixtures("patient")
def test_silence_comes_at_once_and_stays(mouth: Mouth, speaker: Loudspeaker) -> None:
    speaker.is_slow = True
    mouth.say(say(OPENED), 7.0)
    assert speaker.playing.wait(WAIT_S)
    began = time.monotonic()
    mouth.hush()
    assert time.monotonic() - began < WAIT_S / 4, "it waited for the voice"
    assert not mouth.is_busy
    assert len(speaker.heard) == 1


def test_newer_words_end_older_ones(mouth: Mouth, speaker: Loudspeaker) -> None:
    speaker.is_slow = True
    mouth.say(say(OPENED), 7.0)
    assert speaker.playing.wait(WAIT_S)
    speaker.is_slow = False
    mouth.say(say(LOCKED), 7.0)
    assert mouth.wait_until_idle(WAIT_S)
    assert speaker.heard == ["カギガ アキマシタ。", "カギガ カカリマシタ。"]


def test_an_answer_that_a_later_key_overtook_is_not_said(mouth: Mouth, speaker: Loudspeaker) -> None:
    first = mouth.hush()
    second = mouth.hush()
    assert not mouth.say(say(OPENED), 7.0, first)
    assert mouth.say(say(LOCKED), 7.0, second)
    assert mouth.wait_until_idle(WAIT_S)
    assert speaker.heard == ["カギガ カカリマシタ。"]


def test_what_nobody_heard_is_said_again_until_it_is(
    mouth: Mouth, speaker: Loudspeaker, caplog: pytest.LogCaptureFixture
) -> None:
    speaker.failures = [VoiceProcessDown(), VoiceProcessDown(), NoAudioDevice(("alsa: none",))]
    mouth.say(say(OPENED), 7.0)
    assert mouth.wait_until_idle(WAIT_S)
    assert speaker.heard == ["カギガ アキマシタ。"]
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told == ["desk.unheard code=voice.process_down", "desk.unheard code=voice.no_device"]


def test_a_key_ends_what_waits_to_be_heard(speaker: Loudspeaker) -> None:
    mouth = Mouth(speaker, again_s=WAIT_S)
    speaker.failures = [VoiceProcessDown()]
    mouth.say(say(OPENED), 7.0)
    assert speaker.asked.wait(WAIT_S)
    mouth.hush()
    mouth.say(say(LOCKED), 7.0)
    assert mouth.wait_until_idle(WAIT_S)
    assert speaker.heard == ["カギガ カカリマシタ。"]
    mouth.close()


def test_what_somebody_else_cut_off_is_said_again(mouth: Mouth, speaker: Loudspeaker) -> None:
    speaker.is_slow = True
    mouth.say(say(OPENED), 7.0)
    assert speaker.playing.wait(WAIT_S)
    speaker.is_slow = False
    speaker.stop()
    assert mouth.wait_until_idle(WAIT_S)
    assert speaker.heard == ["カギガ アキマシタ。"] * 2


def test_a_key_that_comes_while_an_utterance_fails_ends_it(mouth: Mouth, speaker: Loudspeaker) -> None:
    """The utterance is on its way to the voice when the key silences it, and fails after that."""
    hushed = threading.Event()
    play = speaker.play

    def fail_late(*asked: Any) -> bool:
        speaker.play = play  # type: ignore[method-assign]
        speaker.asked.set()
        assert hushed.wait(WAIT_S)
        raise VoiceProcessDown()

    speaker.play = fail_late  # type: ignore[method-assign]
    mouth.say(say(OPENED), 7.0)
    assert speaker.asked.wait(WAIT_S)
    key = threading.Thread(target=mouth.hush)
    turn = mouth.turn
    key.start()
    wait_until(mouth, lambda: mouth.turn > turn)
    hushed.set()
    key.join(WAIT_S)
    assert mouth.wait_until_idle(WAIT_S)
    assert speaker.heard == []


def test_words_unasked_for_overtake_the_answer_to_a_key_that_is_still_being_made(
    mouth: Mouth, speaker: Loudspeaker
) -> None:
    key = mouth.hush()
    mouth.say(say(LOCKED), 7.0)
    assert mouth.wait_until_idle(WAIT_S)
    assert not mouth.say(say(OPENED), 7.0, key)
    assert mouth.turn == key + 1


def test_words_that_pass_their_turn_leave_it_as_it_is(mouth: Mouth) -> None:
    key = mouth.hush()
    assert mouth.say(say(LOCKED), 7.0, key)
    assert mouth.say(say(OPENED), 7.0, key)
    assert mouth.turn == key


def test_no_stop_on_its_way_hits_what_is_said_next() -> None:
    """The voice takes its time to stop: the next words wait, or they would be stopped in their place."""
    stopping, go = threading.Event(), threading.Event()

    class Slow(Loudspeaker):
        def stop(self) -> None:
            stopping.set()
            super().stop()
            assert go.wait(WAIT_S)
            super().stop()

    speaker = Slow()
    speaker.is_slow = True
    mouth = Mouth(speaker, again_s=WAIT_S)
    mouth.say(say(OPENED), 7.0)
    assert speaker.playing.wait(WAIT_S)
    said = threading.Thread(target=mouth.say, args=(say(LOCKED), 7.0))
    said.start()
    assert stopping.wait(WAIT_S)
    wait_until(mouth, lambda: mouth._playing is None)  # the old words are over, and the stop is not
    assert speaker.heard == ["カギガ アキマシタ。"]
    speaker.playing.clear()
    go.set()
    said.join(WAIT_S)
    assert speaker.playing.wait(WAIT_S)
    assert speaker.heard == ["カギガ アキマシタ。", "カギガ カカリマシタ。"]
    assert mouth.is_busy
    mouth.close()


def test_what_can_never_be_spoken_is_given_up(mouth: Mouth, speaker: Loudspeaker) -> None:
    speaker.failures = [UnspeakableKana()]
    mouth.say(say(OPENED), 7.0)
    assert mouth.wait_until_idle(WAIT_S)
    assert speaker.heard == []


def test_a_voice_that_takes_requests_and_answers_none_holds_nobody_up() -> None:
    with tempfile.TemporaryDirectory(prefix="voice-") as folder, socket.socket(socket.AF_UNIX) as deaf:
        path = Path(folder) / "voice.sock"
        deaf.bind(str(path))
        deaf.listen(64)
        deaf.settimeout(WAIT_S)
        mouth = Mouth(VoiceClient(path, WAIT_S), stopper=VoiceClient(path, STOP_S, margin_s=0))
        mouth.say(say(OPENED), 7.0)
        asked, _ = deaf.accept()
        began = time.monotonic()
        mouth.hush()
        assert time.monotonic() - began < WAIT_S / 2
        mouth.close()
        assert time.monotonic() - began < WAIT_S
        asked.close()


@pytest.mark.usefixtures("patient")
def test_the_voice_process_is_silenced_while_it_cannot_go_on(door: Door) -> None:
    """Through the real door, while the voice is in the middle of a phrase."""
    mouth = Mouth(VoiceClient(door.path, WAIT_S))
    mouth.say(say(CLOSED), 7.0)  # this voice waits at a ト; ours has none, so it is heard whole
    assert mouth.wait_until_idle(WAIT_S)
    door.voice.is_waiting.clear()
    mouth.say(Utterance(core=say(OPENED).core, detail=(say(OPENED).core[0].__class__("とまる", "トマル"),)), 7.0)
    assert door.voice.is_waiting.wait(WAIT_S)
    began = time.monotonic()
    mouth.hush()
    assert time.monotonic() - began < WAIT_S / 4, "it waited for the voice"
    assert not mouth.is_busy
    door.voice.go.set()
    mouth.close()
