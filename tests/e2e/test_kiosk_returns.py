"""Parts that die and a store that is locked: what they leave behind, and how the kiosk comes back by itself."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect

from app.box.pcscd import pcscd_answers
from app.eligibility.ports import Outcome
from app.store.kiosks import kiosks_out
from tests.box.processes import wait_for
from tests.e2e.clinic import log_in
from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_page import KioskPage
from tests.e2e.visits import Told, assert_left_clean, assert_next_patient_is_served, hold_the_answer, newest

QUICK = {"KIOSK_CARD_DEADLINE_S": "6"}


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo") / "state", QUICK) as running:
        yield Demo(running)


LOST = {"pcscd": "card.reader_lost", "card": "card.process_down"}
"""What dies, and the code by which the kiosk names it."""


@pytest.mark.parametrize("part", sorted(LOST))
def test_reader_side_that_dies_comes_back_by_itself(demo: Demo, kiosk: KioskPage, part: str) -> None:
    told = Told(demo)
    with demo.down(part):
        kiosk.expect("out-of-order")
    kiosk.expect("welcome", timeout_s=60)
    assert_left_clean(demo, kiosk)
    told.demand(LOST[part])
    wait_for(lambda: out_of_order(demo) == [])
    assert_next_patient_is_served(demo, kiosk)


def test_card_process_that_dies_in_the_signature_reads_the_card_once_it_is_free(demo: Demo, kiosk: KioskPage) -> None:
    """The reader belongs to the dead process until its command is over: 3 s with a card as slow as this one."""
    told = Told(demo)
    demo.tap("employee", "slow-3")
    kiosk.expect("pin", timeout_s=60)
    kiosk.type("1234")
    wait_for(lambda: demo.card().signatures == 1)
    with demo.down("card"):
        kiosk.expect("out-of-order")
    kiosk.expect("pin", timeout_s=60)
    assert demo.card().verifies == 1
    demo.lift()
    kiosk.home()
    wait_for(lambda: "card.removed" in told.codes())
    assert set(told.codes()) == {LOST["card"], "card.removed"}, told.lines()  # a good card is not called unreadable
    assert told.rows() == [(Outcome.COUNTER, LOST["card"], True)]
    assert_next_patient_is_served(demo, kiosk)


@pytest.mark.parametrize("part", ["pcscd", "card", "service"])
def test_part_that_dies_while_the_pin_is_asked_leaves_no_half_visit(demo: Demo, kiosk: KioskPage, part: str) -> None:
    told = Told(demo)
    demo.tap("employee")
    kiosk.expect("pin")
    kiosk.type("12")
    keypad = kiosk.page.locator("input[name=keypad]").get_attribute("value")
    pid = demo.pid_of(part)
    with demo.down(part):
        if part != "service":
            kiosk.expect("out-of-order")
    wait_for(lambda: part_is_back(demo, part, pid))
    if part == "service":
        demo.lift()
        told.demand("card.removed")  # nobody asked it: all that happened is a patient who left at the PIN
    else:
        # What lies there is read anew; lifted while it is read, the card would be a fault of its own.
        kiosk.page.wait_for_function(
            "was => { const now = document.querySelector('input[name=keypad]'); return now && now.value !== was }",
            arg=keypad,
        )
        demo.lift()
        kiosk.expect("welcome", timeout_s=60)
        # The patient stood before a screen that says to go to the counter: there the visit waits.
        told.demand(LOST[part], "card.removed", row=(Outcome.COUNTER, LOST[part]))
    assert_left_clean(demo, kiosk)
    assert_next_patient_is_served(demo, kiosk)


def test_pcscd_that_stands_still_is_named_with_its_own_words_until_it_goes_on(
    demo: Demo, kiosk: KioskPage, browser: Browser
) -> None:
    told = Told(demo)
    context = browser.new_context(ignore_https_errors=True)
    pcscd = demo.pid_of("pcscd")
    assert pcscd is not None
    demo.tap("employee")
    kiosk.expect("pin")
    os.kill(pcscd, signal.SIGSTOP)
    try:
        kiosk.expect("out-of-order", timeout_s=60)
        wait_for(lambda: out_of_order(demo) == ["reader.silent"])
        told.demand("reader.silent", row=(Outcome.COUNTER, "reader.silent"))
        page = context.new_page()
        log_in(demo, page)
        notice = page.locator("[data-announce^='受付機が使えません。']").locator("..")
        expect(notice).to_contain_text("カードリーダーを動かす部品（pcscd）が止まっています。")
        expect(notice).not_to_contain_text("線を確かめ")
    finally:
        os.kill(pcscd, signal.SIGCONT)
        context.close()
    kiosk.expect("pin", timeout_s=60)  # what lies there when it wakes is read anew
    kiosk.type("1234")
    kiosk.expect("accepted")
    wait_for(lambda: out_of_order(demo) == [])
    assert demo.pid_of("pcscd") == pcscd
    assert_left_clean(demo, kiosk)
    assert told.codes() == ["reader.silent"], told.lines()
    assert told.rows() == [(Outcome.ACCEPTED, None, False), (Outcome.COUNTER, "reader.silent", True)]
    assert_next_patient_is_served(demo, kiosk)


def out_of_order(demo: Demo) -> list[str]:
    """The reasons that the notice on the board names now."""
    store = demo.open_store()
    try:
        return [out.code for out in kiosks_out(store)]
    finally:
        store.close()


def part_is_back(demo: Demo, part: str, old: int | None) -> bool:
    try:
        demo.service()
    except OSError:
        return False
    return demo.pid_of(part) not in (old, None)


def test_kiosk_killed_while_the_service_thinks_leaves_unknown_on_the_board(demo: Demo, kiosk: KioskPage) -> None:
    told = Told(demo)
    hold_the_answer(demo, kiosk, "employee", "1234")
    demo.kill("kiosk")
    wait_for(told.rows)
    told.demand("check.interrupted", row=(Outcome.UNKNOWN, "check.interrupted"))
    demo.fault(None)
    assert_next_patient_is_served(demo, kiosk)


def test_kiosk_killed_between_answer_and_commit_leaves_no_half_record(demo: Demo, kiosk: KioskPage) -> None:
    hold_the_answer(demo, kiosk, "lost", "7890")
    seen = demo.log("kiosk").count("check.not_recorded")
    store = demo.open_store()
    try:
        with store.writing():
            demo.fault(None)
            wait_for(lambda: demo.log("kiosk").count("check.not_recorded") > seen)
            demo.kill("kiosk")
    finally:
        store.close()
    wait_for(lambda: newest(demo).outcome is Outcome.UNKNOWN)
    row = newest(demo)
    assert (row.reason, row.validity, row.name) == ("check.interrupted", None, None)
    assert_next_patient_is_served(demo, kiosk)


def test_locked_store_delays_the_number_but_loses_nothing(demo: Demo, kiosk: KioskPage) -> None:
    told = Told(demo)
    hold_the_answer(demo, kiosk, "employee", "1234")
    seen = demo.log("kiosk").count("check.not_recorded")
    store = demo.open_store()
    try:
        with store.writing():
            demo.fault(None)
            wait_for(lambda: demo.log("kiosk").count("check.not_recorded") > seen)
            kiosk.expect("asking")
    finally:
        store.close()
    kiosk.expect("accepted", timeout_s=60)
    assert newest(demo).reception_number == kiosk.number
    assert_left_clean(demo, kiosk)
    assert (told.codes(), told.rows()) == (["store.busy"], [(Outcome.ACCEPTED, None, False)])


def test_store_that_cannot_open_a_row_asks_nothing_and_tells_staff_later(demo: Demo, kiosk: KioskPage) -> None:
    told = Told(demo)
    demo.tap("employee")
    kiosk.expect("pin")
    asked, rows = demo.service()["requests"]["confirmation"], len(demo.board())
    store = demo.open_store()
    try:
        with store.writing():
            kiosk.type("1234")
            kiosk.page.wait_for_selector(".press-call", timeout=60_000)
            # Nothing may be told that nothing keeps, so not even that somebody is coming.
            kiosk.expect("out-of-order", timeout_s=60)
    finally:
        store.close()
    wait_for(lambda: len(demo.board()) > rows)
    told.demand("store.busy", row=(Outcome.COUNTER, "store.busy"))
    assert demo.service()["requests"]["confirmation"] == asked
    assert_next_patient_is_served(demo, kiosk)


NOTE_THE_STATUS = """() => {
    const status = document.getElementById("status");
    window.said = [];
    new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
}"""
"""What is said stands there for ten seconds, or until the next news."""


@contextmanager
def port_held(port: int) -> Iterator[None]:
    """Take a port in the moment in which its owner is gone."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        wait_for(lambda: is_bound(holder, port))
        holder.listen()
        yield


def is_bound(holder: socket.socket, port: int) -> bool:
    try:
        holder.bind(("0.0.0.0", port))  # noqa: S104 - as vpcd does, to stand in its way
    except OSError:
        return False
    return True


def test_reader_that_is_unplugged_during_a_visit_and_plugged_in_again(
    demo: Demo, kiosk: KioskPage, browser: Browser
) -> None:
    # vpcd's reader has no plug, and pcscd 1.9.9 does not look again on SIGUSR1. But it starts without a reader whose
    # port is taken: so there is a real pcscd that answers and names no reader, and later one that names it.
    staff = browser.new_context().new_page()
    log_in(demo, staff)
    told = Told(demo)
    demo.tap("employee")
    kiosk.expect("pin")
    kiosk.type("12")
    seen = demo.log("card").count("reader.no_reader")
    staff.evaluate(NOTE_THE_STATUS)
    with contextlib.ExitStack() as held:
        with demo.down("pcscd"):
            held.enter_context(port_held(demo.facts["reader_port"]))
        wait_for(lambda: demo.log("card").count("reader.no_reader") > seen)
        assert pcscd_answers()
        kiosk.expect("out-of-order")
        notice = staff.locator("#keeping-panel .keeping-notice")
        expect(notice.get_by_role("heading")).to_have_text(
            re.compile("^受付機が使えません（受付1、[0-9]+:[0-9]{2}から）$")
        )
        expect(notice).to_contain_text("カードリーダーが応答しません。カードリーダーの線を確かめ")
        wait_for(lambda: "受付機が使えません" in "".join(staff.evaluate("window.said")))
        expect(staff.locator("#board-panel li.line").first).to_contain_text("カードリーダーが応答しません")
        kiosk.press("call")
        expect(kiosk.page.locator(".called")).to_be_visible()
        demo.lift()
    demo.kill("pcscd")
    kiosk.expect("welcome", timeout_s=60)
    expect(notice).to_have_count(0)
    assert demo.card().total_verifies == 0
    assert_left_clean(demo, kiosk)
    told.demand("card.reader_lost", row=(Outcome.COUNTER, "card.reader_lost"))
    staff.context.close()
    assert_next_patient_is_served(demo, kiosk)


def test_kiosk_that_restarts_while_the_store_is_locked_lives_on_and_settles_the_visit_later(
    demo: Demo, kiosk: KioskPage
) -> None:
    hold_the_answer(demo, kiosk, "employee", "1234")
    old, busy, rows = demo.pid_of("kiosk"), demo.log("kiosk").count("code=store.busy"), len(demo.board())
    store = demo.open_store()
    try:
        with store.writing():
            demo.kill("kiosk")
            wait_for(lambda: demo.pid_of("kiosk") not in (old, None))
            # The new process meets the lock with its first write; that must neither end it nor keep its page away.
            wait_for(lambda: demo.log("kiosk").count("code=store.busy") > busy, 30)
            wait_for(lambda: answers(demo.kiosk_url), 30)
            assert answers(demo.staff_url + "login", demo.facts["ca_file"])
            assert len(demo.board()) == rows, "nothing can be written yet"
            new = demo.pid_of("kiosk")
    finally:
        store.close()
    wait_for(lambda: len(demo.board()) > rows, 30)
    assert newest(demo).outcome is Outcome.UNKNOWN
    assert (newest(demo).reason, newest(demo).is_waiting) == ("check.interrupted", True)
    assert demo.pid_of("kiosk") == new, "no crash, no restart"
    assert demo.running.process.poll() is None
    demo.fault(None)
    assert_next_patient_is_served(demo, kiosk)


def answers(url: str, ca_file: str | None = None) -> bool:
    trust = ssl.create_default_context(cafile=ca_file) if ca_file else None
    try:
        with urllib.request.urlopen(url, context=trust, timeout=30) as reply:  # noqa: S310 - our own address
            return bool(reply.status == 200)
    except OSError:
        return False
