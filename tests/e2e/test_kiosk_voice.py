"""The kiosk by ear, in Chromium with a real voice: which sounds start on which screen, and when there are none."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.eligibility.screens import Screen
from app.eligibility.view import ScreenView
from app.speech import sound
from app.speech.guidance_clips import clip_name, engine_version
from app.speech.kiosk_guidance import GAP_S, RATE, all_phrases, guide, number_pieces
from app.speech.mora import count_morae
from app.speech.phrases import CALLED, SCREENS
from app.speech.phrases.guidance_words import ENDS, STARTS
from app.speech.spoken_words import caption_phrase
from tests.box.processes import wait_for
from tests.e2e.axe import violations
from tests.e2e.browsers import QUIET, SHELL, START_MS, watched
from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_ears import Ears, listen
from tests.speech.samples import pcm_of, peak

ENGINE = engine_version()
MM = "parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mm'))"


OTHERS = {"earcon-remind", "earcon-step"}
"""One comes every 4 s while a card lies there, one with each screen: a slow machine hears them between any two keys."""
SPOKEN = (STARTS, SCREENS[Screen.WELCOME].heading, SCREENS[Screen.WELCOME].says, SCREENS[Screen.ACCEPTED].heading)
"""What the voice renders here; the rest is silence of 50 ms, since all of it takes a processor 14 s."""


def clips(*texts: str) -> list[str]:
    return [clip_name(caption_phrase(text).kana, ENGINE) for text in texts]


def guide_clips(screen: Screen, **known: int) -> list[str]:
    return [clip_name(one.kana, ENGINE) for group in guide(ScreenView(screen, "a", **known)) for one in group]


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    # A result stays until it was heard, however long that takes here.
    settings = {"KIOSK_AUDIO_SINK": "null", "KIOSK_RESULT_STAY_S": "120"}
    state = tmp_path_factory.mktemp("demo") / "state"
    with running_demo(state, settings, spoken=frozenset(clips(*SPOKEN))) as running:
        yield Demo(running)


@pytest.fixture(scope="module")
def kiosk_browser(chromium: Browser) -> Iterator[Browser]:
    """With the policy of a kiosk screen: sound needs no touch first."""
    flags = [*QUIET, "--autoplay-policy=no-user-gesture-required"]
    browser = watched(chromium.browser_type.launch(executable_path=SHELL, args=flags, timeout=START_MS))
    yield browser
    browser.close()


@pytest.fixture
def ears(demo: Demo, kiosk_browser: Browser) -> Iterator[Ears]:
    yield from listen(demo, kiosk_browser)


def wait_until_offered(ears: Ears) -> None:
    expect(ears.page.locator(".voice")).to_be_visible(timeout=60_000)
    ears.forget()


def test_button_comes_when_the_voice_has_rendered_what_was_missing_as_audio(demo: Demo, ears: Ears) -> None:
    wait_until_offered(ears)
    assert ears.page.locator(".voice").inner_text() == "音声案内"
    assert {path.stem for path in (demo.state / "guidance").iterdir()} == {
        clip_name(phrase.kana, ENGINE) for phrase in all_phrases()
    }
    for text in SPOKEN:
        pcm = pcm_of((demo.state / "guidance" / f"{clips(text)[0]}.wav").read_bytes())
        assert 5_000 < peak(pcm) < 32_700, text
        assert sound.length_s(len(pcm)) == pytest.approx(count_morae(caption_phrase(text).kana) / RATE, rel=0.3)


def test_without_asking_there_are_earcons_alone(demo: Demo, ears: Ears) -> None:
    wait_until_offered(ears)
    demo.tap("employee")
    ears.expect("pin")
    ears.type("99")
    ears.page.locator(".erase").tap()
    ears.touch("999")
    ears.expect("pin-wrong")
    ears.press("again")
    ears.expect("pin")
    ears.type("1234", "Numpad")
    ears.expect("accepted")
    wait_for(lambda: "earcon-valid" in ears.heard())
    heard = [name for name in ears.heard() if name != "earcon-step"]  # a quick card shows "reading" or not
    key = "earcon-key"
    assert heard == ["earcon-turn", *[key] * 6, "earcon-blocked", "earcon-turn", *[key] * 4, "earcon-valid"]


def test_keys_of_all_digits_make_one_sound_of_the_same_bytes(demo: Demo, ears: Ears) -> None:
    demo.tap("employee")
    ears.expect("pin")
    addresses: set[str] = set()
    ears.page.on("request", lambda request: addresses.add(request.url.rpartition("/")[2]))
    watch = f"screen?seen={ears.page.locator('#seen input').input_value()}"  # its round may end between any two keys
    ears.forget()
    for digit in "1234567890":
        ears.type(digit)
        ears.page.keyboard.press("NumpadDecimal")
    wait_for(lambda: ears.heard().count("earcon-key") == 20)
    assert set(ears.heard()) <= {"earcon-key", *OTHERS}
    assert addresses <= {watch, *(f"{name}.wav" for name in OTHERS)}, "pressing asks for nothing"


def test_guidance_speaks_each_screen_and_ends_with_the_visit(demo: Demo, ears: Ears) -> None:
    wait_until_offered(ears)
    ears.page.keyboard.press("Numpad5")
    ears.expect_heard(*clips(STARTS), *guide_clips(Screen.WELCOME))
    starts = ears.page.evaluate("window.heard.map(one => [one.at, one.length])")
    gaps = [after - (at + length) for (at, length), (after, _) in pairwise(starts)]
    # None is shorter, and those that are longer waited for a clip that came late.
    assert all(gap > GAP_S - 0.05 for gap in gaps), gaps
    assert sorted(gaps)[len(gaps) // 2] < GAP_S + 0.05, gaps
    expect(ears.page.locator(".voice")).to_have_attribute("aria-pressed", "true")

    ears.forget()
    demo.tap("employee")
    ears.expect("pin")
    wait_for(lambda: set(guide_clips(Screen.PIN)) <= set(ears.heard()))
    expect(ears.page.locator("#pin-field")).to_be_focused()
    ears.forget()
    ears.page.keyboard.press("Numpad5")
    ears.page.keyboard.press("NumpadDecimal")
    ears.page.keyboard.press("NumpadMultiply")
    ears.expect_heard("earcon-key", "earcon-key", *guide_clips(Screen.PIN))

    ears.forget()
    ears.page.keyboard.press("NumpadDivide")
    ears.page.keyboard.press("NumpadDivide")
    ears.page.keyboard.press("NumpadDivide")
    wait_for(lambda: clips("わからない", "係員を呼ぶ")[-1] in ears.heard())
    ears.forget()
    ears.page.keyboard.press("NumpadEnter")
    ears.expect_heard("earcon-call", *clips(*CALLED.split("。")))

    ears.forget()
    for digit in "1234":
        ears.page.keyboard.press(f"Numpad{digit}")
    ears.expect("accepted")
    number = number_pieces(ears.number)
    wait_for(lambda: set(guide_clips(Screen.ACCEPTED, reception_number=ears.number)) <= set(ears.heard()))
    assert {clip_name(piece.kana, ENGINE) for piece in number} <= set(ears.heard())

    ears.forget()
    usual = ears.volume()
    ears.page.keyboard.press("NumpadAdd")
    wait_for(lambda: ears.volume() > usual)
    ears.press("done")
    ears.expect("take-card")
    wait_for(lambda: ears.heard().count("earcon-remind") >= 2)
    at = ears.page.evaluate("window.heard.filter(one => one.name === 'earcon-remind').map(one => one.now)")
    assert at[1] - at[0] > 3_900, at

    ears.forget()
    demo.lift()
    ears.expect("welcome")
    expect(ears.page.locator(".voice")).to_have_attribute("aria-pressed", "false")
    assert ears.volume() == usual
    demo.tap("family")
    ears.expect("pin")
    wait_for(lambda: "earcon-turn" in ears.heard())
    assert all(name.startswith("earcon-") for name in ears.heard())


def test_any_key_stops_speech_within_100_ms(demo: Demo, ears: Ears) -> None:
    wait_until_offered(ears)

    def stopped_after_ms(key: str) -> float:
        ears.page.keyboard.press("NumpadMultiply")
        wait_for(lambda: ears.page.evaluate("window.heard.length && window.loudness() > 0.02"))
        took: float = ears.page.evaluate(
            """key => new Promise(done => {
                const from = performance.now();
                document.body.dispatchEvent(new KeyboardEvent("keydown", { code: key, bubbles: true }));
                const isOver = (one) => one.stopped || one.at + one.length < window.audio.currentTime;
                const look = () => window.heard.every(isOver) && window.loudness() < 0.001
                    ? done(performance.now() - from) : setTimeout(look, 2);
                look();
            })""",
            key,
        )
        return took

    for key in ("Digit7", "Shift", "Numpad0", "Tab", "Enter", "ArrowDown"):
        # A machine that does other things looks late, never early: speech that does stop late does so each time.
        took = [stopped_after_ms(key)]
        while min(took) >= 100 and len(took) < 6:
            took.append(stopped_after_ms(key))
        assert min(took) < 100, (key, took)


def test_headphone_button_starts_and_ends_after_the_first_touch_of_an_ordinary_browser(
    demo: Demo, chromium: Browser
) -> None:
    for ears in listen(demo, chromium):
        expect(ears.page.locator(".voice")).to_be_visible(timeout=60_000)
        demo.tap("employee")
        ears.expect("pin")
        assert ears.heard() == [], "nothing was touched yet"
        ears.page.locator(".voice").tap()
        ears.expect_heard(*clips(STARTS), *guide_clips(Screen.PIN))
        expect(ears.page.locator("#pin-field")).to_be_focused()
        box = ears.page.locator(".voice").bounding_box()
        mm = float(
            ears.page.evaluate("parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mm'))")
        )
        assert box
        assert min(box["width"], box["height"]) >= 15 * mm
        assert violations(ears.page) == []
        ears.forget()
        ears.page.locator(".voice").tap()
        ears.expect_heard(*clips(ENDS))
        assert len(ears.heard()) == 1
        asked = ears.page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
        sounds = [address for address in asked if "/voice/" in address]
        assert sounds
        assert all(re.fullmatch(r"http://127\.0\.0\.1:\d+/voice/[a-z-]+\.wav", address) for address in sounds)


def test_two_patients_without_a_pause_do_not_share_the_guidance(demo: Demo, ears: Ears) -> None:
    wait_until_offered(ears)
    demo.tap("employee")
    ears.expect("pin")
    ears.page.keyboard.press("NumpadMultiply")
    wait_for(lambda: [name for name in ears.heard() if not name.startswith("earcon-")][:1] == clips(STARTS))
    for digit in "1234":
        ears.page.keyboard.press(f"Digit{digit}")
    ears.expect("accepted")
    demo.lift()
    demo.tap("family")
    ears.expect("pin")
    expect(ears.page.locator(".voice")).to_have_attribute("aria-pressed", "false")


def test_guidance_that_nobody_goes_on_with_ends_by_itself(demo: Demo, ears: Ears) -> None:
    wait_until_offered(ears)
    ears.page.clock.install()
    ears.page.keyboard.press("Numpad5")
    ears.page.keyboard.press("NumpadSubtract")
    expect(ears.page.locator(".voice")).to_have_attribute("aria-pressed", "true")
    lower = ears.volume()
    ears.page.clock.run_for(89_000)
    expect(ears.page.locator(".voice")).to_have_attribute("aria-pressed", "true")
    ears.page.clock.run_for(2_000)
    expect(ears.page.locator(".voice")).to_have_attribute("aria-pressed", "false")
    wait_for(lambda: ears.volume() > lower)


def test_lost_clip_takes_the_button_away_until_it_is_there_again(demo: Demo, ears: Ears) -> None:
    wait_until_offered(ears)
    voice = demo.pid_of("voice")
    assert voice is not None
    os.kill(voice, signal.SIGSTOP)  # or the clip might be back before the page has asked again
    try:
        (demo.state / "guidance" / f"{clips(STARTS)[0]}.wav").unlink()
        ears.page.keyboard.press("Numpad5")
        expect(ears.page.locator(".voice")).to_have_count(0)
    finally:
        os.kill(voice, signal.SIGCONT)
    expect(ears.page.locator(".voice")).to_be_visible(timeout=60_000)
    assert Path(demo.state / "guidance" / f"{clips(STARTS)[0]}.wav").exists()
