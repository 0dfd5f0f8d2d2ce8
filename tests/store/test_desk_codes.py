"""The number that opens the desk at the tenkey: made by the box, kept as a hash, closed for whoever may not work."""

from __future__ import annotations

from typing import Any

import pytest

from app.eligibility.audit import AuditAction
from app.eligibility.desk_door import CODE_DIGITS, DeskLiking
from app.eligibility.people import Role
from app.errors import StoreBusy
from app.store import desk_codes
from app.store.audit_read import AuditFilter, read_audit
from app.store.desk_codes import (
    SOURCE,
    TooManyDeskCodes,
    count_desk_codes,
    desk_code_made_at,
    desk_liking,
    end_lost_sessions,
    find_desk_code,
    keep_desk_liking,
    make_desk_code,
    remove_desk_code,
)
from app.store.people import StaffMember, add_staff, change_passphrase, change_role, disable_staff, reset_passphrase
from app.store.sessions import find_session, start_session
from tests.store.support import MORNING, Desk

PASSPHRASE = "試験用の とても長い 合言葉 です"


def somebody(desk: Desk, name: str = "試験 花子", role: Role = Role.OWNER) -> StaffMember:
    return add_staff(desk.store, name, PASSPHRASE, MORNING, role)


def test_the_box_makes_the_number_and_keeps_its_hash_alone(desk: Desk) -> None:
    member = somebody(desk)
    assert find_desk_code(desk.store, "12345678") is None
    digits = make_desk_code(desk.store, member, MORNING)
    assert len(digits) == CODE_DIGITS
    assert digits.isdigit()
    assert find_desk_code(desk.store, digits) == member
    assert desk_code_made_at(desk.store, member.staff_id) == MORNING
    with desk.store.reading() as db:
        (row,) = db["desk_codes"].rows
    assert row["code_hash"].startswith("$argon2id$")
    assert digits not in str(row)
    noted = [(entry.actor, entry.action, entry.subject) for entry in read_audit(desk.store, AuditFilter(), None, 10)]
    assert (member.name, "desk_code_made", "staff-1") in noted
    assert not any(digits in str(entry) for entry in noted)


@pytest.mark.parametrize("typed", ["", "0", "1234567", "123456789", "１２３４５６７８", "12345678"])
def test_other_numbers_open_nothing(desk: Desk, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_codes, "_random_digits", lambda: "12345670")
    make_desk_code(desk.store, somebody(desk), MORNING)
    assert find_desk_code(desk.store, typed) is None


def test_a_new_number_ends_the_old_one_and_no_two_people_have_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["11112222", "11112222", "33334444", "55556666"])
    monkeypatch.setattr(desk_codes, "_random_digits", lambda: next(drawn))
    first, second = somebody(desk), somebody(desk, "架空 太郎", Role.STAFF)
    assert make_desk_code(desk.store, first, MORNING) == "11112222"
    assert make_desk_code(desk.store, second, MORNING) == "33334444"
    assert make_desk_code(desk.store, first, MORNING) == "55556666"
    assert find_desk_code(desk.store, "11112222") is None
    assert find_desk_code(desk.store, "33334444") == second
    assert find_desk_code(desk.store, "55556666") == first
    assert count_desk_codes(desk.store) == 2


def test_a_number_given_up_opens_nothing_and_can_be_made_again(desk: Desk) -> None:
    member = somebody(desk)
    assert remove_desk_code(desk.store, member, MORNING) is False
    digits = make_desk_code(desk.store, member, MORNING)
    assert remove_desk_code(desk.store, member, MORNING) is True
    assert find_desk_code(desk.store, digits) is None
    assert desk_code_made_at(desk.store, member.staff_id) is None
    assert find_desk_code(desk.store, make_desk_code(desk.store, member, MORNING)) == member


@pytest.mark.parametrize("how", ["made anew", "given up"])
def test_what_a_number_opened_ends_with_it_and_nothing_else_does(desk: Desk, how: str) -> None:
    member, other = somebody(desk), somebody(desk, "架空 太郎", Role.STAFF)
    for one in (member, other):
        make_desk_code(desk.store, one, MORNING)
    assert noted(desk, "session_ended") == []
    at_tenkey = start_session(desk.store, member.staff_id, MORNING, source=SOURCE)
    stay = [
        start_session(desk.store, member.staff_id, MORNING, source="192.0.2.7"),
        start_session(desk.store, member.staff_id, MORNING),
        start_session(desk.store, other.staff_id, MORNING, source=SOURCE),
    ]
    if how == "made anew":
        make_desk_code(desk.store, member, MORNING)
    else:
        assert remove_desk_code(desk.store, member, MORNING)
    assert find_session(desk.store, at_tenkey, MORNING) is None
    assert all(find_session(desk.store, token, MORNING) for token in stay)
    assert noted(desk, "session_ended") == [(member.name, f"staff-{member.staff_id}")]


def test_a_number_that_could_not_be_forgotten_leaves_its_session_open(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both go in one transaction, or neither does."""

    member = somebody(desk)
    digits = make_desk_code(desk.store, member, MORNING)
    token = start_session(desk.store, member.staff_id, MORNING, source=SOURCE)
    add_audit = desk_codes.add_audit

    def note(*entry: Any) -> None:
        if entry[3] is AuditAction.SESSION_ENDED:
            raise StoreBusy("x")
        add_audit(*entry)

    monkeypatch.setattr(desk_codes, "add_audit", note)
    with pytest.raises(StoreBusy):
        remove_desk_code(desk.store, member, MORNING)
    assert find_desk_code(desk.store, digits) == member
    assert find_session(desk.store, token, MORNING) is not None


def test_a_passphrase_that_the_person_still_has_to_change_opens_nothing(desk: Desk) -> None:
    somebody(desk)
    staff = add_staff(desk.store, "架空 太郎", PASSPHRASE, MORNING, Role.STAFF, must_change=True)
    digits = make_desk_code(desk.store, staff, MORNING)
    assert find_desk_code(desk.store, digits) is None
    assert count_desk_codes(desk.store) == 0
    change_passphrase(desk.store, staff, PASSPHRASE + "二つ目", MORNING, b"")
    assert find_desk_code(desk.store, digits) is not None


def test_what_a_killed_desk_process_had_opened_ends_and_nothing_else_does(desk: Desk) -> None:
    member, other = somebody(desk), somebody(desk, "架空 太郎", Role.STAFF)
    lost = [start_session(desk.store, one.staff_id, MORNING, source=SOURCE) for one in (member, other)]
    stays = start_session(desk.store, member.staff_id, MORNING, source="192.0.2.7")
    assert end_lost_sessions(desk.store, MORNING) == 2
    assert [find_session(desk.store, token, MORNING) for token in lost] == [None, None]
    assert find_session(desk.store, stays, MORNING) is not None
    assert sorted(noted(desk, "session_ended")) == sorted((None, f"staff-{one.staff_id}") for one in (member, other))
    assert end_lost_sessions(desk.store, MORNING) == 0
    assert len(noted(desk, "session_ended")) == 2


def noted(desk: Desk, action: str) -> list[tuple[str | None, str | None]]:
    entries = read_audit(desk.store, AuditFilter(), None, 100)
    return [(entry.actor, entry.subject) for entry in entries if entry.action == action]


def test_who_may_not_work_at_the_desk_cannot_open_it(desk: Desk) -> None:
    somebody(desk)
    staff = somebody(desk, "架空 太郎", Role.STAFF)
    digits = make_desk_code(desk.store, staff, MORNING)
    change_role(desk.store, staff.staff_id, 1, Role.VIEWER, MORNING, "試験 花子")
    assert find_desk_code(desk.store, digits) is None
    change_role(desk.store, staff.staff_id, 2, Role.STAFF, MORNING, "試験 花子")
    assert find_desk_code(desk.store, digits) is not None
    disable_staff(desk.store, staff.staff_id, 3, MORNING, "試験 花子")
    assert find_desk_code(desk.store, digits) is None
    assert count_desk_codes(desk.store) == 0


def test_a_passphrase_that_another_person_made_ends_the_number_too(desk: Desk) -> None:
    somebody(desk)
    staff = somebody(desk, "架空 太郎", Role.STAFF)
    digits = make_desk_code(desk.store, staff, MORNING)
    change_passphrase(desk.store, staff, PASSPHRASE + "二つ目", MORNING, b"")
    assert find_desk_code(desk.store, digits) is not None
    reset_passphrase(desk.store, staff.staff_id, 2, PASSPHRASE + "三つ目", MORNING, "試験 花子")
    change_passphrase(desk.store, staff, PASSPHRASE + "四つ目", MORNING, b"")
    assert find_desk_code(desk.store, digits) is None


def test_only_so_many_people_have_a_number(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_codes, "MOST", 1)
    first = somebody(desk)
    make_desk_code(desk.store, first, MORNING)
    with pytest.raises(TooManyDeskCodes):
        make_desk_code(desk.store, somebody(desk, "架空 太郎", Role.STAFF), MORNING)
    make_desk_code(desk.store, first, MORNING)


def test_how_somebody_listens_outlives_a_new_number(desk: Desk) -> None:
    member = somebody(desk)
    assert desk_liking(desk.store, member.staff_id) == DeskLiking()
    make_desk_code(desk.store, member, MORNING)
    keep_desk_liking(desk.store, member.staff_id, DeskLiking(9, "earphone"))
    make_desk_code(desk.store, member, MORNING)
    assert desk_liking(desk.store, member.staff_id) == DeskLiking(9, "earphone")
