"""音声端末モード in a real Chromium: a numpad's keys with NumLock on, and an ear behind the page's own sounds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from app.config import environment_of
from app.errors import VoiceProcessDown
from app.speech.client import VoiceClient
from tests.e2e.staff_stack import ROOT, StaffBox, StaffPage

EAR = (Path(__file__).parent / "ear.js").read_text("utf-8")
SLOW_MS = 40_000
"""A sentence lasts seconds, and a busy machine takes its time."""
HOLD_THE_NEWS = """() => {
  const ask = window.fetch;
  window.held = new Promise((isHeld) => {
    window.fetch = async (address, options) => {
      const answer = await ask(address, options);
      if (String(address).includes("/voice/news") && answer.status === 200) {
        window.fetch = ask;
        isHeld();
        await new Promise((done) => (window.release = done));
      }
      return answer;
    };
  }).then(() => true);
}"""
"""The first news are answered, and the page hears them at ``window.release()``."""
_CODES = {"+": "Add", "-": "Subtract", "*": "Multiply", "/": "Divide", ".": "Decimal", "Enter": "Enter"}


class VoiceProcess:
    """``python -m app voice`` beside a box, without a sound device."""

    def __init__(self, box: StaffBox) -> None:
        settings = replace(box.settings, audio_sink="null")
        self.client = VoiceClient(settings.voice_socket, 30)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app", "voice"],
            cwd=ROOT,
            env={**os.environ, **environment_of(settings)},
            stdout=box.log,
            stderr=box.log,
        )
        until_s = time.monotonic() + 180
        while not self._is_ready():
            assert time.monotonic() < until_s, "the voice is not ready"
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            return self.client.status().is_ready
        except VoiceProcessDown:
            return False

    def close(self) -> None:
        """SIGTERM; a second time it does nothing."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)


class Ear:
    """A practitioner at the desk: presses keys, hears levels."""

    def __init__(self, browser: Browser, box: StaffBox, mode: str = "desk", privacy: str = "earphone") -> None:
        self.staff = StaffPage(browser, box)
        self._states: list[str] = []
        self._seen = 0
        """How many of the states were there at the last key or look."""
        self.staff.context.expose_binding("earState", lambda _, state: self._states.append(state))
        self.staff.context.add_init_script(EAR)
        self.staff.context.add_cookies(
            [
                {
                    "name": "__Host-uketsuke-voice",
                    "value": f"{mode}.4.{privacy}",
                    "url": box.origin,
                    "secure": True,
                    "httpOnly": True,
                    "sameSite": "Strict",
                }
            ]
        )
        self.staff.log_in()
        self.page: Page = self.staff.page
        self.open()

    def open(self) -> None:
        self.page.goto(self.staff.box.origin + "/voice")
        expect(self.page.get_by_role("heading", name="音声端末モード", exact=True)).to_be_visible()
        self._devtools = self.staff.context.new_cdp_session(self.page)

    def press(self, *keys: str) -> None:
        """Press keys of a numpad with NumLock on, one after the other."""
        self._state()
        self._seen = len(self._states)
        for key in keys:
            code = f"Numpad{_CODES.get(key, key)}"
            text = "\r" if key == "Enter" else key
            event = {"code": code, "key": key, "location": 3, "isKeypad": True}
            self._devtools.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": text, **event})
            self._devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def reads(self, words: str) -> None:
        expect(self.page.locator("#voice-said")).to_have_text(words, timeout=SLOW_MS)

    def is_speaking(self, wanted: bool = True) -> None:
        """Wait until it speaks, or has begun to since the last key or look; or until it is silent."""
        if wanted:
            self._wait_for(lambda: self._state() == "speaking" or "speaking" in self._news())
        else:
            expect(self.page.locator("body")).to_have_attribute("data-voice", "silent", timeout=SLOW_MS)
        self._seen = len(self._states)

    def has_farewell(self) -> None:
        """Wait until its sound is there: after the lock the page is given none. It is the last that is fetched."""
        self.page.wait_for_function(
            "() => performance.getEntriesByType('resource').some((one) => one.name.includes('leaving'))",
            timeout=SLOW_MS,
        )

    def says_farewell(self) -> None:
        """Wait until it speaks while nothing is shown any more, before the page gives way."""
        self._wait_for(lambda: "hidden speaking" in self._news())
        self._seen = len(self._states)

    def _state(self) -> str | None:
        """What the page is at now; what it was before has been told by then."""
        return self.page.locator("body").get_attribute("data-voice")

    def _news(self) -> list[str]:
        return self._states[self._seen :]

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        until_s = time.monotonic() + SLOW_MS / 1000
        while not condition():
            assert time.monotonic() < until_s, f"told since: {self._news()}"
            self.page.wait_for_timeout(50)

    def first_sound_ms(self, key: str) -> float:
        """Press a key in silence; return after how long something is heard."""
        self.page.evaluate("ear.listen()")
        self.press(key)
        return float(self.page.evaluate("ear.first(20000)"))

    def silence_ms(self, key: str = "F9") -> float:
        """Wait until something is loud, press a key that says nothing itself; return when the last sound ended."""
        self.page.evaluate("ear.loud(20000)")
        self.page.keyboard.press(key)
        return float(self.page.evaluate("ear.last(400)"))

    def close(self) -> None:
        self.staff.close()
