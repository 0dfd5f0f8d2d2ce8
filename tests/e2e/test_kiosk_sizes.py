"""Every panel that can be bought: the fullest screens fit, nothing scrolls, no button is cut or covered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_page import KioskPage

PANELS = {
    "10.1": [(1280, 800)],
    "15.6-hd": [(1366, 768)],
    "15.6": [(1920, 1080)],
    "21.5": [(1920, 1080), (1080, 1920)],
}
SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
KEY_MM = 20
OUT_OF_PLACE = """(keyMm) => {
    const found = [];
    const root = document.documentElement;
    const mm = parseFloat(getComputedStyle(root).getPropertyValue("--mm"));
    for (const key of document.querySelectorAll("#screen .key")) {
        const box = key.getBoundingClientRect();
        if (Math.min(box.width, box.height) < keyMm * mm) found.push(`key of ${box.width}x${box.height}`);
    }
    if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight)
        found.push(`page ${root.scrollWidth}x${root.scrollHeight}`);
    const name = (part) => `${part.tagName} ${part.className} ${part.innerText || ""}`.replace(/\\s+/g, " ").trim();
    for (const part of document.querySelectorAll("#screen button, #screen p, #screen h1, .practice, .marks")) {
        const box = part.getBoundingClientRect();
        if (!box.width || part.closest("[hidden]")) continue;
        if (box.left < 0 || box.top < 0 || box.right > innerWidth + 0.5 || box.bottom > innerHeight + 0.5)
            found.push(`outside: ${name(part)}`);
        if (part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1)
            if (part.tagName === "BUTTON") found.push(`words cut: ${name(part)}`);
        if (part.tagName !== "BUTTON") continue;
        const inset = 8; // inside the round corners
        for (const x of [box.left + inset, (box.left + box.right) / 2, box.right - inset])
            for (const y of [box.top + inset, (box.top + box.bottom) / 2, box.bottom - inset]) {
                const hit = document.elementFromPoint(x, y);
                if (!hit || !(part === hit || part.contains(hit)))
                    found.push(`covered: ${name(part)} by ${hit ? name(hit) : "nothing"}`);
            }
    }
    const extent = (part) => {
        const box = part.getBoundingClientRect();
        if (!/^(H1|P)$/.test(part.tagName)) return box;
        const words = document.createRange(); // a block is as wide as its column, its words are not
        words.selectNodeContents(part);
        const line = words.getBoundingClientRect();
        return { left: line.left, right: line.right, top: box.top, bottom: box.bottom };
    };
    const blocks = ".says h1, .says p, .practice, .pin, .help, .choices";
    const texts = Array.from(document.querySelectorAll(blocks))
        .filter((part) => part.getBoundingClientRect().height && !part.closest("[hidden], .hidden-label"));
    for (const one of texts) for (const other of texts) {
        if (one === other || one.contains(other) || other.contains(one)) continue;
        const a = extent(one), b = extent(other);
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 1 && one.compareDocumentPosition(other) & 4)
            found.push(`on one another: ${name(one)} / ${name(other)}`);
    }
    return [...new Set(found)];
}"""


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    # PIN entry warns 30 s before it ends: here ten seconds after the last touch.
    state = tmp_path_factory.mktemp("demo") / "state"
    with running_demo(state, {"KIOSK_PIN_IDLE_S": "40"}, panel="10.1") as running:
        yield Demo(running)


def assert_fits_everywhere(kiosk: KioskPage, screen: str) -> None:
    """Look at the same screen on each panel: --panel does nothing but choose the page's class."""
    assert kiosk.page.locator("html").get_attribute("class") == "panel-10-1"
    for panel, sizes in PANELS.items():
        for width, height in sizes:
            kiosk.page.set_viewport_size({"width": width, "height": height})
            kiosk.page.evaluate(
                "name => { document.documentElement.className = name }", f"panel-{panel}".replace(".", "-")
            )
            kiosk.page.evaluate(SETTLED)
            kiosk.expect(screen)
            assert kiosk.page.evaluate(OUT_OF_PLACE, KEY_MM) == [], f"{screen} on {panel} at {width}x{height}"
    kiosk.page.evaluate("document.documentElement.className = 'panel-10-1'")
    kiosk.page.set_viewport_size({"width": 1280, "height": 800})


def test_fullest_pin_screen_fits_every_panel(demo: Demo, kiosk: KioskPage) -> None:
    demo.tap("employee")
    kiosk.expect("pin")
    kiosk.type("9999")
    kiosk.expect("pin-wrong")
    kiosk.press("again")
    kiosk.expect("pin")
    kiosk.press("call")
    expect(kiosk.page.locator(".left")).to_have_text("残り2回")
    for notice in (".called", ".warned"):  # a warning stands in the place of what was said before
        expect(kiosk.page.locator(notice)).to_be_visible(timeout=15_000)
        assert_fits_everywhere(kiosk, "pin")
        expect(kiosk.page.locator(notice)).to_be_visible()


CARDS = {
    "pin": ("employee", None),
    "pin-wrong": ("employee", "9999"),
    "pin-last": ("one-try-left", None),
    "pin-locked": ("locked", None),
    "no-pin": ("face-auth", None),
    "other-card": ("transit", None),
    "accepted": ("employee", "1234"),
    "counter": ("lost", "7890"),
}


@pytest.mark.parametrize("screen", sorted(CARDS))
def test_every_screen_with_buttons_fits_every_panel(demo: Demo, kiosk: KioskPage, screen: str) -> None:
    name, pin = CARDS[screen]
    demo.tap(name)
    if pin is not None:
        kiosk.expect("pin")
        kiosk.type(pin)
    kiosk.expect(screen)
    assert_fits_everywhere(kiosk, screen)


def test_welcome_screen_with_a_call_fits_every_panel(demo: Demo, kiosk: KioskPage) -> None:
    kiosk.press("call")
    expect(kiosk.page.locator(".called")).to_be_visible()
    assert_fits_everywhere(kiosk, "welcome")
