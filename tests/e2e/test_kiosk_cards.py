"""Every sample card on the real reader, through the touch page, to the screen that the contract promises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from app.speech.phrases import SCREENS
from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import PEOPLE, Demo
from tests.e2e.kiosk_page import KioskPage

ACCEPTED = {
    "employee", "family", "kokuho", "elderly-10", "recipient-20", "preschool", "medical-aid",
    "medical-aid-unregistered", "near-expiry", "expired-recently", "rare-kanji", "foreign-name", "twin-a", "twin-b",
    "phone",
}  # fmt: skip
COUNTER = {"lost", "newer-exists", "none", "multiple", "expired", "foreign-ca"}
WITHOUT_PIN = {
    "locked": "pin-locked",
    "face-auth": "no-pin",
    "juki": "other-card",
    "transit": "other-card",
    "one-try-left": "pin-last",
}


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo") / "state") as running:
        yield Demo(running)


def test_every_sample_card_has_its_expectation_here() -> None:
    assert ACCEPTED | COUNTER | set(WITHOUT_PIN) == set(PEOPLE)


@pytest.mark.parametrize("name", sorted(ACCEPTED))
def test_valid_cards_are_accepted_with_growing_numbers(demo: Demo, kiosk: KioskPage, name: str) -> None:
    person = demo.tap(name)
    assert person.card is not None
    assert person.card.pin is not None
    kiosk.expect("pin")
    kiosk.touch(person.card.pin)
    kiosk.expect("accepted")
    number = kiosk.number
    assert number >= 1
    assert demo.card().verifies == 1
    demo.lift()
    again = demo.tap("employee")
    assert again.card is not None
    kiosk.expect("pin")
    kiosk.type("1234", "Numpad")
    kiosk.expect("accepted")
    assert kiosk.number == number + 1


@pytest.mark.parametrize("name", sorted(COUNTER))
def test_every_other_answer_sends_to_the_counter_without_detail(demo: Demo, kiosk: KioskPage, name: str) -> None:
    person = demo.tap(name)
    assert person.card is not None
    assert person.card.pin is not None
    kiosk.expect("pin")
    kiosk.type(person.card.pin)
    kiosk.expect("counter")
    words = SCREENS[next(screen for screen in SCREENS if screen == "counter")]
    shown = " ".join(kiosk.page.locator("#screen").inner_text().split())
    assert shown == f"{words.heading} {words.says} おわる"
    kiosk.press("done")
    kiosk.expect("take-card")
    demo.lift()
    kiosk.expect("welcome", timeout_s=3)


@pytest.mark.parametrize(("name", "screen"), sorted(WITHOUT_PIN.items()))
def test_cards_that_ask_no_pin_go_where_they_belong(demo: Demo, kiosk: KioskPage, name: str, screen: str) -> None:
    demo.tap(name)
    kiosk.expect(screen)
    expect(kiosk.page.locator("#pin-form")).to_have_count(0)
    assert demo.card().verifies == 0
    demo.lift()
    kiosk.expect("no-pin" if screen == "no-pin" else "welcome", timeout_s=3)


def test_wrong_pin_twice_stops_before_the_last_try(demo: Demo, kiosk: KioskPage) -> None:
    demo.tap("employee")
    kiosk.expect("pin")
    kiosk.type("9999")
    kiosk.expect("pin-wrong")
    expect(kiosk.page.locator(".left")).to_have_text("残り2回")
    assert demo.card().verifies == 1
    kiosk.press("again")
    kiosk.expect("pin")
    kiosk.type("9999")
    kiosk.expect("pin-last")
    assert demo.card().verifies == 2
    kiosk.press("once-more")
    kiosk.expect("pin")
    kiosk.type("1234")
    kiosk.expect("accepted")


def test_erase_takes_back_one_and_nothing_but_filler_stands_in_the_field(demo: Demo, kiosk: KioskPage) -> None:
    demo.tap("employee")
    kiosk.expect("pin")
    kiosk.type("99")
    kiosk.page.locator(".erase").tap()
    kiosk.page.keyboard.press("Backspace")
    kiosk.page.keyboard.insert_text("12")
    assert kiosk.page.input_value("#pin-field") == ""
    kiosk.type("12")
    assert kiosk.page.input_value("#pin-field") == "●●"
    assert kiosk.page.locator(".mark-row").inner_text().split() == ["●", "●"]
    kiosk.type("34")
    kiosk.expect("accepted")


def test_service_that_cannot_be_asked_spends_no_try(demo: Demo, kiosk: KioskPage) -> None:
    demo.fault("503")
    demo.tap("employee")
    kiosk.expect("pin")
    kiosk.type("1234")
    kiosk.expect("counter")
    assert demo.card().verifies == 0


def test_call_for_help_is_confirmed_on_the_screen(demo: Demo, kiosk: KioskPage) -> None:
    kiosk.press("call")
    expect(kiosk.page.locator(".called")).to_have_text("係員を呼びました。少しお待ちください")


def test_two_tabs_the_newer_one_is_the_kiosk(demo: Demo, kiosk: KioskPage) -> None:
    newer = KioskPage(kiosk.page.context.new_page(), demo.kiosk_url)
    newer.open()
    expect(kiosk.page.locator("#screen")).to_contain_text("別の画面で受付しています")
    demo.tap("employee")
    newer.expect("pin")
    newer.type("1234")
    newer.expect("accepted")
    assert demo.card().verifies == 1
