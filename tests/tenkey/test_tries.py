"""How long wrong numbers at the tenkey make everybody wait, and how that is forgotten."""

from __future__ import annotations

import pytest

from app.errors import StoreBusy
from app.store import desk_door
from app.tenkey.tries import FORGOTTEN_S, LONGEST_S, MOST, Tries
from tests.tenkey.desk_box import Box


def failed_at(tries: Tries, *times_s: float) -> float:
    for now_s in times_s:
        tries.failed(now_s)
    return tries.wait_s(times_s[-1])


def test_waits_double_from_the_third_wrong_try_to_five_minutes() -> None:
    tries = Tries()
    waits = [failed_at(tries, 100.0) for _ in range(14)]
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert tries.wait_s(399.0) == 1
    assert tries.wait_s(400.0) == 0


def test_a_wrong_try_is_forgotten_after_ten_minutes_and_not_before() -> None:
    times = [1000.0, 1001.0, 1002.0, 1003.0]
    tries = Tries()
    assert failed_at(tries, *times) == 2
    assert failed_at(tries, 1000.0 + FORGOTTEN_S - 1) == 4
    tries = Tries()
    failed_at(tries, *times)
    assert failed_at(tries, 1000.0 + FORGOTTEN_S) == 2
    assert failed_at(tries, 1000.0 + 2 * FORGOTTEN_S - 1) == 4, "what was forgotten once is not forgotten twice"


def test_all_is_forgotten_in_two_hours_however_much_was_tried() -> None:
    tries = Tries()
    failed_at(tries, *[100.0 + second for second in range(500)])
    later = 700.0 + MOST * FORGOTTEN_S
    assert failed_at(tries, later, later + 1) == 0
    assert failed_at(tries, later + 2) == 1


@pytest.mark.parametrize("pause_s", [0, 1, 44, 100, 299, 300, 301, 599])
def test_no_pace_of_trying_gets_more_tries_than_the_longest_wait_gives(pause_s: float) -> None:
    tries, now_s, count = Tries(), 5000.0, 0
    end_s = now_s + 30 * 86400
    while now_s < end_s:
        count += 1
        now_s += max(pause_s, failed_at(tries, now_s))
    assert count <= 30 * 86400 / LONGEST_S + MOST


def test_ones_own_number_opens_and_gives_no_new_free_tries(box: Box) -> None:
    """Else whoever has a number could guess a colleague's without waiting."""
    wrong = f"{(int(box.digits) + 1) % 10**8:08}"
    for _ in range(6):
        box.type(wrong)
        box.opened().keys("/ -")
    assert "チガイマス" in box.type(wrong)
    assert "マッテクダサイ" in box.type(wrong)


@pytest.mark.parametrize("what", ["record_audit", "count_desk_codes"])
def test_a_wrong_number_that_cannot_be_noted_is_refused_and_counts(
    box: Box, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise StoreBusy("x")

    monkeypatch.setattr(desk_door, what, busy)
    wrong = f"{(int(box.digits) + 1) % 10**8:08}"
    for _ in range(7):
        assert box.type(wrong) == "(blocked)テンキーノ バンゴーガ チガイマス。"
    assert box.type(wrong) == "(blocked)アト ナナビョー マッテクダサイ。"
