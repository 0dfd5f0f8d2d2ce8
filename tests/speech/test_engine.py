"""The owner thread and its jobs, with a voice that the test plays."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.errors import UnspeakableKana, VoiceBusy, VoiceError
from app.speech.engine import MAX_JOBS, MAX_KANA, MAX_PHRASES, PHRASES_AHEAD, VoiceEngine
from tests.speech.fakes import PCM, WAIT_S, FakeVoice


@pytest.fixture
def voice() -> FakeVoice:
    return FakeVoice()


@pytest.fixture
def engine(voice: FakeVoice) -> Iterator[VoiceEngine]:
    made = VoiceEngine(lambda: voice)
    made.start()
    assert made.wait_until_ready(WAIT_S)
    voice.said.clear()
    yield made
    voice.go.set()
    made.stop(WAIT_S)


def test_phrases_come_whole_and_in_order_from_one_thread(engine: VoiceEngine, voice: FakeVoice) -> None:
    assert list(engine.submit(["ア", "イ", "ウ"], 10.0).phrases()) == [PCM + PCM] * 3
    assert voice.said == [("ア", 10.0), ("イ", 10.0), ("ウ", 10.0)]
    assert voice.threads == {"voice"}


def test_eight_threads_share_the_one_owner(engine: VoiceEngine, voice: FakeVoice) -> None:
    made: list[int] = []
    takers = [
        threading.Thread(target=lambda: made.append(len(list(engine.submit(["ア", "イ"]).phrases()))))
        for _ in range(MAX_JOBS)
    ]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join(WAIT_S)
    assert made == [2] * MAX_JOBS
    assert voice.threads == {"voice"}


def test_short_list_does_not_wait_for_a_long_one(engine: VoiceEngine, voice: FakeVoice) -> None:
    engine.submit(["トオイ"])
    assert voice.is_waiting.wait(WAIT_S)
    long, short = engine.submit(["ナガイ"] * 60), engine.submit(["ミジカイ"])
    voice.go.set()
    assert len(list(short.phrases())) == 1
    assert voice.said[1][0] == "ナガイ"
    assert voice.said[2][0] == "ミジカイ"
    long.cancel()


def test_nothing_is_made_far_ahead_of_a_slow_taker(engine: VoiceEngine, voice: FakeVoice) -> None:
    phrases = engine.submit(["ア"] * 20).phrases()
    next(phrases)
    other = engine.submit(["イ"])
    assert len(list(other.phrases())) == 1, "the owner is free for others"
    assert len([kana for kana, _ in voice.said if kana == "ア"]) <= PHRASES_AHEAD + 1
    assert len(list(phrases)) == 19


def test_cancelled_job_costs_one_piece_at_most(engine: VoiceEngine, voice: FakeVoice) -> None:
    job = engine.submit(["ト"] * 10)
    assert voice.is_waiting.wait(WAIT_S)
    before = voice.pieces
    job.cancel()
    voice.go.set()
    assert list(engine.submit(["ア"]).phrases()) == [PCM + PCM]
    assert voice.pieces - before == 1 + 2
    assert list(job.sounds()) == []


def test_taker_that_leaves_cancels(engine: VoiceEngine, voice: FakeVoice) -> None:
    job = engine.submit(["ア"] * 30)
    sounds = job.sounds()
    next(sounds)
    sounds.close()
    assert job.is_cancelled
    assert list(engine.submit(["イ"]).phrases()) == [PCM + PCM]
    assert len(voice.said) < 6


def test_job_that_is_not_wanted_any_more_ends_while_it_waits(engine: VoiceEngine, voice: FakeVoice) -> None:
    blocking = engine.submit(["ト"])
    assert voice.is_waiting.wait(WAIT_S)
    job = engine.submit(["ア"])
    assert list(job.sounds(lambda: False)) == []
    assert job.is_cancelled
    blocking.cancel()


def test_bug_in_the_voice_reaches_the_taker_and_the_next_job_is_made(engine: VoiceEngine) -> None:
    phrases = engine.submit(["ア", "ボ"]).phrases()
    next(phrases)
    with pytest.raises(VoiceError) as caught:
        next(phrases)
    assert caught.value.code == "voice.failed"
    assert list(engine.submit(["ア"]).phrases()) == [PCM + PCM]


def test_bug_is_logged_without_what_was_to_be_said(engine: VoiceEngine, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(VoiceError):
        list(engine.submit(["ボボボ"]).phrases())
    assert "type=RuntimeError" in caplog.text
    assert "ボ" not in caplog.text


def test_too_many_jobs_are_refused_and_room_comes_back(engine: VoiceEngine, voice: FakeVoice) -> None:
    running = engine.submit(["ト", "ト"])
    assert voice.is_waiting.wait(WAIT_S)
    waiting = [engine.submit(["ア"]) for _ in range(MAX_JOBS - 1)]
    with pytest.raises(VoiceBusy):
        engine.submit(["ア"])
    waiting[0].cancel()
    engine.submit(["ア"])
    running.cancel()


@pytest.mark.parametrize(
    ("kana", "rate"),
    [
        ([], 7.0),
        (["ア"] * (MAX_PHRASES + 1), 7.0),
        (["ア" * (MAX_KANA + 1)], 7.0),
        (["ア", ""], 7.0),
        (["漢字"], 7.0),
        (["ア"], 3.9),
        (["ア"], 16.1),
        (["ア"], float("nan")),
    ],
)
def test_what_cannot_be_spoken_is_refused_at_once(engine: VoiceEngine, kana: list[str], rate: float) -> None:
    with pytest.raises(UnspeakableKana):
        engine.submit(kana, rate)


def test_jobs_may_come_before_the_voice_is_warm(voice: FakeVoice) -> None:
    may_open = threading.Event()

    def open_late() -> FakeVoice:
        assert may_open.wait(WAIT_S)
        return voice

    engine = VoiceEngine(open_late)
    engine.start()
    job = engine.submit(["ア"])
    assert not engine.is_ready
    may_open.set()
    assert list(job.phrases()) == [PCM + PCM]
    assert engine.is_ready
    engine.stop(WAIT_S)


def test_voice_that_cannot_be_opened_fails_every_job_and_is_never_ready(caplog: pytest.LogCaptureFixture) -> None:
    def no_voice() -> FakeVoice:
        raise ImportError("gone")

    engine = VoiceEngine(no_voice)
    early = engine.submit(["ア"])
    engine.start()
    with pytest.raises(VoiceError):
        list(early.phrases())
    assert not engine.wait_until_ready(WAIT_S)
    with pytest.raises(VoiceError):
        engine.submit(["ア"])
    assert "voice.not_opened type=ImportError" in caplog.text


def test_voice_that_hangs_is_reported_and_the_taker_gets_an_error(voice: FakeVoice) -> None:
    stuck = threading.Event()
    engine = VoiceEngine(lambda: voice, deadline_s=0.05, on_stuck=stuck.set)
    engine.start()
    assert engine.wait_until_ready(WAIT_S)
    hanging = engine.submit(["ト"])
    assert voice.is_waiting.wait(WAIT_S)  # the deadline begins with whoever takes it
    with pytest.raises(VoiceError, match="in time"):
        list(hanging.phrases())
    with pytest.raises(VoiceError):
        list(engine.submit(["ア"]).phrases())
    assert stuck.is_set()
    voice.go.set()
    engine.stop(WAIT_S)


def test_stop_ends_jobs_and_the_thread(voice: FakeVoice) -> None:
    engine = VoiceEngine(lambda: voice)
    engine.start()
    assert engine.wait_until_ready(WAIT_S)
    job = engine.submit(["ト", "ア"])
    assert voice.is_waiting.wait(WAIT_S)
    voice.go.set()
    engine.stop(WAIT_S)
    assert len(list(job.phrases())) <= 1
    assert not engine._thread.is_alive()
    with pytest.raises(VoiceError):
        engine.submit(["ア"])
