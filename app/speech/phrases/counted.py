"""How many, and of what, as it is shown; ``number_phrase`` of ``desk_say.py`` reads it."""

from __future__ import annotations


def people(count: int) -> str:
    return f"{count}人"


def things(count: int) -> str:
    return f"{count}件"


def days(count: int) -> str:
    return f"{count}日"


def seconds(count: int) -> str:
    return f"{count}秒"
