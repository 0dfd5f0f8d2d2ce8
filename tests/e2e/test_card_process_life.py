"""Start, end and log of the card process, each test with a process of its own."""

from __future__ import annotations

import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from app.card import apdu as commands
from app.card.profile import Ef
from app.eligibility.ports import DeskState
from app.errors import PinIncorrect, StaleEpoch
from tests.card.process import NONCE, WRONG_PIN, assert_signed, running, start
from tests.pcsc_stack import PcscStack, VirtualReader, pcsc_stack, virtual_reader  # noqa: F401 - fixtures
from tests.sample_cards import PIN, sample_card


@pytest.fixture
def state() -> Iterator[Path]:
    """A folder with a name short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="card-"))
    yield folder
    shutil.rmtree(folder)


def test_process_that_ends_is_seen_as_down_and_its_successor_counts_on(
    pcsc_stack: PcscStack,  # noqa: F811
    virtual_reader: VirtualReader,  # noqa: F811
    state: Path,
) -> None:
    with running(state) as first:
        virtual_reader.insert(sample_card())
        before = first.until(DeskState.READY)
        first.process.send_signal(signal.SIGTERM)
        assert first.until(DeskState.DOWN).epoch == before.epoch
        assert first.process.wait(30) == 0
        assert not first.settings.card_socket.exists()
        virtual_reader.remove()
        with running(state) as second:
            virtual_reader.insert(sample_card())
            after = second.until(DeskState.READY)
            assert after.epoch > before.epoch
            assert first.until(DeskState.READY, after=before.epoch).epoch == after.epoch


def test_commands_are_logged_only_when_asked_for(
    pcsc_stack: PcscStack,  # noqa: F811
    virtual_reader: VirtualReader,  # noqa: F811
    state: Path,
) -> None:
    with running(state) as desk:
        virtual_reader.insert(sample_card())
        desk.enter(desk.until(DeskState.READY))
        assert "card.serving" in desk.log.read_text()
        assert "apdu " not in desk.log.read_text()


def test_log_at_its_loudest_holds_no_digit_and_no_data(
    pcsc_stack: PcscStack,  # noqa: F811
    virtual_reader: VirtualReader,  # noqa: F811
    state: Path,
) -> None:
    with running(state, apdu_log=True) as desk:
        card = sample_card()
        virtual_reader.insert(card)
        status = desk.until(DeskState.READY)
        keypad = desk.client.open_keypad(status.epoch)
        with pytest.raises(PinIncorrect):
            desk.enter(status, WRONG_PIN)
        proof = desk.enter(status)
        desk.process.send_signal(signal.SIGTERM)
        assert desk.process.wait(30) == 0
        text = desk.log.read_text()
    assert text.count("apdu 00 20 00 80 sent=9") == 2, "the log must be the loud one"
    lower = text.lower().replace(" ", "")
    secrets = [proof.certificate_der, proof.signature, NONCE]
    forbidden = [value[at : at + 4].hex() for value in secrets for at in range(0, len(value) - 4, 4)]
    forbidden += [pin.encode().hex() for pin in (PIN, WRONG_PIN)] + [token.lower() for token in keypad.tokens]
    forbidden += [f"[{', '.join(str(ord(digit)) for digit in pin)}" for pin in (PIN, WRONG_PIN)]
    assert not [piece for piece in forbidden if piece in lower]
    # Times and counts may hold the digits by chance, so they are looked for as words of their own.
    assert not {PIN, WRONG_PIN} & set(text.replace("=", " ").split())


def test_pcscd_that_stands_still_is_no_reader_until_it_moves(
    pcsc_stack: PcscStack,  # noqa: F811
    virtual_reader: VirtualReader,  # noqa: F811
    state: Path,
) -> None:
    with running(state, deadline_s=2.0) as desk:
        virtual_reader.insert(sample_card())
        status = desk.until(DeskState.READY)
        with pcsc_stack.frozen():
            assert desk.until(DeskState.NO_READER).error_code == "reader.silent"
            with pytest.raises(StaleEpoch):
                desk.client.open_keypad(status.epoch)
        assert_signed(desk.enter(desk.until(DeskState.READY, after=status.epoch)))
        assert desk.process.poll() is None
        assert desk.log.read_text().count("reader.silent code=reader.silent") == 1
        with pcsc_stack.frozen():
            desk.process.send_signal(signal.SIGTERM)
            assert desk.process.wait(30) == 0, "it can be stopped all the same"


def copies_in_memory(pid: int, needle: bytes) -> int:
    """Count ``needle`` in all that the process may read. Skips where this kernel lets nobody look."""
    count = 0
    try:
        with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            for line in maps:
                borders, access = line.split()[:2]
                if access[0] != "r" or "[v" in line:
                    continue
                first, last = (int(border, 16) for border in borders.split("-"))
                with suppress(OSError):
                    memory.seek(first)
                    count += memory.read(last - first).count(needle)
    except PermissionError:
        pytest.skip("the memory of another process cannot be read here")
    return count


@pytest.mark.parametrize("pin", [PIN, WRONG_PIN])
def test_no_copy_of_the_pin_command_stays_in_memory(
    pcsc_stack: PcscStack,  # noqa: F811
    virtual_reader: VirtualReader,  # noqa: F811
    state: Path,
    pin: str,
) -> None:
    with running(state) as desk:
        virtual_reader.insert(sample_card())
        status = desk.until(DeskState.READY)
        with suppress(PinIncorrect):
            desk.enter(status, pin)
        command = commands.verify_header(4) + pin.encode()
        assert copies_in_memory(desk.process.pid, b"card.serving") > 0, "the search must find what is there"
        # Shorter commands leave the last digits of a longer one standing: whole, and under what usually follows.
        selected = commands.select_file(Ef.AUTH_PIN) + command[7:]
        for needle in (command, selected, commands.QUERY_ATTEMPTS + selected[4:]):
            assert copies_in_memory(desk.process.pid, needle) == 0
            assert copies_in_memory(pcsc_stack.pid, needle) == 0


def test_core_dumps_are_off(pcsc_stack: PcscStack, state: Path) -> None:  # noqa: F811
    with running(state) as desk:
        limits = Path(f"/proc/{desk.process.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]


def test_second_process_on_the_same_socket_refuses_and_leaves_the_first_alone(
    pcsc_stack: PcscStack,  # noqa: F811
    state: Path,
) -> None:
    with running(state) as desk:
        second = start(desk.settings, state / "second.log")
        assert second.wait(30) == 1
        assert desk.client.status().state is DeskState.NO_CARD
        desk.client.release(0)


def test_stale_socket_file_is_replaced(pcsc_stack: PcscStack, state: Path) -> None:  # noqa: F811
    with running(state) as desk:
        desk.process.kill()
        desk.until(DeskState.DOWN, after=-1)
        assert desk.settings.card_socket.exists()
    with running(state) as desk:
        assert stat.S_IMODE(desk.settings.card_socket.stat().st_mode) == 0o600
