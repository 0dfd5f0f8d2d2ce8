from __future__ import annotations

import itertools
import random

import pytest

from app.card import apdu
from app.card.connection import PinBuffer
from app.card.guard import GuardedConnection
from app.card.profile import JPKI_AID, PIN_LENGTH, Ef
from app.errors import CardRemoved, ForbiddenCommand
from tests.card.scripted import ScriptedCard

SELECT_JPKI = apdu.select_application(JPKI_AID).hex()
OK = "9000"

FACE_INPUT_AID = bytes.fromhex("D3921000310001010408")
OTHER_AIDS = [
    FACE_INPUT_AID,
    bytes.fromhex("D3921000310001010402"),
    bytes.fromhex("D3921000310001010401"),
    bytes.fromhex("D3921000310001010100"),
    bytes.fromhex("A000000151000000"),
    JPKI_AID[:-1],
    JPKI_AID + b"\x00",
    b"",
]


def filled(digits: str = "4826") -> PinBuffer:
    pin = PinBuffer(len(digits))
    for digit in digits:
        pin.append_digit(int(digit))
    return pin


def opened(*exchanges: tuple[str, str]) -> tuple[GuardedConnection, ScriptedCard]:
    """A guard whose card has the application selected."""
    card = ScriptedCard((SELECT_JPKI, OK), *exchanges)
    guard = GuardedConnection(card)
    guard.transmit(bytes.fromhex(SELECT_JPKI))
    return guard, card


@pytest.mark.parametrize("aid", OTHER_AIDS)
@pytest.mark.parametrize("p2", [0x00, 0x0C])
def test_no_other_application_can_be_selected(aid: bytes, p2: int) -> None:
    for guard, card in ((GuardedConnection(ScriptedCard()), None), opened()):
        with pytest.raises(ForbiddenCommand):
            guard.transmit(bytes((0x00, 0xA4, 0x04, p2, len(aid))) + aid)
        if card is not None:
            card.assert_finished()


@pytest.mark.parametrize("head", ["00A4020C02", "00A4000C02", "00A4020002", "00A4090C02", "00A4080C02", "01A4020C02"])
def test_file_0001_cannot_be_selected_in_any_form(head: str) -> None:
    guard, card = opened()
    with pytest.raises(ForbiddenCommand):
        guard.transmit(bytes.fromhex(head + "0001"))
    card.assert_finished()


def test_of_all_files_only_the_four_of_the_dialogue_can_be_selected() -> None:
    guard, _ = opened(*((apdu.select_file(ef).hex(), OK) for ef in sorted(Ef)))
    allowed = []
    for number in range(0x10000):
        try:
            guard.transmit(bytes.fromhex("00A4020C02") + number.to_bytes(2, "big"))
        except ForbiddenCommand:
            continue
        allowed.append(number)
    assert allowed == [0x0006, 0x000A, 0x0017, 0x0018]


def test_nothing_but_the_application_can_be_asked_first() -> None:
    guard = GuardedConnection(ScriptedCard())
    for command in (apdu.select_file(Ef.TOKEN), apdu.read_binary(0, 4), apdu.QUERY_ATTEMPTS):
        with pytest.raises(ForbiddenCommand):
            guard.transmit(command)


def test_no_command_outside_the_five_reaches_the_card() -> None:
    """All class and instruction bytes, bare and with data, while the PIN file is selected."""
    select_pin = apdu.select_file(Ef.AUTH_PIN)
    guard, card = opened((select_pin.hex(), OK))
    guard.transmit(select_pin)
    for cla, ins in itertools.product((0x00, 0x01, 0x04, 0x0C, 0x80, 0x90, 0xFF), range(0x100)):
        for tail in (b"\x00\x00", b"\x00\x80\x04\x31\x32\x33\x34", b"\x01\x80\x00", b"\x81\x00\x04"):
            with pytest.raises(ForbiddenCommand):
                guard.transmit(bytes((cla, ins)) + tail)
    card.assert_finished()


def test_random_bytes_never_pass() -> None:
    guard, card = opened()
    chance = random.Random(1)
    for _ in range(5000):
        with pytest.raises(ForbiddenCommand):
            guard.transmit(chance.randbytes(chance.randint(0, 20)))
    card.assert_finished()


def test_short_file_numbers_in_a_read_are_refused() -> None:
    select = apdu.select_file(Ef.TOKEN)
    guard, card = opened((select.hex(), OK))
    guard.transmit(select)
    for p1 in range(0x80, 0x100):
        with pytest.raises(ForbiddenCommand):
            guard.transmit(bytes((0x00, 0xB0, p1, 0x00, 0x04)))
    card.assert_finished()


def test_a_refused_select_leaves_nothing_selected() -> None:
    select_pin = apdu.select_file(Ef.AUTH_PIN)
    guard, card = opened((select_pin.hex(), "6A82"))
    guard.transmit(select_pin)
    with pytest.raises(ForbiddenCommand):
        guard.transmit(apdu.QUERY_ATTEMPTS)
    with pytest.raises(ForbiddenCommand):
        guard.transmit_secret(apdu.verify_header(PIN_LENGTH), filled())
    card.assert_finished()


@pytest.mark.parametrize("header", ["0020008005", "0020008104", "0024008004", "8032008004", "00200080", "0020018004"])
def test_a_secret_goes_out_as_verify_only(header: str) -> None:
    select_pin = apdu.select_file(Ef.AUTH_PIN)
    guard, card = opened((select_pin.hex(), OK))
    guard.transmit(select_pin)
    pin = filled()
    with pytest.raises(ForbiddenCommand):
        guard.transmit_secret(bytes.fromhex(header), pin)
    assert not pin.is_complete
    card.assert_finished()


def test_an_incomplete_or_wiped_pin_is_never_sent() -> None:
    select_pin = apdu.select_file(Ef.AUTH_PIN)
    guard, card = opened((select_pin.hex(), OK))
    guard.transmit(select_pin)
    wiped = filled()
    wiped.wipe()
    for pin in (PinBuffer(PIN_LENGTH), wiped):
        with pytest.raises(ForbiddenCommand):
            guard.transmit_secret(apdu.verify_header(PIN_LENGTH), pin)
    card.assert_finished()


def test_more_data_is_fetched_until_there_is_no_more() -> None:
    select = apdu.select_file(Ef.TOKEN)
    guard, card = opened(
        (select.hex(), OK), ("00B0000004", "AA6102"), ("00C0000002", "BB6101"), ("00C0000001", "CC9000")
    )
    guard.transmit(select)
    assert guard.transmit(apdu.read_binary(0, 4)) == (b"\xaa\xbb\xcc", 0x9000)
    card.assert_finished()


def test_a_wrong_length_is_asked_again_with_the_right_one() -> None:
    select = apdu.select_file(Ef.TOKEN)
    guard, card = opened((select.hex(), OK), ("00B0000004", "6C02"), ("00B0000002", "AABB9000"))
    guard.transmit(select)
    assert guard.transmit(apdu.read_binary(0, 4)) == (b"\xaa\xbb", 0x9000)
    card.assert_finished()


def test_a_card_that_always_has_more_is_left_alone_in_the_end() -> None:
    select = apdu.select_file(Ef.TOKEN)
    guard, card = opened((select.hex(), OK), ("00B0000004", "6101"), *[("00C0000001", "AA6101")] * 16)
    guard.transmit(select)
    assert guard.transmit(apdu.read_binary(0, 4)).sw == 0x6101
    card.assert_finished()


@pytest.mark.parametrize("sw", ["6102", "6C04", "6F00"])
def test_verify_is_never_followed_by_anything_of_the_guards_own(sw: str) -> None:
    select_pin = apdu.select_file(Ef.AUTH_PIN)
    guard, card = opened((select_pin.hex(), OK), ("00200080", sw), ("002000800434383236", sw))
    guard.transmit(select_pin)
    assert guard.transmit(apdu.QUERY_ATTEMPTS).sw == int(sw, 16)
    assert guard.transmit_secret(apdu.verify_header(PIN_LENGTH), filled()).sw == int(sw, 16)
    card.assert_finished()


def test_first_answer_6f00_is_asked_once_more() -> None:
    card = ScriptedCard((SELECT_JPKI, "6F00"), (SELECT_JPKI, OK))
    assert GuardedConnection(card).transmit(bytes.fromhex(SELECT_JPKI)).sw == 0x9000
    card.assert_finished()


def test_6f00_is_asked_again_only_once_and_only_first() -> None:
    card = ScriptedCard((SELECT_JPKI, "6F00"), (SELECT_JPKI, "6F00"), (SELECT_JPKI, "6F00"))
    guard = GuardedConnection(card)
    assert guard.transmit(bytes.fromhex(SELECT_JPKI)).sw == 0x6F00
    assert guard.transmit(bytes.fromhex(SELECT_JPKI)).sw == 0x6F00
    card.assert_finished()


def test_a_lost_card_is_not_asked_again() -> None:
    card = ScriptedCard((SELECT_JPKI, CardRemoved()))
    with pytest.raises(CardRemoved):
        GuardedConnection(card).transmit(bytes.fromhex(SELECT_JPKI))
    card.assert_finished()


def test_closing_cuts_the_power_and_forgets_the_selection() -> None:
    guard, card = opened()
    guard.close()
    assert card.closed == 1
    with pytest.raises(ForbiddenCommand):
        guard.transmit(apdu.select_file(Ef.TOKEN))
