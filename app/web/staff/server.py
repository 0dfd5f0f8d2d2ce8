"""The staff site: its Flask app, and the two servers (pages on waitress, the stream on uvicorn) of one process."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Blueprint, Flask, Response, request

from app.clock import Clock
from app.config import Settings
from app.speech.phrases import PRACTICE
from app.store.audit_check import anchor_file
from app.store.housekeeping import Housekeeper
from app.web.assets import serve_assets
from app.web.events import Feed, Hub
from app.web.events_app import StreamApp
from app.web.htmx import init_htmx
from app.web.page_server import create_page_server
from app.web.problems import init_problems
from app.web.security import harden
from app.web.staff.about import add_about
from app.web.staff.aloud import add_aloud
from app.web.staff.audit import add_audit_pages
from app.web.staff.backoff import BackOff
from app.web.staff.board import add_board
from app.web.staff.certificates import init_certificates
from app.web.staff.check import add_check
from app.web.staff.desk_device import add_device
from app.web.staff.fallback import add_fallback
from app.web.staff.first_start import add_first_start
from app.web.staff.given import Giving
from app.web.staff.gone import Readers
from app.web.staff.keeping import add_keeping, init_keeping
from app.web.staff.lines import NO_NAME
from app.web.staff.login import add_login
from app.web.staff.numbers import add_numbers
from app.web.staff.own import add_own
from app.web.staff.pending import add_pending
from app.web.staff.people import add_people
from app.web.staff.plain_pages import is_plain
from app.web.staff.ports import StaffDesk
from app.web.staff.reader import add_reader
from app.web.staff.search import add_search
from app.web.staff.session import COOKIE, current_staff, init_sessions, page_token
from app.web.staff.stream import StreamServer
from app.web.staff.visual import add_visual
from app.web.staff.voice import add_voice
from app.web.staff.voice_fixed import add_fixed_sounds
from app.web.staff.voice_memory import VoiceMemory
from app.web.staff.voice_sounds import VoiceKit

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 200_000
"""Room for two fields with 10,000 kana each (nine bytes a sign): too much is said at its field, not by a refusal."""
_PLACE = Path(__file__).parents[1]
_STATIC = Path(__file__).parents[3] / "static"
ON_EVERY_PAGE = {
    "css/staff-pages.css": (
        "css/base.css",
        "css/staff.css",
        "css/staff-people.css",
        "css/staff-desk.css",
        "css/staff-fallback.css",
        "css/staff-numbers.css",
        "css/staff-search.css",
        "css/staff-visual.css",
        "css/staff-keeping.css",
        "css/staff-about.css",
        "css/staff-reader.css",
        "css/staff-voice.css",
    ),
    "js/staff-pages.js": (
        "js/pieces.js",
        "js/news.js",
        "js/late.js",
        "js/live.js",
        "js/aim.js",
        "js/hand.js",
        "js/desk.js",
        "js/search.js",
    ),
}
"""In the order in which they have to come."""


def create_staff_app(
    settings: Settings,
    desk: StaffDesk,
    clock: Clock,
    close_streams: Callable[[str], None],
    panels: Sequence[str],
    keeper: Housekeeper,
    when_sessions_end: Callable[[Callable[[], None]], None],
) -> Flask:
    """Build the app; opens nothing.

    Args:
        close_streams: ends the open streams of a session token; called at log-out.
        panels: names of the panels that the stream may nudge.
        keeper: purges and backs up when the owner asks.
        when_sessions_end: has something called again and again while sessions may have ended; it may raise
            ``StoreError``.
    """
    app = Flask("app.web.staff", template_folder=str(_PLACE / "templates"), static_folder=None)
    serve_assets(app, _STATIC, ON_EVERY_PAGE)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        practice=PRACTICE if settings.practice else None,
        panels=" ".join(panels),
        current_staff=current_staff,
        no_name=NO_NAME,
        is_plain=is_plain,
    )
    init_htmx(app)
    harden(
        app,
        origins=frozenset({settings.staff_origin}),
        expected_token=page_token,
        max_body_bytes=MAX_BODY_BYTES,
        hsts=not settings.practice,  # the demo's host is localhost, where others serve too
    )
    init_sessions(app, desk, clock)
    init_problems(app, "staff/problem.html", "staff/_problem.html")
    staff = Blueprint("staff", __name__)
    back_off = BackOff(clock)
    add_first_start(staff, desk, clock, back_off)
    add_login(staff, desk, clock, back_off, close_streams)
    add_own(staff, desk, clock, back_off, close_streams, has_tenkey=bool(settings.tenkey))
    add_people(staff, desk, clock)
    add_audit_pages(staff, desk, clock, anchor_file(settings.state_dir), settings.institution_code)
    readers, giving = Readers(), Giving(desk, clock)
    add_board(staff, desk, clock, readers, giving)
    add_check(staff, desk, clock, readers, giving)
    add_device(staff)
    add_reader(staff, desk, clock)
    add_about(staff)
    add_numbers(staff, desk, clock)
    add_pending(staff, desk, clock, readers, giving)
    add_fallback(staff, desk, clock, readers, giving)
    add_search(staff, desk, clock, giving)
    add_visual(staff, desk, clock, settings.kiosk_name)
    kit = VoiceKit(clock, settings.voice_socket)
    memory = VoiceMemory(desk.store, clock, kit)
    when_sessions_end(memory.forget_ended)
    add_voice(staff, desk, clock, giving, kit, memory, settings.kiosk_name, close_streams)
    add_fixed_sounds(staff, kit)
    add_aloud(staff, desk, clock, readers, giving, kit)

    @app.after_request
    def look_at_sessions(response: Response) -> Response:
        """What was sent may have ended sessions, and their boards close when the stream looks."""
        if request.method == "POST":
            desk.wake()
        return response

    init_keeping(app, desk, clock, keeper)
    init_certificates(app, settings, clock)
    add_keeping(staff, desk, clock, keeper)
    app.register_blueprint(staff)
    return app


def serve(
    settings: Settings, desk: StaffDesk, feed: Feed, panels: Sequence[str], clock: Clock, keeper: Housekeeper
) -> int:
    """Serve pages and stream until SIGTERM or SIGINT; returns the exit code.

    Sockets get their modes from the caller's umask. When the stream's thread dies, so does the process: its
    supervisor starts both anew.

    Raises:
        OSError: a socket cannot be bound.
    """
    hub = Hub(feed, panels)
    app = create_staff_app(settings, desk, clock, hub.close_session, panels, keeper, hub.when_sessions_end)
    host = settings.staff_origin.split("://", 1)[1]
    died: list[bool] = []

    def stream_died() -> None:
        died.append(True)
        os.kill(os.getpid(), signal.SIGTERM)

    stream = StreamServer(
        hub, StreamApp(hub, COOKIE, frozenset({host})), settings.events_socket, settings.wake_socket, stream_died
    )
    pages = create_page_server(
        app,
        unix_socket=str(settings.staff_socket),
        unix_socket_perms="600",
        threads=8,
        channel_request_lookahead=1,
        connection_limit=500,
        channel_timeout=30,
        cleanup_interval=10,
        max_request_body_size=MAX_BODY_BYTES * 2,
        max_request_header_size=16_384,
        ident=None,
        # On a unix socket the peer is always nginx; waitress calls it "localhost".
        trusted_proxy="localhost",
        trusted_proxy_count=1,
        trusted_proxy_headers={"x-forwarded-for", "x-forwarded-proto"},
        clear_untrusted_proxy_headers=True,
    )
    try:
        stream.start()
        logger.info("staff.serving")
        pages.run()  # returns after SystemExit or KeyboardInterrupt
    finally:
        stream.stop()
        pages.close()
        settings.staff_socket.unlink(missing_ok=True)
    logger.info("staff.stopped")
    return 1 if died else 0


def main(settings: Settings) -> int:
    """Run the staff process. See ``app.wiring_staff.main``."""
    from app.wiring_staff import main as run

    return run(settings)
