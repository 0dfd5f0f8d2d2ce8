"""Where somebody is at the desk: the place, the one around it, and the ways from one to the next."""

from __future__ import annotations

from contextlib import suppress

from app.eligibility.voice_desk import DeskPatient
from app.errors import KioskError
from app.speech.desk_acts import Acts
from app.speech.desk_counter import CounterForm
from app.speech.desk_fresh import Fresh, say_followed
from app.speech.desk_model import Key, Utterance
from app.speech.desk_pending import PendingVisits
from app.speech.desk_places import Around, Patients, Spot, edge
from app.speech.desk_rooms import next_room


class Walk:
    """``over`` is where one returns to from a place inside another."""

    def __init__(self) -> None:
        self.today = Patients()
        self.spot: Spot = self.today
        self.over: Spot | None = None

    def home(self) -> None:
        self.spot, self.over = self.today, None

    def go(self, spot: Spot, desk: Around, over: Spot | None = None) -> Utterance:
        self.spot, self.over = spot, over
        return spot.open(desk)

    def follow_news(self, patient: DeskPatient, fresh: Fresh, key: Key, desk: Around) -> Utterance:
        """Go to whom news told of; a check of an earlier day stands on no list of today."""
        was, found = self.spot, self.today
        if fresh.is_late:
            found = Patients((patient,))
            self.spot, self.over = found, self.over or was
        else:
            found.go_to(patient.check_id, desk)
            self.home()
        return say_followed(patient, key, was, found, desk)

    def leave_inner(self, desk: Around) -> None:
        """What was decided inside a place leads back to it."""
        if self.over is not None:
            self.spot, self.over = self.over, None
        if isinstance(self.spot, Acts | CounterForm):
            self.spot = self.today
        if isinstance(self.spot, PendingVisits):
            with suppress(KioskError):
                self.spot.let_go(desk)

    def arrive(self, said: Utterance, desk: Around) -> Utterance:
        """Follow where a menu or a search led to."""
        room, over, is_entered = next_room(self.spot, self.over)
        if is_entered:
            return self.go(room, desk, over)
        self.spot, self.over = room, over
        return said

    def back(self, desk: Around) -> Utterance | None:
        """Take back what was typed, else leave the place; ``None`` when that led home."""
        said = self.spot.take_back(desk)
        if said is not None:
            return said
        if self.spot is self.today:
            return edge()
        if self.over is not None:
            return self.go(self.over, desk)
        self.spot = self.today
        return None
