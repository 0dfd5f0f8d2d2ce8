"""The voice: Open JTalk behind pyttsx3, as a driver of our own.

``pyttsx.py`` makes this module known to pyttsx3 as ``pyttsx3.drivers.openjtalk``. What differs from other drivers:
``rate`` counts morae a minute, and ``output`` takes the samples of ``say`` piece by piece, since a driver that plays
by itself cannot say when it was not heard.

Importing this module loads the synthesiser (half a second, 60 MB): only the thread that owns the voice does so.
"""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pyttsx3.voice import Voice as VoiceFacts

from app.errors import NoAudioDevice, UnspeakableKana
from app.speech import sound
from app.speech.mora import DEFAULT_RATE, MAX_RATE, MIN_RATE, is_speakable, long_vowels, morae, pieces, same_sound
from app.speech.sound import SAMPLES_A_SECOND

with contextlib.redirect_stdout(io.StringIO()):  # it prints that an optional model is not there
    import pyopenjtalk
    from pyopenjtalk.htsengine import HTSEngine
    from pyopenjtalk.openjtalk import OpenJTalk
    from pyopenjtalk.types import NJDFeature

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME: Final = "openjtalk"
VOICE_ID: Final = "mei_normal"

_MORAE_AT_SPEED: Final = (
    (0.4, 3.91),
    (0.5, 4.73),
    (0.6, 5.51),
    (0.7, 6.20),
    (0.8, 6.84),
    (0.9, 7.45),
    (1.0, 7.92),
    (1.2, 8.97),
    (1.5, 10.33),
    (1.8, 11.80),
    (2.0, 12.82),
    (2.3, 14.59),
    (2.6, 16.44),
)
"""The synthesiser's speed and the morae a second that come of it, over ten phrases; measured 2026-11-25."""
_GAIN: Final = 0.5
"""Its samples reach 1.4 times full scale at ordinary speeds and 2.3 times at the fastest."""
_LOUDEST: Final = 30_000
_SOUNDING: Final = 75
"""Samples under this (-53 dB) before and after a piece are the synthesiser's own silence, up to a second long."""
_LEAD: Final = round(0.01 * SAMPLES_A_SECOND)
_TAIL: Final = round(0.02 * SAMPLES_A_SECOND)
_FADE: Final = round(0.004 * SAMPLES_A_SECOND)
_LEAST_PAUSE: Final = 0.45
_LONGEST_PAUSE: Final = 1.4

Output = Callable[[bytes], None]


class Synthesis:
    """Kana to samples. Belongs to one thread."""

    def __init__(self) -> None:
        self._front = OpenJTalk(dn_mecab=pyopenjtalk.OPEN_JTALK_DICT_DIR)
        self._back = HTSEngine(pyopenjtalk.DEFAULT_HTS_VOICE)

    def speak(self, kana: str, rate: float, volume: float = 1.0) -> Iterator[bytes]:
        """Yield 16-bit samples piece by piece, each with the pause after it.

        Raises:
            UnspeakableKana: not prepared kana.
        """
        if not is_speakable(kana):
            raise UnspeakableKana()
        slower = min(max(DEFAULT_RATE / rate, _LEAST_PAUSE), _LONGEST_PAUSE)
        for piece in pieces(kana):
            yield self._samples(piece.kana, rate, volume) + sound.silence(piece.pause_s * slower)

    @staticmethod
    def front_end() -> Callable[[str], str]:
        """Return a reader of kanji of its own: text to katakana as the dictionary here reads it."""
        front = OpenJTalk(dn_mecab=pyopenjtalk.OPEN_JTALK_DICT_DIR)
        return lambda text: "".join(str(feature["read"]) for feature in front.run_frontend(text))

    def features(self, kana: str) -> list[NJDFeature]:
        """Analyse kana for its accents; what the dictionary would say differently is built from the kana itself."""
        kana = same_sound(kana)
        found = self._analyse(kana)
        if found is not None:
            return found
        features: list[NJDFeature] = []
        for word in kana.split():
            features += self._analyse(word) or self._front.set_unvoiced_vowel([_plain(word)])
        return features

    def _analyse(self, kana: str) -> list[NJDFeature] | None:
        features = self._front.run_frontend(kana)
        spoken = "".join(feature["pron"] for feature in features).replace("’", "")
        return features if long_vowels(spoken) == long_vowels(kana.replace(" ", "")) else None

    def _samples(self, kana: str, rate: float, volume: float) -> bytes:
        labels = self._front.make_label(self.features(kana))
        speeds, rates = zip(*_MORAE_AT_SPEED, strict=True)
        self._back.set_speed(float(np.interp(rate, rates, speeds)))
        return _finish(self._back.synthesize(labels) * (_GAIN * volume))


def _plain(word: str) -> NJDFeature:
    """One flat accent phrase that says exactly these morae."""
    return NJDFeature(
        string=word,
        pos="フィラー",
        pos_group1="*",
        pos_group2="*",
        pos_group3="*",
        ctype="*",
        cform="*",
        orig=word,
        read=word,
        pron=word,
        acc=0,
        mora_size=len(morae(word)),
        chain_rule="*",
        chain_flag=0,
        is_reading_protected=False,
        is_reading_rewritten=False,
    )


def _finish(wave: NDArray[np.float64]) -> bytes:
    """Cut the silence around a piece, take its edges down to nothing and bring it into 16 bits."""
    heard = np.flatnonzero(np.abs(wave) > _SOUNDING)
    if heard.size == 0:
        return b""
    wave = wave[max(0, heard[0] - _LEAD) : heard[-1] + _TAIL].copy()
    peak = float(np.abs(wave).max())
    if peak > _LOUDEST:
        wave *= _LOUDEST / peak
    fade = min(_FADE, wave.size // 2)
    ramp = np.linspace(0.0, 1.0, fade)
    wave[:fade] *= ramp
    wave[wave.size - fade :] *= ramp[::-1]
    return wave.astype("<i2").tobytes()


class OpenJTalkDriver:
    """What pyttsx3 2.99 asks of a driver. The names are pyttsx3's."""

    def __init__(self, proxy: Any) -> None:
        self._proxy = proxy
        self._synthesis = Synthesis()
        self._rate = DEFAULT_RATE * 60
        self._volume = 1.0
        self._output: Output | None = None
        self._is_stopped = False
        self._loop_ended = threading.Event()

    def destroy(self) -> None:
        self._output = None

    def say(self, text: str) -> None:
        if self._output is None:
            raise NoAudioDevice(("openjtalk: the driver was given no output",))
        self._utter(text, self._output)

    def save_to_file(self, text: str, filename: str) -> None:
        """Write a WAV; a file that is not finished never has this name."""
        target = Path(filename)
        unfinished = target.with_name(target.name + ".part")
        try:
            samples = io.BytesIO()
            with unfinished.open("wb") as file:
                if not self._utter(text, lambda pcm: _keep(samples, pcm)):
                    return
                file.write(sound.wav(samples.getvalue()))
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)

    def stop(self) -> None:
        """End the utterance after the piece in hand. May be called from any thread."""
        self._is_stopped = True

    def getProperty(self, name: str) -> object:
        match name:
            case "voices":
                return [VoiceFacts(VOICE_ID, "HTS Voice Mei", ["ja"], "Female", None)]
            case "voice":
                return VOICE_ID
            case "rate":
                return self._rate
            case "volume":
                return self._volume
            case "output":
                return self._output
        raise KeyError(f"unknown property {name}")

    def setProperty(self, name: str, value: Any) -> None:
        match name:
            case "voice" if value == VOICE_ID:
                return
            case "voice":
                raise ValueError("no such voice")
            case "rate":
                self._rate = min(max(float(value), MIN_RATE * 60), MAX_RATE * 60)
            case "volume":
                self._volume = min(max(float(value), 0.0), 1.0)
            case "output":
                self._output = value
            case _:
                raise KeyError(f"unknown property {name}")

    def startLoop(self) -> None:
        # Engine.runAndWait of 2.99 leaves the proxy idle, so from the second utterance on say() speaks by itself and
        # endLoop() comes before startLoop(). Whoever forgets that the end was asked for waits here for ever.
        if not self._loop_ended.is_set():
            self._proxy.setBusy(False)
        self._loop_ended.wait()
        self._loop_ended.clear()

    def endLoop(self) -> None:
        self._loop_ended.set()

    def iterate(self) -> Iterator[None]:
        self._proxy.setBusy(False)
        while True:
            yield

    def _utter(self, text: str, take: Output) -> bool:
        """Speak into ``take``; False when stopped."""
        self._is_stopped = completed = False
        self._proxy.notify("started-utterance")
        try:
            for pcm in self._synthesis.speak(text, self._rate / 60, self._volume):
                if self._is_stopped:
                    return False
                take(pcm)
            completed = not self._is_stopped
        finally:
            self._proxy.notify("finished-utterance", completed=completed)
        return completed


def _keep(samples: io.BytesIO, pcm: bytes) -> None:
    samples.write(pcm)


buildDriver = OpenJTalkDriver
