from __future__ import annotations

import ctypes

import pytest

from app.card.keypad import KEYPAD_LIFE_S, KeypadDesk
from app.eligibility.ports import Keypad
from app.eligibility.stages import Limits
from app.errors import KeypadSpent
from tests.fakes import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(clock: ManualClock) -> KeypadDesk:
    return KeypadDesk(clock)


def keys(keypad: Keypad, pin: str) -> tuple[str, ...]:
    return tuple(keypad.tokens["1234567890".index(digit)] for digit in pin)


def spend(desk: KeypadDesk, epoch: int, keypad: Keypad, pin: str) -> bytes:
    with desk.spend(epoch, keypad.keypad_id, keys(keypad, pin)) as buffer:
        return ctypes.string_at(buffer.address, len(buffer))


@pytest.mark.parametrize("pin", ["1234", "5678", "9012", "0000", "4477"])
def test_tokens_become_the_digits_of_their_keys(desk: KeypadDesk, pin: str) -> None:
    assert spend(desk, 5, desk.open(5), pin) == pin.encode()


def test_tokens_are_letters_only_and_never_the_same_twice(desk: KeypadDesk) -> None:
    seen: set[str] = set()
    for _ in range(50):
        keypad = desk.open(5)
        assert len(keypad.tokens) == 10
        seen |= {keypad.keypad_id, *keypad.tokens}
    assert len(seen) == 50 * 11
    # 52 letters are 5.7 bits each.
    assert all(token.isascii() and token.isalpha() and len(token) * 5.7 >= 128 for token in seen)


def test_second_submission_finds_the_keypad_gone(desk: KeypadDesk) -> None:
    keypad = desk.open(5)
    spend(desk, 5, keypad, "1234")
    with pytest.raises(KeypadSpent):
        spend(desk, 5, keypad, "1234")


def test_opening_a_new_keypad_kills_the_old_one(desk: KeypadDesk) -> None:
    old, new = desk.open(5), desk.open(5)
    with pytest.raises(KeypadSpent):
        spend(desk, 5, old, "1234")
    with pytest.raises(KeypadSpent):
        spend(desk, 5, new, "1234")


def test_keypad_of_another_insertion_is_refused_and_dies(desk: KeypadDesk) -> None:
    keypad = desk.open(5)
    with pytest.raises(KeypadSpent):
        spend(desk, 6, keypad, "1234")
    with pytest.raises(KeypadSpent):
        spend(desk, 5, keypad, "1234")


def test_keypad_outlives_ten_extensions_of_the_pages_limit() -> None:
    assert 11 * Limits().pin_idle_s < KEYPAD_LIFE_S


def test_keypad_lives_half_an_hour_and_no_longer(desk: KeypadDesk, clock: ManualClock) -> None:
    keypad = desk.open(5)
    clock.seconds += 1800 - 0.001
    assert spend(desk, 5, keypad, "1234") == b"1234"
    keypad = desk.open(5)
    clock.seconds += KEYPAD_LIFE_S
    with pytest.raises(KeypadSpent):
        spend(desk, 5, keypad, "1234")
    clock.seconds -= KEYPAD_LIFE_S
    with pytest.raises(KeypadSpent):
        spend(desk, 5, keypad, "1234")


@pytest.mark.parametrize("pin", ["", "123", "12345"])
def test_anything_but_four_tokens_kills_the_keypad(desk: KeypadDesk, pin: str) -> None:
    keypad = desk.open(5)
    with pytest.raises(KeypadSpent):
        spend(desk, 5, keypad, pin)
    with pytest.raises(KeypadSpent):
        spend(desk, 5, keypad, "1234")


@pytest.mark.parametrize("stranger", ["", "x", "１", "1", "abc"])
def test_one_unknown_token_kills_the_keypad(desk: KeypadDesk, stranger: str) -> None:
    keypad = desk.open(5)
    with pytest.raises(KeypadSpent):
        desk.spend(5, keypad.keypad_id, (*keypad.tokens[:3], stranger))
    with pytest.raises(KeypadSpent):
        spend(desk, 5, keypad, "1234")


@pytest.mark.parametrize("keypad_id", ["", "x", "あいう"])
def test_another_keypads_name_kills_the_open_one(desk: KeypadDesk, keypad_id: str) -> None:
    keypad = desk.open(5)
    with pytest.raises(KeypadSpent):
        desk.spend(5, keypad_id, keys(keypad, "1234"))
    with pytest.raises(KeypadSpent):
        spend(desk, 5, keypad, "1234")


def test_wiped_desk_has_no_keypad(desk: KeypadDesk) -> None:
    keypad = desk.open(5)
    desk.wipe()
    with pytest.raises(KeypadSpent):
        spend(desk, 5, keypad, "1234")
