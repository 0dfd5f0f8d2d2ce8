"""What doctor says of the tenkey: off, found, or what was seen and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.box.health import Health
from app.box.tenkey_probe import probe_tenkey
from app.config import Settings
from app.store.database import Store
from app.store.desk_codes import make_desk_code
from app.store.files import create_key
from app.store.migrate import migrate
from app.store.people import add_staff
from tests.store.support import MORNING
from tests.tenkey.fake_inputs import NAME, PORT, FakeDevice, FakeInputs
from tests.web.staff_site import PASSPHRASE, settings_in

PATIENTS = "usb-0000:00:14.0-3"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path, tenkey=PORT)


def test_no_tenkey_in_the_settings_is_a_note_that_names_those_there(tmp_path: Path) -> None:
    off = settings_in(tmp_path)
    health, text = probe_tenkey(off, FakeInputs(FakeDevice()))
    assert health is Health.NOTE
    assert text == f"off: KIOSK_TENKEY is empty; seen {NAME} ({PORT})"
    assert probe_tenkey(off, FakeInputs())[1].endswith("seen 0 input devices, none with a keypad")
    assert probe_tenkey(off)[0] is Health.NOTE  # whatever this machine has


def test_the_tenkey_is_named_and_so_is_what_is_missing_to_open_it(settings: Settings) -> None:
    tenkey = FakeDevice()
    health, text = probe_tenkey(settings, FakeInputs(tenkey))
    assert health is Health.NOTE
    assert text.startswith(f"{NAME} ({PORT}); nobody has a number for it yet: 「テンキーの番号」")
    assert tenkey.calls == ["close"]  # not taken from the desk process
    key = create_key(settings.store_key_file)
    migrate(settings.store_path, key)
    store = Store(settings.store_path, key)
    make_desk_code(store, add_staff(store, "試験 花子", PASSPHRASE, MORNING), MORNING)
    store.close()
    assert probe_tenkey(settings, FakeInputs(FakeDevice())) == (Health.OK, f"{NAME} ({PORT}); 1 may open the desk")


def test_a_tenkey_that_cannot_be_had_is_a_fault_with_what_was_seen_and_the_next_step(settings: Settings) -> None:
    other = FakeDevice(name="ELECOM TK", phys=f"{PATIENTS}/input0")
    health, text = probe_tenkey(settings, FakeInputs(other))
    assert health is Health.FAULT
    assert text.startswith(
        f"'{PORT}': tenkey.missing, seen ELECOM TK ({PATIENTS}); plug the desk's tenkey into that port"
    )
    forbidden = FakeInputs(FakeDevice())
    forbidden.forbidden = {"/dev/input/event3"}
    assert "sudo usermod -aG input" in probe_tenkey(settings, forbidden)[1]


def test_a_tenkey_whose_keys_reach_the_screen_is_a_fault_that_names_the_rule(settings: Settings) -> None:
    tenkey = FakeDevice()
    tenkey.is_marked = False
    health, text = probe_tenkey(settings, FakeInputs(tenkey))
    assert health is Health.FAULT
    assert text.startswith(f"'{PORT}': tenkey.shared, seen {NAME} (/dev/input/event3) has no LIBINPUT_IGNORE_DEVICE=1")
    assert "kiosk/70-uketsuke-tenkey.rules" in text


def test_a_name_in_the_setting_is_a_fault_that_says_which_ports_are_there(tmp_path: Path) -> None:
    twins = FakeInputs(FakeDevice(), FakeDevice("/dev/input/event4", NAME, f"{PATIENTS}/input0"))
    health, text = probe_tenkey(settings_in(tmp_path, tenkey=NAME), twins)
    assert health is Health.FAULT
    assert text == (
        f"{NAME!r}: tenkey.no_port, seen {NAME} ({PORT}); {NAME} ({PATIENTS}); "
        "set KIOSK_TENKEY to the port in brackets behind the desk's own tenkey, not the patients'"
    )
