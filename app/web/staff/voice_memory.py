"""What 音声端末モード keeps of a session, in memory alone: desks with what was typed there, sounds on their way."""

from __future__ import annotations

from app.clock import Clock
from app.store.database import Store
from app.store.sessions import lasting_sessions
from app.web.staff.voice_openings import Openings
from app.web.staff.voice_sounds import VoiceKit


class VoiceMemory:
    """Safe to call from any thread."""

    def __init__(self, store: Store, clock: Clock, kit: VoiceKit) -> None:
        self.openings = Openings()
        self._store = store
        self._clock = clock
        self._kit = kit

    def forget(self, owner: bytes) -> None:
        self.openings.forget(owner)
        self._kit.forget(owner)

    def forget_ended(self) -> None:
        """Forget all whose session is over, wherever it ended: by time, by its person, by others or in another process.

        Raises:
            StoreError: it is not known whose.
        """
        owners = self.openings.owners() | self._kit.shelf.owners()  # before the store is asked: who comes later lasts
        if owners:
            for owner in owners - lasting_sessions(self._store, self._clock.now()):
                self.forget(owner)
