"""「操作記録」: who did what, whether the record is whole, and the sheet for an inspection. For owners."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from flask import Blueprint, Response, make_response, render_template, request

from app.clock import TOKYO, Clock
from app.eligibility.audit import AuditAction, AuditEntry
from app.eligibility.model import Validity
from app.eligibility.people import Role
from app.speech.inspection_sheet import COUNTING, METHODS, Sheet, build_sheet, sheet_csv
from app.speech.phrases import ROLES, VERDICT_UNKNOWN, VERDICTS, reason_words
from app.speech.phrases.audit_words import AUDIT_WORDS, verdict_words
from app.store.audit_check import Verdict, verify_audit
from app.store.audit_read import AuditFilter, check_evidence, facts_of, newest_head, read_audit
from app.store.people import list_people
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import needs
from app.web.staff.session import note
from app.web.staff.text import shown

PAGE = 100
LONGEST_DAYS = 1830
"""Five years: how long records of treatment are kept."""
DETAIL_WORDS = {
    "aloud": "読み上げ",
    "list=pending": "「あとで確認」の一覧",
    "idle": "しばらく使われなかったため",
    "by hand": "ボタンで",
    "passphrase": "合言葉がちがう",
    "unknown name": "名前がちがう",
    "code": "確認コードがちがう",
    "owner code": "登録コードがちがう",
}
NO_DAY = "{}こよみにある日付ではありません。2026-11-24 のように入れてください"
FILE_NAME = "kakunin-jisseki.csv"


def add_audit_pages(staff: Blueprint, desk: StaffDesk, clock: Clock, heads: Path, institution_code: str) -> None:
    """Add the routes to the blueprint. ``heads`` is the file of heads outside the database."""

    def page(
        status: int = 200,
        *,
        verdict: Verdict | None = None,
        sheet: Sheet | None = None,
        errors: dict[str, str] | None = None,
    ) -> Response:
        people = [one.member for one in list_people(desk.store)]
        names = {one.staff_id: one.name for one in people}
        wanted, problems = _filter(names)
        before = _number(request.args.get("before", ""))
        entries = read_audit(desk.store, wanted, before, PAGE + 1)
        today = clock.now().date()
        words = render_template(
            "staff/audit.html",
            entries=[_line(entry, names) for entry in entries[:PAGE]],
            older=entries[PAGE - 1].seq if len(entries) > PAGE else None,
            people=people,
            actions=AUDIT_WORDS,
            args={name: request.args.get(name, "") for name in ("day", "person", "action")},
            verdict=None if verdict is None else verdict_words(verdict),
            head=None if verdict is None or verdict.fault else verdict.head,
            sheet=sheet,
            counting=COUNTING,
            newest=newest_head(desk.store),
            errors={**problems, **(errors or {})},
            first=request.form.get("from", today.replace(day=1).isoformat()),
            last=request.form.get("to", today.isoformat()),
        )
        return make_response(words, 422 if problems and status == 200 else status)

    @staff.get("/audit")
    @needs(Role.OWNER)
    def audit_page() -> Response:
        return page()

    @staff.post("/audit/verify")
    @needs(Role.OWNER)
    def verify_record() -> Response:
        verdict = verify_audit(desk.store, heads)
        outcome = "ok" if verdict.fault is None else f"audit.{verdict.fault}"
        note(desk, clock, AuditAction.AUDIT_VERIFIED, outcome=outcome, detail=f"entries={verdict.count}")
        return page(verdict=verdict)

    @staff.post("/audit/inspection")
    @needs(Role.OWNER)
    def inspection() -> Response:
        period = _period()
        if isinstance(period, dict):
            return page(422, errors=period)
        first, last = period
        sheet = build_sheet(check_evidence(desk.store, first, last), first, last)
        if request.form.get("what") != "file":
            return page(sheet=sheet)
        verdict = verify_audit(desk.store, heads)
        detail = f"from={first};to={last};rows={sheet.count}"
        note(desk, clock, AuditAction.AUDIT_EXPORTED, detail=detail)
        text = sheet_csv(sheet, institution_code, clock.now(), f"{verdict_words(verdict)} {verdict.head}")
        response = make_response(text.encode("utf-8"))
        response.headers["Content-Type"] = "text/csv; charset=utf-8"
        response.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
        return response


def parse_day(text: str) -> date | None:
    """Read ``2026-11-24``; ``None`` for everything else."""
    try:
        return date.fromisoformat(text) if len(text) == 10 and text.isascii() else None
    except ValueError:
        return None


def _filter(names: dict[int, str]) -> tuple[AuditFilter, dict[str, str]]:
    errors = {}
    day_text, person, action = (request.args.get(name, "") for name in ("day", "person", "action"))
    day = parse_day(day_text) if day_text else None
    if day_text and day is None:
        errors["day"] = NO_DAY.format("")
    known = action in set(AuditAction)
    name = names.get(_number(person) or 0)
    return AuditFilter(day, name, AuditAction(action) if known else None), errors


def _period() -> tuple[date, date] | dict[str, str]:
    """Return the days of the form, or what is wrong at which field."""
    errors: dict[str, str] = {}
    days: list[date] = []
    for name, label in (("from", "はじめの日"), ("to", "終わりの日")):
        typed = request.form.get(name, "")
        day = parse_day(typed)
        if day is not None:
            days.append(day)
        else:
            errors[name] = NO_DAY.format(f"{label}は") if typed.strip() else f"{label}を入れてください"
    if errors:
        return errors
    first, last = days
    if last < first:
        return {"to": "終わりの日は、はじめの日より後にしてください"}
    if (last - first).days > LONGEST_DAYS:
        return {"to": "期間は5年までにしてください"}
    return first, last


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _line(entry: AuditEntry, names: dict[int, str]) -> dict[str, object]:
    at = datetime.fromisoformat(entry.at).astimezone(TOKYO)
    known = entry.action in set(AuditAction)
    is_check = _is_check(entry.subject)
    return {
        "seq": entry.seq,
        "time": at.strftime("%H:%M:%S"),
        "day": f"{at.month}月{at.day}日",
        "at": entry.at,
        "actor": shown(entry.actor) if entry.actor else "受付機",
        "words": AUDIT_WORDS[AuditAction(entry.action)] if known else shown(entry.action),
        "failed": entry.outcome != "ok" and entry.action not in (AuditAction.CHECKED, AuditAction.ASKED_WITHOUT_CARD),
        "check_id": entry.subject if is_check else None,
        "subject": "" if is_check else _subject_words(entry.subject, names),
        "detail": _detail_words(entry),
        "source": shown(entry.source) if entry.source else "",
    }


def _subject_words(subject: str | None, names: dict[int, str]) -> str:
    kind, _, number = (subject or "").partition("-")
    if kind == "staff" and _number(number) in names:
        return shown(names[int(number)])
    return shown(subject or "")


def _detail_words(entry: AuditEntry) -> str:
    """Words for what staff read often; codes stay codes."""
    if entry.detail in set(Role):
        return ROLES[Role(entry.detail)]
    if entry.action == AuditAction.ASKED_WITHOUT_CARD:
        return "答えが届きました" if entry.outcome == "ok" else reason_words(entry.outcome).staff
    if entry.action == AuditAction.CHECKED:
        facts = facts_of(entry.detail)
        validity = facts.get("validity")
        verdict = VERDICTS[Validity(validity)] if validity in set(Validity) else VERDICT_UNKNOWN
        method = METHODS.get(facts.get("method", ""), "")
        return f"受付番号{shown(facts.get('number', '－'))}・{method}・{verdict}"
    if entry.action == AuditAction.FALLBACK_ENTERED:
        facts = facts_of(entry.detail)
        method = facts.get("method", entry.detail or "")
        return f"受付番号{shown(facts.get('number', '－'))}・{METHODS.get(method, shown(method))}"
    return DETAIL_WORDS.get(entry.detail or "", shown(entry.detail or ""))


def _is_check(subject: str | None) -> bool:
    return subject is not None and len(subject) == 32
