"""The card process: one reader, one card, no network.

It ends with 0 after SIGTERM or SIGINT, 1 when its socket cannot be opened, and 3 when a call into the reader's driver
hangs although card or reader are gone: a supervisor then starts it anew, which frees the reader.
"""

from __future__ import annotations

import logging
import queue
import time
from enum import Enum
from typing import Final

from app.card import pcsc
from app.card.connection import CardReader
from app.card.desk import Desk
from app.card.pcsc import PcscReader
from app.card.server import CardServer
from app.card.watcher import ReaderEvent, ReaderWatcher
from app.card.worker import CardWorker
from app.clock import SystemClock
from app.config import Settings
from app.door import DoorTaken
from app.inbox import Inbox
from app.logs import configure_logging
from app.memory import forbid_core_dumps

logger = logging.getLogger(__name__)

EXIT_OK: Final = 0
EXIT_NO_DOOR: Final = 1
EXIT_STUCK: Final = 3


class _Call(Enum):
    STOP = "stop"
    LOOK = "look"


def main(settings: Settings) -> int:
    """Run until told to stop. Takes over SIGTERM and SIGINT; call it on the main thread."""
    configure_logging("card")
    if settings.apdu_log:
        logging.getLogger(pcsc.__name__).setLevel(logging.DEBUG)
    forbid_core_dumps()
    inbox = Inbox[ReaderEvent | _Call]()
    inbox.take_stop_signals(_Call.STOP)
    return serve(settings, PcscReader(), inbox)


def serve(settings: Settings, reader: CardReader, inbox: Inbox[ReaderEvent | _Call]) -> int:
    """Start the threads, run the main loop and take everything down again."""
    worker = CardWorker()
    watcher = ReaderWatcher(settings.reader, inbox.put)
    desk = Desk(
        reader=reader,
        worker=worker,
        clock=SystemClock(),
        deadline_s=settings.card_deadline_s,
        # Larger than every epoch of the process before us, which counted up by one from its own start.
        first_epoch=time.monotonic_ns() // 1_000_000,
        wake=lambda: inbox.put(_Call.LOOK),
        watched_at_s=watcher.answered_at_s,
    )
    server = CardServer(desk, settings.card_socket)
    try:
        server.start()
    except (DoorTaken, OSError) as error:
        logger.error("card.no_door type=%s path=%s", type(error).__name__, settings.card_socket)
        return EXIT_NO_DOOR
    worker.start()
    watcher.start()
    logger.info("card.serving")
    try:
        return _loop(desk, inbox)
    finally:
        server.stop()
        watcher.stop()
        desk.stop()
        logger.info("card.stopped")


def _loop(desk: Desk, inbox: Inbox[ReaderEvent | _Call]) -> int:
    while True:
        try:
            call = inbox.get(timeout=desk.seconds_to_next_limit())
        except queue.Empty:
            call = _Call.LOOK
        if call is _Call.STOP:
            return EXIT_OK
        if isinstance(call, ReaderEvent):
            desk.take(call)
        desk.enforce_limits()
        if desk.is_beyond_repair:
            logger.critical("card.reader_stuck")
            return EXIT_STUCK
