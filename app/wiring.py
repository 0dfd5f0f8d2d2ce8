"""The only place that picks real adapters and joins them."""

from __future__ import annotations

import os
import threading

from app.clock import SystemClock
from app.config import Settings
from app.eligibility.check import Limits
from app.eligibility.effects import EffectRunner
from app.eligibility.outbox import Outbox
from app.eligibility.reception import Reception
from app.logs import configure_logging


def run_kiosk(settings: Settings) -> int:
    """Build and run the kiosk process: card client, store, gateway, reception, pages."""
    from app.card.client import CardClient
    from app.exchange.online import OnlineGateway
    from app.store.checks import CheckKeeper
    from app.store.database import Store, read_key
    from app.store.events import Waker
    from app.web.kiosk.app import create_kiosk_app
    from app.web.kiosk.server import serve

    configure_logging("kiosk")
    os.umask(0o077)
    clock = SystemClock()
    store = Store(settings.store_path, read_key(settings.store_key_file))
    waker = Waker(settings.wake_socket)
    keeper = CheckKeeper(store, waker.wake)
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
    effects = EffectRunner(desk, gateway, keeper, clock, settings.kiosk_name, Outbox())
    limits = Limits(pin_idle_s=settings.pin_idle_s, stay_s=settings.result_stay_s)
    reception = Reception(desk, effects, clock, limits)
    app = create_kiosk_app(settings, reception)
    desk.start()
    reception.start()
    threading.Thread(target=gateway.warm, name="warm", daemon=True).start()
    try:
        serve(app, settings.kiosk_port)
    finally:
        reception.close()
        desk.close()
        gateway.close()
        store.close()
    return 0
