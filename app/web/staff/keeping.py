"""記録の保存と控え: how long records stay, the notices about clock, backups and damage, and the owner's buttons."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, Response, render_template, request, url_for

from app.clock import TOKYO, Clock
from app.eligibility.retention import days_left_words, visible_until
from app.speech.phrases import keeping_words as words
from app.store.housekeeping import Housekeeper
from app.store.keeping import KEEPING_PANEL
from app.web.htmx import go_to, swap, wants_fragment
from app.web.staff.lines import clock_time
from app.web.staff.notice import Notice, kiosk_notices
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import Role, needs
from app.web.staff.session import current_staff, page_token

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class BackupLine:
    name: str
    made: str
    size: str
    place: str


def add_keeping(staff: Blueprint, desk: StaffDesk, clock: Clock, keeper: Housekeeper) -> None:
    """Add the routes to the blueprint."""

    def page(done: str | None = None) -> str:
        now = clock.now()
        state = keeper.state(now)
        return render_template(
            "staff/keeping.html",
            notices=_notices(keeper, now),
            is_trusted=state.warnings.doubt is None,
            last_purge=_moment(state.last_purge),
            due=state.due.checks,
            last_backup=_moment(state.last_backup),
            backups=[
                BackupLine(
                    backup.path.name, _moment(backup.made_at), _megabytes(backup.size_bytes), str(backup.path.parent)
                )
                for backup in state.backups
            ],
            today_until=_day(visible_until(now)),
            today_left=days_left_words(visible_until(now), now),
            done=done,
        )

    @staff.get("/keeping-panel")
    @needs(Role.VIEWER)
    def keeping_panel() -> Response:
        if wants_fragment():
            return swap("staff/_keeping_panel.html")
        return go_to(url_for("staff.board"))

    @staff.get("/settings/keeping")
    @needs(Role.OWNER)
    def keeping_page() -> str:
        return page({"purge": words.PURGED, "nothing": words.NOTHING_DUE, "backup": words.BACKED_UP}.get(_done()))

    @staff.post("/settings/keeping/purge")
    @needs(Role.OWNER)
    def purge_now() -> Response:
        report = keeper.purge(current_staff().name)
        return go_to(url_for("staff.keeping_page", done="purge" if report.checks else "nothing"))

    @staff.post("/settings/keeping/backup")
    @needs(Role.OWNER)
    def back_up_now() -> Response:
        keeper.back_up(current_staff().name)
        return go_to(url_for("staff.keeping_page", done="backup"))

    @staff.post("/settings/keeping/notice-seen")
    @needs(Role.OWNER)
    def put_notice_away() -> Response:
        keeper.put_notice_away(current_staff().name, clock.now())
        return go_to(url_for("staff.board"))


def init_keeping(app: Flask, desk: StaffDesk, clock: Clock, keeper: Housekeeper) -> None:
    """Give the templates what they say about the time that records have left."""

    def panel() -> dict[str, object]:
        cursor = desk.cursor()
        now = clock.now()
        notices = [*kiosk_notices(desk.store, now), *_notices(keeper, now)]
        return {"name": KEEPING_PANEL, "cursor": cursor, "notices": notices}

    app.jinja_env.globals.update(
        keeping=panel,
        days_left=lambda until: days_left_words(until, clock.now()),
        days_left_of=lambda at: days_left_words(visible_until(at), clock.now()),
        reader_proof=reader_proof,
    )


def reader_proof(check_id: str, until: datetime) -> dict[str, str]:
    """What a page that shows a check sends along when it asks for it again.

    It proves that this session was shown the check while it could be seen. Whoever has it learns after the last
    second why the record is gone; for everybody else a record that is over and one that never was are the same.
    """
    end = until.isoformat(timespec="seconds")
    return {"until": end, "seen": _mac(check_id, end)}


def was_reading(check_id: str, now: datetime) -> bool:
    """True when this request comes from a page that showed the check, and the check's time has run out since."""
    end, seen = request.values.get("until", ""), request.values.get("seen", "")
    if not hmac.compare_digest(_mac(check_id, end).encode(), seen.encode("utf-8", "replace")):
        return False
    return now.replace(microsecond=0) > datetime.fromisoformat(end)


def _mac(check_id: str, end: str) -> str:
    text = f"seen {check_id} {end}".encode("utf-8", "replace")
    return hmac.new(page_token().encode(), text, hashlib.sha256).hexdigest()


def _notices(keeper: Housekeeper, now: datetime) -> list[Notice]:
    state = keeper.warnings(now)
    found = []
    if state.moved_aside is not None:
        found.append(_damage_notice(state.damage_backup, f"damage{_key(state.moved_aside)}"))
    if state.doubt is not None:
        key = f"clock{_key(state.trusted_at)}-{state.doubt}"
        found.append(Notice(key, words.CLOCK_NOTICE, words.CLOCK_NEXT[state.doubt], news=words.CLOCK_NOTICE))
    if state.is_backup_late:
        key = f"backup{_key(state.last_backup)}"
        found.append(Notice(key, words.BACKUP_NOTICE, words.BACKUP_NEXT, news=words.BACKUP_NOTICE))
    return found


def _key(since: datetime | None) -> str:
    return "" if since is None else f"-{since.astimezone(TOKYO):%Y%m%d%H%M%S}"


def _damage_notice(backup: datetime | None, key: str) -> Notice:
    if backup is None:
        text, next_step = words.DAMAGE_WITHOUT_BACKUP, words.DAMAGE_NEXT_WITHOUT_BACKUP
    else:
        local = backup.astimezone(TOKYO)
        made = f"{local.month}月{local.day}日 {clock_time(local)}"
        text, next_step = words.DAMAGE_NOTICE.format(made=made), words.DAMAGE_NEXT
    return Notice(key, text, next_step, may_put_away=True, news=text)


def _done() -> str:
    return request.args.get("done", "")


def _moment(at: datetime | None) -> str:
    return "まだありません" if at is None else f"{_day(at)} {clock_time(at)}"


def _day(at: datetime) -> str:
    local = at.astimezone(TOKYO)
    return f"{local.year}年{local.month}月{local.day}日"


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f} MB"
