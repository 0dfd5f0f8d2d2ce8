"""The session that the worker holds between two requests, and the one of a card that was just lost."""

from __future__ import annotations

from app.card.connection import CardReader
from app.card.jpki import JpkiSession
from app.card.worker import CardWorker


class HeldSession:
    """At most one powered card. Used by the worker's thread alone."""

    def __init__(self, reader: CardReader, worker: CardWorker) -> None:
        self._reader = reader
        self._worker = worker
        self._lost: JpkiSession | None = None
        self.current: JpkiSession | None = None

    def open(self, reader: str) -> JpkiSession:
        """Power the card in ``reader``. Errors: see ``CardReader``; nothing is held then."""
        self.close()
        self.current = JpkiSession(self._worker.bound(self._reader.connect(reader)))
        return self.current

    def set_aside(self) -> None:
        """The card is lost: stop using its session, but keep the handle until ``close``.

        pcscd 1.9.9 takes a power-down that fails as a removal and tells nobody; a card that is back before its next
        look is then never seen (measured 2026-11-22). A handle that is held until the reader has noticed avoids it.
        """
        self._lost, self.current = self.current or self._lost, None

    def close(self) -> None:
        """Cut the power of whatever is held. Never raises."""
        for session in (self.current, self._lost):
            if session is not None:
                session.close()
        self.current = self._lost = None
