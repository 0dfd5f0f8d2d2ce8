"""スクリーンリーダーモード: what a page says in its status region and keeps in 「お知らせ」, on every page alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.clock import Clock
from app.speech.phrases.connection_words import NOTHING_NEW
from app.speech.phrases.desk_captions import Privacy
from app.speech.phrases.news_words import (
    CONNECTION_BACK,
    CONNECTION_LOST,
    LOOK_SHORT,
    Arrival,
    News,
    arrival_news,
    arrival_short,
    call_news,
    call_over,
    handled_news,
    taken_news,
    visual_news,
    visual_over,
)
from app.store.visual import open_requests
from app.web.htmx import go_to, wants_fragment
from app.web.staff.desk_device import device_of
from app.web.staff.drawn import DrawnOnce
from app.web.staff.lines import check_line, clock_time
from app.web.staff.ports import BoardRow, StaffDesk
from app.web.staff.roles import Role, needs
from app.web.staff.text import shown, shown_kana

ROWS = 60
"""Checks whose news a page is given; older ones were said long ago."""
LISTED = 30
"""Entries of 「お知らせ」 on a page that was just opened; as many as its script keeps."""
_IS_PERCENT = re.compile("0[0-9]{2}|100")


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. ``plain`` is its sentence without a name, for what others see (notifications).

    ``by`` is whoever caused it: their own page says nothing of it. ``over`` is said when the entry goes.
    """

    key: str
    at: datetime
    time: str
    news: News
    plain: str
    sound: str = "arrival"
    by: str | None = None
    over: News | None = None


def add_reader(staff: Blueprint, desk: StaffDesk, clock: Clock) -> None:
    """Add the route to the blueprint, and ``reader_news`` and ``connection_news`` to every template."""
    drawings = {privacy: DrawnOnce() for privacy in Privacy}

    def news(privacy: Privacy) -> dict[str, object]:
        now = clock.now()
        cursor, rows = desk.board(now)
        items = [*_from_board(rows, privacy), *_from_calls(desk), *_from_requests(desk)]
        items.sort(key=lambda item: item.at, reverse=True)
        return {"cursor": cursor, "items": items, "listed": items[:LISTED]}

    @staff.app_context_processor
    def for_templates() -> dict[str, object]:
        return {
            "reader_news": lambda: news(device_of(request).privacy),
            "connection_news": (CONNECTION_LOST, CONNECTION_BACK),
            "nothing_new": NOTHING_NEW,
            "look_short": LOOK_SHORT,
        }

    @staff.get("/news-panel")
    @needs(Role.VIEWER)
    def news_panel() -> Response:
        if not wants_fragment():
            return go_to(url_for("staff.board"))
        privacy = device_of(request).privacy
        key = (desk.cursor(), clock.now().replace(microsecond=0))
        panel = drawings[privacy]
        return make_response(panel.get(key, lambda: render_template("staff/_news_panel.html", found=news(privacy))))


def arrival_of(row: BoardRow) -> Arrival:
    """Put a line of the board into what can be said of it."""
    share = row.contribution
    ratio = share.ratio if share is not None else None
    return Arrival(
        number=row.reception_number,
        validity=row.validity,
        reason=row.reason,
        is_seen_at_counter=row.method.is_seen_at_counter,
        is_waiting=row.is_waiting,
        name=shown(row.name) if row.name else "",
        name_kana=shown_kana(row.name_kana) if row.name_kana else "",
        share_words=share.words if share is not None and share.ratio else "",
        share_percent=int(ratio) if ratio and _IS_PERCENT.fullmatch(ratio) else None,
    )


def braille_line(row: BoardRow) -> str:
    """A line of the board in at most 32 cells, for a page that shows the name beside it."""
    return arrival_short(arrival_of(row), Privacy.EARPHONE)


def _from_board(rows: Sequence[BoardRow], privacy: Privacy) -> Iterator[Item]:
    for row in rows[:ROWS]:
        line = check_line(row)
        yield Item(
            line.news_key, row.at, line.time, arrival_news(arrival_of(row), privacy), plain=line.news, sound=line.sound
        )
        if row.handled_at is not None and line.handled is not None:
            done = handled_news(row.reception_number, shown(row.handled_by or ""))
            key = f"{row.check_id} handled {row.version}"
            yield Item(key, row.handled_at, clock_time(row.handled_at), done, done.sentence, by=row.handled_by)
        elif row.taken_at is not None and row.taken_by is not None:
            held = taken_news(row.reception_number, shown(row.taken_by))
            key = f"{row.check_id} taken {row.taken_at.isoformat()}"
            yield Item(key, row.taken_at, clock_time(row.taken_at), held, held.sentence, by=row.taken_by)


def _from_calls(desk: StaffDesk) -> Iterator[Item]:
    for call in desk.calls()[1]:
        kiosk = shown(call.kiosk)
        told = call_news(kiosk)
        yield Item(
            call.call_id,
            call.called_at,
            clock_time(call.called_at),
            told,
            told.sentence,
            sound="call",
            over=call_over(kiosk),
        )


def _from_requests(desk: StaffDesk) -> Iterator[Item]:
    for one in open_requests(desk.store):
        kiosk = shown(one.kiosk)
        told = visual_news(kiosk, one.reason)
        yield Item(
            f"visual {one.request_id}",
            one.opened_at,
            clock_time(one.opened_at),
            told,
            told.sentence,
            sound="waiting",
            over=visual_over(kiosk),
        )
