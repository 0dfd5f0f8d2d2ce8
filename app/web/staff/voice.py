"""音声端末モード: the page, its keys, its news and its sounds. What is said is decided by ``app/speech/desk.py``."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Blueprint, Response, make_response, render_template, request, url_for
from werkzeug.exceptions import NotFound

from app.clock import Clock
from app.eligibility.audit import AuditAction
from app.eligibility.search_query import SearchQuery, kinds_of
from app.eligibility.voice_desk import DeskAct
from app.errors import KioskError, StoreError
from app.speech.desk import Desk
from app.speech.desk_model import Key, Utterance
from app.speech.desk_news import NOTHING_MISSED, Missed
from app.speech.earcons import Earcon
from app.speech.phrases.desk_captions import PLACES, PRIVACY, Place
from app.speech.phrases.desk_words import ANNOUNCED, NOTICES, DeskEvent
from app.speech.phrases.menu_words import MENU_ITEMS
from app.speech.phrases.session_words import SESSION_NOTICES
from app.speech.phrases.voice_modes import MODE_WORDS, VoiceMode
from app.store.desk_source import StoreDeskSource, perform_act
from app.store.search import FoundPage
from app.store.sessions import lock_session
from app.web.htmx import wants_fragment
from app.web.security import RequestRefused
from app.web.staff.given import Budget, Giving
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import Role, needs
from app.web.staff.session import current_session, current_staff, leave_for, note, session_token
from app.web.staff.text import shown
from app.web.staff.voice_device import keep_voice_device, voice_device_of
from app.web.staff.voice_fixed import wav_response
from app.web.staff.voice_memory import VoiceMemory
from app.web.staff.voice_missed import missed_since
from app.web.staff.voice_openings import Opening, owner_of
from app.web.staff.voice_sounds import VoiceKit

KEYS_MOST = 50
"""Presses that one request may bring: whoever is faster than the answers sends them together."""
OPENING_HEADER = "X-Voice-Opening"
BESIDE_WORDS_S = 0.5
"""What an utterance takes beside its morae at the least: its sound and its pauses."""
HEARD_HEADER = "X-Voice-Heard"
CURSOR_HEADER = "X-Voice-Cursor"
MUTED_HEADER = "X-Voice-Muted"
_DOWN = ANNOUNCED[DeskEvent.VOICE_DOWN].text


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance as the panel draws it."""

    opening: str
    number: int
    place: str
    text: str
    braille: str
    earcon: str | None
    sounds: tuple[str, ...]
    rate_step: int
    privacy: str
    is_muted: bool
    is_news: bool = False


def add_voice(
    staff: Blueprint,
    desk: StaffDesk,
    clock: Clock,
    giving: Giving,
    kit: VoiceKit,
    memory: VoiceMemory,
    own_kiosk: str,
    close_streams: Callable[[str], None],
) -> None:
    """Add the routes to the blueprint, and ``voice_device`` to every template. ``close_streams`` is for a lock."""
    openings = memory.openings

    @staff.app_context_processor
    def give_voice_device() -> dict[str, object]:
        return {"voice_device": voice_device_of(request), "voice_modes": MODE_WORDS, "voice_down": _DOWN}

    @staff.after_app_request
    def wipe_at_log_out(response: Response) -> Response:
        if request.endpoint == "staff.logout" and response.status_code < 400:
            memory.forget(owner_of(session_token()))
        if request.endpoint == "staff.unlock" and response.status_code < 400:
            openings.leave(owner_of(session_token()))
        return response

    def note_search(query: SearchQuery, found: FoundPage) -> None:
        giving.spend(Budget.SEARCH)
        count = f"{found.count}+" if found.is_more_than_counted else str(found.count)
        note(desk, clock, AuditAction.SEARCHED, detail=f"by={kinds_of(query)} found={count}")

    def note_candidates(check_id: str, count: str, is_narrowed: bool) -> None:
        giving.spend(Budget.SEARCH)
        if is_narrowed:
            note(desk, clock, AuditAction.SEARCHED, check_id, detail=f"by=candidates found={count}")
        else:
            giving.note_view(check_id, f"candidates={count}")

    def new_opening(*, is_muted: bool = False, missed: Missed = NOTHING_MISSED) -> Opening:
        source = StoreDeskSource(desk.store, clock, note_search, note_candidates, own_kiosk)
        made = Desk(source, kit.reader, voice_device_of(request).settings, is_muted=is_muted, missed=missed)
        return openings.open(owner_of(session_token()), made)

    def taken_over(cursor: str | None, *, is_muted: bool) -> Opening:
        """A page outlives its desk when this process starts anew: silence lasts, and what came in since is news."""
        with desk.store.reading():  # the day is as of the events: what comes in between is news later
            return new_opening(is_muted=is_muted, missed=missed_since(desk.store, cursor))

    def said_of(opening: Opening, said: Utterance, *, is_news: bool = False) -> Said:
        settings = opening.desk.settings
        speaks = voice_device_of(request).mode is VoiceMode.DESK  # the page may have been opened in another mode
        names = kit.put(opening.owner, said.phrases, settings.rate) if speaks else ()
        opening.number += 1
        return Said(
            opening=opening.name,
            number=opening.number,
            place=PLACES[opening.desk.place].text,
            text=shown(said.text),
            braille=shown(said.braille),
            earcon=said.earcon.value if said.earcon and speaks else None,
            sounds=tuple(url_for("staff.voice_sound", sound=name) for name in names),
            rate_step=settings.rate_step,
            privacy=PRIVACY[settings.privacy].text,
            is_muted=opening.desk.is_muted,
            is_news=is_news,
        )

    def answered(opening: Opening, said: Utterance, cursor: int, *, is_news: bool = False) -> Response:
        """Draw the panel; what the listener changed for this device goes into its cookie."""
        for check_id in said.viewed:
            if check_id not in opening.viewed:
                try:
                    giving.spend(Budget.DETAIL)
                    giving.note_view(check_id)
                except KioskError:
                    opening.desk.unheard()  # it is not given, so no Enter answers it
                    raise
                opening.viewed.add(check_id)
        response = make_response(
            render_template("staff/_voice_panel.html", said=said_of(opening, said, is_news=is_news))
        )
        response.headers[CURSOR_HEADER] = str(cursor)
        device = voice_device_of(request)
        if device.settings != opening.desk.settings:
            keep_voice_device(response, replace(device, settings=opening.desk.settings))
        return response

    def follow_ear(opening: Opening, heard: str | None) -> None:
        """Take over what another page of this device chose meanwhile. What overtook the last utterance on its way was
        pressed without having heard it."""
        opening.desk.like(voice_device_of(request).settings)
        if heard is not None and heard != str(opening.number):
            opening.desk.unheard()

    def act(opening: Opening, wanted: DeskAct) -> Utterance:
        """Do it; only what was done is told as done."""
        try:
            number = perform_act(desk.store, desk.wake, wanted, current_staff().staff_id, clock.now())
        except StoreError as error:
            return opening.desk.failed(wanted, error)
        return opening.desk.done(wanted, number)

    def lock(opening: Opening) -> Response:
        """The page's own lock, answered as every key of a locked screen: the page says so and leaves."""
        opening.desk.leave()
        lock_session(desk.store, session_token(), clock.now())
        close_streams(session_token())
        return leave_for(url_for("staff.lock_page", back=url_for("staff.voice_page")))

    def press(opening: Opening, keys: list[Key]) -> Utterance | None:
        """Press keys in order; the last one is answered, with whatever was done before it. ``None``: lock."""
        said = Utterance()
        done: Utterance | None = None
        viewed: tuple[str, ...] = ()
        for place, key in enumerate(keys):
            if place > 0:
                opening.desk.unheard()  # nobody heard the answer to the key before
            if key is Key.MINUS and opening.desk.place is Place.MENU:
                return None
            said = opening.desk.press(key)
            viewed += said.viewed
            if said.act is not None:
                said = done = act(opening, said.act)
        if done is not None and done is not said:
            said = replace(said, core=(*done.core, *said.core))
        return replace(said, viewed=viewed)

    def start_anew(opening: Opening, cursor: int, *, is_key: bool, is_news: bool = True) -> Response:
        """Say that this desk took the place of one that is gone, and do nothing: until somebody at the keys heard that
        to its end, they are still meant for the other one, and here would act on whoever stands first on the list."""
        follow_ear(opening, "")
        said = opening.desk.tell(DeskEvent.STARTED_ANEW)
        heard_s = said.morae / opening.desk.settings.rate + BESIDE_WORDS_S
        opening.told_anew_until_s = clock.monotonic_s() + heard_s if is_key else math.inf
        return answered(opening, said, cursor, is_news=is_news)

    def page(status: int = 200) -> Response:
        mode = voice_device_of(request).mode
        said = None
        cursor = desk.cursor()
        if mode is not VoiceMode.NONE:
            opening = new_opening()
            said = replace(said_of(opening, opening.desk.press(Key.N5)), earcon=None, sounds=())
        words = render_template(
            "staff/voice.html",
            said=said,
            mode=mode.value,
            cursor=cursor,
            log_in=current_session().public_id,
            idle_s=math.floor(desk.idle.total_seconds()),
            notices={one.value: words.text for one, words in (*NOTICES.items(), *SESSION_NOTICES.items())},
            earcons=[one.value for one in Earcon],
            menu=[(item.key, PLACES[item.place].text.replace(" ", "")) for item in MENU_ITEMS],
        )
        return make_response(words, status)

    @staff.get("/voice")
    @needs(Role.STAFF)
    def voice_page() -> Response:
        return page()

    @staff.post("/voice/key")
    @needs(Role.STAFF)
    def voice_key() -> Response:
        keys = _keys(request.form.get("keys", ""))
        heard = request.form.get("heard")
        found = openings.find(owner_of(session_token()), request.form.get("opening", ""))
        form = request.form
        opening = found or taken_over(form.get("cursor"), is_muted="muted" in form)
        with opening.lock:
            if found is None or not opening.obeys(heard, clock.monotonic_s()):
                return start_anew(opening, desk.cursor(), is_key=True, is_news=found is None)
            follow_ear(opening, heard)
            said = press(opening, keys)
            return lock(opening) if said is None else answered(opening, said, desk.cursor())

    @staff.get("/voice/news")
    @needs(Role.STAFF)
    def voice_news() -> Response:
        if not wants_fragment():
            return page()
        found = openings.find(owner_of(session_token()), request.headers.get(OPENING_HEADER, ""))
        headers = request.headers
        opening = found or taken_over(headers.get(CURSOR_HEADER), is_muted=MUTED_HEADER in headers)
        with opening.lock:
            cursor = desk.cursor()
            if found is None:
                return start_anew(opening, cursor, is_key=False)
            follow_ear(opening, request.headers.get(HEARD_HEADER))
            said = opening.desk.news()
            if said is not None:
                return answered(opening, said, cursor, is_news=True)
        response = make_response("", 204)
        response.headers[CURSOR_HEADER] = str(cursor)
        return response

    @staff.get("/voice/sound/<sound>")
    @needs(Role.VIEWER)
    def voice_sound(sound: str) -> Response:
        wanted = kit.shelf.find(owner_of(session_token()), sound)
        if wanted is None:
            raise NotFound()
        return wav_response(kit.maker.wav(wanted.kana, wanted.rate, is_fixed=wanted.is_fixed))


def _keys(text: str) -> list[Key]:
    names = text.split()
    if not 1 <= len(names) <= KEYS_MOST or not all(name in set(Key) for name in names):
        raise RequestRefused()
    return [Key(name) for name in names]
