"""``purge``, ``backup``, ``restore`` and ``key``: what somebody at the box may do with the records as a whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from app.box.migrating import settings_of
from app.clock import SystemClock
from app.config import Settings
from app.eligibility.audit import AuditAction
from app.eligibility.clock_trust import ClockDoubt, ClockFacts, ClockMemory, judge
from app.errors import BackupUnusable, ClockDoubted, StoreError, StoreInUse
from app.kernel_clock import KernelClock
from app.store.anchors import covered
from app.store.audit import record_audit
from app.store.audit_check import anchor_file
from app.store.copies import Backup, folders_of, list_backups, make_backup, own_folder, restore_chain
from app.store.database import Store
from app.store.events import Waker
from app.store.files import KEY_BYTES, has_other_key, make_private_folder, read_key
from app.store.housekeeping import Housekeeper
from app.store.keeping import clock_memory
from app.store.locks import alone
from app.store.purge import count_due
from app.store.restore import restore

CHECK_DIGITS = 4
CLOCK_SENTENCES = {
    ClockDoubt.UNSYNCHRONISED: "the kernel does not say that the clock is synchronised: see timedatectl",
    ClockDoubt.STEPPED_BACK: "the clock is behind a time that was seen before: see date",
    ClockDoubt.JUMPED_AHEAD: "the clock jumped ahead: if date is right, try again in ten minutes",
}


def run_purge(state: Path, *, dry_run: bool) -> int:
    """Purge by hand; 1 with a sentence when the clock is doubted or the store cannot be used."""
    settings = settings_of(state)
    try:
        with _opened(settings) as store:
            if dry_run:
                with store.reading() as db:
                    due = count_due(db, SystemClock().now())
                print(f"due: {due.checks} checks, {due.calls} calls, {due.sessions} sessions; nothing was destroyed")
                return 0
            report = _keeper(store, settings).purge(actor="console")
    except ClockDoubted as error:
        doubt = ClockDoubt(str(error))
        sys.stderr.write(f"uketsuke purge: nothing was destroyed: {CLOCK_SENTENCES[doubt]}.\n")
        return 1
    except StoreError as error:
        return _say_unusable("purge", settings, error)
    print(f"destroyed: {report.checks} checks, {report.calls} calls, {report.sessions} sessions")
    if not report.is_log_empty:
        sys.stderr.write("uketsuke purge: a reader holds old pages in the log; run it again.\n")
        return 1
    return 0


def run_backup(state: Path, folder: Path | None) -> int:
    """Make a backup; 1 with a sentence when it cannot be."""
    settings = settings_of(state)
    try:
        with _opened(settings) as store, alone(store.path, "tidying", wait_s=30):
            target = own_folder(store.path) if folder is None else folder.absolute()
            backup = make_backup(store, target, SystemClock().now(), actor="console")
    except StoreError as error:
        return _say_unusable("backup", settings, error)
    print(f"{backup.path}  {backup.size_bytes / 1e6:.1f} MB")
    print("It is of no use without the key: ./uketsuke key show prints that for paper.", file=sys.stderr)
    return 0


def run_backup_list(state: Path) -> int:
    """One line a backup, newest first."""
    settings = settings_of(state)
    folders = [own_folder(settings.store_path)]
    with contextlib.suppress(StoreError), _opened(settings) as store, store.reading() as db:
        folders = folders_of(db, settings.store_path)
    backups = list_backups(folders)
    for backup in backups:
        print(_line(backup))
    if not backups:
        print("no backup yet")
    return 0


def run_restore(state: Path, file: Path | None) -> int:
    """Restore ``file`` or the newest good backup; 1 with a sentence when nothing was changed."""
    settings = settings_of(state)
    clock = SystemClock()
    try:
        key = read_key(settings.store_key_file)
        chain = [file.absolute()] if file else restore_chain(_known_folders(settings), key)
        if not chain:
            raise BackupUnusable("there is none that reads back with this key")
        chosen, *later = chain
        trusted = _clock_is_trusted(settings)
        report = restore(settings.store_path, key, chosen, clock, is_clock_trusted=trusted, later=later)
    except StoreInUse:
        sys.stderr.write("uketsuke restore: stop the kiosk and the staff pages (or the demo) first.\n")
        return 1
    except StoreError as error:
        return _say_unusable("restore", settings, error)
    print(f"restored {chosen.name}; destroyed {report.purged} checks whose time is over")
    if report.merged is None:
        print(f"The present records could not be joined to it; they lie in {report.aside}.")
    elif report.aside is not None:
        print(f"{report.merged} checks made since were kept; the file that was there lies in {report.aside}.")
    if not trusted:
        print("The clock is doubted, so only what surely is over was destroyed; the rest follows by itself.")
    return 0


def run_key_show(state: Path) -> int:
    """Print the key for paper; only on a terminal, so that it lands in no file by mistake."""
    settings = settings_of(state)
    if not sys.stdout.isatty():
        sys.stderr.write("uketsuke key show: it is for paper, so it needs a terminal.\n")
        return 1
    try:
        key = read_key(settings.store_key_file)
        with contextlib.suppress(StoreError), _opened(settings) as store:
            record_audit(store, SystemClock().now(), "console", AuditAction.SETTING_CHANGED, "key.shown")
    except StoreError as error:
        return _say_unusable("key show", settings, error)
    print("Write this down by hand, keep it locked away from the box, and clear the screen afterwards.")
    print("Whoever has it and a backup can read every record; without it every backup is worthless.\n")
    for line in key_lines(key):
        print(f"    {line}")
    return 0


def run_key_enter(state: Path) -> int:
    """Make the key file from the groups on standard input; an existing one is never replaced."""
    settings = settings_of(state)
    target = settings.store_key_file
    if target.exists():
        sys.stderr.write(f"uketsuke key enter: {target} is there already; move it away first.\n")
        return 1
    if sys.stdin.isatty():
        print("Type the groups, then Ctrl-D:", file=sys.stderr)
    key = key_of(sys.stdin.read())
    if key is None:
        sys.stderr.write("uketsuke key enter: these are not the groups of a key: a sign is wrong or missing.\n")
        return 1
    if has_other_key(settings.store_path, key):
        sys.stderr.write("uketsuke key enter: this is the key of another store.\n")
        return 1
    try:
        make_private_folder(target.parent)
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
    except (StoreError, OSError) as error:
        sys.stderr.write(f"uketsuke key enter: {target} cannot be written ({error}).\n")
        return 1
    print(f"{target} is written.")
    return 0


def key_lines(key: bytes) -> list[str]:
    """Sixteen groups of four hexadecimal digits and one that tells a slip of the pen, four groups a line."""
    text = key.hex() + _check_group(key)
    groups = [text[start : start + 4] for start in range(0, len(text), 4)]
    return ["  ".join(groups[start : start + 4]) for start in range(0, len(groups), 4)]


def key_of(text: str) -> bytes | None:
    """The key that ``key_lines`` wrote, whatever the spaces; ``None`` when a digit is wrong."""
    digits = "".join(text.split()).lower()
    try:
        key, check = bytes.fromhex(digits[:-CHECK_DIGITS]), digits[-CHECK_DIGITS:]
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES and check == _check_group(key) else None


def _check_group(key: bytes) -> str:
    return hashlib.sha256(b"uketsuke key on paper" + key).hexdigest()[:CHECK_DIGITS]


def _line(backup: Backup) -> str:
    age = SystemClock().now() - backup.made_at
    hours = int(age.total_seconds() // 3600)
    return f"{backup.path}  {hours // 24} d {hours % 24} h old  {backup.size_bytes / 1e6:.1f} MB"


def _keeper(store: Store, settings: Settings) -> Housekeeper:
    wake = Waker(settings.wake_socket)
    return Housekeeper(store, SystemClock(), KernelClock(), wake, takes_clock_on_faith=settings.trust_clock)


def _known_folders(settings: Settings) -> list[Path]:
    with contextlib.suppress(StoreError), _opened(settings) as store, store.reading() as db:
        return folders_of(db, settings.store_path)
    return [own_folder(settings.store_path)]


def _clock_is_trusted(settings: Settings) -> bool:
    """Judge the clock by what the present store remembers, if it can be asked."""
    memory = ClockMemory()
    with contextlib.suppress(StoreError), _opened(settings) as store, store.reading() as db:
        memory = clock_memory(db)
    kernel = KernelClock()
    facts = ClockFacts(kernel.mark(), kernel.is_synchronised(), settings.trust_clock, None)
    return judge(facts, memory).is_trusted


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator[Store]:
    store = Store(settings.store_path, read_key(settings.store_key_file))
    try:
        store.database()
        with covered(store, anchor_file(settings.state_dir), SystemClock().now):
            yield store
    finally:
        store.close()


def _say_unusable(command: str, settings: Settings, error: StoreError) -> int:
    sys.stderr.write(f"uketsuke {command}: {settings.store_path}: {error.code} ({error}).\n")
    return 1
