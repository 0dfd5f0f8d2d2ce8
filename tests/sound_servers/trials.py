"""What is tried on each server: heard whole, stopped at once, taken away, back again, and nothing there."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from app.errors import NoAudioDevice, VoiceError
from app.speech.sound import SAMPLES_A_SECOND
from tests.bench.figures import Bar, line
from tests.sound_servers.recording import Recorder, Samples, likeness, loud_span, recording, samples_of
from tests.sound_servers.servers import PROMPT, STEADY, WAIT_S, House
from tests.sound_servers.voice import BREATH, SENTENCE, Spoken
from tests.speech.samples import pcm_of

QUIET_S = 0.6
STOP_MS = 100
LATE_MS = 60
"""How much earlier than by the recording's clock an answer may come: the clock is right to a chunk."""
AWAY = (NoAudioDevice.code, VoiceError.code)


@dataclass
class Account:
    """Lines to print, and what was not as it must be."""

    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def figure(self, name: str, values: list[float], unit: str = "ms", bar: Bar | None = None) -> None:
        if values:
            self.lines.append(line(name, values, unit, bar))

    def demand(self, is_so: bool, words: str) -> None:
        if not is_so:
            self.wrong.append(words)


def rendered(voice: Spoken, kana: tuple[str, ...] = SENTENCE) -> Samples:
    return np.concatenate([samples_of(pcm_of(wav)) for wav in voice.client.render(kana)])


def hear(house: House, voice: Spoken, account: Account, count: int) -> None:
    """The recording is that sound, and "spoken" comes after its end."""
    sound = rendered(voice)
    pause_s = (sound.size - loud_span(sound)[1]) / SAMPLES_A_SECOND
    answered, began, shares, levels, lengths = [], [], [], [], []
    with recording(house) as recorder:
        for _ in range(count):
            start, asked_at = recorder.count, time.monotonic()
            account.demand(voice.client.play(SENTENCE), "play was answered with stopped")
            answered_at = time.monotonic()
            recorder.wait_until_quiet(QUIET_S)
            end_at = recorder.last_heard_at(start)
            if end_at is None:
                account.demand(False, "spoken, and nothing was heard")
                continue
            heard = recorder.since(start)
            like = likeness(heard, sound)
            account.demand(like.is_that_sound, f"not that sound: {like}")
            late_ms = (answered_at - end_at - pause_s) * 1000
            account.demand(late_ms > -LATE_MS, f"spoken was answered {-late_ms:.0f} ms before the end")
            answered.append(late_ms)
            began.append((recorder.played_at(start + loud_span(heard)[0]) - asked_at) * 1000)
            shares.append(like.share)
            levels.append(like.level)
            lengths.append(like.length)
    for name, values in (("quarter seconds", shares), ("level", levels), ("length", lengths)):
        account.figure(f"{name} in the recording as in the WAV", [100 * value for value in values], "%")
    account.figure("asked -> first sound in the recording", began)
    account.figure("end of the WAV in the recording -> spoken", answered)


def stop(house: House, voice: Spoken, account: Account, count: int) -> None:
    """Silence in the recording after a stop in the middle of sound."""
    after: list[float] = []
    answered: list[float] = []
    house.keep_pace(PROMPT)
    with recording(house) as recorder, ThreadPoolExecutor(1) as other:
        for _ in range(count):
            start = recorder.count
            playing = other.submit(voice.client.play, BREATH)
            recorder.wait_until_heard(start)
            recorder.wait_for_count(recorder.count + int(random.uniform(0.1, 0.7) * SAMPLES_A_SECOND))
            asked_at = time.monotonic()
            voice.client.stop()
            answered.append((time.monotonic() - asked_at) * 1000)
            account.demand(playing.result(WAIT_S) is False, "a stopped sentence was called spoken")
            recorder.wait_until_quiet(QUIET_S)
            last_at = recorder.last_heard_at(start)
            assert last_at is not None
            after.append((last_at - asked_at) * 1000)
    house.keep_pace(STEADY)
    account.figure("stop asked -> answered", answered)
    account.figure("stop asked -> silence in the recording", after, bar=Bar(STOP_MS, "max"))
    account.demand(max(after) <= STOP_MS, f"sound went on for {max(after):.0f} ms after the stop")


def take_away(house: House, voice: Spoken, account: Account, how: str, count: int) -> None:
    """The device (``how`` is "device") or the whole server goes in mid-sentence, and comes back."""
    took, said = [], set()
    for _ in range(count):
        with recording(house) as recorder, ThreadPoolExecutor(1) as other:
            start = recorder.count
            playing = other.submit(_outcome, voice, BREATH)
            recorder.wait_until_heard(start)
            gone_at = time.monotonic()
            voice.unplug_card()
            house.unplug() if how == "device" else house.kill()
            outcome, ended_at = playing.result(60)
        took.append((ended_at - gone_at) * 1000)
        said.add(outcome)
        account.demand(outcome.startswith(AWAY), f"without its {how}: {outcome}")
        account.demand(_outcome(voice, SENTENCE)[0].startswith(NoAudioDevice.code), "it speaks into nothing")
        bring_back(house, voice, how)
        with recording(house) as recorder:
            _hear_again(voice, recorder, account)
    account.figure(f"{how} taken away -> error", took)
    account.lines += [f"  {text}" for text in sorted(said)]


def bring_back(house: House, voice: Spoken, how: str) -> None:
    if how != "device":
        house.start()
    house.plug()
    voice.plug_card()


def nothing_there(house: House, voice: Spoken, account: Account) -> None:
    """``doctor`` names the device, and what was tried when there is none; with and without a server."""
    device = voice.client.status().device
    told = [voice.doctor()]
    account.demand(device is not None and device in told[0], f"doctor does not name {device}: {told[0]}")
    voice.unplug_card()
    for take in (house.unplug, house.kill):
        take()
        tried = voice.client.status().tried
        told.append(voice.doctor())
        account.demand(bool(tried), "nothing is said of what was tried")
        account.demand(all(words in told[-1] for words in tried), f"doctor does not name {tried}: {told[-1]}")
    bring_back(house, voice, "server")
    account.lines += [f"  {text}" for text in told]


def _hear_again(voice: Spoken, recorder: Recorder, account: Account) -> None:
    start = recorder.count
    outcome, _ = _outcome(voice, SENTENCE)
    recorder.wait_until_quiet(QUIET_S)
    like = likeness(recorder.since(start), rendered(voice))
    account.demand(outcome == "spoken" and like.is_that_sound, f"not back: {outcome}, {like}")


def _outcome(voice: Spoken, kana: tuple[str, ...]) -> tuple[str, float]:
    """What the voice answered, as words, and when."""
    try:
        text = "spoken" if voice.client.play(kana) else "stopped"
    except VoiceError as error:
        text = f"{error.code}: {'; '.join(error.tried)}"
    return text, time.monotonic()
