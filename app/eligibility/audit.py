"""操作記録 as values: what is noted, and the seal that ties each note to all before it. No I/O.

An entry's seal is HMAC-SHA256 over its own fields and the seal before it, so that whoever changes, removes, inserts
or swaps one entry breaks every seal from there on. The key is derived from the store's key for this purpose alone.
Source: RFC 5869 (HKDF); NIST SP 800-92 on log integrity.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

KEY_LABEL = b"uketsuke audit chain 1"
FIRST_SEAL = bytes(32)
"""What stands before the first entry."""


class AuditAction(StrEnum):
    """What somebody did. Words for people: ``app/speech/phrases/audit_words.py``; every action has some."""

    STARTED = "started"
    STOPPED = "stopped"
    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    UNLOCK_FAILED = "unlock_failed"
    REFUSED = "refused"
    """Somebody asked for what their role may not."""
    VIEWED = "viewed"
    CHECKED = "checked"
    """The box asked and kept an answer; ``detail`` holds method, validity, number of the day, the service's time."""
    WITHDRAWN = "withdrawn"
    """The patient went back at the kiosk: what waited for staff left the board."""
    COPIED = "copied"
    EXPORTED = "exported"
    PRINTED = "printed"
    SEARCHED = "searched"
    HANDLED = "handled"
    TAKEN = "taken"
    RELEASED = "released"
    ANSWERED = "answered"
    CONFIRMED_VISUAL = "confirmed_visual"
    REFUSED_VISUAL = "refused_visual"
    FALLBACK_ENTERED = "fallback_entered"
    PENDING_CONFIRMED = "pending_confirmed"
    PENDING_CLOSED = "pending_closed"
    ASKED_AGAIN = "asked_again"
    """Staff wished that the kiosks try the service and ask again; ``detail`` says for how many visits."""
    ASKED_WITHOUT_CARD = "asked_without_card"
    """A kiosk asked the service about a visit again, on the word of staff of that day."""
    SETTING_CHANGED = "setting_changed"
    OWNER_CODE_MADE = "owner_code_made"
    PERSON_ADDED = "person_added"
    PERSON_CHANGED = "person_changed"
    PERSON_DISABLED = "person_disabled"
    PERSON_ENABLED = "person_enabled"
    PASSPHRASE_CHANGED = "passphrase_changed"  # noqa: S105 no secret
    PASSPHRASE_RESET = "passphrase_reset"  # noqa: S105 no secret
    TOTP_ENROLLED = "totp_enrolled"
    TOTP_REMOVED = "totp_removed"
    RECOVERY_CODE_USED = "recovery_code_used"
    SESSION_ENDED = "session_ended"
    DESK_CODE_MADE = "desk_code_made"
    DESK_CODE_REMOVED = "desk_code_removed"
    AUDIT_VERIFIED = "audit_verified"
    AUDIT_EXPORTED = "audit_exported"
    PURGED = "purged"
    PURGE_REFUSED = "purge_refused"
    BACKUP_MADE = "backup_made"
    BACKUP_FAILED = "backup_failed"
    BACKUP_RESTORED = "backup_restored"
    STORE_MOVED_ASIDE = "store_moved_aside"
    CLOCK_STEPPED = "clock_stepped"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One note. ``at`` is ISO 8601 with ``+09:00`` and whole seconds, as stored.

    ``subject`` is a check's id or another id that names no person outside; never a name or a number of a patient.
    ``actor`` is the name of a member of staff as it was then, ``None`` for the box itself.
    """

    seq: int
    at: str
    actor: str | None
    action: str
    subject: str | None
    outcome: str
    detail: str | None
    source: str | None


_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def derive_key(store_key: bytes) -> bytes:
    """Return the chain's 32-byte key: HKDF-SHA256 without salt, labelled ``KEY_LABEL``, one block."""
    pseudorandom = hmac.digest(bytes(32), store_key, hashlib.sha256)
    return hmac.digest(pseudorandom, KEY_LABEL + b"\x01", hashlib.sha256)


def body_of(entry: AuditEntry) -> bytes:
    """Return the bytes that are sealed: a JSON list, so that no two entries have the same ones."""
    cells = (
        entry.seq,
        entry.at,
        entry.actor,
        entry.action,
        entry.subject,
        entry.outcome,
        entry.detail,
        entry.source,
    )
    return body_of_cells(cells)


def body_of_cells(cells: Sequence[object]) -> bytes:
    """``body_of`` for the fields of an entry in their order."""
    return _encode(list(cells)).encode("ascii")


def seal(key: bytes, before: bytes, body: bytes) -> bytes:
    """Return the 32-byte seal of ``body`` after the entry whose seal is ``before`` (32 bytes)."""
    return hmac.digest(key, before + body, hashlib.sha256)
