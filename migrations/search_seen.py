"""資格確認結果検索: whether a found check may be seen, without reading the check itself."""

from __future__ import annotations

from sqlite_utils import Database

from migrations.steps import kiosk


@kiosk()
def m0018_index_seen(db: Database) -> None:
    """All that counting asks of a check. Halves the time of a search with hundreds of results (measured 2026-11)."""
    db.execute("CREATE INDEX checks_seen ON checks(check_id, visible_until, outcome)")
