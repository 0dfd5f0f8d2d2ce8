"""Whoever changes 操作記録 behind our back is found out: flipped, removed, inserted, swapped, cut, replaced."""

# ruff: noqa: S608 - a burglar writes the SQL here

from __future__ import annotations

import stat
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.audit import AuditAction
from app.store import audit_check
from app.store.audit import record_audit
from app.store.audit_check import (
    Fault,
    anchor_file,
    verify_audit,
    write_anchor,
    write_restored_anchor,
)
from app.store.database import Store
from tests.store.support import KEY, MORNING, Desk, accepted, patient

COLUMNS = ("at", "actor", "action", "subject", "outcome", "detail", "source")
COUNT = 8


@dataclass
class Record:
    """A record of a few entries whose last ones are anchored, and a burglar who holds the key of the database."""

    desk: Desk
    count: int = COUNT
    path: Path = field(init=False)

    def __post_init__(self) -> None:
        self.path = anchor_file(self.desk.folder)
        self.write(self.count)
        write_anchor(self.desk.store, self.path, MORNING)

    def write(self, count: int) -> None:
        for number in range(count):
            at = MORNING + timedelta(seconds=number)
            record_audit(
                self.desk.store, at, f"架空 {number}", AuditAction.VIEWED, f"{number:032x}", source="192.0.2.1"
            )

    def burgle(self, *statements: str) -> None:
        with self.desk.store.writing() as db:
            for name in ("audit_refuses_update", "audit_refuses_delete", "audit_grows_at_its_end"):
                db.execute(f"DROP TRIGGER IF EXISTS {name}")
            for statement in statements:
                db.execute(statement)

    def fault(self) -> tuple[Fault | None, int | None]:
        verdict = verify_audit(self.desk.store, self.path)
        return verdict.fault, verdict.at_seq


@pytest.fixture
def record(desk: Desk) -> Record:
    return Record(desk)


def test_a_whole_record_is_whole_and_names_its_head(record: Record) -> None:
    verdict = verify_audit(record.desk.store, record.path)
    assert verdict.is_whole
    assert (verdict.count, verdict.lost_by_restore) == (COUNT, 0)
    seal = record.desk.store.database().execute("SELECT lower(hex(seal)) FROM audit WHERE seq = ?", [COUNT]).fetchone()
    assert verdict.head == f"{COUNT}-{seal[0]}"
    assert stat.S_IMODE(record.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(record.path.parent.stat().st_mode) == 0o700


def test_an_empty_record_needs_no_heads(desk: Desk) -> None:
    verdict = verify_audit(desk.store, anchor_file(desk.folder))
    assert (verdict.count, verdict.fault) == (0, None)
    assert write_anchor(desk.store, anchor_file(desk.folder), MORNING) == 0
    assert not anchor_file(desk.folder).exists()


@patient
@given(
    place=st.integers(1, COUNT),
    column=st.sampled_from(COLUMNS),
    text=st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)),
)
def test_any_changed_field_is_found_at_its_entry(place: int, column: str, text: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        record = Record(Desk(Path(folder)))
        kept = record.desk.store.database().execute(f"SELECT {column} FROM audit WHERE seq = ?", [place]).fetchone()[0]
        if text == kept or (text is None and column in ("at", "action", "outcome")):
            text = "another"
        record.burgle()
        with record.desk.store.writing() as db:
            db.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", [text, place])
        assert record.fault() == (Fault.ALTERED, place)
        record.desk.store.close()


@pytest.mark.parametrize("place", range(1, COUNT + 1))
@pytest.mark.parametrize("byte", [0, 31])
def test_any_changed_seal_is_found(record: Record, place: int, byte: int) -> None:
    with record.desk.store.reading() as db:
        kept = bytearray(db.execute("SELECT seal FROM audit WHERE seq = ?", [place]).fetchone()[0])
    kept[byte] ^= 1
    record.burgle(f"UPDATE audit SET seal = x'{kept.hex()}' WHERE seq = {place}")
    assert record.fault() == (Fault.ALTERED, place)


@pytest.mark.parametrize("place", range(1, COUNT))
def test_any_removed_entry_is_found(record: Record, place: int) -> None:
    record.burgle(f"DELETE FROM audit WHERE seq = {place}")
    assert record.fault() == (Fault.GAP, place)


@pytest.mark.parametrize("place", range(1, COUNT))
def test_closing_the_gap_does_not_hide_it(record: Record, place: int) -> None:
    shift = [f"UPDATE audit SET seq = {later - 1} WHERE seq = {later}" for later in range(place + 1, COUNT + 1)]
    record.burgle(f"DELETE FROM audit WHERE seq = {place}", *shift)
    assert record.fault() == (Fault.ALTERED, place)


@pytest.mark.parametrize("place", range(1, COUNT + 1))
def test_any_inserted_entry_is_found(record: Record, place: int) -> None:
    shift = [f"UPDATE audit SET seq = {later + 1} WHERE seq = {later}" for later in range(COUNT, place - 1, -1)]
    copy = f"INSERT INTO audit SELECT {place}, at, actor, action, subject, outcome, detail, source, seal FROM audit"
    record.burgle(*shift, f"{copy} WHERE seq = {place + 1}")
    fault, at = record.fault()
    assert fault is Fault.ALTERED
    assert at in (place, place + 1)


@pytest.mark.parametrize(("one", "other"), [(a, b) for a in range(1, COUNT + 1) for b in range(a + 1, COUNT + 1)])
def test_any_two_swapped_entries_are_found(record: Record, one: int, other: int) -> None:
    record.burgle(
        f"UPDATE audit SET seq = 0 WHERE seq = {one}",
        f"UPDATE audit SET seq = {one} WHERE seq = {other}",
        f"UPDATE audit SET seq = {other} WHERE seq = 0",
    )
    assert record.fault() == (Fault.ALTERED, one)


@pytest.mark.parametrize("left", range(COUNT))
def test_a_cut_tail_is_found_by_the_head_outside(record: Record, left: int) -> None:
    record.burgle(f"DELETE FROM audit WHERE seq > {left}")
    assert record.fault() == (Fault.CUT, left + 1)


def test_a_tail_that_was_cut_and_written_anew_is_found(record: Record) -> None:
    record.burgle("DELETE FROM audit WHERE seq > 5")
    record.write(COUNT)
    assert record.fault() == (Fault.REPLACED, COUNT)


def test_the_record_of_another_box_does_not_pass(record: Record, tmp_path: Path) -> None:
    elsewhere = Desk(tmp_path / "other")
    record_audit(elsewhere.store, MORNING, None, AuditAction.STARTED)
    other = Record(elsewhere)
    assert verify_audit(record.desk.store, other.path).fault is Fault.CUT
    assert verify_audit(other.desk.store, record.path).fault is Fault.REPLACED


def test_entries_with_another_key_do_not_pass(record: Record, tmp_path: Path) -> None:
    record.desk.store.close()
    db = Store(record.desk.path, KEY).database()
    db.conn.create_function("audit_seal", 2, lambda before, body: bytes(32))
    db.execute("INSERT INTO audit SELECT seq + 1, at, actor, action, subject, outcome, detail, source,"
               " audit_seal(seal, seal) FROM audit ORDER BY seq DESC LIMIT 1")  # fmt: skip
    db.close()
    assert record.fault() == (Fault.ALTERED, COUNT + 1)


def test_a_look_between_a_records_first_entry_and_its_head_is_no_alarm(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = anchor_file(desk.folder)
    looks: list[list[str] | None] = []
    read_heads = audit_check._lines

    def head_comes_late(path: Path) -> list[str] | None:
        found = read_heads(path)
        looks.append(found)
        if len(looks) == 1:
            record_audit(desk.store, MORNING, None, AuditAction.STARTED)
        elif len(looks) == 2:
            write_anchor(desk.store, path, MORNING)
        return found

    monkeypatch.setattr(audit_check, "_lines", head_comes_late)
    assert verify_audit(desk.store, path).is_whole
    assert looks[:2] == [None, None]
    assert len(looks) == 3


@pytest.mark.parametrize("damage", ["gone", "flipped", "garbage", "empty", "folder", "truncated line"])
def test_damage_to_the_heads_is_told(record: Record, damage: str) -> None:
    text = record.path.read_text()
    record.path.unlink()
    if damage == "flipped":
        record.path.write_text(text.replace(f" {COUNT} ", f" {COUNT - 1} "))
    elif damage == "garbage":
        record.path.write_bytes(text.encode() + b"\xff\x00 nothing\n")
    elif damage == "folder":
        record.path.mkdir()
    elif damage == "truncated line":
        record.path.write_text(text[:-10])
    elif damage == "empty":
        record.path.write_text("")
    fault, _at = record.fault()
    expected = {"gone": Fault.ANCHOR_MISSING, "empty": Fault.ANCHOR_MISSING}.get(damage, Fault.ANCHOR_DAMAGED)
    assert fault is expected


def test_a_restored_backup_says_how_much_is_lost_and_stays_checkable(record: Record) -> None:
    record.burgle("DELETE FROM audit WHERE seq > 5")  # what a restore does: an older table comes back
    assert record.fault() == (Fault.CUT, 6)
    write_restored_anchor(record.desk.store, record.path, MORNING)
    verdict = verify_audit(record.desk.store, record.path)
    assert (verdict.fault, verdict.count, verdict.lost_by_restore) == (None, 5, 3)
    record.write(4)
    write_anchor(record.desk.store, record.path, MORNING)
    record.burgle("DELETE FROM audit WHERE seq > 8")
    assert record.fault() == (Fault.CUT, 9)


def test_the_evidence_of_a_check_outlives_its_result(desk: Desk) -> None:
    from app.store.audit_read import check_evidence

    desk.keeper.record(accepted())
    with desk.store.writing() as db:
        db.execute("DELETE FROM checks")
    (found,) = check_evidence(desk.store, MORNING.date(), MORNING.date())
    assert found.check_id == "check-a"
    assert found.outcome == "accepted"
    assert (found.facts["method"], found.facts["number"], found.facts["validity"]) == ("pin", "1", "1")
    assert found.facts["processed"].startswith("2026-11-2")
    assert check_evidence(desk.store, MORNING.date() + timedelta(days=1), MORNING.date() + timedelta(days=9)) == []
