"""A morning in a clinic: one kiosk, two staff browsers, and a search for everything that must not be anywhere."""

from __future__ import annotations

import json
import re
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.axe import violations
from tests.e2e.clinic import log_in, log_in_by_page, open_kiosk
from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import PEOPLE, Demo
from tests.e2e.ears import Ears
from tests.e2e.kiosk_page import KioskPage
from tests.e2e.visits import hold_the_answer, newest

VISITORS = ("employee", "rare-kanji", "lost", "foreign-name", "kokuho")
WRONG_PIN = "8642"


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    # A screen stays for as long as a busy machine needs to look at it.
    with running_demo(
        tmp_path_factory.mktemp("demo") / "state", {"KIOSK_RESULT_STAY_S": "120"}, spoken=frozenset()
    ) as running:
        yield Demo(running)


@pytest.fixture(autouse=True)
def closed_after(browser: Browser) -> Iterator[None]:
    """Pages that stay open go on drawing what comes in."""
    yield
    for context in browser.contexts:
        context.close()


def visit(demo: Demo, kiosk: KioskPage, name: str) -> None:
    person = demo.tap(name)
    assert person.card is not None
    assert person.card.pin is not None
    kiosk.expect("pin")
    kiosk.type(person.card.pin)
    kiosk.page.wait_for_selector(".screen-accepted, .screen-counter")
    demo.lift()
    kiosk.home()


def texts_of(name: str) -> list[str]:
    """Names, numbers and addresses of one sample person: what must stay inside."""
    answer = PEOPLE[name].answer
    assert answer is not None
    found: list[str] = []
    for qualification in answer.qualifications:
        for field in ("name", "name_kana", "address", "number", "insured_name", "birthdate"):
            value = getattr(qualification, field)
            # A short number would be found by chance in a key file.
            if value and len(value) >= (6 if value.isascii() else 3):
                found.append(value)
    return found


def test_a_result_is_on_two_staff_browsers_at_once_with_its_own_detail(demo: Demo, browser: Browser) -> None:
    staff = [browser.new_context().new_page() for _ in range(2)]
    for page in staff:
        log_in(demo, page)
    kiosk = open_kiosk(demo, browser)
    for name in ("twin-a", "twin-b", "lost"):
        before = staff[0].locator("#board-panel li.line").count()
        visit(demo, kiosk, name)
        for page in staff:
            expect(page.locator("#board-panel li.line")).to_have_count(before + 1)
    first, second = (staff[0].locator("#board-panel li.line").nth(place) for place in (2, 1))
    numbers = []
    for line, name in ((first, "twin-a"), (second, "twin-b")):
        page = browser.new_context().new_page()
        log_in(demo, page)
        address = line.locator("a").first.get_attribute("href")
        page.goto(demo.staff_url.rstrip("/") + str(address))
        answer = PEOPLE[name].answer
        assert answer is not None
        expect(page.locator("main")).to_contain_text(str(answer.qualifications[0].number))
        numbers.append(answer.qualifications[0].number)
    assert numbers[0] != numbers[1]
    kiosk.press("call")
    for page in staff:
        expect(page.locator("#calls-panel")).to_contain_text("受付1")
    assert kiosk.violations == []


def test_call_while_the_service_is_silent_reaches_staff_at_once(demo: Demo, browser: Browser) -> None:
    staff = browser.new_context().new_page()
    log_in(demo, staff)
    for earlier in staff.get_by_role("button", name="対応しました").all():
        earlier.click()
    expect(staff.locator("#calls-panel")).not_to_contain_text("受付1")
    kiosk = open_kiosk(demo, browser)
    hold_the_answer(demo, kiosk, "kokuho", "3456")
    kiosk.press("call")
    expect(kiosk.page.locator(".called")).to_be_visible()
    expect(staff.locator("#calls-panel")).to_contain_text("受付1")
    assert demo.service()["requests"]["held"] == 1, "the service is silent still"
    demo.fault(None)
    kiosk.expect("accepted")
    demo.lift()
    kiosk.home()


def test_every_screen_of_the_kiosk_is_accessible(demo: Demo, browser: Browser) -> None:
    kiosk = open_kiosk(demo, browser)
    seen: set[str] = set()

    def examine(screen: str) -> None:
        kiosk.expect(screen)
        assert violations(kiosk.page) == [], screen
        seen.add(screen)

    examine("welcome")
    demo.tap("employee", "slow-all-0.3")
    examine("reading")
    demo.tap("employee")
    examine("pin")
    kiosk.type("9999")
    examine("pin-wrong")
    kiosk.press("again")
    kiosk.expect("pin")
    kiosk.type("9999")
    examine("pin-last")
    kiosk.press("understood")
    examine("no-pin")
    demo.tap("lost")
    kiosk.expect("pin")
    kiosk.type("7890")
    examine("counter")
    demo.tap("family", "slow-3")
    kiosk.expect("pin")
    kiosk.type("2345")
    examine("asking")
    examine("accepted")
    kiosk.press("done")
    examine("take-card")
    for name, screen in (("locked", "pin-locked"), ("transit", "other-card")):
        demo.tap(name)
        examine(screen)
    demo.tap("employee", "damaged-certificate")
    examine("unreadable")
    demo.lift()
    kiosk.expect("welcome")
    with demo.down("pcscd"):
        examine("out-of-order")
    assert len(seen) == 14
    assert kiosk.violations == []


WATCH_THE_PAGE = """() => {
    window.__seen = [document.documentElement.outerHTML];
    new MutationObserver(() => window.__seen.push(document.documentElement.outerHTML))
        .observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}"""


def read_stream(demo: Demo, page: Page, frames: list[bytes], heard: threading.Event) -> threading.Thread:
    """Follow the stream as the page does, from the first event on, and keep its bytes."""
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in page.context.cookies())  # type: ignore[typeddict-item]
    request = urllib.request.Request(demo.staff_url + "events?after=0", headers={"Cookie": cookies})  # noqa: S310
    trust = ssl.create_default_context(cafile=demo.facts["ca_file"])

    def follow() -> None:
        with urllib.request.urlopen(request, context=trust, timeout=180) as reply:  # noqa: S310 - our own address
            while line := reply.readline():
                frames.append(line)
                if line.startswith(b"event: board-panel"):
                    heard.set()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    return thread


def test_no_pin_and_no_person_is_found_where_they_do_not_belong(demo: Demo, browser: Browser) -> None:
    kiosk = open_kiosk(demo, browser)
    kiosk_ears = Ears(kiosk.page)
    staff = browser.new_context().new_page()
    staff_ears = Ears(staff)
    log_in_by_page(demo, staff)
    frames: list[bytes] = []
    heard = threading.Event()
    reader = read_stream(demo, staff, frames, heard)
    kiosk.page.evaluate(WATCH_THE_PAGE)
    staff.evaluate(WATCH_THE_PAGE)
    pins = {WRONG_PIN}
    for name in VISITORS:
        person = demo.tap(name)
        assert person.card is not None
        assert person.card.pin is not None
        pins.add(person.card.pin)
        kiosk.expect("pin")
        if name == "employee":
            kiosk.touch(WRONG_PIN)
            kiosk.expect("pin-wrong")
            kiosk.press("again")
            kiosk.expect("pin")
        kiosk.type(person.card.pin)
        kiosk.page.wait_for_selector(".screen-accepted, .screen-counter")
        demo.lift()
        kiosk.home()
    seen_dom = "\n".join(kiosk.page.evaluate("window.__seen"))
    stored = json.dumps(kiosk.page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie]"))
    expect(staff.locator("#board-panel li.line").first).to_contain_text(texts_of(VISITORS[-1])[0])
    staff_dom = "\n".join(staff.evaluate("window.__seen"))
    staff.locator("#board-panel li.line a").first.click()
    expect(staff.get_by_role("heading", name="資格情報")).to_be_visible()
    staff_dom += staff.content()
    staff.get_by_role("button", name="ログアウト").click()
    expect(staff.get_by_label("合言葉")).to_be_visible()
    reader.join(60)
    assert heard.is_set()
    assert not reader.is_alive(), "the stream must end with the session"

    people = [text for name in VISITORS for text in texts_of(name)]
    assert len(people) > 15
    staff_words = "\n".join([*staff_ears.sent, *staff_ears.received, staff_dom])
    for words in ("\n".join(staff_ears.received), staff_dom):
        assert texts_of("employee")[0] in words, "the search itself must be able to find a name"

    digits = re.compile("|".join(rf"(?<![0-9A-Za-z]){pin}(?![0-9A-Za-z])" for pin in sorted(pins)))
    assert digits.search(f"value={WRONG_PIN}&"), "the search itself must be able to find a PIN"
    kiosk_words = "\n".join([*kiosk_ears.sent, *kiosk_ears.received, seen_dom, stored])
    pushed = b"".join(frames).decode("utf-8")
    assert "受付しました" in seen_dom
    assert digits.findall(kiosk_words) + digits.findall(staff_words) + digits.findall(pushed) == []
    for text in people:
        assert text not in kiosk_words
        assert text not in "".join(kiosk_ears.addresses + staff_ears.addresses)
        assert text not in pushed
    searched = []
    for path, content in demo.written().items():
        place = path.relative_to(demo.state)
        if not is_secret_or_count(place):
            searched.append(place.parts[0])
            assert not digits.search(SPENT.sub("", content.decode("utf-8", "replace"))), place
        for text in people:
            for encoding in ("utf-8", "cp932", "utf-16-le"):
                needle = text.encode(encoding, "ignore")
                assert len(needle) < 6 or needle not in content, (place, encoding)
            assert text not in str(path)
    assert {"log", "run", "tls", "sandbox"} <= set(searched)
    assert any(path.name == "uketsuke.db" for path in demo.written())
    assert newest(demo).name == texts_of(VISITORS[-1])[0]


SPENT = re.compile(r"_ms=[0-9.]+")
"""How long a stage of a check took: four digits stand there by chance."""


def is_secret_or_count(place: Path) -> bool:
    """Keys, passphrases, the encrypted store and its backup are noise, and a pid is a count: four digits stand there
    by chance."""
    return place.parts[0] in ("keys", "store", "backup") or place.suffix in (".key", ".pid", ".lock")
