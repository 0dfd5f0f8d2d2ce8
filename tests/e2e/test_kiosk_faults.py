"""What goes wrong in a waiting room: each leaves a clean screen, words for staff, a code, and at most one VERIFY."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.eligibility.ports import Outcome
from tests.box.processes import wait_for
from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_page import KioskPage
from tests.e2e.visits import Told, assert_left_clean, assert_next_patient_is_served

QUICK = {"KIOSK_GATEWAY_TIMEOUT_S": "6", "KIOSK_CARD_DEADLINE_S": "6"}
"""Quick, and yet enough for an answer or a whole dialogue on a machine that does other things."""


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo") / "state", QUICK) as running:
        yield Demo(running)


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
    verified = 0
    for n in range(1, commands + 1):
        told = Told(demo)
        demo.tap("employee", f"pulled-at-{n}")
        if n > before_pin:
            kiosk.expect("pin")
            kiosk.type("1234")
        wait_for(lambda: demo.card().was_pulled)
        # Before the submission the patient simply comes again; after it a try may be spent, so staff have a row.
        told.demand("card.removed", row=(Outcome.COUNTER, "card.removed") if n > before_pin else None)
        kiosk.expect("welcome")
        card = demo.card()
        assert card.commands == n
        assert card.verifies <= (1 if n > before_pin else 0), n
        verified += card.verifies
        assert_left_clean(demo, kiosk)
        told.demand("card.removed", row=(Outcome.COUNTER, "card.removed") if n > before_pin else None)
    assert verified >= 2, "tears at VERIFY and after it were among them"
    assert_next_patient_is_served(demo, kiosk)


@pytest.mark.parametrize(
    ("fault", "code"),
    [("silent", "card.reader_lost"), ("damaged-certificate", "card.unreadable"), ("silent-at-4", "card.reader_lost")],
)
def test_card_that_cannot_be_read_is_named_on_the_board(demo: Demo, kiosk: KioskPage, fault: str, code: str) -> None:
    told = Told(demo)
    demo.tap("employee", fault)
    kiosk.expect("unreadable")
    told.demand(code, row=(Outcome.COUNTER, code))
    assert demo.card().verifies == 0
    assert_left_clean(demo, kiosk)
    told.demand(code, row=(Outcome.COUNTER, code))
    assert_next_patient_is_served(demo, kiosk)


def test_another_certificate_at_the_second_read_stops_before_the_pin_is_tried(demo: Demo, kiosk: KioskPage) -> None:
    told = Told(demo)
    demo.tap("employee", "swapped-certificate")
    kiosk.expect("pin")
    kiosk.type("1234")
    kiosk.expect("unreadable")
    assert demo.card().verifies == 0
    assert_left_clean(demo, kiosk)
    told.demand("card.certificate_changed", row=(Outcome.COUNTER, "card.certificate_changed"))
    assert_next_patient_is_served(demo, kiosk)


def test_second_card_during_the_dialogue_starts_its_own_visit(demo: Demo, kiosk: KioskPage) -> None:
    told = Told(demo)
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
    told.demand("card.removed")
    kiosk.type("2468")
    kiosk.expect("accepted")
    assert demo.card().verifies == 1
    assert_left_clean(demo, kiosk)
    assert (told.codes(), told.rows()) == (["card.removed"], [(Outcome.ACCEPTED, None, False)])


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
    told = Told(demo)
    demo.fault(fault, **options)
    demo.tap("employee")
    kiosk.expect("pin")
    kiosk.type("1234")
    kiosk.expect("counter")
    assert demo.card().verifies == (1 if options else 0)
    demo.fault(None)
    assert_left_clean(demo, kiosk)
    told.demand(code, row=(Outcome.COUNTER, code))


def test_burst_of_the_same_submit_verifies_once_and_is_told_once(demo: Demo, kiosk: KioskPage) -> None:
    told = Told(demo)
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
    told.demand("card.pin_incorrect", "check.dropped")
    assert_left_clean(demo, kiosk)
    assert "check.dropped_in_visit count=14 " in demo.log("kiosk")
    assert_next_patient_is_served(demo, kiosk)


def test_submit_that_is_replayed_into_the_next_visit_does_nothing_and_is_told(demo: Demo, kiosk: KioskPage) -> None:
    demo.tap("employee")
    kiosk.expect("pin")
    kiosk.page.evaluate(
        """() => {
            const form = document.getElementById("pin-form");
            const headers = JSON.parse(document.body.getAttribute("hx-headers"));
            headers["HX-Request"] = "true";
            const body = new URLSearchParams({ keypad: form.keypad.value, check: form.check.value });
            for (const key of Array.from(form.querySelectorAll(".key")).slice(0, 4)) body.append("token", key.value);
            window.replay = () => fetch(form.dataset.address, { method: "POST", headers, body }).then((r) => r.status);
        }"""
    )
    kiosk.type("1234")
    kiosk.expect("accepted")
    assert_left_clean(demo, kiosk)
    demo.tap("family")
    kiosk.expect("pin")
    told = Told(demo)
    assert kiosk.page.evaluate("window.replay()") == 200
    told.demand("check.dropped")
    assert demo.card().verifies == 0
    kiosk.type("2345")
    kiosk.expect("accepted")
    assert_left_clean(demo, kiosk)
