"""What makes a check findable: folded keys of all its qualifications, written in the transaction that writes those.

``search_entries`` gives a check a number that carries its time (``entry_id``), so that walking any list of numbers
backwards is "newest first" and a range of days is a range of numbers. ``search_keys`` holds the keys as text; the
index ``search_index`` (FTS5 over those texts, one column a kind of key) is kept in step by triggers and, like all of
the database, lies inside the encrypted file. Deleting a check deletes its entry, its keys and its places in the
index; FTS5's ``secure-delete`` and SQLite's overwrite what was there.

Names are kept as neighbouring pairs of signs and the marked first sign of each word: ``タナ ナカ カハ ハナ ^タ ^ハ``
for タナカ ハナ. Pairs side by side are a part of the name from two signs on, a marked sign begins one of its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlite_utils import Database

from app.eligibility.folding import fold
from app.eligibility.model import Qualification
from app.store.detail import ASKED_AGAIN
from app.store.values import QUALIFICATION_COLUMNS, build_qualification, from_text, tokyo_day

START = "\ufdd0"
"""Marks the beginning of a word. A noncharacter: no folded text has it."""

ENTRIES_A_SECOND = 4096
_MAX_NUMBER = 64
_BATCH = 500


def entry_id(at: datetime) -> int:
    """Return the smallest number of an entry of that second; the next second's is ``ENTRIES_A_SECOND`` higher."""
    return int(at.timestamp()) * ENTRIES_A_SECOND


def keep_keys(db: Database, check_id: str, at: datetime, qualifications: Sequence[Qualification]) -> None:
    """Write (anew) what ``check_id`` is found by, inside the caller's write transaction.

    Args:
        at: when it was decided, or begun if its answer came late; the check's place among the others and its day.
        qualifications: all of the answer; none at all is found by its day alone.

    Raises:
        RuntimeError: more than 4096 checks in one second.
        StoreError: by way of the transaction.
    """
    db.execute("DELETE FROM search_entries WHERE check_id = ?", [check_id])
    first = entry_id(at)
    newest = db.execute(
        "SELECT max(id) FROM search_entries WHERE id >= ? AND id < ?", [first, first + ENTRIES_A_SECOND]
    ).fetchone()[0]
    number = first if newest is None else int(newest) + 1
    if number >= first + ENTRIES_A_SECOND:
        raise RuntimeError("too many checks in one second")
    db.execute("INSERT INTO search_entries (id, check_id) VALUES (?, ?)", [number, check_id])
    db.execute(
        "INSERT INTO search_keys (id, name, number, born, day) VALUES (?, ?, ?, ?, ?)",
        [number, *key_texts(at, qualifications)],
    )


def key_texts(at: datetime, qualifications: Sequence[Qualification]) -> tuple[str, str, str, str]:
    """Return the tokens of the four columns name, number, born and day, each joined by spaces."""
    names: dict[str, None] = {}
    numbers: dict[str, None] = {}
    born: dict[str, None] = {}
    for found in qualifications:
        for name in (found.name, found.name_of_other, found.name_kana, found.name_of_other_kana):
            if name and (tokens := name_tokens(name)):
                names[" ".join(tokens)] = None
        numbers |= dict.fromkeys(_numbers(found))
        day = found.birthdate or ""
        if len(day) == 8 and day.isascii() and day.isdigit():
            born |= dict.fromkeys((day, day[:6], day[:4]))
    checked = tokyo_day(at).replace("-", "")
    return " ".join(names), " ".join(numbers), " ".join(born), f"{checked} {checked[:6]}"


def name_tokens(name: str) -> list[str]:
    """Return the tokens of a whole name as received."""
    return [*part_tokens(fold(name)), *(START + key[0] for word in name.split() if (key := fold(word)))]


def part_tokens(key: str) -> list[str]:
    """Return the tokens that stand side by side wherever ``key`` (two signs or more) is a part of a name."""
    return [key[place : place + 2] for place in range(len(key) - 1)]


def fill_missing(db: Database) -> int:
    """Write the keys of every decided check that has none: after the step that made the tables, or one that emptied
    them because folding changed. In batches, inside the caller's write transaction; returns how many.

    Raises:
        StoreError: by way of the transaction.
    """
    filled, last = 0, 0
    while True:
        batch = db.execute(
            "SELECT rowid, check_id, iif(reason = ?, opened_at, decided_at) FROM checks"
            " WHERE rowid > ? AND decided_at IS NOT NULL"
            " AND check_id NOT IN (SELECT check_id FROM search_entries) ORDER BY rowid LIMIT ?",
            [ASKED_AGAIN, last, _BATCH],
        ).fetchall()
        if not batch:
            return filled
        for _, check_id, visit_at in batch:
            keep_keys(db, check_id, from_text(visit_at), list(_kept_qualifications(db, check_id)))
        filled, last = filled + len(batch), batch[-1][0]


def _kept_qualifications(db: Database, check_id: str) -> Iterator[Qualification]:
    cells = db.execute(
        f"SELECT {', '.join(QUALIFICATION_COLUMNS)} FROM qualifications"  # noqa: S608 our own names
        " WHERE check_id = ? ORDER BY position",
        [check_id],
    )
    return (build_qualification(row) for row in cells.fetchall())


def _numbers(found: Qualification) -> Iterable[str]:
    """Each number, and those that stand side by side on a certificate as one, with and without zeros in front."""
    insurer, symbol, number, branch, reference = (
        fold(text or "")
        for text in (found.insurer_number, found.symbol, found.number, found.branch_number, found.reference_number)
    )
    forms = dict.fromkeys((number, number.lstrip("0")) if number else ())
    person = [front + form + end for form in forms for front in ("", symbol) for end in ("", branch)]
    whole = (insurer + key for key in person) if insurer else ()
    for key in (insurer, symbol, reference, *person, *whole):
        if 0 < len(key) <= _MAX_NUMBER:
            yield key
            if plain := key.lstrip("0"):
                yield plain
