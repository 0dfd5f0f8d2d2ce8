"""資格確認結果検索: what checks are found by. ``app/store/search_keys.py`` says how it is used and fills it."""

from __future__ import annotations

from sqlite_utils import Database

from migrations.steps import kiosk


@kiosk()
def m0010_create_search(db: Database) -> None:
    """Tables, index and the triggers that keep the index in step. Rows are derived and written by the app alone:
    ``migrate`` fills in whatever is missing. A release that folds differently adds a step that empties
    ``search_entries``.
    """
    db.execute(
        """
        CREATE TABLE search_entries (
            id INTEGER PRIMARY KEY,
            check_id TEXT NOT NULL UNIQUE REFERENCES checks(check_id) ON DELETE CASCADE
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE search_keys (
            id INTEGER PRIMARY KEY REFERENCES search_entries(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            number TEXT NOT NULL,
            born TEXT NOT NULL,
            day TEXT NOT NULL
        ) STRICT
        """
    )
    # "ascii" takes every byte above 127 as part of a word: no list of letters of some Unicode version is asked.
    db.execute(
        """
        CREATE VIRTUAL TABLE search_index USING fts5(
            name, number, born, day, content='search_keys', content_rowid='id', tokenize='ascii', columnsize=0
        )
        """
    )
    # Without it FTS5 only notes that a row is gone and leaves its words where they were.
    db.execute("INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1)")
    db.execute(
        """
        CREATE TRIGGER search_keys_added AFTER INSERT ON search_keys BEGIN
            INSERT INTO search_index (rowid, name, number, born, day)
            VALUES (NEW.id, NEW.name, NEW.number, NEW.born, NEW.day);
        END
        """
    )
    db.execute(
        """
        CREATE TRIGGER search_keys_gone AFTER DELETE ON search_keys BEGIN
            INSERT INTO search_index (search_index, rowid, name, number, born, day)
            VALUES ('delete', OLD.id, OLD.name, OLD.number, OLD.born, OLD.day);
        END
        """
    )
    db.execute(
        """
        CREATE TRIGGER search_keys_stay BEFORE UPDATE ON search_keys BEGIN
            SELECT raise(ABORT, 'keys are written anew, never changed');
        END
        """
    )
