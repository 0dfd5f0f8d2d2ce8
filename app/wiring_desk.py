"""Builds the desk process: tenkey, store and voice around the spoken desk."""

from __future__ import annotations

import logging
import os
from datetime import timedelta

from app.config import PREFIX, Settings, SettingsError
from app.errors import StoreError
from app.inbox import Inbox
from app.logs import configure_logging
from app.memory import forbid_core_dumps
from app.speech.phrases import reason_words
from app.tenkey.keys import KeySource

logger = logging.getLogger(__name__)

READ_S = 1.0
"""A place that is not read by then is told by our own tables."""


def run_desk(settings: Settings, source: KeySource | None = None) -> int:
    """Run the desk process until it is told to stop; returns the exit code. Call it on the main thread.

    Args:
        source: presses the keys; without one the tenkey that the settings name.

    Raises:
        SettingsError: they name none.
    """
    from app.clock import SystemClock
    from app.speech.client import VoiceClient
    from app.store.anchors import AnchorKeeper
    from app.store.audit_check import anchor_file
    from app.store.desk_codes import end_lost_sessions
    from app.store.desk_door import StoreDeskDoor
    from app.store.events import Waker
    from app.store.files import read_key
    from app.store.opening import ServingStore
    from app.tenkey.agent import Call, Told, serve
    from app.tenkey.box_desk import BoxDesk
    from app.tenkey.evdev_source import EvdevKeys
    from app.tenkey.mouth import STOP_S, Mouth

    if not settings.tenkey:
        raise SettingsError(f"{PREFIX}TENKEY is empty: there is no tenkey to read. ./uketsuke doctor lists those here.")
    configure_logging("desk")
    forbid_core_dumps()
    os.umask(0o077)
    inbox = Inbox[Told]()
    inbox.take_stop_signals(Call.STOP)
    clock = SystemClock()
    try:
        store = ServingStore(settings.store_path, read_key(settings.store_key_file), clock)
        store.start()
    except StoreError as error:
        logger.critical("desk.not_started code=%s %s", error.code, reason_words(error.code).next_step)
        return 1
    try:
        end_lost_sessions(store, clock.now())
    except StoreError as error:  # they end by time: no reason to stay silent
        logger.warning("desk.log_ins_not_ended code=%s", error.code)
    heads = AnchorKeeper(store, anchor_file(settings.state_dir), clock.now, clock.monotonic_s)
    heads.start()
    idle = timedelta(seconds=settings.idle_lock_s)
    door = StoreDeskDoor(store, clock, Waker(settings.wake_socket).wake, idle, settings.kiosk_name)
    mouth = Mouth(VoiceClient(settings.voice_socket), stopper=VoiceClient(settings.voice_socket, STOP_S, margin_s=0))
    desk = BoxDesk(door, mouth, VoiceClient(settings.voice_socket, READ_S), clock)
    try:
        return serve(source or EvdevKeys(settings.tenkey), desk, mouth, inbox)
    finally:
        heads.stop()
        store.stop()
