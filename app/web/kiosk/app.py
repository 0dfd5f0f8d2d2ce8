"""The kiosk's Flask app: whole page, the watched screen, presses and the four tokens."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Flask, Response, make_response, render_template, request

from app.config import Settings
from app.eligibility.reception import Reception
from app.eligibility.screens import Button, Screen
from app.eligibility.view import ScreenView
from app.speech import phrases
from app.speech.guidance_clips import GuidanceClips
from app.speech.phrases import kiosk_words
from app.web.assets import serve_assets
from app.web.htmx import init_htmx
from app.web.kiosk.pages import PageOwner
from app.web.kiosk.peer import OtherUsersBrowser
from app.web.kiosk.voice import LASTING, add_voice
from app.web.problems import init_problems
from app.web.security import RequestRefused, harden

WATCH_S = 10.0
"""How long a page's question "anything new?" is held before it is answered with "no"."""
WATCH_SLICE_S = 1.0
"""How soon a held question notices that another page has taken over."""
GLANCE_S = 0.08
"""So long 「確認しています」 is held back: a screen that goes sooner is not seen, only drawn in the way of the next."""
WATCHERS = 4
"""Held questions at once; eight server threads always leave room for presses."""
MAX_BODY_BYTES = 4096
TOKENS_A_PIN = 4

ROOT = Path(__file__).resolve().parents[3]


def create_kiosk_app(
    settings: Settings,
    reception: Reception,
    is_own_browser: Callable[[Mapping[str, object]], bool],
    watch_s: float = WATCH_S,
    clips: GuidanceClips | None = None,
) -> Flask:
    """Build the app. It answers on loopback names only and keeps no session.

    ``is_own_browser`` looks at a WSGI environment: other users of this machine can reach loopback as well.
    Without ``clips`` the page is silent.
    """
    app = Flask(
        __name__,
        template_folder=str(ROOT / "app" / "web" / "templates"),
        static_folder=None,
    )
    serve_assets(app, ROOT / "static")
    token = secrets.token_urlsafe(24)
    pages = PageOwner()
    watchers = threading.BoundedSemaphore(WATCHERS)
    origins = frozenset(f"http://{host}:{settings.kiosk_port}" for host in ("127.0.0.1", "localhost"))
    init_htmx(app)
    init_problems(app, "kiosk/problem.html", "kiosk/_problem.html")
    harden(app, origins=origins, expected_token=lambda: token, max_body_bytes=MAX_BODY_BYTES, lasting=LASTING)
    app.jinja_env.globals.update(
        screens=phrases.SCREENS,
        buttons=phrases.BUTTONS,
        phrases=phrases,
        kiosk_words=kiosk_words,
        Button=Button,
        settings=settings,
    )

    @app.before_request
    def refuse_other_users() -> None:
        if not is_own_browser(request.environ):
            raise OtherUsersBrowser()

    add_voice(app, clips)

    @app.get("/")
    def page() -> str:
        # Only somebody who opens the page takes the kiosk over: no probe, prefetch, picture or link from elsewhere.
        headers = request.headers
        opened = (
            request.method == "GET"
            and headers.get("Sec-Fetch-Mode") == "navigate"
            and headers.get("Sec-Fetch-Dest") == "document"
            and headers.get("Sec-Fetch-Site") in ("none", "same-origin")
            and "Sec-Purpose" not in headers
        )
        name = pages.take_over() if opened else ""
        return render_template("kiosk/page.html", view=reception.view(), page=name)

    @app.get("/screen")
    def screen() -> Response:
        seen = request.args.get("seen", "")
        view = reception.view()
        if not pages.asks(_page()) or view.version != seen or not watchers.acquire(blocking=False):
            return _answer(view, seen)
        shown = view.screen
        try:
            with pages.waiting(_page()):
                for _ in range(max(1, round(watch_s / WATCH_SLICE_S))):
                    view = reception.wait_view(seen, min(watch_s, WATCH_SLICE_S))
                    if view.version != seen or not pages.is_owner(_page()):
                        break
                if view.screen is Screen.ASKING and shown is not Screen.ASKING:
                    view = reception.wait_view(view.version, GLANCE_S)
        finally:
            watchers.release()
        return _answer(view, seen)

    @app.post("/press")
    def press() -> Response:
        try:
            button, on = Button(request.form.get("button", "")), Screen(request.form.get("screen", ""))
        except ValueError:
            raise RequestRefused() from None
        if not pages.asks(_page()):
            return _answer(reception.view(), "")
        return _answer_press(reception.press(request.form.get("check", ""), button, on))

    @app.post("/pin")
    def pin() -> Response:
        tokens = tuple(request.form.getlist("token"))
        if len(tokens) != TOKENS_A_PIN:
            raise RequestRefused()
        if not pages.asks(_page()):
            return _answer(reception.view(), "")
        form = request.form
        return _answer_press(reception.submit(form.get("check", ""), form.get("keypad", ""), tokens))

    @app.get("/healthz")
    def healthz() -> Response:
        return make_response("ok\n", {"Content-Type": "text/plain; charset=utf-8"})

    def _page() -> str:
        return request.headers.get("X-Kiosk-Page", "")

    def _answer_press(view: ScreenView) -> Response:
        # The page's own question, held here, brings the screen: drawn a second time it would hold that one up.
        return _nothing_new() if pages.is_waiting(_page()) else _answer(view, "")

    def _nothing_new() -> Response:
        response = make_response("")
        response.headers["HX-Reswap"] = "none"
        return response

    def _answer(view: ScreenView, seen: str) -> Response:
        if not pages.is_owner(_page()):
            response = make_response(render_template("kiosk/_other_page.html"))
            response.headers["X-Screen-Version"] = "other"
            if seen == "other":
                response.headers["HX-Reswap"] = "none"
            return response
        if view.version == seen:
            return _nothing_new()
        response = make_response(render_template("kiosk/_screen.html", view=view))
        response.headers["X-Screen-Version"] = view.version
        return response

    return app
