"""The kiosk's fixed phrases as WAV files: made once by the voice process, served as they are from then on.

A file is named by what it says, how fast, and who made it, in letters alone, so that another wording or another
voice has another name and no digit stands in an address. Whoever serves them loads no synthesiser.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Protocol

from app.errors import VoiceError
from app.speech import sound
from app.speech.kiosk_guidance import RATE, all_phrases

logger = logging.getLogger(__name__)

_ENGINE: Final = "pyopenjtalk-plus"
_RECIPE: Final = 1
"""Goes up when our driver sounds different with the same engine."""
_BATCH: Final = 16
_FIRST_RETRY_S: Final = 1.0
_LAST_RETRY_S: Final = 30.0


class Renderer(Protocol):
    """The voice process, as far as clips need it."""

    def render(self, kana: Sequence[str], rate: float) -> Iterator[bytes]:
        """Yield one WAV a phrase; raises ``VoiceError``."""


def engine_version() -> str:
    """Return who speaks, without loading it."""
    try:
        return f"{_ENGINE} {version(_ENGINE)}"
    except PackageNotFoundError:
        return "no voice"


def clip_name(kana: str, engine: str, rate: float = RATE) -> str:
    """Return ``kiosk-`` and 24 letters."""
    digest = hashlib.sha256(f"{kana}\n{rate}\n{engine}\n{_RECIPE}".encode()).hexdigest()[:24]
    return "kiosk-" + digest.translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))


class GuidanceClips:
    """The clips of one box.

    Args:
        folder: where they lie; made when it is not there.
        renderer: makes those that are missing, in the background, as soon as the voice process answers.
    """

    def __init__(self, folder: Path, renderer: Renderer, engine: str | None = None) -> None:
        self._folder = folder
        self._renderer = renderer
        self._engine = engine_version() if engine is None else engine
        self._kana = {self.name_of(phrase.kana): phrase.kana for phrase in all_phrases()}
        self._is_ready = False
        self._was_missed = False
        """One was gone since the last look: what that look says of the others is old news."""
        self._closing = False
        self._changed = threading.Condition()
        self._told = ""

    @property
    def is_ready(self) -> bool:
        """Every phrase can be heard."""
        return self._is_ready

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._kana)

    def name_of(self, kana: str) -> str:
        return clip_name(kana, self._engine)

    def missing(self) -> list[str]:
        """Look at the folder; return the names of clips that are not there as a whole."""
        return [name for name in self._kana if not _is_whole(self._path(name))]

    def read(self, name: str) -> bytes | None:
        """Return a clip; ``None`` for a name that is none, or a file that is gone, which is then made again."""
        if name not in self._kana:
            return None
        try:
            return self._path(name).read_bytes()
        except OSError:
            with self._changed:
                self._is_ready, self._was_missed = False, True
                self._changed.notify_all()
            return None

    def start(self) -> None:
        """Look once, then make what is missing on a thread of its own."""
        self._is_ready = not self.missing()
        threading.Thread(target=self._follow, name="guidance", daemon=True).start()

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def make_missing(self) -> bool:
        """Make what is missing; False when the voice or the disk does not let us now."""
        try:
            missing = self.missing()
            for start in range(0, len(missing), _BATCH):
                self._make(missing[start : start + _BATCH])
            self._forget_others()
        except (VoiceError, OSError) as error:
            code = error.code if isinstance(error, VoiceError) else type(error).__name__
            if code != self._told:
                logger.warning("guidance.waiting code=%s", code)
            self._told = code
            return False
        self._told = ""
        if missing:
            logger.info("guidance.made clips=%s", len(missing))
        return True

    def _follow(self) -> None:
        wait_s = _FIRST_RETRY_S
        while not self._closing:
            with self._changed:
                self._was_missed = False
            is_made = self.make_missing()
            with self._changed:
                self._is_ready = is_made and not self._was_missed
                if is_made:
                    wait_s = _FIRST_RETRY_S
                    self._changed.wait_for(lambda: self._closing or not self._is_ready)
                else:
                    self._changed.wait_for(lambda: self._closing, wait_s)
                    wait_s = min(wait_s * 1.5, _LAST_RETRY_S)

    def _make(self, names: list[str]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = self._renderer.render([self._kana[name] for name in names], RATE)
        for name, wav in zip(names, made, strict=True):
            if self._closing:
                return
            unfinished = self._path(name).with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(_without_end_silence(wav))
            unfinished.replace(self._path(name))

    def _forget_others(self) -> None:
        """Remove what was made for other words or another voice, and what was left half written."""
        if self._folder.exists():
            for path in self._folder.glob("kiosk-*"):
                if path.suffix != ".wav" or path.stem not in self._kana:
                    path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.wav"


def _without_end_silence(wav: bytes) -> bytes:
    """The player sets the pauses; the voice's own after a phrase would make them longer."""
    pcm = wav[sound.HEADER_BYTES :]
    end = len(pcm.rstrip(b"\0"))
    return sound.wav(pcm[: end + end % sound.BYTES_A_SAMPLE])


def _is_whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            return size > sound.HEADER_BYTES and file.read(sound.HEADER_BYTES) == sound.header(
                size - sound.HEADER_BYTES
            )
    except OSError:
        return False
