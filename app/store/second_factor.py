"""Time-based codes (TOTP) as a second factor, and the one-time codes for when the phone is gone.

The secret lies in the encrypted store; ``totp_step`` is the last time step that was used: NULL until a first code
proved that the person's device has the secret, and no step up to it opens anything again.
Source: RFC 6238 (30 s, six digits, SHA-1: what every authenticator app speaks).
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from datetime import datetime

from sqlite_utils import Database

from app.eligibility.audit import AuditAction
from app.errors import RecordMissing
from app.store.audit import actor_name, add_audit
from app.store.database import Store
from app.store.passphrases import random_text
from app.store.people import StaffMember
from app.store.values import to_text

STEP_S = 30
DRIFT_STEPS = 1
RECOVERY_CODES = 10
_RECOVERY_LENGTH = 12


def begin_code(store: Store, staff_id: int) -> str:
    """Make a new secret (base32, 160 bits) for somebody without a second factor; it asks for nothing yet.

    Raises:
        RecordMissing: no such account, or it has a second factor already.
        StoreError: nothing was written.
    """
    import pyotp

    secret = str(pyotp.random_base32())
    with store.writing() as db:
        done = db.execute("UPDATE staff SET totp_secret = ? WHERE id = ? AND totp_step IS NULL", [secret, staff_id])
        if done.rowcount != 1:
            raise RecordMissing()
    return secret


def pending_secret(store: Store, staff_id: int) -> str | None:
    """The secret that waits for its first code. Raises ``StoreError``."""
    with store.reading() as db:
        row = db.execute("SELECT totp_secret FROM staff WHERE id = ? AND totp_step IS NULL", [staff_id]).fetchone()
    return None if row is None or row[0] is None else str(row[0])


def confirm_code(store: Store, staff_id: int, code: str, now: datetime) -> list[str] | None:
    """Switch the second factor on when the first code is right.

    Returns:
        Ten one-time recovery codes, kept as hashes and never shown again; ``None`` for a wrong code.

    Raises:
        StoreError: nothing was written.
    """
    codes = [random_text(_RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    with store.writing() as db:
        row = db.execute("SELECT totp_secret FROM staff WHERE id = ? AND totp_step IS NULL", [staff_id]).fetchone()
        step = None if row is None or row[0] is None else _matching_step(row[0], code, now, after=-1)
        if step is None:
            return None
        db.execute("UPDATE staff SET totp_step = ?, revision = revision + 1 WHERE id = ?", [step, staff_id])
        db.execute("DELETE FROM recovery_codes WHERE staff_id = ?", [staff_id])
        for text in codes:
            db.execute("INSERT INTO recovery_codes (staff_id, code_hash) VALUES (?, ?)", [staff_id, _digest(text)])
        add_audit(db, now, actor_name(db, staff_id), AuditAction.TOTP_ENROLLED, f"staff-{staff_id}")
    return ["-".join(text[at : at + 4] for at in range(0, _RECOVERY_LENGTH, 4)) for text in codes]


def spend_code(store: Store, staff_id: int, code: str, now: datetime, source: str | None = None) -> bool:
    """Take a six-digit code or a recovery code; each opens once.

    Raises:
        StoreError: nothing was written, and the code is not spent.
    """
    with store.writing() as db:
        row = db.execute(
            "SELECT totp_secret, totp_step FROM staff WHERE id = ? AND totp_step IS NOT NULL AND disabled_at IS NULL",
            [staff_id],
        ).fetchone()
        if row is None:
            return False
        step = _matching_step(row[0], code, now, after=int(row[1]))
        if step is not None:
            db.execute("UPDATE staff SET totp_step = ? WHERE id = ?", [step, staff_id])
            return True
        done = db.execute(
            "UPDATE recovery_codes SET used_at = ? WHERE staff_id = ? AND code_hash = ? AND used_at IS NULL",
            [to_text(now), staff_id, _digest(_plain(code))],
        )
        if done.rowcount != 1:
            return False
        add_audit(db, now, actor_name(db, staff_id), AuditAction.RECOVERY_CODE_USED, f"staff-{staff_id}", source=source)
        return True


def recovery_codes_left(store: Store, staff_id: int) -> int:
    """How many one-time codes were not used. Raises ``StoreError``."""
    with store.reading() as db:
        return int(
            db.execute(
                "SELECT count(*) FROM recovery_codes WHERE staff_id = ? AND used_at IS NULL", [staff_id]
            ).fetchone()[0]
        )


def remove_code(store: Store, staff_id: int, now: datetime, actor: StaffMember) -> None:
    """Switch somebody's second factor off and forget its secret and codes.

    Raises:
        RecordMissing: there is none.
        StoreError: nothing was written.
    """
    with store.writing() as db:
        done = db.execute(
            "UPDATE staff SET totp_secret = NULL, totp_step = NULL, revision = revision + 1"
            " WHERE id = ? AND totp_step IS NOT NULL",
            [staff_id],
        )
        if done.rowcount != 1:
            raise RecordMissing()
        _forget_codes(db, staff_id)
        add_audit(db, now, actor.name, AuditAction.TOTP_REMOVED, f"staff-{staff_id}")


def _forget_codes(db: Database, staff_id: int) -> None:
    db.execute("DELETE FROM recovery_codes WHERE staff_id = ?", [staff_id])


def _matching_step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The time step whose code this is, within one step of now and later than ``after``."""
    import pyotp

    plain, generator = _plain(code), pyotp.TOTP(secret)
    if not (len(plain) == 6 and plain.isascii() and plain.isdigit()):
        return None
    current = int(now.timestamp()) // STEP_S
    found = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(generator.generate_otp(step), plain) and step > after:
            found = step
    return found


def _plain(code: str) -> str:
    """Without what people and apps put between groups; full-width digits become plain ones."""
    plain = unicodedata.normalize("NFKC", code[:100].encode("utf-8", "replace").decode()).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def _digest(code: str) -> bytes:
    # 59 random bits: a plain hash is enough, nobody guesses them one by one.
    return hashlib.sha256(b"uketsuke recovery code " + code.encode()).digest()
