"""本日の受付 as one kind of viewer sees it: which lines, the words around them, and the drawing that pages share."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import cast

from flask import render_template
from markupsafe import Markup

from app.clock import Clock
from app.eligibility.retention import days_left_words, visible_until
from app.web.staff.board_drawing import Drawing, Drawings, Key, Row
from app.web.staff.board_news import BoardNews
from app.web.staff.lines import CheckLine, check_line
from app.web.staff.pending import reminder_of
from app.web.staff.ports import BoardRow, StaffDesk
from app.web.staff.show import NOTHING_WORDS, SHOW_WORDS, Show, belongs, counted

SHOWN = 40
"""Lines of the board besides waiting ones; a long day's older ones are a press away."""


@dataclass(frozen=True, slots=True)
class View:
    """All that decides what a page shows; two pages with the same view show the same."""

    show: Show
    is_whole: bool
    may_act: bool
    """With the buttons for whoever may take and finish rows."""


@dataclass(frozen=True, slots=True)
class Listing:
    cursor: int
    rows: Sequence[BoardRow]
    lines: Sequence[CheckLine]
    drawn: Sequence[CheckLine]
    unseen: Sequence[CheckLine]
    """Young news that a filter leaves out; they are told all the same."""
    left_out: int
    """Lines that would fit the filter."""


class BoardView:
    """Reads the board and keeps its drawings, one series a view. Every call may raise ``StoreError``."""

    def __init__(self, desk: StaffDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._day = clock.now().date()
        self._news = BoardNews()
        self._lines: Mapping[str, tuple[BoardRow, CheckLine]] = {}
        self._drawings = {
            View(show, is_whole, may_act): Drawings()
            for show in Show
            for is_whole in (False, True)
            for may_act in (False, True)
        }

    def drawing(self, view: View) -> Drawing:
        """Return what the page of a moment shows, one for all who ask at it."""
        return self._drawings[view].newest(self._moment(), partial(self._draw, view))

    def changes(self, view: View, shown: str) -> Markup | None:
        """Return what a page lacks that shows the drawing ``shown``, ``None`` when it needs all of it."""
        return self._drawings[view].changes(self._moment(), shown, partial(self._draw, view))

    def listing(self, view: View) -> Listing:
        cursor, rows = self._desk.board(self._clock.now())
        lines = self._lines_of(rows)
        fitting = [line for line in lines if belongs(line, view.show)]
        drawn = [line for place, line in enumerate(fitting) if place < SHOWN or line.is_waiting or view.is_whole]
        ids = {line.check_id for line in drawn}
        young = self._news.youngest(lines)
        unseen = [line for line in lines if line.news_key in young and line.check_id not in ids]
        return Listing(cursor, rows, lines, drawn, unseen, len(fitting) - len(drawn))

    def _lines_of(self, rows: Sequence[BoardRow]) -> list[CheckLine]:
        """An unchanged row is the same object from reading to reading, and so is its line."""
        last, lines = self._lines, {}
        for row in rows:
            known = last.get(row.check_id)
            lines[row.check_id] = known if known is not None and known[0] is row else (row, check_line(row))
        self._lines = lines
        return [line for _, line in lines.values()]

    def words(self, view: View, listing: Listing) -> dict[str, object]:
        """What stands around the lines, for every template of the board."""
        counts = counted(listing.lines)
        return {
            "count": len(listing.rows),
            "waiting": counts[Show.WAITING],
            "left_out": listing.left_out,
            "may_shorten": view.is_whole and len(listing.drawn) > SHOWN,
            "shows_all": view.is_whole,
            "all": 1 if view.is_whole else None,
            "newest": SHOWN,
            "show": view.show,
            "filters": [(one, SHOW_WORDS[one], counts[one]) for one in Show],
            "nothing": NOTHING_WORDS[Show.ALL if not listing.rows else view.show],
            "may_act": view.may_act,
        }

    def _moment(self) -> Key:
        now = self._clock.now().replace(microsecond=0)
        if now.date() != self._day:
            self._day = now.date()
            self._lines = {}
            for drawings in self._drawings.values():
                drawings.forget()
        return self._desk.cursor(), now

    def _draw(self, view: View, last: Drawing | None) -> Drawing:
        listing = self.listing(view)
        words = self.words(view, listing)
        now = self._clock.now()
        reminder = reminder_of(self._desk, now)
        days_left = {day: days_left_words(visible_until(at), now) for day, at in _one_a_day(listing.lines).items()}

        def rows(lines: Sequence[CheckLine], kind: str, before: Mapping[str, Row]) -> dict[str, Row]:
            return {
                name: _row(line, days_left[line.at.date()], kind, before.get(name), words)
                for name, line in ((f"{kind}-{line.check_id}", line) for line in lines)
            }

        drawn = Drawing(
            token=secrets.token_hex(8),
            cursor=listing.cursor,
            counts=_counts(words),
            rows=rows(listing.drawn, "row", {} if last is None else last.rows),
            unseen=rows(listing.unseen, "unseen", {} if last is None else last.unseen),
            foot=_piece("_board_foot", **words),
            nothing=NOTHING_WORDS[Show.ALL if not listing.rows else view.show],
            reminder=_piece("_pending_reminder", open=reminder, may_act=view.may_act),
            waiting=counted(listing.lines)[Show.WAITING],
            news="\n".join(line.news_key for line in listing.lines),
        )
        return last if last is not None and drawn == last else drawn


def _counts(words: Mapping[str, object]) -> dict[str, Markup]:
    """The numbers above the list by element id: in an arrival nothing else of the head changes."""
    filters = cast("Sequence[tuple[Show, str, int]]", words["filters"])
    counts = {"board-count": _piece("_board_count", count=words["count"], waiting=words["waiting"])}
    return counts | {
        f"count-{one}": _piece("_board_filter_count", one=one, number=number) for one, _, number in filters
    }


def _one_a_day(lines: Sequence[CheckLine]) -> dict[date, datetime]:
    return {line.at.date(): line.at for line in lines}


def _row(line: CheckLine, days_left: str, kind: str, before: Row | None, words: dict[str, object]) -> Row:
    if before is not None and (before.line is line or before.line == line) and before.days_left == days_left:
        return before
    return Row(line, days_left, _piece(f"_board_{kind}", line=line, days_left=days_left, **words))


def _piece(name: str, **context: object) -> Markup:
    return Markup(render_template(f"staff/{name}.html", **context).strip())  # noqa: S704 our template, escaped there
