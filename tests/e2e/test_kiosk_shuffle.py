"""KIOSK_SHUFFLE_KEYS: another order for each keypad; touch and number keys mean what stands on the keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.eligibility.screens import Button, Screen
from tests.e2e.kiosk_page import KioskPage
from tests.eligibility.desk import Table
from tests.fakes import FakeCard
from tests.web.kiosk_site import Stage, serving

PLAIN = list("1234567890")
ATTRIBUTES = """() => Array.from(document.querySelectorAll("#pin-form, #pin-form *"))
    .flatMap((part) => Array.from(part.attributes)).filter((one) => one.name !== "maxlength")
    .map((one) => `${one.name}=${one.value}`)"""


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


@pytest.fixture(scope="module")
def page(stage: Stage, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KioskPage]:
    with serving(stage, tmp_path_factory.mktemp("kiosk")) as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
        page = KioskPage(context.new_page(), address)
        page.open()
        yield page
        assert page.violations == []
        context.close()


def put(stage: Stage, page: KioskPage, *, shuffles_keys: bool) -> Table:
    table = stage.begin(shuffles_keys=shuffles_keys)
    page.expect("welcome")
    table.desk.insert(FakeCard("A"))
    table.settle()
    page.expect("pin")
    return table


def captions(page: KioskPage) -> list[str]:
    return page.page.locator(".key").all_inner_texts()


def enter(table: Table, page: KioskPage, how: str) -> None:
    if how == "touch":
        page.touch("1234")
    else:
        page.type("1234", how)
    page.expect("asking")
    table.settle()
    assert table.screen is Screen.ACCEPTED


@pytest.mark.parametrize("how", ["touch", "Digit", "Numpad"])
def test_pin_is_what_stands_on_the_keys(stage: Stage, page: KioskPage, how: str) -> None:
    table = put(stage, page, shuffles_keys=True)
    assert sorted(captions(page)) == sorted(PLAIN)
    enter(table, page, how)
    assert table.desk.signs == 1


def test_off_by_default_the_telephones_layout_stands(stage: Stage, page: KioskPage) -> None:
    table = put(stage, page, shuffles_keys=False)
    assert captions(page) == PLAIN
    enter(table, page, "touch")


def test_each_keypad_has_its_order_and_a_notice_keeps_it(stage: Stage, page: KioskPage) -> None:
    table = put(stage, page, shuffles_keys=True)
    orders = []
    for _ in range(3):
        before = captions(page)
        page.type("1")
        table.press(Button.CALL)  # the same keypad, drawn anew
        expect(page.page.locator(".called")).to_be_visible()
        assert captions(page) == before
        assert page.page.input_value("#pin-field") == "●"
        orders.append("".join(before))
        table.press(Button.NO_PIN)
        page.expect("no-pin")
        table.press(Button.BACK)
        page.expect("pin")
    assert len(set(orders)) == 3, "one of 3.6 million orders twice"


def test_no_digit_stands_in_an_attribute_or_travels(stage: Stage, page: KioskPage) -> None:
    table = put(stage, page, shuffles_keys=True)
    found = page.page.evaluate(ATTRIBUTES)
    assert len(found) > 20
    assert [one for one in found if re.search(r"\d", one)] == []
    with page.page.expect_request("**/pin") as sent:
        page.type("1234")
    fields = (sent.value.post_data or "").replace("%25", "")
    assert len(re.findall("token=", fields)) == 4
    assert not re.search(r"\d", fields)
    page.expect("asking")
    table.settle()
    assert table.screen is Screen.ACCEPTED
