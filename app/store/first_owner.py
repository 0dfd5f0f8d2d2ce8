"""The first account: made in the browser with a code that only the box's console shows."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from datetime import datetime, timedelta

from app.eligibility.audit import AuditAction
from app.eligibility.people import Role, checked_name
from app.errors import AlreadyHandled
from app.store.audit import add_audit
from app.store.database import Store
from app.store.passphrases import random_text
from app.store.people import StaffMember, hash_passphrase, insert_staff
from app.store.values import from_text, to_text

CODE_LIFE = timedelta(minutes=30)
_LENGTH = 12


def make_owner_code(store: Store, now: datetime) -> str:
    """Return a new code (59 bits, three groups of four) that makes the first owner once, within 30 minutes.

    An earlier code opens nothing any more. Only its hash is kept.

    Raises:
        AlreadyHandled: there are accounts; nobody needs a code.
        StoreError: nothing was written.
    """
    code = random_text(_LENGTH)
    with store.writing() as db:
        if db.execute("SELECT 1 FROM staff LIMIT 1").fetchone() is not None:
            raise AlreadyHandled()
        db.execute(
            "INSERT INTO owner_code (id, code_hash, ends_at) VALUES (1, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET code_hash = excluded.code_hash, ends_at = excluded.ends_at",
            [_digest(code), to_text(now + CODE_LIFE)],
        )
        add_audit(db, now, None, AuditAction.OWNER_CODE_MADE)
    return "-".join(code[at : at + 4] for at in range(0, _LENGTH, 4))


def is_owner_code(store: Store, code: str, now: datetime) -> bool:
    """True while this code may be used; spends nothing. Raises ``StoreError``."""
    with store.reading() as db:
        row = db.execute("SELECT code_hash, ends_at FROM owner_code").fetchone()
    return row is not None and now < from_text(row[1]) and hmac.compare_digest(row[0], _digest(code))


def make_first_owner(store: Store, code: str, name: str, passphrase: str, now: datetime) -> StaffMember | None:
    """Spend the code and make the owner; ``None`` when the code is wrong, over or used, or somebody was faster.

    Raises:
        ValueError, PassphraseRefused: name or passphrase; the code stays good.
        StoreError: nothing was written.
    """
    name = checked_name(name)
    hashed = hash_passphrase(passphrase, name)
    with store.writing() as db:
        row = db.execute("SELECT code_hash, ends_at FROM owner_code").fetchone()
        is_right = row is not None and now < from_text(row[1]) and hmac.compare_digest(row[0], _digest(code))
        if not is_right or db.execute("SELECT 1 FROM staff LIMIT 1").fetchone() is not None:
            return None
        db.execute("DELETE FROM owner_code")
        return insert_staff(db, name, hashed, now, Role.OWNER)


def _digest(code: str) -> bytes:
    plain = unicodedata.normalize("NFKC", code[:100].encode("utf-8", "replace").decode()).casefold()
    kept = "".join(sign for sign in plain if sign.isalnum())
    return hashlib.sha256(b"uketsuke owner code " + kept.encode()).digest()
