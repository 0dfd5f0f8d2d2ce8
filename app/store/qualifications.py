"""The qualifications of a check on disk: one row each, every field in its own column."""

from __future__ import annotations

from collections.abc import Sequence

from sqlite_utils import Database

from app.eligibility.model import Qualification
from app.store.values import QUALIFICATION_COLUMNS, Cell, qualification_cells

_INSERT = (
    f"INSERT INTO qualifications (check_id, position, {', '.join(QUALIFICATION_COLUMNS)})"  # noqa: S608 our own names
    f" VALUES ({', '.join('?' * (2 + len(QUALIFICATION_COLUMNS)))})"
)


def write_qualifications(db: Database, check_id: str, qualifications: Sequence[Qualification]) -> None:
    """Replace the qualifications of a check, inside the caller's write transaction."""
    db.execute("DELETE FROM qualifications WHERE check_id = ?", [check_id])
    for position, qualification in enumerate(qualifications):
        cells: list[Cell] = [check_id, position, *qualification_cells(qualification)]
        db.execute(_INSERT, cells)
