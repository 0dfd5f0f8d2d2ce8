"""The scripted day: what happens at desk and kiosk, step by step, for a screen reader to tell."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import waitress
from playwright.sync_api import Browser, Page, expect

from app.box.ports import free_port
from app.clock import TOKYO
from app.eligibility.model import Validity
from app.eligibility.ports import Outcome
from app.eligibility.visual import VisualRequest
from app.store.calls import answer_call, open_calls
from app.store.visual import StoreVisualDesk
from app.web.kiosk.app import create_kiosk_app
from tests.e2e.staff_stack import StaffBox, StaffPage
from tests.eligibility.desk import Table
from tests.fakes import FakeCard
from tests.screen_reader.orca import Reader
from tests.store.support import accepted, answer, person, waiting
from tests.web.staff_site import settings_in

KIOSK = "受付1"
PIN = "7193"
ONE = person(name="菅原　花子", name_kana="ｽｶﾞﾜﾗ ﾊﾅｺ", contribution_ratio="030")
_NUMPAD = {"7": "79", "9": "81", "1": "87", "3": "89"}
"""X key codes: the pad's keys themselves, whatever NumLock makes of them."""
_PLACE = """() => [screenX + (outerWidth - innerWidth) / 2, screenY + outerHeight - innerHeight]"""

Step = tuple[str, list[str]]


def desk_day(box: StaffBox, browser: Browser, reader: Reader) -> Iterator[Step]:
    """Every event of スクリーンリーダーモード, heard while the focus stands in the search field."""
    staff = StaffPage(browser, box)
    staff.log_in()
    page = staff.page
    page.goto(box.origin + "/device")
    page.get_by_label("スクリーンリーダーモード").check()
    page.get_by_role("button", name="保存").click()
    page.goto(box.origin)
    into_page(page, reader)
    reader.said(lambda: page.locator("#find").focus())
    for name, act in _events(box):
        yield name, reader.said(act)
    banner = page.locator("#connection > p")
    yield "connection lost", reader.said(lambda: (box.kill_staff(), expect(banner).to_be_visible()))
    yield "connection back", reader.said(lambda: (box.start_staff(), expect(banner).to_be_hidden(timeout=20_000)))
    reader.said(lambda: page.locator("#handled-locked").focus())
    yield "own press", reader.said(lambda: reader.press("Return"))
    page.goto(box.origin + "/device")
    page.get_by_label("イヤホン", exact=True).check()
    page.get_by_role("button", name="保存").click()
    page.goto(box.origin)
    into_page(page, reader)
    page.locator("#find").focus()
    reader.said()
    yield "by earphone", reader.said(lambda: box.keeper.record(accepted("e", at=_now(), result=answer(ONE))))
    staff.close()


def _events(box: StaffBox) -> Iterator[tuple[str, Callable[[], object]]]:
    keeper, visual = box.keeper, StoreVisualDesk(box.store, box.keeper._wake)
    lost = answer(person(2), validity=Validity.INVALID)
    counter = {"outcome": Outcome.COUNTER, "reason": "check.not_valid", "result": lost}
    request = VisualRequest("request", "no-pin", KIOSK, 1, _now())

    def answered() -> None:
        (call,) = open_calls(box.store)
        answer_call(box.store, keeper._wake, call.call_id, 2, _now())

    yield "valid", lambda: keeper.record(accepted("valid", at=_now(), result=answer(ONE)))
    yield "invalid", lambda: keeper.record(accepted("invalid", at=_now(), **counter))
    yield "PIN wrong twice", lambda: keeper.record(waiting("twice", reason="check.pin_last", at=_now()))
    yield "locked", lambda: keeper.record(waiting("locked", at=_now()))
    yield "no-PIN card", lambda: keeper.record(waiting("no-pin", reason="card.pin_missing", at=_now()))
    yield "目視確認 wanted", lambda: visual.open_request(request)
    yield "目視確認 over", lambda: visual.close_request("request", _now())
    out = {"reason": "gateway.timeout", "at": _now()}
    yield "could not ask", lambda: keeper.record(waiting("out", Outcome.COUNTER, **out))
    yield "call for help", lambda: keeper.call_staff(KIOSK, "pin", _now())
    yield "call answered", answered


def kiosk_day(folder: Path, browser: Browser, reader: Reader) -> Iterator[Step]:
    """The PIN by top row, numpad, touch and mouse; each key is listened to by itself."""
    with _kiosk(folder) as (table, address):
        context = browser.new_context(has_touch=True, viewport={"width": 1280, "height": 800}, locale="ja-JP")
        page = context.new_page()
        page.goto(address)
        into_page(page, reader)
        reader.said(lambda: reader.press("Num_Lock"))  # as on the patient's pad
        ways: dict[str, Callable[[str], object]] = {
            "top row": reader.press,
            "numpad": lambda digit: reader.press(_NUMPAD[digit]),
            "touch": lambda digit: _key(page, digit).tap(),
            "mouse": lambda digit: reader.click(*_middle(page, digit)),
        }
        for way, enter in ways.items():
            yield f"card for {way}", reader.said(lambda: _insert(table, page))
            for place, digit in enumerate(PIN, 1):
                yield f"{way} {place}", reader.said(lambda digit=digit, enter=enter: enter(digit))
            yield f"card taken after {way}", reader.said(table.desk.remove)
            page.locator(".press-done button").click()
            expect(page.locator("#screen")).to_have_attribute("data-screen", "welcome")
            reader.said()
        context.close()


def _insert(table: Table, page: Page) -> None:
    table.desk.insert(FakeCard("試験　花子", pin=PIN))
    expect(page.locator("#pin-field")).to_be_focused(timeout=20_000)


def _key(page: Page, digit: str):  # type: ignore[no-untyped-def]
    return page.locator(".key").nth("1234567890".index(digit))


def _middle(page: Page, digit: str) -> tuple[float, float]:
    box = _key(page, digit).bounding_box()
    assert box is not None
    left, top = page.evaluate(_PLACE)
    return left + box["x"] + box["width"] / 2, top + box["y"] + box["height"] / 2


def into_page(page: Page, reader: Reader) -> None:
    """Give the page the keyboard: a new window's stands in the address bar."""
    left, top = page.evaluate(_PLACE)
    width = page.evaluate("innerWidth")
    reader.click(left + width - 30, top + 6)


@contextlib.contextmanager
def _kiosk(folder: Path) -> Iterator[tuple[Table, str]]:
    """The kiosk's pages over a fake card desk."""
    table, port, over = Table(), free_port(), threading.Event()
    settings = settings_in(folder, kiosk_port=port, practice=True)
    app = create_kiosk_app(settings, table.reception, lambda environ: True)
    server = waitress.create_server(app, host="127.0.0.1", port=port, threads=8)

    def work() -> None:
        while not over.wait(0.05):
            table.settle()

    threads = [threading.Thread(target=work, daemon=True), threading.Thread(target=server.run, daemon=True)]
    for thread in threads:
        thread.start()
    yield table, f"http://127.0.0.1:{port}/"
    over.set()
    server.close()


def _now() -> datetime:
    return datetime.now(TOKYO)
