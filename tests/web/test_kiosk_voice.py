"""The kiosk's sounds over HTTP: names on each screen, clips and earcons, and the button that is never dead."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.config import Settings
from app.eligibility.ports import DeskState, DeskStatus
from app.eligibility.screens import Button, Screen
from app.eligibility.view import ScreenView
from app.speech import kiosk_guidance, sound
from app.speech.client import VoiceClient
from app.speech.earcons import Earcon, earcon_wav
from app.speech.guidance_clips import GuidanceClips
from app.speech.phrases import guidance_words
from app.web.kiosk.app import ROOT, create_kiosk_app
from app.web.kiosk.voice import SCREEN_EARCONS
from tests.eligibility.desk import Table
from tests.fakes import FakeCard
from tests.web.kiosk_site import ORIGIN, Kiosk, settings_in
from tests.web.kiosk_steps import reach

WAV = sound.wav(b"\1\2")


@pytest.fixture
def clips(tmp_path: Path) -> GuidanceClips:
    """No voice process answers: what is not there stays missing."""
    return GuidanceClips(tmp_path / "guidance", VoiceClient(tmp_path / "voice.sock"), "1")


@pytest.fixture
def kiosk(tmp_path: Path, clips: GuidanceClips) -> Kiosk:
    table = Table()
    app = create_kiosk_app(settings_in(tmp_path), table.reception, lambda environ: True, 0.05, clips)
    app.testing = False
    return Kiosk(table, app.test_client())


def lay(clips: GuidanceClips, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name in clips.names:
        (folder / f"{name}.wav").write_bytes(WAV)
    clips.start()
    clips.close()


def get(kiosk: Kiosk, path: str):
    return kiosk.client.get(path, base_url=ORIGIN)


def attributes(text: str) -> dict[str, str]:
    section = text[text.index('<section id="screen"') :]
    return dict(re.findall(r'(data-[\w-]+)="([^"]*)"', section[: section.index(">")]))


@pytest.mark.parametrize("screen", Screen)
def test_every_screen_names_its_earcon_and_says_what_is_seen(
    kiosk: Kiosk, clips: GuidanceClips, screen: Screen
) -> None:
    kiosk.open()
    reach(kiosk.table, screen)
    text = kiosk.screen().get_data(as_text=True)
    named = attributes(text)
    view = kiosk.table.reception.view()
    assert named["data-earcon"] == f"earcon-{SCREEN_EARCONS[screen]}"
    groups = kiosk_guidance.guide(view)
    assert named["data-guide"] == " ".join(",".join(clips.name_of(one.kana) for one in group) for group in groups)
    assert ("data-repeat" in named) == (screen is Screen.TAKE_CARD)
    seen = re.sub(r"<[^>]+>", "", text)
    keys = {value for name, value in vars(guidance_words).items() if name.startswith("KEYS_")}
    for group in groups:
        if not any(group[0].text in help_ for help_ in keys):
            assert "".join(piece.text for piece in group[:1]) in seen, group
    if view.reception_number is not None:
        assert f"<strong>{view.reception_number}</strong>" in text


@pytest.mark.parametrize("screen", Screen)
def test_every_button_is_said_in_the_words_on_it(kiosk: Kiosk, clips: GuidanceClips, screen: Screen) -> None:
    kiosk.open()
    reach(kiosk.table, screen)
    text = kiosk.screen().get_data(as_text=True)
    view = kiosk.table.reception.view()
    buttons = re.findall(r'name="button" value="([\w-]+)" data-clip="([\w-]+)">([^<]+)<', text)
    assert len(buttons) == text.count('<button type="submit"')
    assert {name for name, _, _ in buttons} == {button.value for button in kiosk_guidance.buttons_of(view)}
    for name, clip, caption in buttons:
        (said,) = kiosk_guidance.sentences(caption)
        assert clip == clips.name_of(said[0].kana)
        assert kiosk_guidance.caption_of(screen, Button(name)) == caption


def test_call_and_warning_have_a_sound_and_words_of_their_own(kiosk: Kiosk, clips: GuidanceClips) -> None:
    kiosk.open()
    kiosk.press(Button.CALL)
    named = attributes(kiosk.screen().get_data(as_text=True))
    assert named["data-notice"] == "earcon-call"
    assert len(named["data-notice-guide"].split()) == 2
    assert set(named["data-notice-guide"].split()) <= set(named["data-guide"].split())


def test_digits_have_no_clip_and_sit_beside_no_word(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.table.desk.insert(FakeCard("A"))
    kiosk.table.settle()
    keys = re.findall(r'<button type="button" class="key"[^>]*>', kiosk.screen().get_data(as_text=True))
    assert len(keys) == 10
    assert not any("data-" in key for key in keys)


def test_visit_is_named_without_anything_of_a_person(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.table.desk.insert(FakeCard("A"))
    kiosk.table.settle()
    named = attributes(kiosk.screen().get_data(as_text=True))
    assert named["data-visit"] == kiosk.table.reception.view().check_id
    spoken = [value for name, value in named.items() if name in ("data-guide", "data-earcon", "data-visit")]
    assert all(re.fullmatch(r"[A-Za-z ,-]+", value) for value in spoken)


def test_button_is_offered_only_while_every_clip_is_there(kiosk: Kiosk, clips: GuidanceClips, tmp_path: Path) -> None:
    assert "音声案内" not in kiosk.open()
    panel = get(kiosk, "/voice").get_data(as_text=True)
    assert "<button" not in panel
    assert "every 2s" in panel
    lay(clips, tmp_path / "guidance")
    panel = get(kiosk, "/voice").get_data(as_text=True).strip()
    assert panel.startswith('<div id="voice-panel"')
    assert '<button type="button" class="voice" aria-pressed="false">音声案内</button>' in panel
    assert "every" not in panel
    assert panel in kiosk.open()
    (tmp_path / "guidance" / f"{clips.names[0]}.wav").unlink()
    assert get(kiosk, f"/voice/{clips.names[0]}.wav").status_code == 404
    assert "<button" not in get(kiosk, "/voice").get_data(as_text=True)


def test_sounds_are_kept_by_the_browser_and_refusals_are_not(
    kiosk: Kiosk, clips: GuidanceClips, tmp_path: Path
) -> None:
    lay(clips, tmp_path / "guidance")
    for name, content in [(clips.names[5], WAV), *((f"earcon-{one}", earcon_wav(one)) for one in Earcon)]:
        answer = get(kiosk, f"/voice/{name}.wav")
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/wav", content)
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for name in ("earcon-other", "kiosk-a", "..%2f..%2fkeys%2fstore", "x"):
        answer = get(kiosk, f"/voice/{name}.wav")
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"


def test_silent_kiosk_has_no_sound_at_all(tmp_path: Path) -> None:
    table = Table()
    silent = Kiosk(table, create_kiosk_app(settings_in(tmp_path), table.reception, lambda environ: True).test_client())
    text = silent.open()
    assert "voice" not in text
    assert "data-earcon" not in text
    assert "data-clip" not in text
    assert get(silent, "/voice").status_code == 404


def test_every_screen_but_one_kind_of_counter_has_a_sound_that_tells_its_kind() -> None:
    assert set(SCREEN_EARCONS) == set(Screen)
    assert SCREEN_EARCONS[Screen.ACCEPTED] is Earcon.VALID
    blocked = {screen for screen, earcon in SCREEN_EARCONS.items() if earcon is Earcon.BLOCKED}
    assert blocked == {Screen.PIN_WRONG, Screen.PIN_LAST, Screen.PIN_LOCKED}
    assert SCREEN_EARCONS[Screen.COUNTER] not in (Earcon.INVALID, Earcon.UNREACHABLE), "it would tell the answer"
    assert Earcon.KEY not in SCREEN_EARCONS.values()


def test_reader_that_goes_away_is_said_too(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.table.reception.desk_changed(DeskStatus(DeskState.DOWN))
    assert attributes(kiosk.screen().get_data(as_text=True))["data-earcon"] == "earcon-unreachable"
    assert kiosk_guidance.guide(ScreenView(Screen.OUT_OF_ORDER, "a"))


def test_policy_lets_the_kiosks_own_address_sound_and_no_other() -> None:
    policy = json.loads((ROOT / "kiosk" / "chromium-sound.json").read_text("utf-8"))
    port = Settings.__dataclass_fields__["kiosk_port"].default
    assert policy == {"AutoplayAllowlist": [f"http://127.0.0.1:{port}", f"http://localhost:{port}"]}
