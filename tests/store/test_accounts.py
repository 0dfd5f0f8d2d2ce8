"""What an owner does to accounts, and how the first owner comes to be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.passphrase import Weakness
from app.eligibility.people import Role
from app.errors import AlreadyHandled, LastOwner, PersonChanged, RecordMissing
from app.store.first_owner import CODE_LIFE, is_owner_code, make_first_owner, make_owner_code
from app.store.people import (
    NameTaken,
    PassphraseRefused,
    StaffMember,
    add_staff,
    change_passphrase,
    change_role,
    disable_staff,
    enable_staff,
    has_staff,
    list_people,
    reset_passphrase,
    verify_staff,
)
from tests.store.support import MORNING, Desk

PASSPHRASE = "ながい合い言葉をここに書きます"
OTHER = "べつの長い合い言葉を書きました"
OWNER = "架空 管理者"


@pytest.fixture
def owner(desk: Desk) -> StaffMember:
    return add_staff(desk.store, OWNER, PASSPHRASE, MORNING, Role.OWNER)


@pytest.fixture
def staff(desk: Desk, owner: StaffMember) -> StaffMember:
    return add_staff(desk.store, "試験 太郎", PASSPHRASE, MORNING, actor=OWNER, must_change=True)


def last_note(desk: Desk) -> tuple[str | None, ...]:
    found = desk.store.database().execute("SELECT actor, action, subject, detail FROM audit ORDER BY seq DESC LIMIT 1")
    return tuple(found.fetchone())


def test_each_change_is_noted_with_who_and_whom(desk: Desk, staff: StaffMember) -> None:
    assert last_note(desk) == (OWNER, "person_added", "staff-2", "staff")
    change_role(desk.store, 2, 1, Role.VIEWER, MORNING, OWNER)
    assert last_note(desk) == (OWNER, "person_changed", "staff-2", "viewer")
    disable_staff(desk.store, 2, 2, MORNING, OWNER)
    assert last_note(desk) == (OWNER, "person_disabled", "staff-2", None)
    assert verify_staff(desk.store, staff.name, PASSPHRASE) is None
    enable_staff(desk.store, 2, 3, MORNING, OWNER)
    assert last_note(desk) == (OWNER, "person_enabled", "staff-2", None)
    reset_passphrase(desk.store, 2, 4, OTHER, MORNING, OWNER)
    assert last_note(desk) == (OWNER, "passphrase_reset", "staff-2", None)
    member = verify_staff(desk.store, staff.name, OTHER)
    assert member == StaffMember(2, staff.name, Role.VIEWER, must_change=True)
    change_passphrase(desk.store, member, PASSPHRASE, MORNING, b"")
    assert last_note(desk) == (staff.name, "passphrase_changed", "staff-2", None)
    assert verify_staff(desk.store, staff.name, PASSPHRASE) == StaffMember(2, staff.name, Role.VIEWER)


def test_the_second_of_two_owners_who_change_one_account_is_told(desk: Desk, staff: StaffMember) -> None:
    change_role(desk.store, 2, 1, Role.VIEWER, MORNING, OWNER)
    before = last_note(desk)
    with pytest.raises(PersonChanged):
        disable_staff(desk.store, 2, 1, MORNING, OWNER)
    with pytest.raises(RecordMissing):
        disable_staff(desk.store, 77, 1, MORNING, OWNER)
    assert last_note(desk) == before
    assert verify_staff(desk.store, staff.name, PASSPHRASE) is not None


def test_there_is_always_an_owner_who_may_log_in(desk: Desk, staff: StaffMember) -> None:
    for attempt in (
        lambda: change_role(desk.store, 1, 1, Role.STAFF, MORNING, "somebody"),
        lambda: disable_staff(desk.store, 1, 1, MORNING, "somebody"),
    ):
        with pytest.raises(LastOwner):
            attempt()
    change_role(desk.store, 2, 1, Role.OWNER, MORNING, OWNER)
    disable_staff(desk.store, 1, 1, MORNING, "試験 太郎")
    with pytest.raises(LastOwner):
        change_role(desk.store, 2, 2, Role.VIEWER, MORNING, "試験 太郎")
    roles = [(one.member.name, one.member.role, one.disabled_at is None) for one in list_people(desk.store)]
    assert roles == [("試験 太郎", Role.OWNER, True), (OWNER, Role.OWNER, False)]


@pytest.mark.parametrize(
    ("passphrase", "weakness"),
    [
        ("短い合い言葉", Weakness.TOO_SHORT),
        ("長" * 257, Weakness.TOO_LONG),
        ("試験次郎・試験次郎・試験次郎・試験次郎", Weakness.GUESSABLE),
        ("passwordpassword", Weakness.GUESSABLE),
    ],
)
def test_a_weak_passphrase_makes_no_account(desk: Desk, passphrase: str, weakness: Weakness) -> None:
    with pytest.raises(PassphraseRefused) as refused:
        add_staff(desk.store, "試験次郎", passphrase, MORNING)
    assert refused.value.weakness is weakness
    assert passphrase not in str(refused.value)
    assert not has_staff(desk.store)


def test_the_first_owners_code_works_once_within_half_an_hour(desk: Desk) -> None:
    first = make_owner_code(desk.store, MORNING)
    code = make_owner_code(desk.store, MORNING)
    assert not is_owner_code(desk.store, first, MORNING), "a newer code replaces it"
    assert is_owner_code(desk.store, f" {code.upper().replace('-', '')} ", MORNING)
    assert not is_owner_code(desk.store, code, MORNING + CODE_LIFE)
    assert is_owner_code(desk.store, code, MORNING + CODE_LIFE - timedelta(seconds=1))
    assert make_first_owner(desk.store, "wrong", OWNER, PASSPHRASE, MORNING) is None
    with pytest.raises(PassphraseRefused):
        make_first_owner(desk.store, code, OWNER, "short", MORNING)
    member = make_first_owner(desk.store, code, OWNER, PASSPHRASE, MORNING)
    assert member == StaffMember(1, OWNER, Role.OWNER)
    assert make_first_owner(desk.store, code, "試験 次郎", PASSPHRASE, MORNING) is None
    with pytest.raises(AlreadyHandled):
        make_owner_code(desk.store, MORNING)


def test_the_code_is_kept_as_a_hash(desk: Desk, tmp_path: Path) -> None:
    code = make_owner_code(desk.store, MORNING)
    row = repr(next(desk.store.database()["owner_code"].rows))
    assert code not in row
    assert code.replace("-", "") not in row


def test_a_name_is_given_once_even_after_it_was_shut(desk: Desk, staff: StaffMember) -> None:
    disable_staff(desk.store, 2, 1, MORNING, OWNER)
    with pytest.raises(NameTaken):
        add_staff(desk.store, "試験 太郎", OTHER, MORNING)
    assert last_note(desk)[1] == "person_disabled"
