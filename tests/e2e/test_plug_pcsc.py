"""Sample cards on a real pcscd, seen through PC/SC by an ordinary program."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from smartcard.CardConnection import CardConnection
from smartcard.Exceptions import CardConnectionException, NoCardException, SmartcardException
from smartcard.scard import SCARD_LEAVE_CARD, SCARD_RESET_CARD, SCARD_UNPOWER_CARD, SCARD_W_UNPOWERED_CARD
from smartcard.System import readers

from app.sandbox.plug_client import PlugError, card_status, insert_card, list_cards, plug_socket, remove_card
from tests.box.processes import wait_for
from tests.pcsc_stack import PcscStack, VirtualReader, free_port_pair, wait_for_presence
from tests.sample_cards import NOON, PIN, sample_card, sample_pki

JPKI = "00A4040C0AD392F000260100000001"
VERIFY = "0020009804" + PIN.encode().hex()
DIGEST_INFO = "3031300D060960864801650304020105000420" + hashlib.sha256(b"nonce").hexdigest()
SIGN = "802A009733" + DIGEST_INFO + "00"


@contextmanager
def connected(stack: PcscStack, disposition: int = SCARD_UNPOWER_CARD) -> Iterator[CardConnection]:
    """Connect to whatever lies in the stack's reader, waiting until PC/SC has seen it."""
    assert wait_for_presence(stack.reader_name, present=True)
    reader = next(reader for reader in readers() if reader.name == stack.reader_name)
    connection = reader.createConnection()

    def has_power() -> bool:
        try:
            connection.connect(disposition=disposition)
        except CardConnectionException as error:
            if error.hresult != SCARD_W_UNPOWERED_CARD:  # pcscd shows a new card a moment before it has power
                raise
            return False
        return True

    try:
        wait_for(has_power)
        yield connection
    finally:
        let_go(connection)


def let_go(connection: CardConnection) -> None:
    """Give back card and context now: left to the garbage collector, an error would strike whatever test runs then."""
    with suppress(SmartcardException):  # pcscd, or the card, may be gone
        connection.disconnect()
    with suppress(SmartcardException):
        connection.release()
    connection.component.hcontext = None  # a release that failed would be tried again by its __del__


def send(connection: CardConnection, *commands: str) -> tuple[bytes, int]:
    """Send all commands and return data and status word of the last."""
    data, sw = b"", 0
    for command in commands:
        answer, sw1, sw2 = connection.transmit(list(bytes.fromhex(command)))
        data, sw = bytes(answer), sw1 << 8 | sw2
    return data, sw


def read_certificate(connection: CardConnection) -> bytes:
    content, sw = send(connection, JPKI, "00B08A0000")
    while sw == 0x9000 and len(content) < int.from_bytes(content[2:4], "big") + 4:
        more, sw = send(connection, f"00B0{len(content):04X}00")
        content += more
    assert sw == 0x9000
    return content


def test_reader_stays_empty_until_a_card_is_put_in(pcsc_stack: PcscStack, virtual_reader: VirtualReader) -> None:
    assert wait_for_presence(pcsc_stack.reader_name, present=False)
    with virtual_reader.holding(sample_card()):
        assert wait_for_presence(pcsc_stack.reader_name, present=True)
    assert wait_for_presence(pcsc_stack.reader_name, present=False)


def test_whole_dialogue_over_the_real_stack(pcsc_stack: PcscStack, virtual_reader: VirtualReader) -> None:
    card = sample_card()
    with virtual_reader.holding(card), connected(pcsc_stack) as connection:
        assert bytes(connection.getATR()) == card.atr
        der = read_certificate(connection)
        assert send(connection, "00200098") == (b"", 0x63C3)
        assert send(connection, VERIFY) == (b"", 0x9000)
        signature, sw = send(connection, SIGN)
        assert sw == 0x9000
    assert der == sample_pki().issue_card_certificate("sample", card.spec.certificate, NOON)
    key = x509.load_der_x509_certificate(der).public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(signature, b"nonce", PKCS1v15(), SHA256())
    assert card.since_insertion.verifies == 1


@pytest.mark.parametrize(
    ("disposition", "answer"),
    [(SCARD_LEAVE_CARD, 0x9000), (SCARD_RESET_CARD, 0x9000), (SCARD_UNPOWER_CARD, 0x6982)],
    ids=["leave", "reset", "unpower"],
)
def test_only_power_off_forgets_the_pin(
    disposition: int, answer: int, pcsc_stack: PcscStack, virtual_reader: VirtualReader
) -> None:
    with virtual_reader.holding(sample_card()):
        with connected(pcsc_stack, disposition) as first:
            assert send(first, JPKI, VERIFY)[1] == 0x9000
        with connected(pcsc_stack) as second:
            assert send(second, JPKI, SIGN)[1] == answer


def test_locked_card_stays_locked_across_insertions(pcsc_stack: PcscStack, virtual_reader: VirtualReader) -> None:
    card = sample_card()
    wrong = "0020009804" + b"0000".hex()
    for expected in (0x63C2, 0x63C1, 0x63C0):
        with virtual_reader.holding(card), connected(pcsc_stack) as connection:
            assert send(connection, JPKI, wrong)[1] == expected
        assert wait_for_presence(pcsc_stack.reader_name, present=False)
    with virtual_reader.holding(card), connected(pcsc_stack) as connection:
        assert send(connection, JPKI, VERIFY)[1] == 0x6984


@pytest.mark.parametrize("number", [1, 2, 3])
def test_card_pulled_at_a_command_is_gone_for_the_program(
    number: int, pcsc_stack: PcscStack, virtual_reader: VirtualReader
) -> None:
    wrong = "0020009804" + b"0000".hex()
    card = sample_card()
    with virtual_reader.holding(card, f"pulled-at-{number}") as link:
        with connected(pcsc_stack) as connection, pytest.raises(CardConnectionException):
            send(connection, *[JPKI, wrong, wrong][:number])
        wait_for(lambda: link.is_pulled)
        assert wait_for_presence(pcsc_stack.reader_name, present=False)
    assert card.since_insertion.commands == number
    assert card.attempts_remaining == 3 - (number - 1)


def test_silent_card_is_freed_by_taking_it_out(pcsc_stack: PcscStack, virtual_reader: VirtualReader) -> None:
    link = virtual_reader.insert(sample_card(), "silent-at-2")
    with connected(pcsc_stack) as connection:
        assert send(connection, JPKI)[1] == 0x9000
        threading.Timer(0.1, link.close).start()
        with pytest.raises(CardConnectionException):
            send(connection, "00B08A0000")
    assert wait_for_presence(pcsc_stack.reader_name, present=False)


def test_card_that_lies_there_comes_back_after_pcscd_was_killed(
    pcsc_stack: PcscStack, virtual_reader: VirtualReader
) -> None:
    card = sample_card()
    with virtual_reader.holding(card):
        with connected(pcsc_stack) as connection:
            assert send(connection, JPKI, VERIFY)[1] == 0x9000
        pcsc_stack.kill()
        pcsc_stack.start()
        with connected(pcsc_stack) as connection:
            assert send(connection, JPKI, SIGN)[1] == 0x6982, "power was gone"
            assert send(connection, "00200098")[1] == 0x63C3


# --- the plug as a process ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RunningPlug:
    socket: Path
    process: subprocess.Popen[bytes]


@pytest.fixture
def plug(tmp_path: Path, pcsc_stack: PcscStack) -> Iterator[RunningPlug]:
    with running_plug(tmp_path, pcsc_stack.reader_port) as plug:
        yield plug


@contextmanager
def running_plug(state: Path, port: int) -> Iterator[RunningPlug]:
    people = state / "people.json"
    cards = [
        {"name": "first", "purpose": "一枚目", "card": {"kind": "my_number", "pin": PIN}},
        {"name": "second", "purpose": "二枚目", "card": {"kind": "my_number", "pin": PIN}},
        {"name": "transit", "purpose": "交通系", "card": {"kind": "transit"}},
    ]
    people.write_text(json.dumps({"format": 1, "people": cards}), "utf-8")
    options = ["--state", str(state), "--reader-port", str(port), "--people", str(people)]
    process = subprocess.Popen(
        [sys.executable, "-m", "app.sandbox.plug", *options],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    path = plug_socket(state)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                list_cards(path)
                break
            except PlugError:
                assert process.poll() is None
                assert time.monotonic() < deadline, "the plug did not answer within 60 s"
                threading.Event().wait(0.01)
        yield RunningPlug(path, process)
    finally:
        process.terminate()
        process.wait(30)


def test_tap_and_lift_put_cards_in_and_out(pcsc_stack: PcscStack, plug: RunningPlug) -> None:
    certificates = []
    for name in ("first", "second", "first"):
        insert_card(plug.socket, name)
        with connected(pcsc_stack) as connection:
            certificates.append(read_certificate(connection))
        status = card_status(plug.socket)
        assert (status.card, status.is_noticed, status.verifies) == (name, True, 0)
        assert status.commands >= 4
        assert remove_card(plug.socket) == name
        assert wait_for_presence(pcsc_stack.reader_name, present=False)
    assert certificates[0] == certificates[2] != certificates[1]


def test_replacing_a_card_is_seen_as_out_and_in(pcsc_stack: PcscStack, plug: RunningPlug) -> None:
    insert_card(plug.socket, "first")
    with connected(pcsc_stack) as connection:
        first = read_certificate(connection)
        insert_card(plug.socket, "second")
        with pytest.raises(CardConnectionException):
            send(connection, JPKI)
    with connected(pcsc_stack) as connection:
        assert read_certificate(connection) != first
    remove_card(plug.socket)


def test_fault_of_one_insertion_strikes_once(pcsc_stack: PcscStack, plug: RunningPlug) -> None:
    insert_card(plug.socket, "first", ["pulled-at-2"])
    with connected(pcsc_stack) as connection, pytest.raises(CardConnectionException):
        send(connection, JPKI, VERIFY)
    assert wait_for_presence(pcsc_stack.reader_name, present=False)
    status = card_status(plug.socket)
    assert (status.card, status.was_pulled, status.verifies) == (None, True, 1)
    insert_card(plug.socket, "first")
    with connected(pcsc_stack) as connection:
        assert send(connection, JPKI, VERIFY, SIGN)[1] == 0x9000
    remove_card(plug.socket)


def test_reader_is_free_for_others_while_nothing_lies_there(
    pcsc_stack: PcscStack, plug: RunningPlug, virtual_reader: VirtualReader
) -> None:
    insert_card(plug.socket, "transit")
    with connected(pcsc_stack) as connection:
        assert send(connection, JPKI)[1] == 0x6A82
    remove_card(plug.socket)
    assert wait_for_presence(pcsc_stack.reader_name, present=False)
    with virtual_reader.holding(sample_card()), connected(pcsc_stack) as connection:
        assert send(connection, JPKI)[1] == 0x9000


def test_tap_without_pcscd_says_so_and_works_once_it_is_there(tmp_path: Path, pcsc_stack: PcscStack) -> None:
    with running_plug(tmp_path, free_port_pair()) as plug:
        with pytest.raises(PlugError, match="Is pcscd running"):
            insert_card(plug.socket, "first")
        assert card_status(plug.socket).card is None
    with running_plug(tmp_path, pcsc_stack.reader_port) as plug:
        pcsc_stack.stop()
        try:
            with pytest.raises(PlugError, match="Is pcscd running"):
                insert_card(plug.socket, "first")
        finally:
            pcsc_stack.start()
        insert_card(plug.socket, "first")
        assert wait_for_presence(pcsc_stack.reader_name, present=True)


def test_card_leaves_with_a_plug_that_is_killed(pcsc_stack: PcscStack, plug: RunningPlug) -> None:
    insert_card(plug.socket, "first")
    assert wait_for_presence(pcsc_stack.reader_name, present=True)
    plug.process.kill()
    assert wait_for_presence(pcsc_stack.reader_name, present=False)
    reader = next(reader for reader in readers() if reader.name == pcsc_stack.reader_name)
    connection = reader.createConnection()
    try:
        with pytest.raises(NoCardException):
            connection.connect()
    finally:
        let_go(connection)
