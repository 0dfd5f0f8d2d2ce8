"""The voice process' reader of fields: dictionary and second opinion on one thread of their own."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from typing import Final

from app.errors import VoiceBusy
from app.logs import log_bug
from app.speech.reading import WordReader, read_field
from app.speech.utterance import Field, FieldKind, Phrase

logger = logging.getLogger(__name__)

PATIENCE_S: Final = 8.0
"""Longer than a cold start takes from a slow disk."""


class FieldReaderThread:
    """Called by any thread; reads on its own, since dictionaries belong to the thread that opened them.

    Args:
        open_words: opens the dictionary; runs on the thread, at once. Without one (it raised) all that our own
            tables read is still read.
    """

    def __init__(self, open_words: Callable[[], WordReader], patience_s: float = PATIENCE_S) -> None:
        self._open_words = open_words
        self._patience_s = patience_s
        self._words: WordReader | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="voice-reader")
        self.is_open = threading.Event()
        self._pool.submit(self._open)

    def __call__(self, field: Field) -> Phrase:
        """Read one field.

        Raises:
            VoiceBusy: no answer in time.
        """
        try:
            return self._pool.submit(lambda: read_field(field, self._words)).result(self._patience_s)
        except Late:
            raise VoiceBusy() from None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _open(self) -> None:
        try:
            self._words = self._open_words()
        except Exception as error:  # noqa: BLE001 - whatever a dictionary does, digits and dates are still read
            log_bug(logger, "voice.no_dictionary", error)
        with contextlib.suppress(OSError, ValueError):
            read_field(Field(FieldKind.INSURER, "東京都"), self._words)  # opens the table of places
        self.is_open.set()


def open_dictionary() -> WordReader:
    """Open Sudachi with Open JTalk's second opinion, or alone where that cannot be had.

    Raises:
        ImportError: the dictionary is not installed.
    """
    from app.speech.reading_words import SudachiReader
    from app.speech.second_reader import open_second_reader

    try:
        second = open_second_reader()
    except Exception as error:  # noqa: BLE001 - one opinion less
        log_bug(logger, "voice.no_second_reader", error)
        return SudachiReader()
    return SudachiReader(second)
