"""The voice process: prepared kana in, sound out. No network, no store, nothing of a patient on disk.

It ends with 0 after SIGTERM or SIGINT, 1 when its socket cannot be opened, and 3 when the synthesiser hangs: a
supervisor then starts it anew. A voice that cannot be opened does not end it: it answers, and says so to all who ask.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from enum import Enum
from typing import Final

from app.config import Settings
from app.door import DoorTaken
from app.inbox import Inbox
from app.logs import configure_logging
from app.memory import forbid_core_dumps
from app.speech.engine import Voice, VoiceEngine
from app.speech.server import Reader, VoiceServer
from app.speech.sinks import make_sink

logger = logging.getLogger(__name__)

EXIT_OK: Final = 0
EXIT_NO_DOOR: Final = 1
EXIT_STUCK: Final = 3


class Call(Enum):
    """What the main loop is told."""

    STOP = "stop"
    STUCK = "stuck"


def main(settings: Settings, reader: Reader | None = None) -> int:
    """Run until told to stop. Takes over SIGTERM and SIGINT; call it on the main thread.

    Args:
        reader: turns fields into phrases; without one ``read`` is answered with ``voice.no_reader``.
    """
    configure_logging("voice")
    forbid_core_dumps()
    os.umask(0o077)
    inbox = Inbox[Call]()
    inbox.take_stop_signals(Call.STOP)
    return serve(settings, open_voice, inbox, reader)


def open_voice() -> Voice:
    """Load the synthesiser; takes half a second warm, and seconds once after the machine's start."""
    from app.speech.pyttsx import PyttsxVoice

    return PyttsxVoice()


def serve(
    settings: Settings,
    open_voice: Callable[[], Voice],
    inbox: Inbox[Call],
    reader: Reader | None = None,
) -> int:
    """Open the door at once, warm the voice behind it, and take everything down again when told."""
    engine = VoiceEngine(open_voice, on_stuck=lambda: inbox.put(Call.STUCK))
    sink = make_sink(settings.audio_sink, settings.state_dir)
    server = VoiceServer(engine, sink, settings.voice_socket, reader)
    try:
        server.start()
    except (DoorTaken, OSError) as error:
        logger.error("voice.no_door type=%s path=%s", type(error).__name__, settings.voice_socket)
        return EXIT_NO_DOOR
    engine.start()
    outlook = sink.look()
    logger.info("voice.serving sink=%s device=%s tried=%s", sink.name, outlook.device, "; ".join(outlook.tried))
    try:
        call = inbox.get()
    finally:
        server.stop()
        engine.stop()
        logger.info("voice.stopped")
    return EXIT_OK if call is Call.STOP else EXIT_STUCK
