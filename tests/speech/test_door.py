"""The voice process's socket: what is served, to whom, and what happens to whoever leaves."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import pytest

from app.errors import NoAudioDevice, VoiceError
from app.json_lines import encode
from app.speech import wire
from app.speech.earcons import Earcon, earcon_pcm
from app.speech.server import MAX_CONNECTIONS
from app.speech.sinks import NullOutlet
from app.speech.sound import HEADER_BYTES
from app.speech.utterance import Field, FieldKind, Phrase, ReadingSource
from tests.speech.door import Door
from tests.speech.fakes import PCM, WAIT_S


def test_socket_is_private_and_goes_away(door: Door) -> None:
    assert stat.S_IMODE(door.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(door.path.parent.stat().st_mode) == 0o700
    door.server.stop()
    assert not door.path.exists()


def test_other_users_are_not_served(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.door._peer_uid", lambda _: 12345)
    with door.connect() as stranger:
        assert stranger.recv(1) == b""


def test_status_names_the_device_or_what_was_tried(door: Door) -> None:
    assert door.ask(b'{"do":"status"}\n') == {"ready": True, "sink": "alsa", "device": "Fake", "tried": []}
    door.sink.device = None
    answer = door.ask(b'{"do":"status"}\n')
    assert (answer["device"], answer["tried"]) == (None, ["alsa: no sound card"])


def test_render_sends_each_phrase_as_one_whole_wav(door: Door) -> None:
    with door.connect() as connection, connection.makefile("rb") as answers:
        connection.sendall(encode({"do": "render", "kana": ["ア", "イ"], "rate": 8.5}))
        for index in range(2):
            head = json.loads(answers.readline())
            assert head == {"index": index, "bytes": HEADER_BYTES + 2 * len(PCM)}
            assert answers.read(head["bytes"])[HEADER_BYTES:] == PCM * 2
        assert json.loads(answers.readline()) == {"done": True}
        connection.sendall(b'{"do":"stop"}\n')
        assert json.loads(answers.readline()) == {}, "the connection goes on"
    assert door.voice.said == [("ア", 8.5), ("イ", 8.5)]


def test_closing_the_connection_cancels_what_it_asked_for(door: Door) -> None:
    with door.connect() as connection:
        connection.sendall(encode({"do": "render", "kana": ["ト"] * 60}))
        assert door.voice.is_waiting.wait(WAIT_S)
    door.voice.go.set()
    assert len(list(door.client.render(["ア"]))) == 1
    assert len(door.voice.said) < 10


def test_many_who_change_their_mind_do_not_hold_up_the_last(door: Door) -> None:
    for _ in range(50):
        sounds = door.client.render(["ア"] * 64)
        next(sounds)
        sounds.close()
    assert len(list(door.client.render(["イ"]))) == 1
    assert len(door.voice.said) < 50 * 32


def test_play_is_spoken_only_after_the_sink_finished(door: Door) -> None:
    order: list[str] = []

    class Ordered(NullOutlet):
        def finish(self) -> None:
            order.append(f"finished {self.taken_bytes}")

    door.sink.next = Ordered
    assert door.client.play(["ア", "イ"]) is True
    assert order == [f"finished {4 * len(PCM)}"]


def test_play_without_a_device_is_an_error_that_says_what_was_tried(door: Door) -> None:
    def no_outlet() -> NullOutlet:
        raise NoAudioDevice(("alsa: no sound card", "pulse: refused"))

    door.sink.next = no_outlet
    answer = door.ask(encode({"do": "play", "kana": ["ア"]}))
    assert answer == {"error": "voice.no_device", "tried": ["alsa: no sound card", "pulse: refused"]}
    door.sink.next = NullOutlet
    assert door.ask(encode({"do": "play", "kana": ["ア"]})) == {"spoken": True}


def test_device_lost_mid_sentence_is_an_error(door: Door) -> None:
    class Torn(NullOutlet):
        def write(self, pcm: bytes) -> None:
            super().write(pcm)
            if self.taken_bytes > len(PCM):
                raise NoAudioDevice(("aplay: No such device",))

    door.sink.next = Torn
    with pytest.raises(NoAudioDevice, match="No such device"):
        door.client.play(["ア"] * 5)


def test_earcon_comes_before_the_words_and_may_come_alone(door: Door) -> None:
    outlet = NullOutlet()
    door.sink.next = lambda: outlet
    assert door.client.play([], earcon=Earcon.VALID) is True
    alone = outlet.taken_bytes
    assert alone > len(earcon_pcm(Earcon.VALID))
    assert door.client.play(["ア"], earcon=Earcon.VALID) is True
    assert outlet.taken_bytes == 2 * alone + 2 * len(PCM)
    assert door.ask(b'{"do":"play","kana":[],"earcon":"trumpet"}\n') == {"error": "request.malformed"}


def test_speech_that_the_end_of_the_engine_cut_short_is_never_spoken(door: Door) -> None:
    playing = Playing(door, ["ア"] * 20)
    door.engine.stop(0.0)
    playing.outlet.is_silent.set()
    assert playing.answer() is not True


class Endless(NullOutlet):
    """Takes one block and then waits for the stop, as a device does that still plays."""

    def __init__(self) -> None:
        super().__init__()
        self.is_playing = threading.Event()
        self.is_silent = threading.Event()

    def write(self, pcm: bytes) -> None:
        super().write(pcm)
        self.is_playing.set()
        assert self.is_silent.wait(WAIT_S)
        super().write(b"")

    def abort(self) -> None:
        super().abort()
        self.is_silent.set()


class Playing:
    """A ``play`` of a list of phrases on a thread of its own."""

    def __init__(self, door: Door, kana: list[str]) -> None:
        self.outlet = Endless()
        self.answers: list[object] = []
        door.sink.next = lambda: self.outlet
        self._door, self._kana = door, kana
        self._thread = threading.Thread(target=self._play)
        self._thread.start()
        assert self.outlet.is_playing.wait(WAIT_S)

    def _play(self) -> None:
        try:
            self.answers.append(self._door.client.play(self._kana))
        except VoiceError as error:
            self.answers.append(error)

    def answer(self) -> object:
        self._thread.join(WAIT_S)
        return self.answers[0]


def test_stop_silences_at_once_and_nothing_more_is_written(door: Door) -> None:
    for _ in range(5):
        playing = Playing(door, ["ア"] * 64)
        taken = playing.outlet.taken_bytes
        door.client.stop()
        assert playing.outlet.is_silent.is_set()
        assert playing.answer() is False
        assert playing.outlet.taken_bytes == taken
    door.sink.next = NullOutlet
    assert door.client.play(["イ"]) is True
    assert len(door.voice.said) < 30


def test_newer_speech_takes_the_place_of_the_older(door: Door) -> None:
    older = Playing(door, ["ア"] * 20)
    door.sink.next = NullOutlet
    assert door.client.play(["イ"]) is True
    assert older.answer() is False


def test_whoever_leaves_is_not_spoken_to_any_more(door: Door) -> None:
    outlet = Endless()
    door.sink.next = lambda: outlet
    with door.connect() as connection:
        connection.sendall(encode({"do": "play", "kana": ["ト"]}))
        assert door.voice.is_waiting.wait(WAIT_S)
    door.sink.next = NullOutlet
    door.voice.go.set()
    assert door.client.play(["イ"]) is True
    assert outlet.taken_bytes <= len(PCM)


def test_stop_without_speech_is_harmless(door: Door) -> None:
    door.client.stop()
    assert door.client.play(["ア"]) is True


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"[]\n",
        b"{\n",
        b"\xff\n",
        b"[" * 5000 + b"\n",
        b'{"do":"sing"}\n',
        b'{"do":["play"]}\n',
        b'{"do":"render"}\n',
        '{"do":"render","kana":"ア"}\n'.encode(),
        b'{"do":"render","kana":[1]}\n',
        '{"do":"render","kana":["ア"],"rate":"7"}\n'.encode(),
        '{"do":"render","kana":["ア"],"rate":true}\n'.encode(),
        b'{"do":"play","kana":null}\n',
        b'{"do":"read","fields":[]}\n',
        b'{"do":"read","fields":[{"kind":"colour","text":"","kana":""}]}\n',
        b'{"do":"read","fields":[{"kind":"name","text":7,"kana":""}]}\n',
        b'{"do":"read","fields":[7]}\n',
    ],
)
def test_malformed_request_is_answered_and_the_door_stays_open(door: Door, line: bytes) -> None:
    assert door.ask(line) == {"error": "request.malformed"}
    assert door.ask(b'{"do":"stop"}\n') == {}


def test_too_long_line_ends_the_connection(door: Door) -> None:
    with door.connect() as connection:
        connection.sendall(b"x" * (wire.MAX_LINE_BYTES + 10))
        assert connection.makefile("rb").readline() == b'{"error":"request.too_long"}\n'


def test_longest_allowed_request_fits_in_a_line(door: Door) -> None:
    assert len(list(door.client.render(["ア" * 200] * 64))) == 64


@pytest.mark.parametrize("kana", [[], ["ア"] * 65, ["ア" * 201], ["今日"], ["ア", ""], ["ー"]])
def test_what_cannot_be_spoken_is_refused(door: Door, kana: list[str]) -> None:
    for do in ("render", "play"):
        assert door.ask(encode({"do": do, "kana": kana}))["error"] == "voice.unspeakable"


def test_too_many_connections_are_told_so(door: Door) -> None:
    held = [door.connect() for _ in range(MAX_CONNECTIONS)]
    for connection in held:
        connection.sendall(b'{"do":"stop"}\n')
        assert connection.recv(3) == b"{}\n"
    with door.connect() as one_more:
        assert one_more.makefile("rb").readline() == b'{"error":"request.busy"}\n'
    for connection in held:
        connection.close()


def test_reader_reads_fields_and_without_one_it_says_so(door: Door, path: Path) -> None:
    field = Field(FieldKind.SHARE, "3割")
    assert door.ask(encode({"do": "read", "fields": [wire.encode_field(field)]}))["error"] == "voice.no_reader"

    def read(one: Field) -> Phrase:
        return Phrase(one.text, "サンワリ", ReadingSource.TABLE)

    reading = Door(path.with_name("other.sock"), read)
    assert reading.client.read([field, field]) == (Phrase("3割", "サンワリ", ReadingSource.TABLE),) * 2
    reading.close()


def test_nothing_that_was_said_stands_in_the_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    door.ask(encode({"do": "play", "kana": ["スガワラ"]}))
    door.ask(encode({"do": "render", "kana": ["ボボボ"]}))
    door.ask(encode({"do": "render", "kana": ["菅原"]}))
    door.ask(encode({"do": "read", "fields": [wire.encode_field(Field(FieldKind.NAME, "菅原"))]}))
    assert caplog.text
    assert not any(said in caplog.text for said in ("スガワラ", "ボボボ", "菅原", "\\u"))
