from __future__ import annotations

import ctypes

import pytest

from app.card.connection import PinBuffer


def memory_of(pin: PinBuffer) -> bytes:
    return ctypes.string_at(pin.address, len(pin))


def filled() -> PinBuffer:
    pin = PinBuffer(4)
    for digit in (4, 8, 2, 6):
        pin.append_digit(digit)
    return pin


def test_digits_stand_in_the_buffer_as_ascii() -> None:
    pin = filled()
    assert memory_of(pin) == b"4826"
    command = [0, 0x20, 0, 0x80, 4, 0, 0, 0, 0]
    pin.copy_into(command, 5)
    assert command == [0x00, 0x20, 0x00, 0x80, 0x04, 0x34, 0x38, 0x32, 0x36]


def test_wiping_leaves_zeros_in_the_same_memory() -> None:
    pin = filled()
    pin.wipe()
    assert memory_of(pin) == bytes(4)
    assert not pin.is_complete
    pin.wipe()


def test_leaving_the_with_block_wipes_even_after_an_error() -> None:
    pin = filled()
    with pytest.raises(RuntimeError), pin:
        raise RuntimeError
    assert memory_of(pin) == bytes(4)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_incomplete_buffer_gives_nothing_away(count: int) -> None:
    pin = PinBuffer(4)
    for _ in range(count):
        pin.append_digit(7)
    with pytest.raises(ValueError, match="not complete"):
        pin.copy_into([0] * 9, 5)


def test_wiped_buffer_gives_nothing_and_takes_nothing() -> None:
    pin = filled()
    pin.wipe()
    command = [9] * 9
    with pytest.raises(ValueError, match="not complete"):
        pin.copy_into(command, 5)
    assert command == [9] * 9
    with pytest.raises(ValueError, match="no such digit"):
        pin.append_digit(1)


@pytest.mark.parametrize("digit", [-1, 10])
def test_only_digits_are_taken(digit: int) -> None:
    with pytest.raises(ValueError, match="no such digit"):
        PinBuffer(4).append_digit(digit)


def test_fifth_digit_is_refused() -> None:
    pin = filled()
    with pytest.raises(ValueError, match="no such digit"):
        pin.append_digit(1)


def test_page_is_locked_into_memory_until_it_is_wiped() -> None:
    def locked_kib() -> int:
        """The size locked in the mapping that holds the buffer."""
        with open("/proc/self/smaps") as maps:
            inside = False
            for line in maps:
                head = line.split()[0]
                if "-" in head and not head.endswith(":"):
                    first, last = (int(border, 16) for border in head.split("-"))
                    inside = first <= pin.address < last
                elif inside and head == "VmFlags:":
                    return int("lo" in line.split()[1:])
        raise AssertionError("the buffer stands in no mapping")

    pin = filled()
    assert locked_kib() == 1
    pin.wipe()
    assert locked_kib() == 0


def test_it_does_not_print_its_digits() -> None:
    assert "4" not in repr(filled()).replace("0x", "")
