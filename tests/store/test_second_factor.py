"""Codes of a second factor: each opens once, only near its time; recovery codes when the phone is gone."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest

from app.eligibility.people import Role
from app.errors import RecordMissing
from app.store.people import StaffMember, add_staff, verify_staff
from app.store.second_factor import (
    RECOVERY_CODES,
    begin_code,
    confirm_code,
    pending_secret,
    recovery_codes_left,
    remove_code,
    spend_code,
)
from tests.store.support import MORNING, Desk

PASSPHRASE = "ながい合い言葉をここに書きます"
LATER = MORNING + timedelta(minutes=5)


@pytest.fixture
def staff(desk: Desk) -> StaffMember:
    return add_staff(desk.store, "試験 太郎", PASSPHRASE, MORNING)


def enrolled(desk: Desk, staff: StaffMember) -> tuple[pyotp.TOTP, list[str]]:
    generator = pyotp.TOTP(begin_code(desk.store, staff.staff_id))
    codes = confirm_code(desk.store, staff.staff_id, generator.at(MORNING), MORNING)
    assert codes is not None
    return generator, codes


def test_a_secret_asks_for_nothing_until_a_first_code_proves_it(desk: Desk, staff: StaffMember) -> None:
    secret = begin_code(desk.store, staff.staff_id)
    assert len(secret) == 32, "160 bits"
    assert pending_secret(desk.store, staff.staff_id) == secret
    member = verify_staff(desk.store, staff.name, PASSPHRASE)
    assert member is not None
    assert not member.has_code
    assert confirm_code(desk.store, staff.staff_id, "000000", MORNING) is None
    assert not spend_code(desk.store, staff.staff_id, pyotp.TOTP(secret).at(MORNING), MORNING)
    codes = confirm_code(desk.store, staff.staff_id, pyotp.TOTP(secret).at(MORNING), MORNING)
    assert codes is not None
    assert len(set(codes)) == RECOVERY_CODES
    assert pending_secret(desk.store, staff.staff_id) is None
    with pytest.raises(RecordMissing):
        begin_code(desk.store, staff.staff_id)
    assert confirm_code(desk.store, staff.staff_id, pyotp.TOTP(secret).at(MORNING), MORNING) is None


def test_a_code_opens_once_and_none_before_it_ever_again(desk: Desk, staff: StaffMember) -> None:
    generator, _codes = enrolled(desk, staff)
    assert not spend_code(desk.store, staff.staff_id, generator.at(MORNING), MORNING), "spent by the enrolment"
    code = generator.at(LATER)
    assert spend_code(desk.store, staff.staff_id, code, LATER)
    for seconds in (0, 1, 29, 30):
        assert not spend_code(desk.store, staff.staff_id, code, LATER + timedelta(seconds=seconds))
    before = generator.at(LATER - timedelta(seconds=30))
    assert not spend_code(desk.store, staff.staff_id, before, LATER)
    following = generator.at(LATER + timedelta(seconds=30))
    assert spend_code(desk.store, staff.staff_id, following, LATER + timedelta(seconds=30))


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phones_clock_may_be_one_step_off(desk: Desk, staff: StaffMember, steps: int, opens: bool) -> None:
    generator, _codes = enrolled(desk, staff)
    code = generator.at(LATER + timedelta(seconds=30 * steps))
    assert spend_code(desk.store, staff.staff_id, code, LATER) is opens


@pytest.mark.parametrize("form", ["{0} {1}", "{0}-{1}", " {0}{1} ", "wide"])
def test_blanks_and_wide_digits_do_no_harm(desk: Desk, staff: StaffMember, form: str) -> None:
    generator, _codes = enrolled(desk, staff)
    code = generator.at(LATER)
    wide = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    typed = wide if form == "wide" else form.format(code[:3], code[3:])
    assert spend_code(desk.store, staff.staff_id, typed, LATER)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "\udc80", "１" * 10_000, "٣٣٣٣٣٣", "' OR 1=1"])
def test_what_is_no_code_opens_nothing(desk: Desk, staff: StaffMember, typed: str) -> None:
    enrolled(desk, staff)
    assert not spend_code(desk.store, staff.staff_id, typed, LATER)


def test_recovery_codes_open_once_each_and_are_kept_as_hashes(desk: Desk, staff: StaffMember) -> None:
    _generator, codes = enrolled(desk, staff)
    kept = repr(list(desk.store.database()["recovery_codes"].rows))
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    assert spend_code(desk.store, staff.staff_id, codes[0].upper(), LATER)
    assert not spend_code(desk.store, staff.staff_id, codes[0], LATER)
    assert spend_code(desk.store, staff.staff_id, codes[1].replace("-", " "), LATER)
    assert recovery_codes_left(desk.store, staff.staff_id) == RECOVERY_CODES - 2
    other = add_staff(desk.store, "試験 次郎", PASSPHRASE, MORNING)
    assert not spend_code(desk.store, other.staff_id, codes[2], LATER)


def test_removing_forgets_secret_and_codes(desk: Desk, staff: StaffMember) -> None:
    generator, codes = enrolled(desk, staff)
    owner = StaffMember(99, "架空 管理者", Role.OWNER)
    remove_code(desk.store, staff.staff_id, LATER, owner)
    row = desk.store.database().execute("SELECT totp_secret, totp_step FROM staff").fetchone()
    assert tuple(row) == (None, None)
    assert not spend_code(desk.store, staff.staff_id, codes[0], LATER)
    assert not spend_code(desk.store, staff.staff_id, generator.at(LATER), LATER)
    with pytest.raises(RecordMissing):
        remove_code(desk.store, staff.staff_id, LATER, owner)
    noted = desk.store.database().execute("SELECT action, actor FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    assert tuple(noted) == ("totp_removed", "架空 管理者")
