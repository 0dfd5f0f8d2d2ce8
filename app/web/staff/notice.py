"""Banners on the board: what is the matter, and what to do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.clock import TOKYO
from app.speech.phrases import reason_words
from app.speech.phrases.kiosk_words import KIOSK_OUT
from app.store.database import Store
from app.store.kiosks import KioskOut, kiosks_out
from app.web.staff.lines import clock_time
from app.web.staff.text import shown


@dataclass(frozen=True, slots=True)
class Notice:
    """One banner. ``key`` is unique on the page and new with each cause; ``news`` is said once where it appears."""

    key: str
    text: str
    next_step: str
    may_put_away: bool = False
    news: str | None = None
    sound: str = "arrival"


def kiosk_notices(store: Store, now: datetime) -> list[Notice]:
    """One banner for each kiosk that cannot take cards; gone with the next drawing once it can."""
    return [_kiosk_notice(out, place, now) for place, out in enumerate(kiosks_out(store), 1)]


def _kiosk_notice(out: KioskOut, place: int, now: datetime) -> Notice:
    words, since = reason_words(out.code), out.since.astimezone(TOKYO)
    today = since.date() == now.astimezone(TOKYO).date()
    moment = clock_time(since) if today else f"{since.month}月{since.day}日 {clock_time(since)}"
    text = f"{KIOSK_OUT}（{shown(out.kiosk)}、{moment}から）"
    key = f"kiosk-{since:%Y%m%d%H%M%S}-{place}"  # each outage is news of its own
    return Notice(key, text, f"{words.staff}。{words.next_step}", news=f"{KIOSK_OUT}。{words.staff}", sound="call")
