"""A day at an invented clinic for the voice desk: a source that is changed by hand, and a clock that each key moves."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.clock import TOKYO
from app.eligibility.counter import Field as FormField
from app.eligibility.model import Validity
from app.eligibility.voice_desk import (
    DeskAct,
    DeskCall,
    DeskDay,
    DeskFound,
    DeskMember,
    DeskPatient,
    DeskRequest,
    DeskSheet,
)
from app.errors import AlreadyHandled, RecordMissing, StoreError
from app.speech.desk import Desk
from app.speech.desk_model import DeskSettings, Key, Utterance
from app.speech.phrases.desk_captions import Privacy
from app.speech.reading import read_field
from app.speech.utterance import Field, Phrase

MORNING = datetime(2026, 11, 24, 9, 5, tzinfo=TOKYO)
EARPHONE = DeskSettings(privacy=Privacy.EARPHONE)
HANAKO = DeskPatient("hanako", 1, MORNING, "菅原　花子", "ｽｶﾞﾜﾗ ﾊﾅｺ", Validity.VALID, share_percent=30)
JIRO = DeskPatient(
    "jiro",
    2,
    MORNING + timedelta(minutes=5),
    "架空　次郎",
    "ｶｸｳ ｼﾞﾛｳ",
    Validity.INVALID,
    reason="check.not_valid",
    is_waiting=True,
    version=3,
)
LOCKED = DeskPatient("locked", 3, MORNING + timedelta(minutes=9), reason="card.pin_locked", is_waiting=True)
REQUEST = DeskRequest("req", "locked", "受付1", "card.pin_locked", MORNING + timedelta(minutes=9))
CALL = DeskCall("call", "受付1", MORNING + timedelta(minutes=9))
SHEET = DeskSheet(
    "菅原　花子",
    "ｽｶﾞﾜﾗ ﾊﾅｺ",
    "全国健康保険協会　東京支部",
    "01480011",
    "４８０１０２０３",
    "1024",
    "01",
    "19570401",
    "20270331",
)


class PlainReader:
    """No dictionary."""

    def read(self, fields: Sequence[Field]) -> tuple[Phrase, ...]:
        return tuple(read_field(one) for one in fields)


class HandSource:
    """``DeskSource`` that a test changes."""

    def __init__(self, *patients: DeskPatient) -> None:
        self.time = MORNING
        self.step = timedelta(seconds=1)
        self.kept = DeskDay(patients)
        self.earlier: tuple[DeskPatient, ...] = ()
        self.sheets: dict[str, DeskSheet] = {}
        self.searched: list[str] = []
        self.failure: StoreError | None = None
        self.answers: dict[str, DeskPatient] = {}
        self.later: tuple[DeskPatient, ...] = ()
        self.narrowed: list[tuple[str, str]] = []
        self.entries = 0
        self.staff: tuple[DeskMember, ...] = (DeskMember(1, "試験 花子"), DeskMember(2, "カクウ タロウ"))
        self.known: dict[str, dict[FormField, str]] = {}

    def now(self) -> datetime:
        self.time += self.step
        return self.time

    def day(self) -> DeskDay:
        if self.failure is not None:
            raise self.failure
        return self.kept

    def sheet(self, check_id: str) -> DeskSheet:
        if not any(one.check_id == check_id for one in (*self.kept.patients, *self.earlier, *self.later)):
            raise RecordMissing()
        return self.sheets.get(check_id, SHEET)

    def answer(self, check_id: str) -> DeskPatient | None:
        return self.answers.get(check_id)

    def search(self, text: str) -> DeskFound:
        self.searched.append(text)
        return DeskFound(self.earlier, len(self.earlier))

    def candidates(self, check_id: str, words: str = "") -> DeskFound:
        if not any(one.check_id == check_id for one in self.kept.pending):
            raise AlreadyHandled()
        self.narrowed.append((check_id, words))
        return DeskFound(self.later, len(self.later))

    def new_entry(self) -> str:
        self.entries += 1
        return f"entry{self.entries}"

    def counter_known(self, check_id: str) -> dict[FormField, str]:
        return self.known.get(check_id, {})

    def members(self) -> tuple[DeskMember, ...]:
        return self.staff

    def arrive(self, *patients: DeskPatient) -> None:
        """Put patients on top, the newest last."""
        self.change(patients=(*reversed(patients), *self.kept.patients))

    def change(self, **changes: object) -> None:
        self.kept = dataclasses.replace(self.kept, **changes)  # type: ignore[arg-type]


class Listener:
    """Presses keys and keeps what was heard and what was to be done."""

    def __init__(self, source: HandSource, settings: DeskSettings = EARPHONE) -> None:
        self.source = source
        self.desk = Desk(source, PlainReader(), settings)
        self.acts: list[DeskAct] = []
        self.viewed: list[str] = []

    def keys(self, keys: str) -> Utterance:
        """Press keys named with blanks between; acts are done at once. Returns what was heard last."""
        said = Utterance()
        for key in keys.split():
            said = self.desk.press(Key(key))
            self.viewed += said.viewed
            if said.act is not None:
                self.acts.append(said.act)
                said = self.desk.done(said.act, 12 if said.act.draft else None)
        return said

    def hears(self, keys: str) -> str:
        return self.keys(keys).text

    def news(self) -> Utterance:
        said = self.desk.news()
        assert said is not None
        return said
