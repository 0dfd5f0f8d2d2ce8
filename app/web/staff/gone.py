"""Midnight under a reader's eyes: a record whose time runs out while somebody has it open, whatever they press next."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, make_response, render_template, request

from app.clock import Clock
from app.errors import RecordMissing
from app.speech.phrases import keeping_words as words
from app.web.htmx import swap, wants_fragment
from app.web.staff.keeping import was_reading
from app.web.staff.session import session_token

MOST = 2000

View = Callable[..., Any]


class Readers:
    """Which sheet was opened by which session, and until when it could be seen: for a page that is loaded again.

    What a page sends by itself carries its proof (``reader_proof``); an address that is opened again carries nothing,
    and nothing is to be added to it. In memory alone: after a restart such a page is one that never was.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[bytes, datetime] = {}

    def remember(self, check_id: str, until: datetime) -> None:
        key = _key(check_id)
        with self._lock:
            self._seen.pop(key, None)
            self._seen[key] = until
            if len(self._seen) > MOST:
                del self._seen[next(iter(self._seen))]

    def was_open(self, check_id: str, now: datetime) -> bool:
        """True when this session opened the sheet while it could be seen, and its time has run out since."""
        with self._lock:
            until = self._seen.get(_key(check_id))
        return until is not None and now.replace(microsecond=0) > until


def told_when_gone(clock: Clock, readers: Readers) -> Callable[[View], View]:
    """Answer whoever was reading the record with the notice that it is gone; for all others it was never there.

    A note that was being written stays readable. The decorator stands below ``needs``. The record is the view's
    argument ``check_id`` or, where it has none, what the address names with ``for``.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answer(**given: str) -> Any:
            try:
                return view(**given)
            except RecordMissing:
                check_id, now = given.get("check_id", request.values.get("for", "")), clock.now()
                if wants_fragment() and was_reading(check_id, now):
                    return _in_place(check_id)
                if not wants_fragment() and (was_reading(check_id, now) or readers.was_open(check_id, now)):
                    return gone_page(check_id)
                raise

        return answer

    return decorate


def gone_page(check_id: str) -> Response:
    """The same words as a page of their own."""
    return make_response(render_template("staff/check_gone.html", **_words(check_id)), RecordMissing.http_status)


def _words(check_id: str) -> dict[str, str]:
    written = request.form.get("note", "")
    return {"check_id": check_id, "heading": words.GONE_HEADING, "says": words.GONE_SAYS, "note": written}


def _in_place(check_id: str) -> Response:
    """The panel in the record's place, and nothing left of what was copied from it."""
    response = swap("staff/_check_gone.html", "staff/_copied_panel.html", **_words(check_id))
    response.headers["HX-Retarget"] = "#check-panel"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


def _key(check_id: str) -> bytes:
    return hashlib.sha256(f"{session_token()} {check_id}".encode("utf-8", "replace")).digest()
