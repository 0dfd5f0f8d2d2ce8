"""Settings: filled from variables, and every mistake is a sentence that names the variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config import Settings, SettingsError, environment_of, load_settings

NEEDED = {
    "KIOSK_STATE_DIR": "/srv/uketsuke",
    "KIOSK_GATEWAY_URL": "https://localhost:1",
    "KIOSK_GATEWAY_CA_FILE": "/srv/ca.pem",
    "KIOSK_GATEWAY_CERT_FILE": "/srv/terminal.pem",
    "KIOSK_GATEWAY_KEY_FILE": "/srv/terminal.key",
    "KIOSK_STAFF_ORIGIN": "https://localhost:2",
}


def test_settings_come_back_from_their_own_variables() -> None:
    settings = load_settings({**NEEDED, "KIOSK_PRACTICE": "1", "KIOSK_KIOSK_NAME": "受付2", "PATH": "/bin"})
    assert settings.practice is True
    assert settings.state_dir == Path("/srv/uketsuke")
    assert load_settings(environment_of(settings)) == settings


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_missing_setting_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings({k: v for k, v in NEEDED.items() if k != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KIOSK_KIOSK_PORT", "eighty"),
        ("KIOSK_PIN_IDLE_S", "0"),
        ("KIOSK_PIN_IDLE_S", "-3"),
        ("KIOSK_PIN_IDLE_S", "nan"),
        ("KIOSK_PRACTICE", "yes"),
        ("KIOSK_PANEL", "99"),
        ("KIOSK_AUDIO_SINK", "loud"),
        ("KIOSK_INSTITUTION_CODE", "12345"),
        ("KIOSK_INSTITUTION_CODE", "１２３４５６７８９０"),
        ("KIOSK_TYPO", "1"),
        ("KIOSK_IDLE_LOCK_S", "299.9"),
        ("KIOSK_IDLE_LOCK_S", "900.1"),
        ("KIOSK_IDLE_LOCK_S", "86399"),
        ("KIOSK_IDLE_LOCK_S", "0"),
    ],
)
def test_bad_value_or_name_stops_with_a_sentence(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings({**NEEDED, name: value})


@pytest.mark.parametrize("seconds", ["300", "600", "900"])
def test_screens_lock_after_five_to_fifteen_minutes(seconds: str) -> None:
    assert load_settings({**NEEDED, "KIOSK_IDLE_LOCK_S": seconds}).idle_lock_s == float(seconds)
    assert load_settings(NEEDED).idle_lock_s == 600


@pytest.mark.parametrize("seconds", ["5", "7200"])
def test_only_practice_may_lock_sooner_or_later(seconds: str) -> None:
    given = {**NEEDED, "KIOSK_IDLE_LOCK_S": seconds}
    assert load_settings({**given, "KIOSK_PRACTICE": "1"}).idle_lock_s == float(seconds)
    with pytest.raises(SettingsError, match="300 to 900 seconds"):
        load_settings(given)


def test_credential_of_the_service_manager_wins_over_the_key_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(NEEDED)
    assert settings.store_key_file == Path("/srv/uketsuke/keys/store.key")
    (tmp_path / "dbkey").write_bytes(b"k" * 32)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert settings.store_key_file == tmp_path / "dbkey"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        load_settings(NEEDED).practice = True  # type: ignore[misc]
    assert isinstance(load_settings(NEEDED), Settings)
