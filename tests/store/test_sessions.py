"""Sessions: how long they last, what keeps them open, what locks and ends them."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta

import pytest

from app.eligibility.people import Role
from app.errors import RecordMissing
from app.store.people import (
    StaffMember,
    add_staff,
    change_passphrase,
    change_role,
    disable_staff,
    reset_passphrase,
)
from app.store.sessions import (
    ACT_STEP,
    IDLE,
    SessionState,
    end_public_session,
    end_session,
    find_session,
    list_sessions,
    lock_session,
    session_staff,
    start_session,
    token_digest,
    unlock_session,
)
from tests.store.support import MORNING, Desk

PASSPHRASE = "ながい合い言葉をここに書きます"


@pytest.fixture
def staff(desk: Desk) -> StaffMember:
    add_staff(desk.store, "架空 管理者", PASSPHRASE, MORNING, Role.OWNER)
    return add_staff(desk.store, "試験 太郎", PASSPHRASE, MORNING)


def noted(desk: Desk) -> list[tuple[str, str | None]]:
    rows = desk.store.database().execute("SELECT action, actor FROM audit ORDER BY seq").fetchall()
    return [tuple(row) for row in rows]


def test_session_ends_after_twelve_hours_however_often_it_is_used(desk: Desk, staff: StaffMember) -> None:
    token = start_session(desk.store, staff.staff_id, MORNING)
    assert len(token) >= 22, "128 bits or more"
    for minutes in range(0, 12 * 60, 5):
        session = find_session(desk.store, token, MORNING + timedelta(minutes=minutes), by_person=True)
        assert session is not None
        assert (session.member, session.state) == (staff, SessionState.OPEN)
    assert session_staff(desk.store, token, MORNING + timedelta(hours=12, seconds=-1)) == staff
    assert session_staff(desk.store, token, MORNING + timedelta(hours=12)) is None
    assert find_session(desk.store, token, MORNING + timedelta(hours=12)) is None


def test_looking_by_itself_does_not_keep_a_screen_open(desk: Desk, staff: StaffMember) -> None:
    token = start_session(desk.store, staff.staff_id, MORNING)
    for seconds in range(0, int(IDLE.total_seconds()), 5):
        assert session_staff(desk.store, token, MORNING + timedelta(seconds=seconds)) == staff
    for seconds in range(0, 3600, 60):
        found = find_session(desk.store, token, MORNING + IDLE + timedelta(seconds=seconds))
        assert found is not None
        assert found.state is SessionState.LOCKED
        assert session_staff(desk.store, token, MORNING + IDLE + timedelta(seconds=seconds)) is None
    assert [entry for entry in noted(desk) if entry[0] == "locked"] == [("locked", "試験 太郎")], "noted once"


def test_a_person_keeps_a_screen_open_but_cannot_reopen_a_locked_one(desk: Desk, staff: StaffMember) -> None:
    token = start_session(desk.store, staff.staff_id, MORNING)
    at = MORNING
    for _ in range(5):
        at += IDLE - ACT_STEP - timedelta(seconds=1)
        found = find_session(desk.store, token, at, by_person=True)
        assert found is not None
        assert found.state is SessionState.OPEN
    at += IDLE
    for _ in range(3):
        found = find_session(desk.store, token, at, by_person=True)
        assert found is not None
        assert found.state is SessionState.LOCKED
        at += timedelta(seconds=30)
    unlock_session(desk.store, token, at)
    assert session_staff(desk.store, token, at) == staff
    assert noted(desk)[-2:] == [("locked", "試験 太郎"), ("unlocked", "試験 太郎")]


def test_a_busy_store_does_not_keep_an_idle_screen_open(desk: Desk, staff: StaffMember) -> None:
    token = start_session(desk.store, staff.staff_id, MORNING)
    patient = Desk(desk.folder, wait_s=240.0)
    with desk.store.writing():
        start = time.monotonic()
        assert session_staff(patient.store, token, MORNING + timedelta(minutes=5)) == staff
        assert session_staff(patient.store, token, MORNING + IDLE) is None
        assert time.monotonic() - start < 120, "noting it is not worth waiting for"
    assert patient.store.database().execute("PRAGMA busy_timeout").fetchone()[0] == 240_000
    patient.store.close()


def test_a_clock_set_back_does_not_keep_screens_open(desk: Desk, staff: StaffMember) -> None:
    token = start_session(desk.store, staff.staff_id, MORNING)
    assert session_staff(desk.store, token, MORNING - timedelta(seconds=30)) == staff
    assert session_staff(desk.store, token, MORNING - timedelta(hours=1)) is None
    unlock_session(desk.store, token, MORNING - timedelta(hours=1))
    assert session_staff(desk.store, token, MORNING - timedelta(hours=1)) == staff


def test_a_screen_locked_by_hand_stays_locked(desk: Desk, staff: StaffMember) -> None:
    token = start_session(desk.store, staff.staff_id, MORNING)
    lock_session(desk.store, token, MORNING)
    found = find_session(desk.store, token, MORNING + timedelta(seconds=1), by_person=True)
    assert found is not None
    assert found.state is SessionState.LOCKED


def test_ended_and_foreign_tokens_open_nothing(desk: Desk, staff: StaffMember) -> None:
    first, second = (start_session(desk.store, staff.staff_id, MORNING) for _ in range(2))
    assert first != second
    end_session(desk.store, first, MORNING)
    end_session(desk.store, first, MORNING)
    end_session(desk.store, "nothing", MORNING)
    unlock_session(desk.store, first, MORNING)
    assert session_staff(desk.store, first, MORNING) is None
    assert session_staff(desk.store, second, MORNING) == staff
    for token in ("", second[:-1], second.upper(), "\udc80", "x" * 10_000):
        assert session_staff(desk.store, token, MORNING) is None
    assert [action for action, _ in noted(desk)].count("logout") == 1


def test_a_session_that_awaits_its_code_opens_nothing_and_ends_soon(desk: Desk, staff: StaffMember) -> None:
    token = start_session(desk.store, staff.staff_id, MORNING, awaits_code=True)
    assert session_staff(desk.store, token, MORNING) is None
    found = find_session(desk.store, token, MORNING)
    assert found is not None
    assert found.state is SessionState.AWAITS_CODE
    lock_session(desk.store, token, MORNING)
    unlock_session(desk.store, token, MORNING)
    assert session_staff(desk.store, token, MORNING) is None
    assert find_session(desk.store, token, MORNING + timedelta(minutes=10)) is None
    assert "login" not in [action for action, _ in noted(desk)]


def test_only_the_digest_of_a_token_is_kept(desk: Desk, staff: StaffMember) -> None:
    token = start_session(desk.store, staff.staff_id, MORNING)
    row = next(desk.store.database()["staff_sessions"].rows)
    assert row["token_hash"] == hashlib.sha256(token.encode()).digest()
    assert token not in repr(row)
    assert row["public_id"] not in token


def test_disabling_and_new_passphrases_end_sessions_at_once(desk: Desk, staff: StaffMember) -> None:
    def revision() -> int:
        row = desk.store.database().execute("SELECT revision FROM staff WHERE id = ?", [staff.staff_id]).fetchone()
        return int(row[0])

    tokens = [start_session(desk.store, staff.staff_id, MORNING) for _ in range(2)]
    change_passphrase(desk.store, staff, "べつの長い合い言葉を書きました", MORNING, token_digest(tokens[0]))
    assert session_staff(desk.store, tokens[0], MORNING) == staff, "the one that changed it stays"
    assert session_staff(desk.store, tokens[1], MORNING) is None
    reset_passphrase(desk.store, staff.staff_id, revision(), PASSPHRASE, MORNING, "架空 管理者")
    assert session_staff(desk.store, tokens[0], MORNING) is None
    token = start_session(desk.store, staff.staff_id, MORNING)
    disable_staff(desk.store, staff.staff_id, revision(), MORNING, "架空 管理者")
    assert session_staff(desk.store, token, MORNING) is None


def test_another_role_ends_every_session_of_the_person_and_of_nobody_else(desk: Desk, staff: StaffMember) -> None:
    owner = "架空 管理者"
    tokens = [start_session(desk.store, staff.staff_id, MORNING) for _ in range(2)]
    others = start_session(desk.store, 1, MORNING)
    change_role(desk.store, staff.staff_id, 1, Role.STAFF, MORNING, owner)
    assert all(session_staff(desk.store, token, MORNING) == staff for token in tokens), "nothing changed"
    change_role(desk.store, staff.staff_id, 2, Role.VIEWER, MORNING, owner)
    assert [session_staff(desk.store, token, MORNING) for token in tokens] == [None, None]
    assert session_staff(desk.store, others, MORNING) is not None
    token = start_session(desk.store, staff.staff_id, MORNING)
    change_role(desk.store, staff.staff_id, 3, Role.STAFF, MORNING, owner)
    assert session_staff(desk.store, token, MORNING) is None, "more rights need a new session too"


def test_a_list_shows_what_is_open_and_ends_only_what_one_may(desk: Desk, staff: StaffMember) -> None:
    owner = StaffMember(1, "架空 管理者", Role.OWNER)
    start_session(desk.store, 1, MORNING)
    token = start_session(desk.store, staff.staff_id, MORNING, source="192.0.2.7", device="Firefox（Linux）")
    assert len(list_sessions(desk.store, MORNING)) == 2
    (own,) = list_sessions(desk.store, MORNING, staff.staff_id)
    assert (own.member, own.source, own.device) == (staff, "192.0.2.7", "Firefox（Linux）")
    others = next(one for one in list_sessions(desk.store, MORNING) if one.member.staff_id == 1)
    with pytest.raises(RecordMissing):
        end_public_session(desk.store, others.public_id, MORNING, staff, staff.staff_id)
    end_public_session(desk.store, own.public_id, MORNING, owner, None)
    assert session_staff(desk.store, token, MORNING) is None
    with pytest.raises(RecordMissing):
        end_public_session(desk.store, own.public_id, MORNING, owner, None)
    assert noted(desk)[-1] == ("session_ended", "架空 管理者")
