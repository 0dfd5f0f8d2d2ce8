"""Is 操作記録 whole? Walks the chain of seals and compares its end with heads that were written down elsewhere.

The chain alone cannot tell that its newest entries are missing. So its head (number and seal) is written to a file
outside the database: at start and stop, and while the product works (``AnchorKeeper``). A head in the file that the
table no longer has means a cut tail or a replaced table.
"""

from __future__ import annotations

import hmac
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlite_utils import Database

from app.eligibility.audit import FIRST_SEAL, body_of_cells, derive_key, seal
from app.errors import StoreError
from app.store.database import Store
from app.store.faults import translated
from app.store.files import make_private_folder
from app.store.values import to_text

logger = logging.getLogger(__name__)

LOOK_S = 60.0
MOST_UNANCHORED = 50
"""Entries after which a head is written down though the last one is young."""
LONGEST_UNANCHORED_S = 300.0
_RESTORED = "restored"
_HEAD = "head"
_ALL = "SELECT seq, at, actor, action, subject, outcome, detail, source, seal FROM audit ORDER BY seq"


class Fault(StrEnum):
    """What is wrong with the record. Words: ``phrases.py``, code ``audit.<value>``."""

    ALTERED = "altered"
    """An entry's seal does not fit: it, or the one before it, was changed, swapped, inserted or removed."""
    GAP = "gap"
    """A number is missing."""
    CUT = "cut"
    """The newest entries are missing: a head that was written down is beyond the end."""
    REPLACED = "replaced"
    """The entry of a head that was written down has another seal."""
    ANCHOR_MISSING = "anchor_missing"
    """There are entries, but the file of heads is gone."""
    ANCHOR_DAMAGED = "anchor_damaged"
    """A line of the file of heads cannot be read or has a wrong seal."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one look at the whole record."""

    count: int
    """Entries that were read."""
    head: str
    """Number and seal of the last good entry, for a paper or a second place: ``12-0a1b…``."""
    fault: Fault | None = None
    at_seq: int | None = None
    """The first entry that is wrong or missing."""
    lost_by_restore: int = 0
    """Entries that a backup, once restored, did not hold; said openly at the time."""

    @property
    def is_whole(self) -> bool:
        return self.fault is None


@dataclass(frozen=True, slots=True)
class _Anchor:
    kind: str
    seq: int
    seal: bytes


def anchor_file(state_dir: Path) -> Path:
    """Where the heads of a state directory's record are written down."""
    return state_dir / "audit" / "heads.log"


def write_anchor(store: Store, path: Path, at: datetime, kind: str = _HEAD) -> int:
    """Write down the present head, durably; returns its number, 0 when there is no entry yet (nothing is written).

    Raises:
        StoreError: the store cannot be read, or the disk did not take the line.
    """
    with store.reading() as db:
        last = db.execute("SELECT seq, seal FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        if last is None and kind == _HEAD:
            return 0
        seq, own = (0, FIRST_SEAL) if last is None else (int(last[0]), bytes(last[1]))
        body = f"{kind} {seq} {own.hex()} {to_text(at)}"
        line = f"{body} {_seal(db, FIRST_SEAL, body.encode()).hex()}\n"
    make_private_folder(path.parent)
    with translated():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return seq


def write_restored_anchor(store: Store, path: Path, at: datetime) -> int:
    """Write down that a backup was restored: heads before this line may be beyond the table's end.

    The entries that are lost stay known by their count. Call it right after the restore, before anything is noted.

    Raises:
        StoreError.
    """
    return write_anchor(store, path, at, _RESTORED)


def verify_audit(store: Store, path: Path) -> Verdict:
    """Read every entry and every head; about 10 us an entry.

    Raises:
        StoreError: the store cannot be read.
    """
    lines = _lines(path)  # before the table: an entry that comes meanwhile can only be beyond
    with store.reading() as db:
        anchors = _read_anchors(db, lines or [])
        if isinstance(anchors, int):
            return Verdict(0, "", Fault.ANCHOR_DAMAGED, anchors)
        wanted, lost = _expected_heads(anchors)
        count, before, fault = 0, FIRST_SEAL, None
        key = derive_key(store.key)
        for *cells, own in db.execute(_ALL):
            seq = int(cells[0])
            if seq != count + 1:
                fault = Fault.GAP
            elif not hmac.compare_digest(own, seal(key, before, body_of_cells(cells))):
                fault = Fault.ALTERED
            elif wanted.get(seq, own) != own:
                fault = Fault.REPLACED
            if fault:
                break
            count, before = seq, own
    if fault is None and count and not anchors:
        fault = Fault.ANCHOR_MISSING
    if fault is None and max(wanted, default=0) > count:
        fault = Fault.CUT
    return Verdict(count, f"{count}-{before.hex()}", fault, count + 1 if fault else None, lost)


class AnchorKeeper:
    """Writes heads down while the product works: after many entries, after some minutes, at start and at stop."""

    def __init__(self, store: Store, path: Path, now: Callable[[], datetime], monotonic_s: Callable[[], float]) -> None:
        self._store = store
        self._path = path
        self._now = now
        self._monotonic_s = monotonic_s
        self._anchored = -1
        self._anchored_s = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="anchor", daemon=True)

    def start(self) -> None:
        """Write the head and look again every minute."""
        self.write()
        self._thread.start()

    def stop(self) -> None:
        """Write the last head; no look after that."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(LOOK_S)
        self.write()
        self._store.close()

    def look(self) -> None:
        """Write the head when many entries, or old ones, are not covered by one."""
        with self._store.reading() as db:
            newest = int(db.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchone()[0])
        waited_s = self._monotonic_s() - self._anchored_s
        if newest - self._anchored >= MOST_UNANCHORED or (
            newest != self._anchored and waited_s >= LONGEST_UNANCHORED_S
        ):
            self.write()

    def write(self) -> None:
        """Write the head now, unless it is the one that was written last."""
        try:
            with self._store.reading() as db:
                newest = int(db.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchone()[0])
            if newest != self._anchored:
                self._anchored = write_anchor(self._store, self._path, self._now())
            self._anchored_s = self._monotonic_s()
        except StoreError as error:
            logger.warning("audit.not_anchored code=%s", error.code)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            try:
                self.look()
            except StoreError as error:
                logger.warning("audit.not_anchored code=%s", error.code)
        self._store.close()


def _lines(path: Path) -> list[str] | None:
    try:
        with translated():
            return path.read_text("ascii", "replace").splitlines() if path.exists() else None
    except StoreError:
        return ["unreadable"]


def _read_anchors(db: Database, lines: list[str]) -> list[_Anchor] | int:
    """Return the heads, oldest first, or the number of the first line that is damaged."""
    anchors = []
    for place, line in enumerate(lines, 1):
        body, _, own = line.rpartition(" ")
        parts = body.split(" ")
        if len(parts) != 4 or not hmac.compare_digest(_seal(db, FIRST_SEAL, body.encode()).hex(), own):
            return place
        anchors.append(_Anchor(parts[0], int(parts[1]), bytes.fromhex(parts[2])))
    return anchors


def _expected_heads(anchors: list[_Anchor]) -> tuple[dict[int, bytes], int]:
    """Return the seal that each written number must have, and how many entries restores lost."""
    wanted: dict[int, bytes] = {}
    lost = 0
    for anchor in anchors:
        if anchor.kind == _RESTORED:
            lost += max(0, max(wanted, default=0) - anchor.seq)
            wanted = {seq: own for seq, own in wanted.items() if seq <= anchor.seq}
        if anchor.seq:
            wanted[anchor.seq] = anchor.seal
    return wanted, lost


def _seal(db: Database, before: bytes, body: bytes) -> bytes:
    return bytes(db.conn.execute("SELECT audit_seal(?, ?)", [before, body]).fetchone()[0])
