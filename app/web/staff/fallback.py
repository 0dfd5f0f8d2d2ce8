"""窓口での確認: the five ways in their official order, one form each, a preview, and then a check of its own."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.clock import TOKYO, Clock
from app.eligibility.counter import (
    RATIOS,
    TICKED,
    WAYS,
    CounterEntry,
    Field,
    FormReading,
    Found,
    fields_of,
    seen_choices,
)
from app.eligibility.counter_draft import known_fields
from app.eligibility.counter_form import read_form
from app.eligibility.oqs_words import ratio_words
from app.eligibility.people import Role
from app.eligibility.ports import Method
from app.eligibility.wareki import wareki
from app.errors import AlreadyHandled, RecordMissing, StoreError
from app.speech.phrases import counter_words as words
from app.speech.phrases import reason_words
from app.store.counter import keep_entry, lookers
from app.web.htmx import go_to
from app.web.security import RequestRefused
from app.web.staff.fallback_sheet import entry_fields
from app.web.staff.given import Budget, Giving
from app.web.staff.gone import Readers, told_when_gone
from app.web.staff.lines import clock_time
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import needs
from app.web.staff.sent import sent_number
from app.web.staff.session import current_staff
from app.web.staff.text import shown

_ID = re.compile(r"[0-9a-f]{32}")
_WAYS = {method.value.replace("_", "-"): method for method in WAYS}


@dataclass(frozen=True, slots=True)
class Target:
    """The visit that an entry takes over."""

    check_id: str
    version: int
    number: str
    day: str
    time: str
    kiosk: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What one request holds of a form: everything typed, untouched."""

    method: Method
    entry_id: str
    typed: dict[Field, str]
    ticked: frozenset[str]


def add_fallback(staff: Blueprint, desk: StaffDesk, clock: Clock, readers: Readers, giving: Giving) -> None:
    """Add the routes to the blueprint."""

    def target_of(check_id: str, *, is_sent: bool = False) -> Target | None:
        """The visit named in the address; its version is the one that was sent, seen when the form was drawn."""
        if not check_id:
            return None
        kept = desk.sheet(check_id, clock.now())[1].kept
        readers.remember(check_id, kept.visible_until)
        at = kept.visit_at.astimezone(TOKYO)
        return Target(
            check_id=check_id,
            version=sent_number("version") if is_sent else kept.version,
            number="－" if kept.reception_number is None else str(kept.reception_number),
            day=f"{at.month}月{at.day}日",
            time=clock_time(at),
            kiosk=shown(kept.record.kiosk),
            until=kept.visible_until,
        )

    def people() -> list[tuple[int, str]]:
        return [(member.staff_id, shown(member.name)) for member in lookers(desk.store)]

    def today() -> date:
        return clock.now().astimezone(TOKYO).date()

    def form(draft: Draft, target: Target | None, reading: FormReading | None = None, status: int = 200) -> Response:
        page = render_template(
            "staff/fallback_form.html",
            **_common(draft, target),
            fields=fields_of(draft.method),
            typed=draft.typed,
            ticked=draft.ticked,
            labels=words.LABELS,
            helps=words.HELPS,
            seen=[(one.value, words.SEEN[one]) for one in seen_choices(draft.method)],
            people=people(),
            ratios=[("", words.RATIO_UNKNOWN), *((one, ratio_words(one)) for one in RATIOS)],
            errors=_sentences(reading.errors) if reading else {},
            warnings=_sentences(reading.warnings) if reading else {},
        )
        return make_response(page, status)

    def preview(
        draft: Draft,
        target: Target | None,
        reading: FormReading,
        entry: CounterEntry,
        problem: StoreError | None = None,
    ) -> Response:
        names = dict(people())
        page = render_template(
            "staff/fallback_preview.html",
            **_common(draft, target),
            fields=entry_fields(entry, names[entry.looked_by]),
            hidden=[*((name.value, text) for name, text in draft.typed.items()), *_ticks(draft)],
            warnings=_sentences(reading.warnings),
            problem=None if problem is None else reason_words(problem.code),
        )
        return make_response(page, 200 if problem is None else problem.http_status)

    @staff.get("/fallback")
    @needs(Role.STAFF)
    @told_when_gone(clock, readers)
    def fallback_page() -> str:
        return render_template(
            "staff/fallback.html",
            target=target_of(request.args.get("for", "")),
            ways=[(slug, words.WAYS[method]) for slug, method in _WAYS.items()],
        )

    @staff.get("/fallback/<way>")
    @needs(Role.STAFF)
    @told_when_gone(clock, readers)
    def fallback_form(way: str) -> Response:
        method = _method(way)
        target = target_of(request.args.get("for", ""))
        typed = {Field.LOOKED_BY: str(current_staff().staff_id), Field.RECEIVED_ON: wareki(today()) or ""}
        if target is not None:
            known = _known(desk, target.check_id, clock)
            if known:
                giving.spend(Budget.DETAIL)
                giving.note_view(target.check_id)
            typed |= known
        draft = Draft(
            method, secrets.token_hex(16), {name: typed.get(name, "") for name in fields_of(method)}, frozenset()
        )
        return form(draft, target)

    @staff.post("/fallback/<way>")
    @needs(Role.STAFF)
    def keep_fallback(way: str) -> Response:
        draft = _draft(_method(way))
        reading = read_form(draft.method, draft.typed, draft.ticked, frozenset(dict(people())), today())
        try:
            target = target_of(request.form.get("for", ""), is_sent=True)
        except RecordMissing as error:
            return (
                preview(draft, None, reading, reading.entry, error)
                if reading.entry
                else form(draft, None, reading, 422)
            )
        action = request.form.get("action", "preview")
        if reading.entry is None:
            return form(draft, target, reading, 422)
        if action == "edit":
            return form(draft, target, reading)
        if action != "keep":
            return preview(draft, target, reading, reading.entry)
        settles = None if target is None else (target.check_id, target.version)
        try:
            keep_entry(
                desk.store, desk.wake, draft.entry_id, reading.entry, current_staff().staff_id, clock.now(), settles
            )
        except (AlreadyHandled, RecordMissing) as error:
            # Nothing typed is lost: it can still be kept, beside the visit instead of for it.
            return preview(draft, None, reading, reading.entry, error)
        except StoreError as error:
            return preview(draft, target, reading, reading.entry, error)
        return go_to(url_for("staff.check", check_id=draft.entry_id))


def _method(way: str) -> Method:
    if way not in _WAYS:
        raise RequestRefused()
    return _WAYS[way]


def _draft(method: Method) -> Draft:
    entry_id = request.form.get("entry", "")
    if not _ID.fullmatch(entry_id):
        raise RequestRefused()
    ticked = set(request.form.getlist(Field.SEEN.value))
    ticked |= {name.value for name in TICKED if request.form.get(name.value)}
    typed: dict[Field, str] = {
        name: request.form.get(name.value, "") for name in fields_of(method) if name not in (Field.SEEN, *TICKED)
    }
    return Draft(method, entry_id, typed, frozenset(ticked))


def _ticks(draft: Draft) -> list[tuple[str, str]]:
    """Hidden fields that carry the ticked boxes."""
    return [(value if value in TICKED else Field.SEEN.value, value) for value in sorted(draft.ticked)]


def _common(draft: Draft, target: Target | None) -> dict[str, object]:
    return {
        "way": draft.method.value.replace("_", "-"),
        "words": words.WAYS[draft.method],
        "entry_id": draft.entry_id,
        "target": target,
    }


def _sentences(found: dict[Field, tuple[Found, ...]]) -> dict[str, list[str]]:
    order = list(Field)
    return {
        name.value: [words.finding_words(name, one) for one in found[name]] for name in sorted(found, key=order.index)
    }


def _known(desk: StaffDesk, check_id: str, clock: Clock) -> dict[Field, str]:
    """What staff themselves entered before for this visit; an answer's fields are not copied into a paper's."""
    kept = desk.sheet(check_id, clock.now())[1].kept
    return {} if kept.counter is None else known_fields(kept.counter.qualification)
