"""The plug's requests: a real plug process where its life matters, a holder in this process where its answers do."""

from __future__ import annotations

import json
import socket
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.sandbox.card_spec import CardSpec, SampleCardKind
from app.sandbox.plug import CardHolder, PlugServer
from app.sandbox.plug_client import (
    CardStatus,
    ListedCard,
    PlugError,
    card_status,
    insert_card,
    list_cards,
    remove_card,
    reset_cards,
)
from tests.sample_cards import NOON, sample_pki
from tests.sandbox.card_talk import JPKI, WRONG_PIN, ef
from tests.sandbox.frame_reader import FrameReader

SPECS = (
    CardSpec("sample", "一枚目", pin="4826"),
    CardSpec("other", "二枚目", pin="4827", attempts=1),
    CardSpec("no-pin", "暗証番号なし", SampleCardKind.FACE_AUTH),
)


@dataclass
class HandClock:
    """Moved by hand. Monotonic time runs fast enough that no pause between two cards is ever due."""

    moment: datetime = NOON
    ticks: float = field(default=0.0)

    def now(self) -> datetime:
        return self.moment

    def monotonic_s(self) -> float:
        self.ticks += 10.0
        return self.ticks


@dataclass
class Plug:
    socket: Path
    reader: FrameReader
    clock: HandClock


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Plug]:
    reader, clock = FrameReader(), HandClock()
    path = tmp_path / "run" / "plug.sock"
    server = PlugServer(path, CardHolder(SPECS, sample_pki(), reader.port, clock))
    server.open()
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield Plug(path, reader, clock)
    server.close()
    thread.join()
    reader.close()


def put_in(plug: Plug, name: str, *faults: str) -> None:
    insert_card(plug.socket, name, faults)
    plug.reader.accept()


def test_cards_are_listed_with_their_public_pins(plug: Plug) -> None:
    assert list_cards(plug.socket) == (
        ListedCard("sample", "一枚目", "4826"),
        ListedCard("other", "二枚目", "4827"),
        ListedCard("no-pin", "暗証番号なし", None),
    )


def test_fresh_plug_holds_nothing(plug: Plug) -> None:
    assert card_status(plug.socket) == CardStatus(None, None, False, False, None, 0, 0, 0, 0, 0, 0, 0)
    assert remove_card(plug.socket) is None


def test_status_counts_what_a_card_was_asked(plug: Plug) -> None:
    put_in(plug, "sample")
    assert plug.reader.ask(b"\x04")
    for command in (JPKI, ef("0018"), "00200080", WRONG_PIN):
        plug.reader.ask(command)
    expected = CardStatus("sample", "sample", True, False, 2, 1, 4, 1, 1, 0, 4, 1)
    assert card_status(plug.socket) == expected
    assert remove_card(plug.socket) == "sample"
    assert plug.reader.answer() == b""
    put_in(plug, "other")
    for command in (JPKI, ef("0018"), WRONG_PIN):
        plug.reader.ask(command)
    assert card_status(plug.socket) == CardStatus("other", "other", False, False, 0, 2, 3, 1, 0, 0, 7, 2)


def test_second_insert_takes_the_first_card_out(plug: Plug) -> None:
    put_in(plug, "sample")
    insert_card(plug.socket, "no-pin")
    assert plug.reader.answer() == b"", "the first card is gone"
    plug.reader.accept()
    assert plug.reader.ask(b"\x04").hex() == "3b888001000041e0b381a1003b"
    assert card_status(plug.socket).card == "no-pin"


def test_tries_survive_lifting_and_a_reset_makes_all_new(plug: Plug) -> None:
    put_in(plug, "sample")
    for command in (JPKI, ef("0018"), WRONG_PIN):
        plug.reader.ask(command)
    remove_card(plug.socket)
    put_in(plug, "sample")
    assert card_status(plug.socket).attempts_remaining == 2
    reset_cards(plug.socket)
    assert card_status(plug.socket) == CardStatus(None, None, False, False, None, 0, 0, 0, 0, 0, 0, 0)
    put_in(plug, "sample")
    assert card_status(plug.socket).attempts_remaining == 3


def test_new_day_brings_a_new_certificate_and_keeps_the_tries(plug: Plug) -> None:
    heads = []
    for _ in range(2):
        put_in(plug, "sample")
        for command in (JPKI, ef("0018"), WRONG_PIN, ef("000A")):
            plug.reader.ask(command)
        heads.append(plug.reader.ask("00B0000040"))
        remove_card(plug.socket)
        plug.clock.moment += timedelta(days=1)
    assert heads[0] != heads[1]
    assert card_status(plug.socket).attempts_remaining == 1
    assert card_status(plug.socket).total_verifies == 2


def test_pulled_card_is_reported_and_can_be_put_in_again(plug: Plug) -> None:
    put_in(plug, "sample", "pulled-at-2")
    assert plug.reader.ask(JPKI)
    assert plug.reader.ask(ef("000A")) == b""
    assert remove_card(plug.socket) is None, "it left by itself"
    put_in(plug, "sample", "pulled-at-1")
    assert plug.reader.ask(JPKI) == b""
    status = card_status(plug.socket)
    assert (status.card, status.last, status.was_pulled, status.commands) == (None, "sample", True, 1)
    put_in(plug, "sample")
    assert plug.reader.ask(JPKI) == b"\x90\x00"


@pytest.mark.parametrize(
    ("name", "faults", "words"),
    [
        ("nobody", [], "There is no sample card named 'nobody'"),
        ("sample", ["broken"], "'broken' is not a known fault. Known: pulled-at-N, silent"),
        ("sample", ["silent", "pulled-at-0"], "'pulled-at-0' is not a known fault"),
    ],
)
def test_refused_insert_leaves_the_card_that_lies_there(plug: Plug, name: str, faults: list[str], words: str) -> None:
    put_in(plug, "other")
    with pytest.raises(PlugError, match=words):
        insert_card(plug.socket, name, faults)
    assert card_status(plug.socket).card == "other"
    assert plug.reader.ask(JPKI) == b"\x90\x00"


def test_insert_without_a_reader_is_a_sentence(plug: Plug) -> None:
    with plug.reader.gone(), pytest.raises(PlugError, match="No virtual reader listens on"):
        insert_card(plug.socket, "sample")
    assert card_status(plug.socket).card is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "one JSON object"),
        (b"no json\n", "one JSON object"),
        (b"[]\n", "one JSON object"),
        (b'"insert"\n', "one JSON object"),
        (b"\xff\xfe\n", "one JSON object"),
        (b"{}\n", "knows insert, remove, list"),
        (b'{"do": "explode"}\n', "knows insert, remove, list"),
        (b'{"do": ["insert"]}\n', "knows insert, remove, list"),
        (b'{"do": "insert"}\n', "needs a name"),
        (b'{"do": "insert", "name": 3}\n', "needs a name"),
        (b'{"do": "insert", "name": "sample", "faults": "slow"}\n', "needs a name"),
        (b'{"do": "insert", "name": "sample", "faults": [7]}\n', "not a known fault"),
        (b"{" * 70_000 + b"\n", "one JSON object"),
    ],
)
def test_bad_request_is_answered_and_the_plug_goes_on(plug: Plug, line: bytes, words: str) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(str(plug.socket))
        connection.sendall(line)
        connection.shutdown(socket.SHUT_WR)
        answer = json.loads(connection.makefile("rb").readline())
    assert answer["ok"] is False
    assert words in answer["error"]
    assert card_status(plug.socket).card is None


def test_caller_that_hangs_up_early_does_no_harm(plug: Plug) -> None:
    for _ in range(20):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(plug.socket))
            connection.sendall(b'{"do": "list"}\n')
    assert len(list_cards(plug.socket)) == 3


def test_socket_is_for_its_owner_alone(plug: Plug) -> None:
    assert stat.S_IMODE(plug.socket.stat().st_mode) == 0o600
    assert stat.S_IMODE(plug.socket.parent.stat().st_mode) == 0o700


def test_no_plug_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlugError, match=r"Start \./uketsuke demo first"):
        list_cards(tmp_path / "plug.sock")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "plug.sock"))
    with pytest.raises(PlugError, match=r"Start \./uketsuke demo first"):
        remove_card(tmp_path / "plug.sock")
