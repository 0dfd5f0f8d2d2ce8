"""操作記録 on disk: append-only, without gaps, sealed."""

from __future__ import annotations

import hashlib

import pytest
import sqlcipher3.dbapi2 as sqlite3
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.eligibility.audit import FIRST_SEAL, KEY_LABEL, AuditAction, AuditEntry, body_of, derive_key, seal
from app.speech.phrases.audit_words import AUDIT_WORDS
from app.store.audit import MAX_TEXT, add_audit, record_audit
from tests.store.support import KEY, MORNING, Desk


def test_the_chains_key_is_the_one_of_rfc_5869() -> None:
    peer = HKDF(SHA256(), 32, salt=None, info=KEY_LABEL).derive(KEY)
    assert derive_key(KEY) == peer
    assert derive_key(hashlib.sha256(KEY).digest()) != peer


def test_every_action_has_words_of_its_own() -> None:
    assert set(AUDIT_WORDS) == set(AuditAction)
    assert len(set(AUDIT_WORDS.values())) == len(AuditAction)


def test_entries_are_numbered_and_each_seal_covers_the_one_before(desk: Desk) -> None:
    assert record_audit(desk.store, MORNING, "試験 花子", AuditAction.LOGIN, source="192.0.2.1") == 1
    assert record_audit(desk.store, MORNING, None, AuditAction.PURGED, detail="3") == 2
    before = FIRST_SEAL
    for row in desk.store.database()["audit"].rows:
        own = row.pop("seal")
        assert own == seal(derive_key(KEY), before, body_of(AuditEntry(**row)))
        before = own


def test_an_entry_and_its_change_stand_or_fall_together(desk: Desk) -> None:
    def fail_after_noting() -> None:
        with desk.store.writing() as db:
            add_audit(db, MORNING, None, AuditAction.PURGED)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_noting()
    assert desk.store.database()["audit"].count == 0
    with pytest.raises(RuntimeError):
        add_audit(desk.store.database(), MORNING, None, AuditAction.PURGED)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'somebody else'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE seq = 2",
        "INSERT INTO audit SELECT seq + 5, at, actor, action, subject, outcome, detail, source, seal FROM audit",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1",
        "UPDATE OR REPLACE audit SET seq = 1 WHERE seq = 2",
    ],
)
def test_what_is_noted_cannot_be_changed_or_removed(desk: Desk, statement: str) -> None:
    for _ in range(2):
        record_audit(desk.store, MORNING, "試験 花子", AuditAction.VIEWED, "a" * 32)
    before = list(desk.store.database()["audit"].rows)
    with pytest.raises(sqlite3.IntegrityError, match="audit entries"), desk.store.writing() as db:
        db.execute(statement)
    assert list(desk.store.database()["audit"].rows) == before


def test_long_and_broken_text_is_kept_short_and_whole(desk: Desk) -> None:
    record_audit(desk.store, MORNING, "あ" * 10_000, AuditAction.LOGIN_FAILED, "\udc80\n\x00", "x" * 999, '"\\')
    row = next(desk.store.database()["audit"].rows)
    assert row["actor"] == "あ" * MAX_TEXT
    assert (row["subject"], len(row["outcome"]), row["detail"]) == ("?\n\x00", MAX_TEXT, '"\\')
