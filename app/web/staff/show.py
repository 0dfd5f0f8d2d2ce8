"""The board's filters, and which one a session chose last."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from enum import StrEnum

from app.web.staff.lines import CheckLine

MOST = 500
"""Sessions; the one that chose longest ago is forgotten first."""


class Show(StrEnum):
    ALL = "all"
    WAITING = "waiting"
    DONE = "done"
    ATTENTION = "attention"


SHOW_WORDS: dict[Show, str] = {
    Show.ALL: "すべて",
    Show.WAITING: "対応待ち",
    Show.DONE: "済み",
    Show.ATTENTION: "要注意",
}
NOTHING_WORDS: dict[Show, str] = {
    Show.ALL: "本日の受付はまだありません。患者さんが受付機にカードを置くと、ここにすぐ表示されます。",
    Show.WAITING: "対応を待っている受付はありません。",
    Show.DONE: "済んだ受付はまだありません。",
    Show.ATTENTION: "要注意の受付はありません。資格が有効でない、前回から変わった、お知らせがある受付がここに出ます。",
}


def belongs(line: CheckLine, show: Show) -> bool:
    match show:
        case Show.ALL:
            return True
        case Show.WAITING:
            return line.is_waiting
        case Show.DONE:
            return not line.is_waiting
        case Show.ATTENTION:
            return line.needs_attention


def counted(lines: Sequence[CheckLine]) -> dict[Show, int]:
    return {show: sum(belongs(line, show) for line in lines) for show in Show}


def show_named(text: str | None) -> Show | None:
    return Show(text) if text in set(Show) else None


class ShowMemory:
    """In memory alone: a restart forgets it, and every board shows everything. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[bytes, Show] = {}

    def remember(self, token: str, show: Show) -> None:
        with self._lock:
            self._kept.pop(_key(token), None)
            self._kept[_key(token)] = show
            if len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]

    def recall(self, token: str) -> Show:
        with self._lock:
            return self._kept.get(_key(token), Show.ALL)


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
