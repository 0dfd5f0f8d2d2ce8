"""What ``doctor`` asks of the database: migrations, people, 操作記録, retention, backups."""

from __future__ import annotations

from datetime import timedelta

from app.box.health import Health, Result
from app.config import Settings

LATE = timedelta(days=2)
"""Purges come hourly and backups daily while the staff process runs."""


def probe_migrations(settings: Settings) -> Result:
    from app.store.files import read_key
    from app.store.migrate import pending

    if not settings.store_path.exists():
        return Health.NOTE, f"no database in {settings.state_dir} yet: ./uketsuke demo makes it"
    names = pending(settings.store_path, read_key(settings.store_key_file))
    if names:
        return Health.FAULT, f"pending: {', '.join(names)}; run ./uketsuke migrate"
    return Health.OK, "none pending"


def probe_people(settings: Settings) -> Result:
    from app.store.database import Store
    from app.store.files import read_key
    from app.store.people import list_people

    if not settings.store_path.exists():
        return Health.NOTE, "no database yet"
    store = Store(settings.store_path, read_key(settings.store_key_file))
    try:
        people = list_people(store)
    finally:
        store.close()
    if not people:
        return Health.NOTE, "no account yet: ./uketsuke owner-code prints the code that makes the first one"
    able = sum(one.disabled_at is None for one in people)
    return Health.OK, f"{able} may log in, {len(people) - able} are shut"


def probe_record(settings: Settings) -> Result:
    from app.store.audit_check import anchor_file, verify_audit
    from app.store.database import Store
    from app.store.files import read_key

    if not settings.store_path.exists():
        return Health.NOTE, "no database yet"
    store = Store(settings.store_path, read_key(settings.store_key_file))
    try:
        verdict = verify_audit(store, anchor_file(settings.state_dir))
    finally:
        store.close()
    if verdict.fault is not None:
        return Health.FAULT, f"操作記録 is not whole ({verdict.fault} at {verdict.at_seq}): ./uketsuke audit verify"
    return Health.OK, f"操作記録 is whole, {verdict.count} entries"


def probe_retention(settings: Settings) -> Result:
    from app.clock import SystemClock
    from app.store.database import Store
    from app.store.files import read_key
    from app.store.keeping import Note, noted, noted_time, wanted_backups
    from app.store.purge import count_due

    if not settings.store_path.exists():
        return Health.NOTE, "no database yet"
    now = SystemClock().now()
    store = Store(settings.store_path, read_key(settings.store_key_file))
    try:
        with store.reading() as db:
            last, doubt, due = noted_time(db, Note.LAST_PURGE), noted(db, Note.DOUBT), count_due(db, now).checks
            aside, wanted = noted_time(db, Note.MOVED_ASIDE), wanted_backups(db)
    finally:
        store.close()
    if aside is not None:
        return (
            Health.FAULT,
            f"a damaged database was moved aside at {aside:%Y-%m-%d %H:%M}: "
            + (f"./uketsuke restore --latest (from {wanted[0]:%Y-%m-%d %H:%M})" if wanted else "no backup reads back"),
        )
    told = "never purged yet" if last is None else f"last purge {last:%Y-%m-%d %H:%M}"
    if doubt is not None:
        return Health.NOTE, f"{told}; refused now ({doubt}), {due} checks wait"
    return (Health.FAULT if due and (last is None or now - last > LATE) else Health.OK), f"{told}, {due} checks wait"


def probe_backup(settings: Settings) -> Result:
    from app.clock import SystemClock
    from app.store.copies import list_backups, own_folder

    if not settings.store_path.exists():
        return Health.NOTE, "no database yet"
    newest = next(iter(list_backups([own_folder(settings.store_path)])), None)
    if newest is None:
        return Health.NOTE, "no backup yet; the staff process makes one a day, ./uketsuke backup one now"
    age = SystemClock().now() - newest.made_at
    text = f"newest {age.total_seconds() / 3600:.0f} h old, {newest.size_bytes / 1e6:.1f} MB"
    return (Health.OK, text) if age < LATE else (Health.FAULT, f"{text}: see log/staff.log for store.backup_failed")
