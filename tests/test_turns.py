"""The turns of threads."""

from __future__ import annotations

import sys

from app.turns import TURN_S, take_short_turns


def test_threads_take_turns_more_often_than_python_lets_them() -> None:
    before = sys.getswitchinterval()
    try:
        take_short_turns()
        assert sys.getswitchinterval() == TURN_S < before
    finally:
        sys.setswitchinterval(before)
