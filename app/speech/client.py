"""The voice as other processes use it, over the voice process's socket. Loads nothing of the synthesiser.

Each call has a connection of its own, so calls may come from any thread, and ``stop`` reaches a ``play`` at once.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.door import connect
from app.errors import UnspeakableKana, VoiceBusy, VoiceProcessDown
from app.json_lines import decode, encode
from app.speech import wire
from app.speech.earcons import Earcon
from app.speech.mora import DEFAULT_RATE, MIN_RATE, STOP_S
from app.speech.utterance import Field, Phrase
from app.speech.wire import VoiceStatus

_MARGIN_S: Final = 2.0
"""The process keeps deadlines of its own and says which passed; we wait this much longer before we call it dead."""


class VoiceClient:
    """The voice process's requests as methods.

    Args:
        socket_path: ``Settings.voice_socket``.
        deadline_s: how long the next answer (for ``render``: the next phrase) may take.
        margin_s: how much longer it is waited for.
    """

    def __init__(self, socket_path: Path, deadline_s: float = 10.0, margin_s: float = _MARGIN_S) -> None:
        self._path = socket_path
        self._deadline_s = deadline_s
        self._margin_s = margin_s

    def status(self) -> VoiceStatus:
        """Say whether the voice is warm and through what it speaks. Raises ``VoiceProcessDown``."""
        with _unexpected_is_down():
            return wire.decode_status(self._ask({"do": "status"}, self._deadline_s))

    def render(self, kana: Sequence[str], rate: float = DEFAULT_RATE) -> Iterator[bytes]:
        """Yield one whole WAV (48 kHz, 16 bits, mono) for each phrase, each as soon as it is made.

        Asks when the first one is wanted. Closing the iterator cancels the rest.

        Raises:
            UnspeakableKana: a phrase is no prepared kana or too long (200), there are none or more than 64 of them,
                or the rate is not 4 to 16.
            VoiceBusy, VoiceProcessDown, VoiceError: the rest was not made.
        """
        with _unexpected_is_down(), connect(self._path) as connection, connection.makefile("rb") as answers:
            connection.settimeout(self._deadline_s + self._margin_s)
            _send(connection, {"do": "render", "kana": list(kana), "rate": rate})
            for index in range(len(kana)):
                answer = _answer(answers)
                if answer["index"] != index or not 0 < int(answer["bytes"]) <= wire.MAX_WAV_BYTES:
                    raise VoiceProcessDown()
                sound = answers.read(int(answer["bytes"]))
                if len(sound) != answer["bytes"]:
                    raise VoiceProcessDown()
                yield sound
            if _answer(answers) != {"done": True}:
                raise VoiceProcessDown()

    def play(self, kana: Sequence[str], rate: float = DEFAULT_RATE, earcon: Earcon | None = None) -> bool:
        """Speak through this machine's own device and return when it was heard; a newer ``play`` ends an older one.

        Args:
            earcon: sounds before the words; with one, ``kana`` may be empty.

        Returns:
            False when it was stopped before its end.

        Raises:
            NoAudioDevice: ``tried`` says what was tried. Nothing, or not all, was heard.
            UnspeakableKana, VoiceBusy, VoiceProcessDown, VoiceError: likewise.
        """
        longest_s = sum(len(phrase) for phrase in kana) * (1 / max(rate, MIN_RATE) + 2 * STOP_S) + self._deadline_s
        with _unexpected_is_down():
            request = {"do": "play", "kana": list(kana), "rate": rate, "earcon": earcon}
            answer = self._ask(request, longest_s)
            if answer not in ({"spoken": True}, {"stopped": True}):
                raise VoiceProcessDown()
            return "spoken" in answer

    def stop(self) -> None:
        """Silence this machine's device now. Raises ``VoiceProcessDown``."""
        self._ask({"do": "stop"}, self._deadline_s)

    def read(self, fields: Sequence[Field]) -> tuple[Phrase, ...]:
        """Turn fields into phrases.

        Raises:
            NoReader: the voice process was started without a reader.
            VoiceError: they were not read.
        """
        with _unexpected_is_down():
            answer = self._ask({"do": "read", "fields": [wire.encode_field(one) for one in fields]}, self._deadline_s)
            return tuple(wire.decode_phrase(one) for one in answer["phrases"])

    def _ask(self, request: dict[str, Any], deadline_s: float) -> dict[str, Any]:
        """Send one request and return its one answer."""
        until_s = time.monotonic() + deadline_s + self._margin_s
        with _unexpected_is_down(), connect(self._path) as connection:
            connection.settimeout(max(until_s - time.monotonic(), 0.01))
            _send(connection, request)
            with connection.makefile("rb") as answers:
                return _answer(answers)


def _send(connection: socket.socket, request: dict[str, Any]) -> None:
    line = encode(request)
    if len(line) > wire.MAX_LINE_BYTES:
        raise UnspeakableKana()
    with contextlib.suppress(BrokenPipeError):  # a full house says so and closes without listening
        connection.sendall(line)


def _answer(answers: BinaryIO) -> dict[str, Any]:
    """Return the next line; raises the error that it names."""
    line = answers.readline(wire.MAX_LINE_BYTES)
    if not line.endswith(b"\n"):
        raise VoiceProcessDown()
    answer = decode(line)
    match answer.get("error"):
        case None:
            return answer
        case "request.busy":
            raise VoiceBusy()
        case "request.malformed" | "request.too_long":
            raise UnspeakableKana()
    raise wire.decode_error(answer)


@contextmanager
def _unexpected_is_down() -> Iterator[None]:
    """Whatever a healthy voice process would not do counts as "not there"."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VoiceProcessDown() from error


__all__ = ["VoiceClient", "VoiceStatus"]
