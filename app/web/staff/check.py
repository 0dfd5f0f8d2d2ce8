"""資格情報: one check in full, what changed since the last one, what to do next; copying and printing, both noted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.clock import Clock
from app.eligibility.audit import AuditAction
from app.eligibility.changes import CHANGE_WORDS, LOOK_AGAIN, Change, ChangeKind, Comparison, Link
from app.eligibility.contribution import RatioReason, RatioSource, contribution_of
from app.eligibility.model import Validity
from app.eligibility.wareki import both_calendars
from app.speech.kanji import explain_name
from app.speech.phrases import VERDICTS, verdict_words
from app.speech.phrases.next_steps import STEPS_TITLE, lag_words, proof_steps
from app.store.detail import CheckDetail
from app.web.htmx import go_to, swap, wants_fragment
from app.web.security import RequestRefused
from app.web.staff.desk_device import device_of
from app.web.staff.fallback_sheet import RowGroup, counter_row, counter_sections, counter_text, settled_words
from app.web.staff.given import Budget, Giving
from app.web.staff.gone import Readers, told_when_gone
from app.web.staff.lines import METHODS, NO_METHOD, clock_time, explain, handled_words, verdict_of
from app.web.staff.plain_pages import either
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import Role, needs
from app.web.staff.session import current_staff, note
from app.web.staff.sheet import answer_section, field_named, qualification_sheets
from app.web.staff.sheet_fields import one_calendar
from app.web.staff.text import shown, shown_kana

WHOLE = "all"
"""The name of 「すべてコピー」 in the form and in 操作記録."""


def add_check(staff: Blueprint, desk: StaffDesk, clock: Clock, readers: Readers, giving: Giving) -> None:
    """Add the routes to the blueprint."""

    @staff.get("/plain/checks/<check_id>", endpoint="plain_check")
    @staff.get("/checks/<check_id>")
    @needs(Role.VIEWER)
    @told_when_gone(clock, readers)
    def check(check_id: str) -> str:
        giving.spend(Budget.DETAIL)
        context = one_check(desk, clock, check_id)
        readers.remember(check_id, context["keeps_until"])
        giving.note_view(check_id)
        return render_template(either("staff/check.html"), **context)

    @staff.get("/checks/<check_id>/panel")
    @needs(Role.VIEWER)
    @told_when_gone(clock, readers)
    def check_panel(check_id: str) -> Response:
        context = one_check(desk, clock, check_id)
        if not wants_fragment():
            return go_to(url_for("staff.check", check_id=check_id))
        if not giving.has_seen(check_id):  # an open sheet that draws itself again was noted when it was opened
            giving.spend(Budget.DETAIL)
            giving.note_view(check_id)
        return swap("staff/_check_panel.html", **context)

    @staff.post("/plain/checks/<check_id>/copied", endpoint="plain_copied")
    @staff.post("/checks/<check_id>/copied")
    @needs(Role.STAFF)
    @told_when_gone(clock, readers)
    def copied(check_id: str) -> Response:
        giving.spend(Budget.DETAIL)
        key = request.form.get("field", "")
        _, sheet = desk.sheet(check_id, clock.now())
        label, text = _copied(desk, sheet.kept, key)
        note(desk, clock, AuditAction.COPIED, check_id, detail=key)
        given = {"copied_label": label, "copied_text": text}
        if wants_fragment():
            return swap("staff/_copied_panel.html", is_fragment=True, **given)
        page = either("staff/check.html")
        return make_response(render_template(page, **one_check(desk, clock, check_id), **given))

    @staff.get("/checks/<check_id>/print")
    @needs(Role.STAFF)
    @told_when_gone(clock, readers)
    def print_page(check_id: str) -> str:
        giving.spend(Budget.DETAIL)
        context = one_check(desk, clock, check_id)
        if not context["is_printable"]:
            raise RequestRefused()
        note(desk, clock, AuditAction.PRINTED, check_id)
        printed = clock.now()
        return render_template(
            "staff/check_print.html",
            **context,
            printed=_moment(printed),
        )


def _copied(desk: StaffDesk, kept: CheckDetail, key: str) -> tuple[str, str]:
    """Return the label of what is copied and its text.

    Numbers of a right that is not valid carry 「参考」: behind the number or, for the whole, as its first line. The
    whole of an entry of the counter says there that it is one.

    Raises:
        RequestRefused: nothing of that name stands on the sheet.
    """
    result = kept.record.result
    if result is None:
        return _copied_entry(kept, key)
    if key == WHOLE:
        mark = None if result.validity.is_valid else f"参考：{VERDICTS[result.validity]}"
        text = desk.copied_text(result, is_old=device_of(request).copies_old, mark=mark)
        if not text or not result.qualifications:
            raise RequestRefused()
        return "資格情報のすべて", text
    field = field_named(result, key)
    if field is None or not field.copy_text:
        raise RequestRefused()
    return field.label, field.copy_text


def _copied_entry(kept: CheckDetail, key: str) -> tuple[str, str]:
    """``_copied`` for what staff entered. Raises ``RequestRefused``."""
    sections = _entered(kept)
    if key == WHOLE:
        text = counter_text(sections, METHODS[kept.record.method], one_calendar(kept.record.at.date()))
        if not text:
            raise RequestRefused()
        return "窓口で確認した内容のすべて", text
    row = counter_row(sections, key)
    if row is None:
        raise RequestRefused()
    return row.label, row.copy_text


def _entered(kept: CheckDetail) -> tuple[RowGroup, ...]:
    if kept.counter is None:
        return ()
    return counter_sections(kept.counter, is_seen=kept.record.method.is_seen_at_counter)


def one_check(desk: StaffDesk, clock: Clock, check_id: str) -> dict[str, Any]:
    """Return what the sheet's templates draw. Raises ``RecordMissing``, ``StoreError``."""
    cursor, sheet = desk.sheet(check_id, clock.now())
    kept, comparison = sheet.kept, sheet.comparison
    record, result = kept.record, kept.record.result
    validity = result.validity if result else None
    what, next_step = explain(validity, record.reason)
    first = result.qualifications[0] if result and result.qualifications else None
    person = kept.counter.qualification if kept.counter else first
    share = contribution_of(first, result.validity.is_valid, result.confirmed_on) if result and first else None
    if share is not None and share.reason is RatioReason.NOT_VALID:
        share = None  # the sheet says so beside the field; on top the verdict says enough
    until = kept.visible_until
    entered = _entered(kept)
    has_numbers = bool(counter_text(entered, "", ""))
    may_act = current_staff().role.covers(Role.STAFF)
    return {
        "cursor": cursor,
        "check_id": record.check_id,
        "number": "－" if kept.reception_number is None else str(kept.reception_number),
        "at": kept.visit_at,
        "time": clock_time(kept.visit_at),
        "day": both_calendars(kept.visit_at.date()),
        "answered": _moment(record.at) if kept.visit_at != record.at else None,
        "kiosk": shown(record.kiosk),
        "method": METHODS[record.method] if result or record.method.is_at_counter else NO_METHOD,
        "name": shown(person.name) if person and person.name else None,
        "kana": shown_kana(person.name_kana) if person and person.name_kana else None,
        "kanji": [phrase.text for phrase in explain_name(person.name)] if person and person.name else [],
        "verdict": verdict_of(validity, record.method),
        "share": share,
        "is_share_by_law": share is not None and share.source is RatioSource.LAW,
        "what": what,
        "next_step": next_step,
        "lag": lag_words(validity),
        "steps_title": STEPS_TITLE,
        "steps": proof_steps(record.outcome, validity) if kept.is_waiting else (),
        "service_code": shown(record.service_code) if record.service_code else None,
        "service_message": shown(record.service_message) if record.service_message else None,
        "notice": shown(result.notice_text) if result and result.notice_text else None,
        "is_waiting": kept.is_waiting,
        "version": kept.version,
        "taken": None if sheet.taking is None else f"担当: {shown(sheet.taking.taken_by)}",
        "handled": handled_words(record.outcome, kept.handled_at, kept.handled_by),
        "is_reference": validity is not None and not validity.is_valid and first is not None,
        "answer": answer_section(result) if result else None,
        "sheets": qualification_sheets(result) if result else (),
        "counter": entered,
        "lacks_name": kept.lacks_name and may_act,
        "settled": settled_words(kept.settlement),
        "earlier": None if comparison is None else _earlier(comparison),
        "keeps_until": until,
        "until": f"{until.year}年{until.month}月{until.day}日",
        "may_act": may_act,
        "may_copy": may_act and (first is not None or bool(entered)),
        "may_copy_all": may_act and (first is not None or has_numbers),
        "is_printable": result is not None or bool(entered),
    }


def _earlier(comparison: Comparison) -> dict[str, object]:
    return {
        "check_id": comparison.earlier_id,
        "at": _moment(comparison.earlier_at),
        "changes": [_change_words(change) for change in comparison.changes],
        "doubt": LOOK_AGAIN if comparison.link is Link.PERSON else None,
    }


def _moment(at: datetime) -> str:
    return f"{both_calendars(at.date())} {clock_time(at)}"


def _change_words(change: Change) -> tuple[str, str, str]:
    old, new = change.old, change.new
    if change.kind is ChangeKind.VALIDITY:
        old, new = verdict_words(Validity(old)), verdict_words(Validity(new))
    return CHANGE_WORDS[change.kind], shown(old), shown(new)
