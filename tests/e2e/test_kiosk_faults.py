"""What goes wrong in a waiting room: each leaves a clean screen, words for staff, a code, and at most one VERIFY."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from app.eligibility.ports import Outcome
from app.store.board import BoardRow
from tests.e2e.browsers import chromium  # noqa: F401 - a fixture
from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import Demo, KioskPage

QUICK = {"KIOSK_GATEWAY_TIMEOUT_S": "2", "KIOSK_CARD_DEADLINE_S": "3"}


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo") / "state", QUICK) as running:
        yield Demo(running)


@pytest.fixture
def kiosk(demo: Demo, chromium: Browser) -> Iterator[KioskPage]:  # noqa: F811
    demo.fault(None)
    demo.fresh_cards()
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
    page = KioskPage(context.new_page(), demo.kiosk_url)
    page.open()
    page.home()
    yield page
    assert page.violations == []
    context.close()
    demo.lift()


def until(condition: Callable[[], bool], within_s: float = 15.0) -> None:
    """Wait for something that another process does."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, "did not happen in time"
        time.sleep(0.02)


def newest(demo: Demo) -> BoardRow:
    return demo.board()[0]


def assert_next_patient_is_served(demo: Demo, kiosk: KioskPage) -> None:
    demo.lift()
    kiosk.home()
    demo.fresh_cards()
    demo.tap("family")
    kiosk.expect("pin")
    kiosk.type("2345")
    kiosk.expect("accepted")
    assert newest(demo).outcome is Outcome.ACCEPTED


def test_card_pulled_at_every_command_leaves_the_start_and_at_most_one_verify(demo: Demo, kiosk: KioskPage) -> None:
    demo.tap("employee")
    kiosk.expect("pin")
    before_pin = demo.card().commands
    kiosk.type("1234")
    kiosk.expect("accepted")
    commands = demo.card().commands
    assert commands > before_pin > 3
    demo.lift()
    kiosk.home()
    rows = len(demo.board())
    for n in range(1, commands + 1):
        demo.tap("employee", f"pulled-at-{n}")
        if n > before_pin:
            kiosk.expect("pin")
            kiosk.type("1234")
        until(lambda: demo.card().card is None)
        kiosk.expect("welcome", timeout_s=5)
        assert demo.card().verifies <= 1, n
    # A pull after the signature is harmless: the check may have gone on; before it nothing is recorded.
    assert all(row.outcome is Outcome.COUNTER for row in demo.board()[: len(demo.board()) - rows])
    assert_next_patient_is_served(demo, kiosk)


@pytest.mark.parametrize(
    ("fault", "code"),
    [("silent", "card.reader_lost"), ("damaged-certificate", "card.unreadable"), ("silent-at-4", "card.reader_lost")],
)
def test_card_that_cannot_be_read_is_named_on_the_board(demo: Demo, kiosk: KioskPage, fault: str, code: str) -> None:
    demo.tap("employee", fault)
    kiosk.expect("unreadable", timeout_s=12)
    until(lambda: newest(demo).reason == code)
    assert newest(demo).is_waiting
    assert demo.card().verifies == 0
    assert_next_patient_is_served(demo, kiosk)


def test_another_certificate_at_the_second_read_stops_before_the_pin_is_tried(demo: Demo, kiosk: KioskPage) -> None:
    demo.tap("employee", "swapped-certificate")
    kiosk.expect("pin")
    kiosk.type("1234")
    kiosk.expect("unreadable")
    until(lambda: newest(demo).reason == "card.certificate_changed")
    assert demo.card().verifies == 0
    assert_next_patient_is_served(demo, kiosk)


def test_second_card_during_the_dialogue_starts_its_own_visit(demo: Demo, kiosk: KioskPage) -> None:
    demo.tap("twin-a")
    kiosk.expect("pin")
    kiosk.type("13")
    first = kiosk.page.locator("input[name=keypad]").get_attribute("value")
    demo.tap("twin-b")
    kiosk.page.wait_for_function(
        "was => { const now = document.querySelector('input[name=keypad]'); return now && now.value !== was }",
        arg=first,
    )
    assert kiosk.page.input_value("#pin-field") == ""
    kiosk.type("2468")
    kiosk.expect("accepted")
    assert demo.card().verifies == 1


@pytest.mark.parametrize("part", ["pcscd", "card"])
def test_reader_side_that_dies_comes_back_by_itself(demo: Demo, kiosk: KioskPage, part: str) -> None:
    demo.kill(part)
    kiosk.expect("out-of-order")
    kiosk.expect("welcome", timeout_s=15)
    assert_next_patient_is_served(demo, kiosk)


@pytest.mark.parametrize("part", ["pcscd", "card", "service"])
def test_part_that_dies_while_the_pin_is_asked_leaves_no_half_visit(demo: Demo, kiosk: KioskPage, part: str) -> None:
    demo.tap("employee")
    kiosk.expect("pin")
    kiosk.type("12")
    pid = demo.pid_of(part)
    demo.kill(part)
    until(lambda: part_is_back(demo, part, pid))
    assert_next_patient_is_served(demo, kiosk)


def part_is_back(demo: Demo, part: str, old: int | None) -> bool:
    try:
        demo.service()
    except OSError:
        return False
    return demo.pid_of(part) not in (old, None)


@pytest.mark.parametrize(
    ("fault", "options", "code"),
    [
        ("refuse", {}, "gateway.unreachable"),
        ("timeout", {}, "gateway.timeout"),
        ("500", {}, "gateway.broken"),
        ("503", {}, "gateway.broken"),
        ("429", {}, "gateway.busy"),
        ("html", {}, "gateway.reply_malformed"),
        ("truncated", {}, "gateway.reply_malformed"),
        ("oversize", {}, "gateway.reply_too_large"),
        ("slow-bytes", {}, "gateway.timeout"),
        ("wrong-id", {}, "gateway.reply_mismatched"),
        ("expired-certificate", {}, "gateway.untrusted"),
        ("wrong-name-certificate", {}, "gateway.untrusted"),
        ("malformed-xml", {}, "gateway.reply_malformed"),
        ("doctype", {}, "gateway.reply_malformed"),
        ("refused-message", {}, "gateway.refused"),
        ("html", {"kinds": ["confirmation"]}, "gateway.reply_malformed"),
        ("timeout", {"kinds": ["confirmation"]}, "gateway.timeout"),
        ("wrong-id", {"kinds": ["confirmation"]}, "gateway.reply_mismatched"),
        ("person-error", {"kinds": ["confirmation"]}, "gateway.refused"),
        ("500", {"kinds": ["confirmation"]}, "gateway.broken"),
    ],
)
def test_service_that_fails_sends_to_the_counter_with_its_own_code(
    demo: Demo, kiosk: KioskPage, fault: str, options: dict[str, object], code: str
) -> None:
    demo.fault(fault, **options)
    demo.tap("employee")
    kiosk.expect("pin")
    kiosk.type("1234")
    kiosk.expect("counter", timeout_s=10)
    row = newest(demo)
    assert (row.outcome, row.reason, row.is_waiting) == (Outcome.COUNTER, code, True)
    assert demo.card().verifies == (1 if options else 0)
    assert f"code={code}" in demo.log("kiosk")
    demo.fault(None)


def hold_the_answer(demo: Demo, kiosk: KioskPage, name: str, pin: str) -> None:
    """Bring a visit to the point where the service has its answer ready and keeps it."""
    demo.fault("hold", kinds=["confirmation"])
    demo.tap(name)
    kiosk.expect("pin")
    kiosk.type(pin)
    kiosk.expect("asking")
    until(lambda: demo.service()["requests"]["held"] == 1)


def test_kiosk_killed_while_the_service_thinks_leaves_unknown_on_the_board(demo: Demo, kiosk: KioskPage) -> None:
    hold_the_answer(demo, kiosk, "employee", "1234")
    demo.kill("kiosk")
    until(lambda: newest(demo).outcome is Outcome.UNKNOWN)
    assert (newest(demo).reason, newest(demo).is_waiting) == ("check.interrupted", True)
    demo.fault(None)
    assert_next_patient_is_served(demo, kiosk)


def test_kiosk_killed_between_answer_and_commit_leaves_no_half_record(demo: Demo, kiosk: KioskPage) -> None:
    hold_the_answer(demo, kiosk, "lost", "7890")
    seen = demo.log("kiosk").count("check.not_recorded")
    store = demo.open_store()
    try:
        with store.writing():
            demo.fault(None)
            until(lambda: demo.log("kiosk").count("check.not_recorded") > seen)
            demo.kill("kiosk")
    finally:
        store.close()
    until(lambda: newest(demo).outcome is Outcome.UNKNOWN)
    row = newest(demo)
    assert (row.reason, row.validity, row.name) == ("check.interrupted", None, None)
    assert_next_patient_is_served(demo, kiosk)


def test_locked_store_delays_the_number_but_loses_nothing(demo: Demo, kiosk: KioskPage) -> None:
    hold_the_answer(demo, kiosk, "employee", "1234")
    seen = demo.log("kiosk").count("check.not_recorded")
    store = demo.open_store()
    try:
        with store.writing():
            demo.fault(None)
            until(lambda: demo.log("kiosk").count("check.not_recorded") > seen)
            kiosk.expect("asking")
    finally:
        store.close()
    kiosk.expect("accepted", timeout_s=15)
    assert newest(demo).reception_number == kiosk.number


def test_store_that_cannot_open_a_row_asks_nothing_and_tells_staff_later(demo: Demo, kiosk: KioskPage) -> None:
    demo.tap("employee")
    kiosk.expect("pin")
    asked = demo.service()["requests"]["confirmation"]
    store = demo.open_store()
    try:
        with store.writing():
            kiosk.type("1234")
            kiosk.page.wait_for_selector(".press-call", timeout=15_000)
            kiosk.expect("counter", timeout_s=30)
    finally:
        store.close()
    until(lambda: newest(demo).reason == "store.busy")
    assert demo.service()["requests"]["confirmation"] == asked


def test_burst_of_the_same_submit_verifies_once(demo: Demo, kiosk: KioskPage) -> None:
    demo.tap("employee")
    kiosk.expect("pin")
    statuses = kiosk.page.evaluate(
        """async () => {
            const form = document.getElementById("pin-form");
            const headers = JSON.parse(document.body.getAttribute("hx-headers"));
            headers["HX-Request"] = "true";
            const keys = form.querySelectorAll(".key");
            const body = new URLSearchParams({ keypad: form.keypad.value, check: form.check.value });
            for (const place of [8, 8, 8, 8]) body.append("token", keys[place].value);
            const send = () => fetch(form.dataset.address, { method: "POST", headers, body }).then((r) => r.status);
            const first = await Promise.all(Array.from({ length: 12 }, send));
            return first.concat(await Promise.all(Array.from({ length: 3 }, send)));
        }"""
    )
    assert set(statuses) == {200}
    kiosk.expect("pin-wrong")
    assert demo.card().verifies == 1
