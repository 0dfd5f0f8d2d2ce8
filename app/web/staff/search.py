"""資格確認結果検索: one box, its results, and their export. What is typed travels in bodies, never in an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, make_response, render_template, request

from app.clock import TOKYO, Clock
from app.eligibility.audit import AuditAction
from app.eligibility.oqs_words import has_hidden_signs, ratio_words
from app.eligibility.search_query import QueryRefused, SearchQuery, kinds_of, read_query
from app.eligibility.wareki import parse_day, wareki
from app.speech.phrases.search_words import NOTHING_TO_EXPORT, TOO_MANY_TO_EXPORT, fault_words, understood
from app.store.search import COUNTED, PAGE, FoundPage, FoundRow, export_checks, find_checks
from app.web.htmx import go_to
from app.web.security import RequestRefused
from app.web.staff.given import Budget, Giving, TooMuch, too_much_words
from app.web.staff.lines import HIDDEN_SIGNS, METHODS, NO_METHOD, Verdict, clock_time, explain, verdict_of
from app.web.staff.plain_pages import either, place
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import Role, needs
from app.web.staff.search_csv import FILE_NAME, build_csv, is_reference
from app.web.staff.search_memory import LastSearch, SearchMemory
from app.web.staff.session import current_staff, note, session_token
from app.web.staff.text import shown, shown_kana

EXPORTED_MOST = 10_000
KEY_COOKIE = "__Host-uketsuke-slash"
"""Holds ``off`` in a browser whose people do not want the key; outlives log-out, says nothing of anybody."""

_KEY_LIFE_S = 400 * 86_400
_TRAIL_MOST = 400
_WEEKDAYS = "月火水木金土日"


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One line of the results, in words."""

    check_id: str
    number: str
    at: datetime
    until: datetime
    day: str
    time: str
    name: str | None
    kana: str | None
    hint: str | None
    born: str | None
    verdict: Verdict
    ratio: str | None
    method: str
    what: str | None
    has_notice: bool
    insurer_number: str | None
    insurer_name: str | None
    is_reference: bool


def add_search(staff: Blueprint, desk: StaffDesk, clock: Clock, giving: Giving) -> None:
    """Add the routes to the blueprint, and to every template ``has_search`` and ``find_key``."""
    memory = SearchMemory(clock)

    @staff.app_context_processor
    def for_templates() -> dict[str, object]:
        return {
            "has_search": lambda: memory.recall(session_token()) is not None,
            "find_key": request.cookies.get(KEY_COOKIE) != "off",
        }

    @staff.after_app_request
    def wipe_at_log_out(response: Response) -> Response:
        if request.endpoint == "staff.logout" and response.status_code < 400:
            memory.forget(session_token())
        return response

    def page(
        search: LastSearch | None, *, status: int = 200, error: str | None = None, export_error: str | None = None
    ) -> Response:
        text = search.text if search else ""
        results: dict[str, object] = {"found": None}
        if search is not None and error is None:
            now = clock.now()
            query = read_query(text, now.date())
            found = find_checks(desk.store, query, now, search.trail[-1] if search.trail else None)
            results = _results(query, found, search)
        words = render_template(
            either("staff/search.html"),
            text=text,
            error=error,
            export_error=export_error,
            may_export=current_staff().role.covers(Role.OWNER),
            **results,
        )
        return make_response(words, status)

    def too_much(search: LastSearch, wait_s: int) -> Response:
        """Give nothing; what was typed stays."""
        response = page(search, status=TooMuch.http_status, error=too_much_words())
        response.headers["Retry-After"] = str(wait_s)
        return response

    def note_search(query: SearchQuery, now: datetime) -> None:
        found = find_checks(desk.store, query, now)
        count = f"{found.count}+" if found.is_more_than_counted else str(found.count)
        note(desk, clock, AuditAction.SEARCHED, detail=f"by={kinds_of(query)} found={count}")

    @staff.get("/plain/search", endpoint="plain_search_page")
    @staff.get("/search")
    @needs(Role.VIEWER)
    def search_page() -> Response:
        last = memory.recall(session_token())
        try:
            return page(last)
        except QueryRefused as refused:  # a day such as 11/31 was left over from another year
            return page(last, error=fault_words(refused))

    @staff.post("/plain/search", endpoint="plain_search")
    @staff.post("/search")
    @needs(Role.VIEWER)
    def search() -> Response:
        text = request.form.get("q", "")
        now = clock.now()
        try:
            query = read_query(text, now.date())
        except QueryRefused as refused:
            return page(LastSearch(text), status=422, error=fault_words(refused))
        if (wait_s := giving.wait_for(Budget.SEARCH)) is not None:
            return too_much(LastSearch(text), wait_s)
        note_search(query, now)
        memory.remember(session_token(), LastSearch(text))
        return go_to(place("staff.search_page"))

    @staff.post("/plain/search/page", endpoint="plain_search_turn")
    @staff.post("/search/page")
    @needs(Role.VIEWER)
    def search_turn() -> Response:
        text, now = request.form.get("q", ""), clock.now()
        search = LastSearch(text, _trail())
        try:
            query = read_query(text, now.date())
        except QueryRefused as refused:
            return page(search, status=422, error=fault_words(refused))
        if (wait_s := giving.wait_for(Budget.SEARCH)) is not None:
            return too_much(search, wait_s)
        note(desk, clock, AuditAction.SEARCHED, detail=f"by={kinds_of(query)} page={len(search.trail) + 1}")
        memory.remember(session_token(), search)
        return go_to(place("staff.search_page"))

    @staff.post("/plain/search/new", endpoint="plain_search_new")
    @staff.post("/search/new")
    @needs(Role.VIEWER)
    def search_new() -> Response:
        memory.forget(session_token())
        return go_to(place("staff.search_page"))

    @staff.post("/search/export")
    @needs(Role.OWNER)
    def search_export() -> Response:
        search = LastSearch(request.form.get("q", ""), _trail())
        now = clock.now()
        try:
            query = read_query(search.text, now.date())
        except QueryRefused as refused:
            return page(search, status=422, error=fault_words(refused))
        if (wait_s := giving.wait_for(Budget.EXPORT)) is not None:
            return too_much(search, wait_s)
        rows, more = export_checks(desk.store, query, now, EXPORTED_MOST)
        if more:
            return page(search, status=422, export_error=TOO_MANY_TO_EXPORT.format(limit=EXPORTED_MOST))
        wants_all = request.form.get("all") == "1"
        rows = [row for row in rows if wants_all or not is_reference(row)]
        if not rows:
            return page(search, status=422, export_error=NOTHING_TO_EXPORT)
        detail = f"by={kinds_of(query)} rows={len(rows)} reference={'yes' if wants_all else 'no'}"
        note(desk, clock, AuditAction.EXPORTED, detail=detail)
        response = make_response(build_csv(rows))
        response.headers["Content-Type"] = "text/csv; charset=utf-8"
        response.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
        return response

    @staff.post("/search/key")
    @needs(Role.VIEWER)
    def search_key() -> Response:
        response = go_to(place("staff.search_page"))
        response.set_cookie(
            KEY_COOKIE,
            "on" if request.form.get("key") == "on" else "off",
            max_age=_KEY_LIFE_S,
            secure=True,
            httponly=True,
            samesite="Strict",
            path="/",
        )
        return response


def _results(query: SearchQuery, found: FoundPage, search: LastSearch) -> dict[str, object]:
    trail = search.trail
    first = len(trail) * PAGE + 1
    return {
        "found": [found_line(row) for row in found.rows],
        "count": f"{COUNTED:,}件以上" if found.is_more_than_counted else f"{found.count:,}件",
        "is_capped": found.is_more_than_counted,
        "span": f"{first:,}〜{first + len(found.rows) - 1:,}件目" if trail or found.next_before else None,
        "understood": understood(query),
        "trail": _joined(trail),
        "newer": None if not trail else _joined(trail[:-1]),
        "older": None if found.next_before is None else _joined((*trail, found.next_before)),
    }


def found_line(row: FoundRow) -> FoundLine:
    """Put a found check into words."""
    local = row.at.astimezone(TOKYO)
    born = parse_day(row.birthdate)
    return FoundLine(
        check_id=row.check_id,
        number="－" if row.reception_number is None else str(row.reception_number),
        at=row.at,
        until=row.visible_until,
        day=f"{local.month}月{local.day}日({_WEEKDAYS[local.weekday()]})",
        time=clock_time(row.at),
        name=shown(row.name) if row.name else None,
        kana=shown_kana(row.name_kana) if row.name_kana else None,
        hint=HIDDEN_SIGNS if has_hidden_signs(row.name, row.name_kana) else None,
        born=f"{wareki(born) or born.isoformat()}生" if born else None,
        verdict=verdict_of(row.validity, row.method),
        ratio=ratio_words(row.contribution_ratio) if row.contribution_ratio else None,
        method=METHODS[row.method] if row.validity is not None or row.method.is_at_counter else NO_METHOD,
        what=explain(row.validity, row.reason)[0],
        has_notice=row.has_notice,
        insurer_number=shown(row.insurer_number) if row.insurer_number else None,
        insurer_name=shown(row.insurer_name) if row.insurer_name else None,
        is_reference=is_reference(row),
    )


def _trail() -> tuple[int, ...]:
    given = request.form.get("trail", "")
    parts = given.split(".") if given else []
    if len(parts) > _TRAIL_MOST or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise RequestRefused()
    return tuple(int(part) for part in parts)


def _joined(trail: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in trail)
