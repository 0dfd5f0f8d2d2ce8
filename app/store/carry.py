"""Move rows between two databases of one clinic: into a fresh one after damage, into a restored one from the present.

Tables fall into three kinds. *Patients'*: ``checks`` and whatever references it. *Derived*: the search index, made
anew. *Lasting*: everything else but the queue of nudges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlcipher3.dbapi2 as sqlite3
from sqlite_utils import Database

_NEVER = frozenset({"event", "sqlite_sequence", "_sqlite_migrations"})
_DERIVED = ("search_",)

Rows = list[tuple[Any, ...]]


class DifferentLineage(Exception):
    """The two databases do not descend from one: the same id names different people."""


def patient_tables(db: Database) -> list[str]:
    """``checks`` and, after it, every table that references it directly or by way of another; no derived ones."""
    plain = _plain_tables(db)
    found = ["checks"]
    grew = True
    while grew:
        grew = False
        for name in plain:
            if name not in found and any(parent in found for parent in _parents(db, name)):
                found.append(name)
                grew = True
    return [name for name in found if not name.startswith(_DERIVED)]


def lasting_tables(db: Database) -> list[str]:
    """Tables that outlive patients: people, settings, 操作記録, notes."""
    patients = set(patient_tables(db))
    return [name for name in _plain_tables(db) if name not in patients | _NEVER and not name.startswith(_DERIVED)]


def read_table(db: Database, name: str, columns: Sequence[str]) -> tuple[Rows, bool]:
    """Return rows as far as they can be read, in the table's own order, and whether that was all of them."""
    rows: Rows = []
    try:
        for row in db.execute(f"SELECT {', '.join(columns)} FROM {name}"):  # noqa: S608 our own names
            rows.append(row)
    except sqlite3.Error:
        return rows, False
    return rows, True


def columns_of(db: Database, name: str) -> list[str]:
    """Return a table's columns in their order; none where the schema does not read."""
    try:
        return [row[1] for row in db.execute(f"PRAGMA table_info({name})").fetchall()]
    except sqlite3.Error:
        return []


def carry_lasting(fresh: Database, sources: Sequence[Database]) -> None:
    """Fill the lasting tables of an empty ``fresh`` from the first source that gives each table whole.

    Where none does, the longest remains count. Belongs into a write transaction with foreign keys unchecked; rows
    that then point nowhere are dropped.
    """
    for name in lasting_tables(fresh):
        own = columns_of(fresh, name)
        best: Rows = []
        best_columns: list[str] = []
        for source in sources:
            there = set(columns_of(source, name))
            columns = [column for column in own if column in there]
            rows, is_whole = read_table(source, name, columns) if columns else ([], False)
            if len(rows) > len(best) or not best_columns:
                best, best_columns = rows, columns
            if is_whole and columns:
                best, best_columns = rows, columns
                break
        if best:
            marks = ", ".join("?" * len(best_columns))
            statement = f"INSERT OR IGNORE INTO {name} ({', '.join(best_columns)}) VALUES ({marks})"  # noqa: S608
            for row in best:
                fresh.execute(statement, row)
    drop_orphans(fresh)


def merge(main: Database, present: Database) -> int:
    """Bring into ``main`` (a restored backup) what ``present`` has more or newer; returns how many checks came.

    Belongs into a write transaction with foreign keys unchecked. Where both know a row, ``present`` wins: an account
    that was closed since the backup stays closed.

    Raises:
        DifferentLineage: nothing sensible can be merged; roll back.
        sqlite3.Error: roll back.
    """
    _demand_same_lineage(main, present)
    before = _count(main, "checks")
    for name in [*lasting_tables(main), *patient_tables(main)]:
        if name == "audit":
            _append_audit(main, present)
        elif columns_of(present, name):
            _merge_table(main, present, name, is_patients="check_id" in columns_of(main, name) and name != "checks")
    drop_orphans(main)
    return _count(main, "checks") - before


def drop_orphans(db: Database) -> None:
    """Remove rows whose foreign key points nowhere. Raises ``sqlite3.Error``."""
    for table, rowid, *_ in db.execute("PRAGMA foreign_key_check").fetchall():
        if rowid is not None:
            db.execute(f"DELETE FROM {table} WHERE rowid = ?", [rowid])  # noqa: S608 our own names


def _merge_table(main: Database, present: Database, name: str, *, is_patients: bool) -> None:
    info = main.execute(f"PRAGMA table_info({name})").fetchall()
    there = set(columns_of(present, name))
    columns = [row[1] for row in info if row[1] in there]
    keys = [row[1] for row in sorted(info, key=lambda row: row[5]) if row[5]]
    numbered = is_patients and len(keys) == 1 and next(row[2] for row in info if row[1] == keys[0]) == "INTEGER"
    rest = [column for column in columns if column not in keys]
    update = f"DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in rest)}" if rest else "DO NOTHING"
    upsert = (
        f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
        + (f" ON CONFLICT ({', '.join(keys)}) {update}" if keys else "")
    )
    own, _ = read_table(main, name, columns)
    known = set(own)
    rows, _ = read_table(present, name, columns)
    owner = {row[columns.index(keys[0])]: row[columns.index("check_id")] for row in own} if numbered else {}
    for row in rows:
        if row in known:
            continue
        if (
            numbered
            and owner.get(row[columns.index(keys[0])], row[columns.index("check_id")]) != row[columns.index("check_id")]
        ):
            # A number that names another check's row here: this one gets a number of its own.
            bare = [column for column in columns if column != keys[0]]
            values = [value for column, value in zip(columns, row, strict=True) if column != keys[0]]
            main.execute(
                f"INSERT INTO {name} ({', '.join(bare)}) VALUES ({', '.join('?' * len(bare))})",  # noqa: S608
                values,
            )
            continue
        main.execute(upsert, row)


def _append_audit(main: Database, present: Database) -> None:
    """Add the entries that follow the last one both know; a chain that parted before stays as the backup has it."""
    columns = columns_of(main, "audit")
    last = main.execute("SELECT seq, seal FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    if last is not None:
        same = present.execute("SELECT seal FROM audit WHERE seq = ?", [last[0]]).fetchone()
        if same is None or same[0] != last[1]:
            return
    insert = f"INSERT INTO audit ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
    for row in present.execute(
        f"SELECT {', '.join(columns)} FROM audit WHERE seq > ? ORDER BY seq",  # noqa: S608
        [0 if last is None else last[0]],
    ).fetchall():
        main.execute(insert, row)


def _demand_same_lineage(main: Database, present: Database) -> None:
    ours = dict(main.execute("SELECT id, created_at FROM staff").fetchall())
    theirs = dict(present.execute("SELECT id, created_at FROM staff").fetchall())
    if any(ours[key] != theirs[key] for key in ours.keys() & theirs.keys()):
        raise DifferentLineage


def _plain_tables(db: Database) -> list[str]:
    listed = db.execute("PRAGMA table_list").fetchall()
    return sorted(row[1] for row in listed if row[0] == "main" and row[2] == "table" and row[1] != "sqlite_schema")


def _parents(db: Database, name: str) -> set[str]:
    return {row[2] for row in db.execute(f"PRAGMA foreign_key_list({name})").fetchall()}


def _count(db: Database, name: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {name}").fetchone()[0])  # noqa: S608 our own names
