"""The client when the voice process comes, goes, or is something else; and every error's way over the wire."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import KioskError, NoAudioDevice, UnspeakableKana, VoiceBusy, VoiceError, VoiceProcessDown
from app.json_lines import decode, encode
from app.speech import wire
from app.speech.client import VoiceClient, VoiceStatus
from app.speech.phrases import REASONS
from app.speech.server import MAX_CONNECTIONS
from app.speech.utterance import Field, FieldKind
from tests.speech.door import Door
from tests.speech.fakes import WAIT_S
from tests.speech.samples import pcm_of


def kinds(kind: type[KioskError]) -> Iterator[type[KioskError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from kinds(child)


VOICE_ERRORS = [kind for kind in kinds(VoiceError) if issubclass(kind, VoiceError)]


@pytest.mark.parametrize("kind", VOICE_ERRORS)
def test_every_error_survives_the_wire_with_what_was_tried(kind: type[VoiceError]) -> None:
    back = wire.decode_error(decode(encode(wire.encode_error(kind(("alsa: none", "pulse: none"))))))
    assert type(back) is kind
    assert back.tried == ("alsa: none", "pulse: none")


@pytest.mark.parametrize("kind", sorted(kinds(KioskError), key=lambda kind: kind.code))
def test_every_error_has_words(kind: type[KioskError]) -> None:
    words = REASONS[kind.code]
    assert words.patient
    assert words.staff
    assert words.next_step


def test_status_and_sound_come_as_values(door: Door) -> None:
    assert door.client.status() == VoiceStatus(True, "alsa", "Fake")
    assert [len(pcm_of(wav)) > 0 for wav in door.client.render(("ア", "イ"), 16.0)] == [True, True]


def test_first_sound_comes_before_the_second_is_made(door: Door) -> None:
    sounds = door.client.render(["ア", "ト"])
    assert pcm_of(next(sounds))
    assert not door.voice.go.is_set()
    door.voice.go.set()
    assert len(list(sounds)) == 1


def test_error_in_the_middle_comes_after_what_was_made(door: Door) -> None:
    sounds = door.client.render(["ア", "ボ", "イ"])
    next(sounds)
    with pytest.raises(VoiceError) as caught:
        next(sounds)
    assert caught.value.code == "voice.failed"


def test_too_much_for_a_line_is_refused_here(door: Door) -> None:
    with pytest.raises(UnspeakableKana):
        list(door.client.render(["ア" * 40_000]))
    with pytest.raises(UnspeakableKana):
        door.client.play(["ア" * 40_000])


def test_full_house_is_busy(door: Door) -> None:
    held = [door.connect() for _ in range(MAX_CONNECTIONS)]
    for connection in held:
        connection.sendall(b'{"do":"stop"}\n')
        connection.recv(3)
    with pytest.raises(VoiceBusy):
        door.client.status()
    for connection in held:
        connection.close()


def calls(client: VoiceClient) -> list[object]:
    """Every call, as something to be called."""
    return [
        client.status,
        client.stop,
        lambda: list(client.render(["ア"])),
        lambda: client.play(["ア"]),
        lambda: client.read([Field(FieldKind.NAME, "菅原")]),
    ]


def test_without_a_process_every_call_says_so(path: Path) -> None:
    for call in calls(VoiceClient(path)):
        with pytest.raises(VoiceProcessDown):
            call()  # type: ignore[operator]


class Impostor:
    """Something that listens on the socket and answers one thing to everybody."""

    def __init__(self, path: Path, answer: bytes) -> None:
        path.parent.mkdir(parents=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._answer = answer
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.recv(100_000)
                connection.sendall(self._answer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(WAIT_S)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"x",
        b"\n",
        b"[]\n",
        b"<html>\n",
        b'{"index":0,"bytes":-1}\n',
        b'{"index":0,"bytes":99999999999}\n',
        b'{"index":1,"bytes":4}\nRIFF',
        b'{"index":0,"bytes":40}\nRIFF',
        b'{"index":0,"bytes":"4"}\nRIFF',
        b'{"ready":true,"sink":"alsa","device":7,"tried":[]}\n',
        b'{"error":"gateway.failed"}\n',
        b'{"error":"request.failed"}\n',
        b'{"error":"voice.no_device","tried":7}\n',
        b'{"phrases":[{"text":"a"}]}\n',
        b"x" * 200_000,
    ],
)
def test_answers_of_no_voice_process_are_a_process_that_is_down(path: Path, answer: bytes) -> None:
    impostor = Impostor(path, answer)
    client = VoiceClient(path, 5.0)
    for call in calls(client):
        if call == client.stop and answer.startswith(b'{"') and b"error" not in answer:
            continue  # any object is an answer to "stop"
        with pytest.raises(VoiceProcessDown):
            call()  # type: ignore[operator]
    impostor.close()


def test_silent_process_is_not_waited_for_longer_than_the_deadline(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.speech.client._MARGIN_S", 0.05)
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(path))
        deaf.listen()
        client = VoiceClient(path, 0.05)
        with pytest.raises(VoiceProcessDown):
            client.status()
        with pytest.raises(VoiceProcessDown):
            next(client.render(["ア"]))


def test_no_device_arrives_with_what_was_tried(door: Door) -> None:
    def none() -> None:
        raise NoAudioDevice(("alsa: no sound card",))

    door.sink.next = none  # type: ignore[assignment]
    with pytest.raises(NoAudioDevice) as caught:
        door.client.play(["ア"])
    assert caught.value.tried == ("alsa: no sound card",)
