"""Every sample card on the real reader, through the touch page, to the screen that the contract promises."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import expect

from app.clock import TOKYO
from app.eligibility.model import Validity
from app.eligibility.ports import Outcome
from app.speech.phrases import SCREENS
from tests.box.processes import wait_for
from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import PEOPLE, Demo
from tests.e2e.kiosk_page import KioskPage
from tests.e2e.visits import Told, assert_left_clean, newest

ACCEPTED = {
    "employee", "family", "kokuho", "elderly-10", "recipient-20", "preschool", "medical-aid",
    "medical-aid-unregistered", "near-expiry", "expired-recently", "rare-kanji", "foreign-name", "twin-a", "twin-b",
    "phone",
}  # fmt: skip
COUNTER: dict[str, tuple[str, Validity | None]] = {
    "lost": ("check.not_valid", Validity.INVALID),
    "newer-exists": ("check.not_valid", Validity.INVALID_NEWER_EXISTS),
    "none": ("check.not_valid", Validity.NO_INFORMATION),
    "multiple": ("check.not_valid", Validity.MULTIPLE),
    "expired": ("gateway.refused", None),
    "foreign-ca": ("gateway.refused", None),
}
"""The reason and the verdict that staff read."""
WITHOUT_PIN = {
    "locked": ("pin-locked", "card.pin_locked"),
    "face-auth": ("no-pin", "card.pin_missing"),
    "juki": ("other-card", "card.other_kind"),
    "transit": ("other-card", "card.other_kind"),
    "one-try-left": ("pin-last", "check.pin_last"),
}


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    # A screen stays for as long as a busy machine needs to look at it.
    with running_demo(tmp_path_factory.mktemp("demo") / "state", {"KIOSK_RESULT_STAY_S": "120"}) as running:
        yield Demo(running)


def test_every_sample_card_has_its_expectation_here() -> None:
    assert ACCEPTED | set(COUNTER) | set(WITHOUT_PIN) == set(PEOPLE)


@pytest.mark.parametrize("name", sorted(ACCEPTED))
def test_valid_cards_are_accepted_with_growing_numbers(demo: Demo, kiosk: KioskPage, name: str) -> None:
    day = datetime.now(TOKYO).date()
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
    assert kiosk.number == number + 1 or (kiosk.number == 1 and datetime.now(TOKYO).date() > day)


@pytest.mark.parametrize(("name", "reason", "verdict"), [(name, *what) for name, what in sorted(COUNTER.items())])
def test_every_other_answer_sends_to_the_counter_and_tells_staff_alone_why(
    demo: Demo, kiosk: KioskPage, name: str, reason: str, verdict: Validity | None
) -> None:
    told = Told(demo)
    person = demo.tap(name)
    assert person.card is not None
    assert person.card.pin is not None
    kiosk.expect("pin")
    kiosk.type(person.card.pin)
    kiosk.expect("counter")
    words = SCREENS[next(screen for screen in SCREENS if screen == "counter")]
    shown = " ".join(kiosk.page.locator("#screen").inner_text().split())
    assert shown == f"{words.heading} {words.says} おわる"
    told.demand(reason, row=(Outcome.COUNTER, reason))
    assert newest(demo).validity is verdict
    kiosk.press("done")
    kiosk.expect("take-card")
    demo.lift()
    kiosk.expect("welcome")


@pytest.mark.parametrize(("name", "screen", "code"), [(name, *what) for name, what in sorted(WITHOUT_PIN.items())])
def test_cards_that_ask_no_pin_go_where_they_belong(
    demo: Demo, kiosk: KioskPage, name: str, screen: str, code: str
) -> None:
    told = Told(demo)
    demo.tap(name)
    kiosk.expect(screen)
    expect(kiosk.page.locator("#pin-form")).to_have_count(0)
    assert demo.card().verifies == 0
    demo.lift()
    kiosk.expect("no-pin" if screen == "no-pin" else "welcome")
    # Another card is a line and no row: the patient takes the right one. Left at pin-last, the row waits on.
    told.demand(code, row=None if screen == "other-card" else (Outcome.VISUAL, code))
    if screen != "no-pin":
        assert_left_clean(demo, kiosk)


def test_wrong_pin_twice_stops_before_the_last_try(demo: Demo, kiosk: KioskPage) -> None:
    told = Told(demo)
    demo.tap("employee")
    kiosk.expect("pin")
    kiosk.type("9999")
    kiosk.expect("pin-wrong")
    told.demand("card.pin_incorrect")
    expect(kiosk.page.locator(".left")).to_have_text("残り2回")
    assert demo.card().verifies == 1
    kiosk.press("again")
    kiosk.expect("pin")
    kiosk.type("9999")
    kiosk.expect("pin-last")
    assert demo.card().verifies == 2
    codes = ("card.pin_incorrect", "card.pin_incorrect", "check.pin_last")
    told.demand(*codes, row=(Outcome.VISUAL, "check.pin_last"))
    kiosk.press("once-more")
    kiosk.expect("pin")
    kiosk.type("1234")
    kiosk.expect("accepted")
    assert_left_clean(demo, kiosk)
    assert (told.codes(), told.rows()) == (sorted(codes), [(Outcome.ACCEPTED, None, False)])


def test_wrong_pin_and_a_patient_who_leaves_is_told_and_no_row(demo: Demo, kiosk: KioskPage) -> None:
    told = Told(demo)
    demo.tap("employee")
    kiosk.expect("pin")
    kiosk.type("9999")
    kiosk.expect("pin-wrong")
    assert_left_clean(demo, kiosk)
    told.demand("card.pin_incorrect", "card.removed")
    assert demo.card().verifies == 1


def test_wrong_last_try_locks_the_card_and_waits_for_staff(demo: Demo, kiosk: KioskPage) -> None:
    demo.tap("one-try-left")
    kiosk.expect("pin-last")
    kiosk.press("once-more")
    kiosk.expect("pin")
    expect(kiosk.page.locator(".left")).to_have_text("残り1回")
    told = Told(demo)
    kiosk.type("9999")
    kiosk.expect("pin-locked")
    card = demo.card()
    assert (card.verifies, card.attempts_remaining) == (1, 0)
    told.demand("card.pin_locked")  # no row: that of before the last try is the visit's one row
    row = newest(demo)
    assert (row.outcome, row.reason, row.is_waiting) == (Outcome.VISUAL, "card.pin_locked", True)
    assert_left_clean(demo, kiosk)
    demo.tap("one-try-left")
    kiosk.expect("pin-locked")
    assert demo.card().verifies == 0


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
    expect(kiosk.page.locator(".mark-row .filled")).to_have_count(2)
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
    told = Told(demo)
    newer = KioskPage(kiosk.page.context.new_page(), demo.kiosk_url)
    newer.open()
    expect(kiosk.page.locator("#screen")).to_contain_text("別の画面で受付しています")
    demo.tap("employee")
    newer.expect("pin")
    newer.type("1234")
    newer.expect("accepted")
    assert demo.card().verifies == 1
    assert_left_clean(demo, newer)
    assert told.codes() == ["kiosk.other_page"]
    assert told.rows() == [(Outcome.ACCEPTED, None, False)]
    kiosk.page.get_by_role("link", name="この画面で受付する").click()
    kiosk.expect("welcome")
    expect(newer.page.locator("#screen")).to_contain_text("別の画面で受付しています")
    wait_for(lambda: told.codes() == ["kiosk.other_page"] * 2)
