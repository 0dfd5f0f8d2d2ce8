"""Is 操作記録 whole? Walks the chain of seals and compares its end with heads that were written down elsewhere.

The chain alone cannot tell that its newest entries are missing. So its head (number and seal) is written to a file
outside the database while the product works (``anchors.py``). A head in the file that the table no longer has means a
cut tail or a replaced table. What was noted since the newest head can be cut off, but a check among it still stands
in ``checks`` and gives the cut away.
"""

from __future__ import annotations

import errno
import fcntl
import hmac
import os
import time
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlite_utils import Database

from app.eligibility.audit import FIRST_SEAL, AuditAction, body_of_cells, derive_key, seal
from app.eligibility.ports import Outcome
from app.errors import StoreError
from app.store.database import Store
from app.store.faults import translated
from app.store.files import make_private_folder, sync_folder
from app.store.values import to_text

_RESTORED = "restored"
_HEAD = "head"
_LOOKS, _BETWEEN_LOOKS_S = 5, 0.2
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
    UNRECORDED = "unrecorded"
    """A check stands in the store that no entry tells of: the newest entries are missing."""
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
    at: str


def anchor_file(state_dir: Path) -> Path:
    """Where the heads of a state directory's record are written down."""
    return state_dir / "audit" / "heads.log"


def write_anchor(store: Store, path: Path, at: datetime, kind: str = _HEAD) -> int:
    """Write down the present head, durably; returns its number, 0 when there is no entry yet (nothing is written).

    Raises:
        StoreError: the store cannot be read, or the disk did not take the line.
    """
    return write_head(store, path, at, kind)[0]


def write_head(store: Store, path: Path, at: datetime, kind: str = _HEAD) -> tuple[int, str]:
    """``write_anchor`` that returns number and seal.

    It stands in the gate, so that no head of a file that is being replaced follows the first one of its successor.
    """
    with store.holding():
        with store.reading() as db:
            last = db.execute("SELECT seq, seal FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
            if last is None and kind == _HEAD:
                return 0, ""
            seq, own = (0, FIRST_SEAL) if last is None else (int(last[0]), bytes(last[1]))
            body = f"{kind} {seq} {own.hex()} {to_text(at)}"
            line = f"{body} {_seal(db, FIRST_SEAL, body.encode()).hex()}\n"
        make_private_folder(path.parent)
        with translated():
            _append(path, line.encode("ascii"))
    return seq, own.hex()


def _append(path: Path, line: bytes) -> None:
    """Add a whole line or nothing, durably; several processes may do so at once."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        if os.write(descriptor, line) != len(line):
            os.ftruncate(descriptor, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
        if size == 0:
            sync_folder(path.parent)
    finally:
        os.close(descriptor)


def write_restored_anchor(store: Store, path: Path, at: datetime) -> int:
    """Write down that a backup was restored: heads before this line may be beyond the table's end.

    The entries that are lost stay known by their count. Call it right after the restore, before anything is noted.

    Raises:
        StoreError.
    """
    return write_anchor(store, path, at, _RESTORED)


def verify_audit(store: Store, path: Path) -> Verdict:
    """Read every entry and every head; about 10 us an entry.

    The first head of a new record follows its first entry a moment later. Who looks between the two looks again.

    Raises:
        StoreError: the store cannot be read.
    """
    verdict = _look(store, path)
    for _ in range(_LOOKS):
        if verdict.fault is not Fault.ANCHOR_MISSING:
            break
        time.sleep(_BETWEEN_LOOKS_S)
        verdict = _look(store, path)
    return verdict


def _look(store: Store, path: Path) -> Verdict:
    lines = _lines(path)  # before the table: an entry that comes meanwhile can only be beyond
    with store.reading() as db:
        anchors = _read_anchors(db, lines or [])
        if isinstance(anchors, int):
            return Verdict(0, "", Fault.ANCHOR_DAMAGED, anchors)
        wanted, lost = _expected_heads(anchors)
        count, before, fault = 0, FIRST_SEAL, None
        first_at = ""
        checked: set[str] = set()
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
            first_at = first_at or cells[1]
            if cells[3] == AuditAction.CHECKED:
                checked.add(cells[4])
        if fault is None and count and not anchors:
            fault = Fault.ANCHOR_MISSING
        if fault is None and max(wanted, default=0) > count:
            fault = Fault.CUT
        if fault is None and _has_unrecorded(db, checked, first_at, anchors):
            fault = Fault.UNRECORDED
    return Verdict(count, f"{count}-{before.hex()}", fault, count + 1 if fault else None, lost)


def _lines(path: Path) -> list[str] | None:
    try:
        with translated():
            if not path.exists():
                return None
            with path.open("r", encoding="ascii", errors="replace") as file:
                fcntl.flock(file, fcntl.LOCK_SH)  # no half-written line is read
                return file.read().splitlines()
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
        anchors.append(_Anchor(parts[0], int(parts[1]), bytes.fromhex(parts[2]), parts[3]))
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


def _has_unrecorded(db: Database, checked: set[str], first_at: str, anchors: list[_Anchor]) -> bool:
    """True when a check was decided while the record was kept, and the record does not tell of it.

    Checks from before the record's first entry prove nothing, nor those up to the last restore: a backup's record
    may lack them.
    """
    since = max([first_at, *(anchor.at for anchor in anchors if anchor.kind == _RESTORED)])
    rows = db.execute(
        "SELECT check_id FROM checks WHERE decided_at > ? AND outcome NOT IN (?, ?)",
        [since, Outcome.WITHDRAWN.value, Outcome.ASKING.value],
    )
    return any(check_id not in checked for (check_id,) in rows)


def _seal(db: Database, before: bytes, body: bytes) -> bytes:
    return bytes(db.conn.execute("SELECT audit_seal(?, ?)", [before, body]).fetchone()[0])
