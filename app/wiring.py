"""The only place that picks real adapters and joins them."""

from __future__ import annotations

import logging
import os
import threading

from app.clock import SystemClock
from app.config import Settings
from app.eligibility.ask_again import AskAgain
from app.eligibility.effects import EffectRunner
from app.eligibility.heard_gateway import HeardGateway
from app.eligibility.outbox import Outbox
from app.eligibility.reception import Reception
from app.eligibility.service_watch import ServiceWatch
from app.eligibility.stages import Limits
from app.errors import StoreError
from app.logs import configure_logging
from app.memory import forbid_core_dumps, share_memory_among_threads
from app.speech.phrases import reason_words
from app.turns import take_short_turns

logger = logging.getLogger(__name__)

EXIT_CRASHED = 70


def run_kiosk(settings: Settings) -> int:
    """Build and run the kiosk process: card client, store, gateway, reception, pages."""
    from app.card.client import CardClient
    from app.exchange.online import OnlineGateway
    from app.speech.client import VoiceClient
    from app.speech.earcons import make_all
    from app.speech.guidance_clips import GuidanceClips
    from app.store.anchors import AnchorKeeper
    from app.store.audit_check import anchor_file
    from app.store.checks import CheckKeeper
    from app.store.events import Waker
    from app.store.files import read_key
    from app.store.health import StoreHealthBook
    from app.store.kiosks import StoreKioskBook
    from app.store.opening import ServingStore
    from app.store.questions import StoreQuestions
    from app.store.visual import StoreVisualDesk
    from app.web.kiosk.app import create_kiosk_app
    from app.web.kiosk.peer import own_browser_check
    from app.web.kiosk.server import serve

    configure_logging("kiosk")
    take_short_turns()
    share_memory_among_threads()
    forbid_core_dumps()
    os.umask(0o077)
    clock = SystemClock()
    try:
        is_own_browser = own_browser_check(settings.browser_user)
    except KeyError:
        logger.critical("kiosk.not_started KIOSK_BROWSER_USER names no user of this machine")
        return 1
    try:
        store = ServingStore(settings.store_path, read_key(settings.store_key_file), clock)
        store.start()  # a store that cannot be used stops the start, not the first patient
    except StoreError as error:
        logger.critical("kiosk.not_started code=%s %s", error.code, reason_words(error.code).next_step)
        return 1
    gateway = OnlineGateway(
        settings.gateway_url,
        settings.gateway_ca_file,
        settings.gateway_cert_file,
        settings.gateway_key_file,
        settings.institution_code,
        settings.gateway_timeout_s,
        clock,
    )
    desk = CardClient(settings.card_socket, settings.card_deadline_s)
    wake = Waker(settings.wake_socket).wake
    keeper, visual = CheckKeeper(store, wake), StoreVisualDesk(store, wake)
    outbox, kiosk = Outbox(), settings.kiosk_name
    again = AskAgain(gateway, StoreQuestions(store, wake), clock, kiosk, outbox)
    watch = ServiceWatch(gateway.probe, StoreHealthBook(store, wake), clock, kiosk, again)
    asked, book = HeardGateway(gateway, watch.heard), StoreKioskBook(store, wake)
    effects = EffectRunner(desk, asked, keeper, visual, clock, kiosk, outbox, book, shuffles_keys=settings.shuffle_keys)
    limits = Limits(pin_idle_s=settings.pin_idle_s, stay_s=settings.result_stay_s)
    reception = Reception(desk, effects, clock, limits, crash=lambda: os._exit(EXIT_CRASHED))
    clips = GuidanceClips(settings.guidance_dir, VoiceClient(settings.voice_socket)) if settings.kiosk_sound else None
    app = create_kiosk_app(settings, reception, is_own_browser, clips=clips)
    if clips is not None:
        make_all()  # before the first page, whose questions would wait behind it
        clips.start()
    heads = AnchorKeeper(store, anchor_file(settings.state_dir), clock.now, clock.monotonic_s)
    heads.start()  # the staff process has its own; while that is down, checks go on being noted
    desk.start()
    reception.start()
    watch.start()
    threading.Thread(target=gateway.warm, name="warm", daemon=True).start()
    try:
        serve(app, settings.kiosk_port)
    finally:
        if clips is not None:
            clips.close()
        watch.close()
        reception.close()
        desk.close()
        gateway.close()
        heads.stop()
        store.close()
    return 0
