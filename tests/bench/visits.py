"""From the card to the number, in a real Chromium, with the share of each stage."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Browser

from tests.bench.figures import Bar, heading, line
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_page import KioskPage

STAGE = re.compile(r"(\w+)_ms=([\d.]+)")
OUTSIDE = ("challenge", "sign", "confirm")
"""Stages that are the service's and the card's, not ours."""

OBSERVE = """() => {
    window.__shown = [];
    window.__keys = [];
    const now = () => performance.timeOrigin + performance.now();
    const look = () => window.__shown.push([document.getElementById("screen").dataset.screen, now()]);
    new MutationObserver(look).observe(document.querySelector("main"), { childList: true });
    document.addEventListener("keydown", () => window.__keys.push(now()), true);
}"""


def measure_visits(demo: Demo, browser: Browser, count: int) -> list[str]:
    """Run ``count`` accepted visits; return the report's lines."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    kiosk = KioskPage(context.new_page(), demo.kiosk_url)
    kiosk.open()
    kiosk.expect("welcome")
    kiosk.page.evaluate(OBSERVE)
    to_pin: list[float] = []
    to_number: list[float] = []
    stages: dict[str, list[float]] = {}
    for _ in range(count):
        kiosk.page.evaluate("() => { window.__shown.length = 0; window.__keys.length = 0; }")
        lines_before = demo.log("kiosk").count("check.stages")
        start_ms = time.time() * 1000
        demo.tap("employee")
        kiosk.expect("pin")
        kiosk.type("1234")
        kiosk.page.wait_for_function("() => window.__shown.some(([screen]) => screen === 'accepted')")
        shown: list[list[object]] = kiosk.page.evaluate("window.__shown")
        keys: list[float] = kiosk.page.evaluate("window.__keys")
        first = {str(screen): float(str(at)) for screen, at in reversed(shown)}
        to_pin.append(first["pin"] - start_ms)
        to_number.append(first["accepted"] - keys[3])
        found = [text for text in demo.log("kiosk").splitlines() if "check.stages" in text][lines_before]
        for name, spent in STAGE.findall(found):
            stages.setdefault(name, []).append(float(spent))
        demo.lift()
        kiosk.press_if_there("done")
        kiosk.expect("welcome")
    context.close()
    outside = [sum(stages[name][place] for name in OUTSIDE) for place in range(count)]
    ours = [whole - part for whole, part in zip(to_number, outside, strict=True)]
    lines = [
        heading("Visits (virtual card, sandbox answering at once)"),
        line("card put on -> PIN screen (pcscd polls every 400 ms)", to_pin, bar=Bar(900)),
        line("fourth digit -> reception number", to_number, bar=Bar(300)),
        line("  of which ours (without card and service)", ours, bar=Bar(60)),
    ]
    return lines + [line(f"  stage {name}", values) for name, values in stages.items()]
