"""Accounts, log-in and sessions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type

from app.store.people import NameTaken, StaffMember, add_staff, verify_staff
from app.store.sessions import session_staff, start_session
from tests.store.support import MORNING, Desk

PASSPHRASE = "ながい合い言葉をここに書きます"


@pytest.fixture
def staff(desk: Desk) -> StaffMember:
    return add_staff(desk.store, " 試験 太郎 ", PASSPHRASE, MORNING)


def stored_hash(desk: Desk) -> str:
    return str(next(desk.store.database()["staff"].rows)["passphrase_hash"])


def test_right_passphrase_opens_and_everything_else_does_not(desk: Desk, staff: StaffMember) -> None:
    assert staff == StaffMember(1, "試験 太郎")
    assert verify_staff(desk.store, "試験 太郎", PASSPHRASE) == staff
    for name, passphrase in (
        ("試験 太郎", PASSPHRASE + "x"),
        ("試験 太郎", PASSPHRASE[:-1]),
        ("試験 太郎", ""),
        ("試験 次郎", PASSPHRASE),
        ("", PASSPHRASE),
        ("試験 太郎", "長" * 100_000),
        ("試験\udc80太郎", "\udc80" * 20),
        ("試験 太郎' OR 1=1 --", PASSPHRASE),
    ):
        assert verify_staff(desk.store, name, passphrase) is None


def test_full_width_and_composed_forms_are_the_same_passphrase(desk: Desk) -> None:
    add_staff(desk.store, "ｔｅｓｔ", "ＡＢＣ１２３ガギグゲゴ長い合言葉", MORNING)
    decomposed = "ABC123カ\u3099ギグゲゴ長い合言葉"
    assert verify_staff(desk.store, "test", decomposed) is not None


def test_only_a_costly_hash_is_kept(desk: Desk, staff: StaffMember) -> None:
    parameters = extract_parameters(stored_hash(desk))
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2
    assert PASSPHRASE not in stored_hash(desk)


def test_weaker_hash_is_replaced_after_the_log_in(desk: Desk, staff: StaffMember) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSPHRASE)
    desk.store.database().execute("UPDATE staff SET passphrase_hash = ?", [weak])
    assert verify_staff(desk.store, staff.name, "nein, nein, nein") is None
    assert stored_hash(desk) == weak
    assert verify_staff(desk.store, staff.name, PASSPHRASE) == staff
    assert extract_parameters(stored_hash(desk)).memory_cost >= 19 * 1024
    assert verify_staff(desk.store, staff.name, PASSPHRASE) == staff


def test_damaged_hash_lets_nobody_in(desk: Desk, staff: StaffMember) -> None:
    desk.store.database().execute("UPDATE staff SET passphrase_hash = 'damaged'")
    assert verify_staff(desk.store, staff.name, PASSPHRASE) is None


def test_unknown_name_costs_what_a_wrong_passphrase_costs(
    desk: Desk, staff: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told by the work, not by the clock: one hash each, of the same parameters, gone through to its end."""
    verify = PasswordHasher.verify

    def worked(name: str) -> list[tuple[Parameters, type[Exception]]]:
        done: list[tuple[Parameters, type[Exception]]] = []

        def noted(hasher: PasswordHasher, hashed: str, passphrase: str) -> bool:
            try:
                return verify(hasher, hashed, passphrase)
            except Exception as error:
                done.append((extract_parameters(hashed), type(error)))
                raise

        with monkeypatch.context() as patch:
            patch.setattr(PasswordHasher, "verify", noted)
            assert verify_staff(desk.store, name, "falsch, falsch, falsch") is None
        return done

    known = worked(staff.name)
    assert [how for _, how in known] == [VerifyMismatchError], "compared, and found to differ"
    assert worked("niemand") == known


@pytest.mark.parametrize(
    ("name", "passphrase"), [("", PASSPHRASE), ("a" * 65, PASSPHRASE), ("x", "短い合い言葉"), ("x", "長" * 257)]
)
def test_account_of_wrong_shape_is_refused(desk: Desk, name: str, passphrase: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        add_staff(desk.store, name, passphrase, MORNING)


def test_name_is_given_once(desk: Desk, staff: StaffMember) -> None:
    with pytest.raises(NameTaken):
        add_staff(desk.store, staff.name, PASSPHRASE, MORNING)
    assert add_staff(desk.store, "試験 次郎", PASSPHRASE, MORNING).staff_id == 2


def test_disabled_account_neither_logs_in_nor_stays(desk: Desk, staff: StaffMember) -> None:
    token = start_session(desk.store, staff.staff_id, MORNING)
    desk.store.database().execute("UPDATE staff SET disabled_at = ?", [MORNING.isoformat()])
    assert verify_staff(desk.store, staff.name, PASSPHRASE) is None
    assert session_staff(desk.store, token, MORNING) is None


def test_kiosk_process_never_loads_argon2() -> None:
    script = "import sys, app.store.people\nassert 'argon2' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=True)
