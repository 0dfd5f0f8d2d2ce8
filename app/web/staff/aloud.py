"""「読み上げ」 on 資格情報: the whole check in the box's own voice, at this device's rate and privacy level."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.clock import Clock
from app.eligibility.changes import CHANGE_WORDS, LOOK_AGAIN, Link
from app.speech.aloud import read_aloud
from app.speech.phrases.desk_captions import PRIVACY
from app.speech.phrases.voice_modes import VoiceMode
from app.store.desk_source import patient_of, sheet_of
from app.store.taking import CheckSheet
from app.web.htmx import go_to, wants_fragment
from app.web.security import RequestRefused
from app.web.staff.given import Budget, Giving
from app.web.staff.gone import Readers, told_when_gone
from app.web.staff.lines import explain
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import Role, needs
from app.web.staff.session import session_token
from app.web.staff.text import shown
from app.web.staff.voice_device import voice_device_of
from app.web.staff.voice_openings import owner_of
from app.web.staff.voice_sounds import VoiceKit

CHANGED = "前回から変更"
WAITING = "対応待ち"


def add_aloud(staff: Blueprint, desk: StaffDesk, clock: Clock, readers: Readers, giving: Giving, kit: VoiceKit) -> None:
    """Add the route to the blueprint."""

    @staff.post("/checks/<check_id>/aloud")
    @needs(Role.VIEWER)
    @told_when_gone(clock, readers)
    def read_check(check_id: str) -> Response:
        device = voice_device_of(request)
        if device.mode is VoiceMode.READER:
            raise RequestRefused()  # two voices at once help nobody
        giving.spend(Budget.DETAIL)
        _, sheet = desk.sheet(check_id, clock.now())
        giving.note_view(check_id, "aloud")
        if not wants_fragment():
            return go_to(url_for("staff.check", check_id=check_id))
        patient = patient_of(sheet.kept, sheet.taking.taken_by if sheet.taking else "")
        said = read_aloud(patient, sheet_of(sheet.kept), _captions(sheet), device.settings.privacy, kit.reader)
        names = kit.put(owner_of(session_token()), said.phrases, device.settings.rate)
        page = render_template(
            "staff/_aloud_panel.html",
            text=shown(said.text),
            earcon=said.earcon.value if said.earcon else "",
            sounds=[url_for("staff.voice_sound", sound=name) for name in names],
            privacy=PRIVACY[device.settings.privacy].text,
        )
        return make_response(page)


def _captions(sheet: CheckSheet) -> list[str]:
    """The sentences that stand on top of the page, in its order."""
    kept = sheet.kept
    what, next_step = explain(kept.record.result.validity if kept.record.result else None, kept.record.reason)
    told = [WAITING] if kept.is_waiting else []
    told += [text for text in (what, next_step) if text]
    if sheet.comparison is not None and sheet.comparison.changes:
        told += [CHANGED, *([LOOK_AGAIN] if sheet.comparison.link is Link.PERSON else [])]
        told += [CHANGE_WORDS[change.kind] for change in sheet.comparison.changes]
    return told
