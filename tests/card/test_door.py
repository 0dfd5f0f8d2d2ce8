"""The card socket: server and client over a real unix socket, the reader played by the test."""

from __future__ import annotations

import contextlib
import json
import stat
import threading
import time

import pytest

from app.card import wire
from app.card.client import CardClient
from app.card.server import MAX_CONNECTIONS
from app.eligibility.ports import CardDesk, CardKind, CardReport, DeskState, SignedNonce
from app.errors import (
    CardError,
    CardProcessDown,
    CardRemoved,
    CardUnreadable,
    CertificateChanged,
    KeypadSpent,
    PinIncorrect,
    PinLocked,
    PinMissing,
    ReaderLost,
    StaleEpoch,
    StatusWordError,
)
from app.json_lines import decode, encode
from tests.box.processes import wait_for
from tests.card import dialogue
from tests.card.bench import WAIT_S, HangingCard, keys, ready
from tests.card.dialogue import NONCE, SELECT_JPKI, VERIFY
from tests.card.door import Door, until, until_state
from tests.card.scripted import ScriptedCard


def test_the_client_is_a_card_desk(client: CardClient) -> None:
    desk: CardDesk = client
    assert desk.status().state is DeskState.NO_READER


def test_whole_visit_over_the_socket(door: Door, client: CardClient) -> None:
    card = ready(*dialogue.whole_sign())
    door.insert(card)
    status = until_state(client, DeskState.READY)
    assert status.report == CardReport(CardKind.MY_NUMBER, True, 3)
    keypad = client.open_keypad(status.epoch)
    proof = client.sign(status.epoch, keypad.keypad_id, keys(keypad), NONCE)
    assert proof == SignedNonce(dialogue.first_certificate(), dialogue.signature())
    client.release(status.epoch)
    door.remove()
    assert until_state(client, DeskState.NO_CARD).epoch == status.epoch
    card.assert_finished()


def test_wrong_pin_brings_its_number_and_a_new_status(door: Door, client: CardClient) -> None:
    card = ready(*dialogue.whole_read(), (VERIFY, "63C1"), (SELECT_JPKI, "9000"), *dialogue.query("63C1"))
    door.insert(card)
    status = until_state(client, DeskState.READY)
    keypad = client.open_keypad(status.epoch)
    with pytest.raises(PinIncorrect) as caught:
        client.sign(status.epoch, keypad.keypad_id, keys(keypad), NONCE)
    assert caught.value.attempts_remaining == 1
    later = until(client, lambda newer: newer.serial > status.serial)
    assert later.report == CardReport(CardKind.MY_NUMBER, True, 1)


def test_stale_requests_come_back_as_such(door: Door, client: CardClient) -> None:
    with pytest.raises(StaleEpoch):
        client.open_keypad(5)
    with pytest.raises(StaleEpoch):
        client.read_again(5)
    with pytest.raises(StaleEpoch):
        client.sign(5, "x", ("a", "b", "c", "d"), NONCE)
    client.release(5)


@pytest.mark.parametrize(
    "error",
    [
        CardRemoved(),
        ReaderLost(),
        CardUnreadable(),
        StatusWordError(0x6581),
        PinIncorrect(2),
        PinLocked(),
        PinMissing(),
        CertificateChanged(),
        KeypadSpent(),
        StaleEpoch(),
        CardProcessDown(),
        CardError(),
    ],
)
def test_every_error_survives_the_wire(error: CardError) -> None:
    back = wire.decode_error(decode(encode(wire.encode_error(error))))
    assert type(back) is type(error)
    assert str(back) == str(error)


@pytest.mark.parametrize("code", ["request.busy", "gateway.failed", "no.such.code"])
def test_unknown_error_codes_mean_that_the_process_is_not_well(code: str) -> None:
    assert type(wire.decode_error({"error": code})) is CardProcessDown


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"[]\n",
        b"null\n",
        b"{\n",
        b"\xff\xfe\n",
        b"[" * 5000 + b"\n",
        b'{"do":"open the safe"}\n',
        b'{"do":["sign"]}\n',
        b'{"do":"keypad"}\n',
        b'{"do":"keypad","epoch":"1"}\n',
        b'{"do":"keypad","epoch":true}\n',
        b'{"do":"keypad","epoch":1.0}\n',
        b'{"do":"certificate"}\n',
        b'{"do":"certificate","epoch":null}\n',
        b'{"do":"wait","seen":{},"timeout_s":1}\n',
        b'{"do":"wait","seen":null,"timeout_s":"soon"}\n',
        b'{"do":"sign","epoch":1,"keypad_id":"a","tokens":"abcd","nonce":"YQ=="}\n',
        b'{"do":"sign","epoch":1,"keypad_id":"a","tokens":[1,2,3,4],"nonce":"YQ=="}\n',
        b'{"do":"sign","epoch":1,"keypad_id":7,"tokens":["a"],"nonce":"YQ=="}\n',
        b'{"do":"sign","epoch":1,"keypad_id":"a","tokens":["a"],"nonce":"!"}\n',
        b'{"do":"sign","epoch":1,"keypad_id":"a","tokens":["a"],"nonce":""}\n',
        b'{"do":"sign","epoch":1,"keypad_id":"a","tokens":["a"]}\n',
    ],
)
def test_malformed_request_gets_an_answer_and_the_connection_lives(door: Door, line: bytes) -> None:
    with door.connect() as connection, connection.makefile("rb") as lines:
        connection.sendall(line)
        assert json.loads(lines.readline()) == {"error": "request.malformed"}
        connection.sendall(b'{"do":"status"}\n')
        assert json.loads(lines.readline())["state"] == "no_reader"


def test_certificate_passes_the_door_as_it_is(door: Door, client: CardClient) -> None:
    door.insert(ready())
    status = until_state(client, DeskState.READY)
    door.reader.ready.append(ScriptedCard(*dialogue.identify(), *dialogue.read_certificate()))
    assert client.certificate(status.epoch) == dialogue.first_certificate()
    with pytest.raises(StaleEpoch):
        client.certificate(status.epoch + 1)


def test_endless_line_is_cut_off(door: Door) -> None:
    with door.connect() as connection, connection.makefile("rb") as lines:
        connection.sendall(b"x" * (wire.MAX_LINE_BYTES + 1))
        assert json.loads(lines.readline()) == {"error": "request.too_long"}
        assert lines.readline() == b""


def test_wait_on_the_socket_answers_with_the_change(door: Door) -> None:
    seen = wire.encode_status(door.desk.status())
    with door.connect() as connection, connection.makefile("rb") as lines:
        connection.sendall(encode({"do": "wait", "seen": seen, "timeout_s": 0}))
        assert json.loads(lines.readline()) == seen
        connection.sendall(encode({"do": "wait", "seen": seen, "timeout_s": WAIT_S}))
        door.remove()
        assert json.loads(lines.readline())["state"] == "no_card"


def test_socket_is_for_its_owner_alone(door: Door) -> None:
    assert stat.S_IMODE(door.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(door.path.parent.stat().st_mode) == 0o700
    assert [file.name for file in door.path.parent.iterdir()] == ["card.sock"]


def test_another_users_process_is_turned_away(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.door.os.geteuid", lambda: 54321)
    with door.connect() as connection:
        assert connection.recv(1) == b""


def test_a_submission_that_hangs_blocks_nobody_else(door: Door, client: CardClient) -> None:
    card = HangingCard()
    door.insert(card)
    assert card.is_asked.wait(WAIT_S)
    status = until_state(client, DeskState.READING)
    started = time.monotonic()
    threads = [threading.Thread(target=door.ask, args=(b'{"do":"status"}\n',)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    client.release(status.epoch)
    client.read_again(status.epoch)
    assert time.monotonic() - started < WAIT_S
    card.let_go.set()


def test_silent_connections_do_not_keep_others_out_for_ever(door: Door) -> None:
    with contextlib.ExitStack() as idle:
        for _ in range(MAX_CONNECTIONS):
            connection = idle.enter_context(door.connect())
            # Each has been served once, so each holds a place.
            connection.sendall(b'{"do":"status"}\n')
            assert connection.recv(1) == b"{"
        # Asked nothing: the door may hang up before a word of ours has left.
        with door.connect() as refused, refused.makefile("rb") as lines:
            assert json.loads(lines.readline()) == {"error": "request.busy"}
    deadline = time.monotonic() + WAIT_S
    while not is_served(door):
        assert time.monotonic() < deadline, "the places of closed connections stay taken"


def test_watcher_that_goes_is_no_error(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    with door.connect() as connection, connection.makefile("rb") as lines:
        connection.sendall(b'{"do":"watch"}\n')
        assert json.loads(lines.readline())["state"] == "no_reader"
    door.remove()
    wait_for(lambda: door.server._door._slots._value == MAX_CONNECTIONS, WAIT_S)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def is_served(door: Door) -> bool:
    """Whether a new connection gets a place; the door may close one before it has asked."""
    try:
        return "error" not in door.ask(b'{"do":"status"}\n')
    except OSError:
        return False
