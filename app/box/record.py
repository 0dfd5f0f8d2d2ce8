"""``owner-code`` and ``audit``: what only somebody at the box may ask of people and 操作記録."""

from __future__ import annotations

import contextlib
import getpass
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from app.box.migrating import settings_of
from app.clock import SystemClock
from app.config import Settings
from app.eligibility.audit import AuditAction
from app.errors import AlreadyHandled, StoreError
from app.store.database import Store


def run_owner_code(state: Path) -> int:
    """Print a code that makes the first account in the browser; 1 with a sentence when there is one already."""
    from app.store.first_owner import make_owner_code

    settings = settings_of(state)
    try:
        with _open_covered(settings) as store:
            code = make_owner_code(store, SystemClock().now())
    except AlreadyHandled:
        sys.stderr.write("uketsuke owner-code: there is an account already; its owner adds people under 設定, 職員.\n")
        return 1
    except StoreError as error:
        return _say_unusable("owner-code", settings, error)
    print(f"Owner code:  {code}")
    print(
        f"Open {settings.staff_origin or 'the staff pages'}/first-start and enter it within 30 minutes. It works once."
    )
    return 0


def run_audit_verify(state: Path) -> int:
    """Walk the whole record; 0 when it is whole, 1 when not, 2 when it cannot be read."""
    from app.speech.phrases.audit_words import verdict_words
    from app.store.audit import record_audit
    from app.store.audit_check import anchor_file, verify_audit, write_anchor

    settings = settings_of(state)
    try:
        with _open(settings) as store:
            verdict = verify_audit(store, anchor_file(settings.state_dir))
            outcome = "ok" if verdict.fault is None else f"audit.{verdict.fault}"
            detail = f"entries={verdict.count};console={_console()}"
            now = SystemClock().now()
            with contextlib.suppress(StoreError):  # a store that can only be read is still judged
                record_audit(store, now, None, AuditAction.AUDIT_VERIFIED, outcome=outcome, detail=detail)
                if verdict.is_whole:  # else a new head could cover what is wrong
                    write_anchor(store, anchor_file(settings.state_dir), now)
    except StoreError as error:
        return _say_unusable("audit verify", settings, error, 2)
    print(verdict_words(verdict))
    if verdict.fault is None:
        print(f"head {verdict.head}")
        return 0
    return 1


def run_audit_export(state: Path, first: date, last: date, out: Path | None) -> int:
    """Write the sheet for an inspection (CSV) to ``out`` or stdout; the record notes it."""
    from app.speech.inspection_sheet import build_sheet, sheet_csv
    from app.speech.phrases.audit_words import verdict_words
    from app.store.audit import record_audit
    from app.store.audit_check import anchor_file, verify_audit
    from app.store.audit_read import check_evidence

    settings = settings_of(state)
    if last < first:
        sys.stderr.write("uketsuke audit export: --to is before --from.\n")
        return 2
    now = SystemClock().now()
    try:
        with _open_covered(settings) as store:
            sheet = build_sheet(check_evidence(store, first, last), first, last)
            verdict = verify_audit(store, anchor_file(settings.state_dir))
            detail = f"from={first};to={last};rows={sheet.count};console={_console()}"
            record_audit(store, now, None, AuditAction.AUDIT_EXPORTED, detail=detail)
    except StoreError as error:
        return _say_unusable("audit export", settings, error)
    text = sheet_csv(sheet, settings.institution_code, now, f"{verdict_words(verdict)} {verdict.head}".strip())
    if out is None:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.flush()
        return 0
    try:
        out.write_bytes(text.encode("utf-8"))
    except OSError as error:
        sys.stderr.write(f"uketsuke audit export: {out} cannot be written ({error.strerror}).\n")
        return 1
    print(f"{out}: {sheet.count} checks")
    return 0


@contextlib.contextmanager
def _open(settings: Settings) -> Iterator[Store]:
    from app.store.files import read_key

    store = Store(settings.store_path, read_key(settings.store_key_file))
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def _open_covered(settings: Settings) -> Iterator[Store]:
    from app.store.anchors import covered
    from app.store.audit_check import anchor_file

    with _open(settings) as store, covered(store, anchor_file(settings.state_dir), SystemClock().now):
        yield store


def _console() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _say_unusable(command: str, settings: Settings, error: StoreError, code: int = 1) -> int:
    sys.stderr.write(f"uketsuke {command}: {settings.store_path} cannot be used ({error or error.code}).\n")
    return code
