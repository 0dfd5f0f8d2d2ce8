"""The board as it was drawn, in pieces, so that a page which shows one drawing is sent only what the next one changes.

One arrival adds one row. Twenty-five pages that each swapped forty rows for it kept a small computer busy for a second.
A page names the drawing that it shows by a random word; one that is not remembered gets the whole panel.

Each piece says in ``data-piece`` where it goes, and ``pieces.js`` puts it there.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from app.web.staff.lines import CheckLine

Key = tuple[int, datetime]
"""The youngest event and the second: what the board shows changes with either, and with nothing else."""

REMEMBERED = 8
"""Drawings that pages may still show: each event makes one, and a page asks after every event."""
MOST_CHANGES = 20
"""More than this is sent as a whole panel."""
ROWS, UNSEEN = "board-lines", "board-unseen"
"""Element ids of the two lists: what is drawn, and young news that are not."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line with everything that it was drawn from; as long as that is equal, so is the drawing."""

    line: CheckLine
    days_left: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Drawing:
    """All pieces by element id. ``token`` names the drawing and says nothing of what it shows."""

    token: str = field(compare=False)
    cursor: int
    counts: Mapping[str, Markup]
    rows: Mapping[str, Row]
    unseen: Mapping[str, Row]
    foot: Markup
    nothing: str
    reminder: Markup
    waiting: int
    news: str
    """The keys of all news of the day, a line each: a page that opens tells none of them."""

    @property
    def marks(self) -> Markup:
        """What the board's head bears of the drawing: its name, the youngest event, and how many wait."""
        return Markup('data-cursor="{}" data-waiting="{}" data-shown="{}"').format(
            self.cursor, self.waiting, self.token
        )


class Drawings:
    """Keeps the newest drawing of a board that holds nothing of one session, and the few before it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: Key | None = None
        self._kept: OrderedDict[str, Drawing] = OrderedDict()  # oldest first
        self._changes: dict[str, Markup | None] = {}  # an older drawing's token -> what leads to the newest

    def newest(self, key: Key, draw: Callable[[Drawing | None], Drawing]) -> Drawing:
        """Return the drawing of ``key``; the first who asks draws, from the one before, and the others wait for it."""
        with self._lock:
            return self._newest(key, draw)

    def changes(self, key: Key, token: str, draw: Callable[[Drawing | None], Drawing]) -> Markup | None:
        """Return what a page that shows the drawing of ``token`` must swap, ``None`` when it needs the whole panel."""
        with self._lock:
            newest = self._newest(key, draw)
            if token not in self._changes:
                shown = self._kept.get(token)
                self._changes[token] = None if shown is None else changes_between(shown, newest)
                while len(self._changes) > REMEMBERED * 2:  # words that nobody was given
                    self._changes.pop(next(iter(self._changes)))
            return self._changes[token]

    def forget(self) -> None:
        """Drop all drawings: yesterday's names have no more business here."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._kept.clear()
        self._changes.clear()
        self._key = None

    def _newest(self, key: Key, draw: Callable[[Drawing | None], Drawing]) -> Drawing:
        if self._key is not None and self._key[1].date() != key[1].date():
            self._forget()
        last = next(reversed(self._kept.values()), None)
        if last is not None and self._key == key:
            return last
        drawn = draw(last)
        if drawn is last:  # only time went on, and nothing by it
            self._key = key
            return drawn
        self._kept[drawn.token] = drawn
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        self._changes.clear()
        self._key = key
        return drawn


def changes_between(shown: Drawing, newest: Drawing) -> Markup | None:
    """Return the new marks of the board's head and every piece that differs, in the order in which they go in.

    ``None`` when a whole panel is the better way.
    """
    if bool(shown.rows) != bool(newest.rows) or shown.nothing != newest.nothing:
        return None
    rows = _list_changes(ROWS, shown.rows, newest.rows)
    unseen = _list_changes(UNSEEN, shown.unseen, newest.unseen)
    if rows is None or unseen is None or len(rows) + len(unseen) > MOST_CHANGES:
        return None
    others = [one for name, one in newest.counts.items() if shown.counts[name] != one]
    others += [one for old, one in ((shown.foot, newest.foot), (shown.reminder, newest.reminder)) if old != one]
    marks = Markup('<div id="board-head" data-piece="marks" {}></div>').format(newest.marks)
    return Markup("\n").join([marks, *rows, *unseen, *(_piece("anew", one) for one in others)])


def _list_changes(list_id: str, before: Mapping[str, Row], after: Mapping[str, Row]) -> list[Markup] | None:
    """Return the pieces that lead from one list to the other, ``None`` when what stays changes its order."""
    if [name for name in before if name in after] != [name for name in after if name in before]:
        return None
    pieces = [Markup('<li id="{}" data-piece="gone"></li>').format(name) for name in before if name not in after]
    place = f"first {list_id}"
    for name, row in after.items():
        if name not in before:
            pieces.append(_piece(place, row.html))
        elif before[name].html != row.html:
            pieces.append(_piece("anew", row.html))
        place = f"after {name}"
    return pieces


def _piece(way: str, html: Markup) -> Markup:
    return _marked(html, Markup('data-piece="{}"').format(way))


def in_place(html: Markup) -> Markup:
    """Mark an element that bears an id as one that replaces its namesake."""
    return _marked(html, Markup('hx-swap-oob="true"'))


def _marked(html: Markup, mark: Markup) -> Markup:
    tag, rest = html.split(" ", 1)
    return Markup("{} {} {}").format(tag, mark, rest)
