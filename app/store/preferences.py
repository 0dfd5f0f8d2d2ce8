"""Settings of the clinic that staff change while the box runs: 認証方法, and the choice for the next patient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from app.eligibility.audit import AuditAction
from app.eligibility.visual import DEFAULT, NEXT_ONLY, NEXT_ONLY_LASTS, Preference
from app.store.audit import actor_name, add_audit
from app.store.database import Store
from app.store.events import Wake, add_event, wake_quietly
from app.store.values import from_text, to_exact_text, to_text, tokyo_day

METHOD_PANEL = "method-panel"
METHOD = "method"
"""Name of 認証方法 in the table ``preferences``."""


@dataclass(frozen=True, slots=True)
class NextChoice:
    """How the next patient at ``kiosk`` is confirmed, until then at the latest."""

    kiosk: str
    preference: Preference
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Methods:
    """What holds now. ``kiosks`` are those that were used today and those with a choice, in order."""

    preference: Preference
    next_choices: tuple[NextChoice, ...]
    kiosks: tuple[str, ...]


def methods(store: Store, now: datetime) -> Methods:
    """Return the clinic's method and the choices that still hold. Raises ``StoreError``."""
    with store.reading() as db:
        rows = db.execute(
            "SELECT kiosk, preference, chosen_at FROM next_choices WHERE chosen_at > ? ORDER BY kiosk",
            [to_exact_text(now - NEXT_ONLY_LASTS)],
        ).fetchall()
        choices = tuple(
            NextChoice(kiosk, Preference(value), from_text(chosen_at) + NEXT_ONLY_LASTS)
            for kiosk, value, chosen_at in rows
        )
        used = db.execute("SELECT DISTINCT kiosk FROM checks WHERE reception_day = ?", [tokyo_day(now)]).fetchall()
        kiosks = sorted({str(row[0]) for row in used} | {choice.kiosk for choice in choices})
        return Methods(preference_of(db), choices, tuple(kiosks))


def preference_of(db: Database) -> Preference:
    """Return the clinic's method inside the caller's transaction; the default where none was chosen."""
    row = db.execute("SELECT value FROM preferences WHERE name = ?", [METHOD]).fetchone()
    return DEFAULT if row is None else Preference(row[0])


def set_preference(store: Store, wake: Wake, preference: Preference, staff_id: int, at: datetime) -> None:
    """Change the clinic's method; noted in 操作記録 when it is another one. Raises ``StoreError``."""
    with store.writing() as db:
        if preference_of(db) is preference:
            return
        db.execute(
            "INSERT INTO preferences (name, value, changed_at, changed_by) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at,"
            " changed_by = excluded.changed_by",
            [METHOD, preference.value, to_text(at), staff_id],
        )
        add_event(db, METHOD_PANEL, METHOD, at)
        add_audit(
            db, at, actor_name(db, staff_id), AuditAction.SETTING_CHANGED, METHOD, detail=f"method={preference.value}"
        )
    wake_quietly(wake)


def choose_next(
    store: Store, wake: Wake, kiosk: str, preference: Preference | None, staff_id: int, at: datetime
) -> None:
    """Choose how the next patient at ``kiosk`` is confirmed; ``None`` takes the choice back. Noted in 操作記録.

    Raises:
        ValueError: a way that may not be chosen for one patient.
        StoreError: nothing was written.
    """
    if preference is not None and preference not in NEXT_ONLY:
        raise ValueError(f"{preference} is no choice for one patient")
    with store.writing() as db:
        if preference is None:
            if db.execute("DELETE FROM next_choices WHERE kiosk = ?", [kiosk]).rowcount == 0:
                return
        else:
            db.execute(
                "INSERT INTO next_choices (kiosk, preference, chosen_at, chosen_by) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (kiosk) DO UPDATE SET preference = excluded.preference, chosen_at = excluded.chosen_at,"
                " chosen_by = excluded.chosen_by",
                [kiosk, preference.value, to_exact_text(at), staff_id],
            )
        add_event(db, METHOD_PANEL, METHOD, at)
        chosen = "default" if preference is None else preference.value
        actor = actor_name(db, staff_id)
        add_audit(db, at, actor, AuditAction.SETTING_CHANGED, METHOD, detail=f"next={chosen} kiosk={kiosk}")
    wake_quietly(wake)


def use_preference(store: Store, wake: Wake, kiosk: str, at: datetime, *, wait_s: float) -> Preference:
    """Return how the card that was just put at ``kiosk`` is confirmed; a choice for one patient is used up.

    Reads only, unless there is such a choice; then waits for at most ``wait_s`` for other writers.

    Raises:
        StoreError: nothing was used up.
    """
    find = "SELECT preference, chosen_at FROM next_choices WHERE kiosk = ?"
    with store.reading() as db:
        usual = preference_of(db)
        if db.execute(find, [kiosk]).fetchone() is None:
            return usual
    with store.writing(wait_s) as db:
        found = db.execute(find, [kiosk]).fetchone()
        db.execute("DELETE FROM next_choices WHERE kiosk = ?", [kiosk])
        add_event(db, METHOD_PANEL, METHOD, at)
    wake_quietly(wake)
    if found is None or not (at - NEXT_ONLY_LASTS < from_text(found[1]) <= at):
        # Too old, or of a clock that was ahead: the clinic's own method holds again.
        return usual
    return Preference(found[0])
