"""Invented people and a store in a folder, for the tests of this room."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings

from app.clock import TOKYO
from app.eligibility.model import (
    ElderlyRecipient,
    EligibilityResult,
    LimitCertificate,
    MedicalTicket,
    Qualification,
    Source,
    SpecificDisease,
    Validity,
)
from app.eligibility.ports import CheckRecord, Outcome
from app.store.checks import CheckKeeper
from app.store.database import Store
from app.store.detail import CheckDetail, load_detail
from app.store.migrate import migrate

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""

ROOT = Path(__file__).parents[2]
KEY = bytes(range(32))
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=TOKYO)
KIOSK = "受付1"


def run_python(script: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=240, **options
    )


@dataclass
class CountingWake:
    """Counts nudges; can be told to fail."""

    failure: Exception | None = None
    count: int = 0

    def __call__(self) -> None:
        self.count += 1
        if self.failure is not None:
            raise self.failure


@dataclass
class HandClock:
    """A clock that stands until it is moved."""

    time: datetime = MORNING

    def now(self) -> datetime:
        return self.time

    def monotonic_s(self) -> float:
        return self.time.timestamp()


@functools.cache
def _empty_store() -> tempfile.TemporaryDirectory[str]:
    """The folder of a store that was just made. Kept to be copied: making one takes every migration."""
    folder = tempfile.TemporaryDirectory(prefix="uketsuke-empty-store-")
    migrate(Path(folder.name) / "store" / "uketsuke.db", KEY)
    return folder


@dataclass
class Desk:
    """A migrated store with its keeper."""

    folder: Path
    wait_s: float = 5.0
    wake: CountingWake = field(default_factory=CountingWake)
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.path = self.folder / "store" / "uketsuke.db"
        if not self.path.exists():
            shutil.copytree(Path(_empty_store().name) / "store", self.path.parent, dirs_exist_ok=True)
        migrate(self.path, KEY)
        self.store = Store(self.path, KEY, wait_s=self.wait_s)
        self.keeper = CheckKeeper(self.store, self.wake, self.clock)

    def events(self) -> list[tuple[str, str]]:
        with self.store.reading() as db:
            return [(row["kind"], row["subject_id"]) for row in db["event"].rows]

    def numbers(self, day: str = "2026-11-24") -> list[int]:
        with self.store.reading() as db:
            rows = db.execute(
                "SELECT reception_number FROM checks WHERE reception_day = ? ORDER BY 1", [day]
            ).fetchall()
        return [row[0] for row in rows]


def kept(desk: Desk, check_id: str = "check-a") -> CheckDetail:
    with desk.store.reading() as db:
        detail = load_detail(db, check_id)
    assert detail is not None
    return detail


def person(index: int = 1, **changes: object) -> Qualification:
    """Somebody who does not exist, of prefecture 48."""
    values: dict[str, object] = {
        "card_classification": "01",
        "insurer_number": "06480012",
        "symbol": "試験１",
        "number": f"{index:08d}",
        "branch_number": "01",
        "name": f"試験　花子{index}",
        "name_kana": f"シケン　ハナコ{index}",
        "birthdate": "19800229",
        "address": "試験県架空市１－２－３",
    }
    return Qualification(**{**values, **changes})  # type: ignore[arg-type]


def full_person() -> Qualification:
    """Every field filled, and differently."""
    plain = {name: f"{name}-値" for name, kind in Qualification.__annotations__.items() if kind == "str | None"}
    return Qualification(
        **plain,
        elderly_recipient=ElderlyRecipient("20260801", "20260801", "20270731", "020"),
        limit_certificate=LimitCertificate("A01", "A11", "20260801", "20260801", None, ""),
        specific_diseases=(SpecificDisease("1", valid_from="20260401"), SpecificDisease()),
        medical_tickets=(MedicalTicket((("MedicalTicketValidity", "1"), ("Empty", ""))), MedicalTicket()),
        extras=(("Unknown", "髙﨑𠮷●"), ("Unknown", "二つ目")),
    )


def answer(*people: Qualification, validity: Validity = Validity.VALID, **changes: object) -> EligibilityResult:
    values: dict[str, object] = {
        "source": Source.ONLINE,
        "processed_at": MORNING + timedelta(milliseconds=250),
        "confirmed_on": date(2026, 11, 24),
        "validity": validity,
        "reference_classification": "1",
        "institution_code": "4890000001",
        "qualifications": people or (person(),),
    }
    return EligibilityResult(**{**values, **changes})  # type: ignore[arg-type]


def accepted(check_id: str = "check-a", *, minutes: float = 0, **changes: object) -> CheckRecord:
    values: dict[str, object] = {
        "check_id": check_id,
        "kiosk": KIOSK,
        "card_epoch": 1,
        "outcome": Outcome.ACCEPTED,
        "at": MORNING + timedelta(minutes=minutes),
        "result": answer(),
    }
    return CheckRecord(**{**values, **changes})  # type: ignore[arg-type]


def waiting(check_id: str = "check-a", outcome: Outcome = Outcome.VISUAL, **changes: object) -> CheckRecord:
    return accepted(check_id, **{"outcome": outcome, "result": None, "reason": "card.pin_locked", **changes})
