"""Staff pages in real browsers behind the real proxy: what is committed shows at once, and nothing is ever lost."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from app.clock import TOKYO
from app.eligibility.ports import CheckRecord, Outcome
from app.store.board import board_rows
from app.web.staff.board_view import SHOWN
from tests.box.processes import wait_for
from tests.e2e.staff_stack import OTHER_NAME, StaffBox, StaffPage
from tests.store.support import accepted, answer, person, waiting

NASTY = ("<img src=x onerror=alert(1)>", "<script>alert(2)</script>", '" hx-get="/" hx-trigger="load', "試験\u202e花子")


def now() -> datetime:
    return datetime.now(TOKYO)


def valid(check_id: str, **changes: object) -> CheckRecord:
    return accepted(check_id, at=now(), **changes)


def line(page: StaffPage, check_id: str) -> str:
    return f"#line-{check_id}"


def test_two_browsers_see_a_committed_record_at_once(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    first, second = open_page(), open_page()
    first.log_in()
    second.log_in(OTHER_NAME)
    check_id = name_of("a")
    box.keeper.record(valid(check_id, result=answer(person(name="試験　二人"))))
    for page in (first, second):
        expect(page.page.locator(f"#line-{check_id}")).to_contain_text("試験　二人")
        assert page.page.locator("ol.lines > li").first.locator(f"#line-{check_id}").count() == 1
        page.demand_clean()


def test_an_arrival_is_said_once_without_a_name_kept_in_the_list_and_moves_no_focus(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_page()
    page.log_in()
    assert page.page.locator("#status").inner_text() == ""
    page.page.get_by_role("button", name="ログアウト").focus()
    number = box.keeper.record(valid(name_of("a"), result=answer(person(name="試験　音声"))))
    expect(page.page.locator("#status")).to_have_text(f"受付番号{number}、資格(有効)")
    expect(page.page.locator("#news li").first).to_have_text(f"受付番号{number}、資格(有効)")
    assert page.page.evaluate("document.activeElement.textContent") == "ログアウト"
    expect(page.page.locator("#status")).to_have_text("", timeout=40_000)
    assert page.page.locator("#news li").count() == 1


def test_focus_in_a_line_survives_an_arrival_and_follows_a_press(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_page()
    waits, comes = name_of("waits"), name_of("comes")
    box.keeper.record(waiting(waits, at=now()))
    page.log_in()
    button = page.page.locator(f"#handled-{waits}")
    button.focus()
    box.keeper.record(valid(comes))
    expect(page.page.locator(f"#line-{comes}")).to_be_visible()
    expect(button).to_be_focused()
    page.page.keyboard.press("Enter")
    expect(page.page.locator(f"#line-{waits}")).to_contain_text("対応済み（")
    expect(page.page.locator(f"#line-{waits}")).to_be_focused()
    page.demand_clean()


def test_done_shows_on_the_other_counter_and_the_slower_one_is_told(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    box.keeper.record(waiting(check_id, at=now()))
    first, second, late = open_page(), open_page(), open_page()
    for page in (first, second):
        page.log_in()
    late.context.route("**/events?*", lambda route: route.abort())  # this one has not heard yet
    late.log_in(OTHER_NAME)
    expect(late.page.locator(f"#handled-{check_id}")).to_be_visible()
    first.page.locator(f"#handled-{check_id}").click()
    expect(second.page.locator(f"#line-{check_id}")).to_contain_text("対応済み（試験 花子")
    late.page.locator(f"#handled-{check_id}").click()
    expect(late.page.get_by_role("alert").filter(has_text="既に処理済みです")).to_be_visible()
    expect(late.page.locator(f"#line-{check_id}")).to_contain_text("対応済み（試験 花子")
    late.demand_clean()


def test_a_call_for_help_appears_and_goes_when_somebody_goes(
    box: StaffBox, open_page: Callable[..., StaffPage]
) -> None:
    first, second = open_page(), open_page()
    first.log_in()
    second.log_in(OTHER_NAME)
    box.keeper.call_staff("受付1", "pin", now())
    for page in (first, second):
        expect(page.page.get_by_role("heading", name="係員を呼んでいます")).to_be_visible()
    first.demand_clean()
    first.page.get_by_role("button", name="対応しました").click()
    for page in (first, second):
        expect(page.page.get_by_text("いまは呼び出しはありません")).to_be_visible()
    expect(first.page.locator("#calls-panel")).to_be_focused()


def test_a_killed_staff_process_shows_the_banner_and_nothing_is_lost_or_doubled(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_page()
    page.log_in()
    before = name_of("before")
    box.keeper.record(valid(before))
    expect(page.page.locator(f"#line-{before}")).to_be_visible()
    box.kill_staff()
    banner = page.page.locator("#connection > p")
    expect(banner).to_be_visible()
    expect(banner).to_contain_text("接続が切れています")
    page.demand_clean()
    away = [name_of(f"away{number}") for number in range(5)]
    for check_id in away:
        box.keeper.record(valid(check_id))
    box.start_staff()
    for check_id in away:
        expect(page.page.locator(f"#line-{check_id}")).to_be_visible()
    expect(banner).to_be_hidden()
    later = name_of("later")
    number = box.keeper.record(valid(later))
    expect(page.page.locator(f"#line-{later}")).to_be_visible()
    expect(page.page.locator("#news li").first).to_have_text(f"受付番号{number}、資格(有効)")
    told = page.page.locator("#news li").all_inner_texts()
    assert len(told) == len(set(told)) == 9
    assert {"接続が切れています", "接続が戻りました"} < set(told)
    assert shown_ids(page) == [row.check_id for row in board_rows(box.store, now())][:SHOWN]


def test_a_page_drawn_before_the_restart_can_still_act(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    box.keeper.record(waiting(check_id, at=now()))
    page = open_page()
    page.log_in()
    assert box.stop_staff() == 0
    box.start_staff()
    page.page.locator(f"#handled-{check_id}").click()
    expect(page.page.locator(f"#line-{check_id}")).to_contain_text("対応済み（")


def test_a_silent_connection_is_noticed_by_the_watchdog(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_page()
    page.page.clock.install()
    page.log_in()
    page.until_keys_work()  # the watch begins with the page's scripts
    banner = page.page.locator("#connection > p")
    os.kill(box.staff_pid, signal.SIGSTOP)
    try:
        page.page.clock.fast_forward(15_000)  # the last sign of life may be some seconds old
        expect(banner).to_be_hidden()

        def is_lost_in_ten_seconds_more() -> bool:
            page.page.clock.fast_forward(10_000)
            return banner.is_visible()

        wait_for(is_lost_in_ten_seconds_more)  # the last sign of life may have been on its way while the clock moved
        check_id = name_of("a")
        box.keeper.record(valid(check_id))
    finally:
        os.kill(box.staff_pid, signal.SIGCONT)
    page.page.clock.resume()
    expect(page.page.locator(f"#line-{check_id}")).to_be_visible(timeout=40_000)
    expect(banner).to_be_hidden()


def test_an_arrival_leaves_the_other_rows_and_what_somebody_selected_alone(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    for name in ("a", "b"):
        box.keeper.record(valid(name_of(name)))
    page = open_page()
    page.log_in()
    tab = page.page
    row, other = tab.locator(f"#row-{name_of('a')}"), tab.locator(f"#row-{name_of('b')}")
    for one in (row, other):
        one.evaluate("(row) => (row.isTheSame = true)")
    tab.locator(f"#line-{name_of('a')}").evaluate("(line) => getSelection().selectAllChildren(line)")
    chosen = tab.evaluate("String(getSelection())")
    assert "試験" in chosen
    box.keeper.record(valid(name_of("new")))
    expect(tab.locator(f"#line-{name_of('new')}")).to_have_count(1)
    assert row.evaluate("(row) => row.isTheSame === true")
    assert tab.evaluate("String(getSelection())") == chosen
    expect(tab.locator("ol.lines > li").first).to_have_id(f"row-{name_of('new')}")


def test_a_press_outlives_an_arrival(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    box.keeper.record(waiting(name_of("w"), at=now()))
    page = open_page()
    page.log_in()
    tab = page.page
    button = tab.locator(f"#handled-{name_of('w')}")
    button.scroll_into_view_if_needed()
    place = button.bounding_box()
    assert place is not None
    tab.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    tab.mouse.down()
    with tab.expect_response(lambda response: "/board-panel" in response.url) as answered:
        box.keeper.record(valid(name_of("q")))
    answered.value.finished()
    expect(tab.locator(f"#line-{name_of('q')}")).to_have_count(0)
    tab.mouse.up()
    expect(tab.locator(f"#line-{name_of('w')}")).to_contain_text("対応済み（")
    expect(tab.locator(f"#line-{name_of('q')}")).to_have_count(1)


PRESSES = """() => {
    window.pressed = [];
    window.addEventListener('pointerdown', (event) => window.pressed.push(event.target.closest('button')?.id), true);
}"""


def press(tab: Page, button: str) -> None:
    """Press until one press falls on the button: rows that move before it let it fall beside."""
    tab.evaluate(PRESSES)
    while button not in tab.evaluate("() => window.pressed"):
        tab.locator(f"#{button}").click(no_wait_after=True)


def test_many_quick_commits_and_presses_end_in_the_stores_state(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page, watcher = open_page(), open_page()
    wait_for_staff = [name_of(f"w{number}") for number in range(4)]
    for check_id in wait_for_staff:
        box.keeper.record(waiting(check_id, at=now()))
    page.log_in()
    watcher.log_in(OTHER_NAME)
    for one in (page, watcher):
        one.page.goto(box.origin + "/?all=1")
    for round_number, check_id in enumerate(wait_for_staff):
        for number in range(6):
            box.keeper.record(valid(name_of(f"q{round_number}{number}")))
        press(page.page, f"handled-{check_id}")
        for number in range(6):
            box.keeper.record(valid(name_of(f"r{round_number}{number}")))
    expected = [row.check_id for row in board_rows(box.store, now())]
    for one in (page, watcher):
        expect(one.page.locator("ol.lines > li")).to_have_count(len(expected))
        for check_id in wait_for_staff:
            expect(one.page.locator(f"#line-{check_id}")).to_contain_text("対応済み（")
        assert shown_ids(one) == [row.check_id for row in board_rows(box.store, now())]


def test_log_out_closes_every_page_of_the_session_and_back_shows_nothing(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page, other = open_page(), open_page()
    box.keeper.record(valid(name_of("a"), result=answer(person(name="試験　秘密"))))
    page.log_in_by_page()
    other.log_in_by_page()
    tab = page.new_tab()
    tab.goto(box.origin)
    expect(tab.locator("ol.lines")).to_contain_text("試験　秘密")
    page.page.get_by_role("button", name="ログアウト").click()
    expect(page.page.get_by_role("heading", name="ログイン")).to_be_visible()
    expect(tab.get_by_role("heading", name="ログイン")).to_be_visible()
    expect(other.page.locator("ol.lines")).to_contain_text("試験　秘密")
    for one in (page.page, tab):
        one.go_back()
        assert "試験　秘密" not in content_of(one)
    expect(page.page.get_by_role("heading", name="ログイン")).to_be_visible()
    assert page.page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_back_after_log_out_shows_no_patient_even_without_a_network(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    box.keeper.record(valid(check_id, result=answer(person(name="試験　秘密"))))
    page = open_page()
    page.log_in_by_page()
    page.page.locator(f"#open-{check_id}").click()
    expect(page.page.get_by_role("heading", name="資格情報")).to_be_visible()
    assert "試験　秘密" in page.page.content()
    page.page.get_by_role("button", name="ログアウト").click()
    expect(page.page.get_by_role("heading", name="ログイン")).to_be_visible()
    page.context.set_offline(True)
    for _ in range(3):  # 資格情報, 本日の受付, and the log-in before them
        with contextlib.suppress(PlaywrightError):  # the browser's own page "no internet" is an error for the driver
            page.page.go_back(timeout=5_000, wait_until="commit")
        assert "試験　秘密" not in content_of(page.page)
    page.context.set_offline(False)


def test_nothing_is_kept_by_the_browser(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    box.keeper.record(waiting(check_id, at=now()))
    page = open_page()
    page.log_in_by_page()
    page.page.locator(f"#handled-{check_id}").click()
    expect(page.page.locator(f"#line-{check_id}")).to_contain_text("対応済み（")
    page.page.locator(f"#open-{check_id}").click()
    expect(page.page.get_by_role("heading", name="資格情報")).to_be_visible()
    page.until_keys_work()
    assert page.page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.page.evaluate("caches.keys()") == []
    [cookie] = page.context.cookies()
    assert cookie["name"] == "__Host-uketsuke"
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")
    assert page.page.evaluate("document.cookie") == ""


def test_hostile_text_arrives_as_text(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_page()
    page.page.on("dialog", lambda dialog: page.errors.append(dialog.message))
    page.log_in()
    for number, nasty in enumerate(NASTY):
        check_id = name_of(str(number))
        one = person(name=nasty, name_kana=nasty, address=nasty, extras=((nasty, nasty),))
        record = valid(
            check_id,
            outcome=Outcome.COUNTER,
            reason="gateway.refused",
            service_message=nasty,
            result=answer(one, notice_text=nasty),
        )
        box.keeper.record(record)
        expect(page.page.locator(f"#open-{check_id}")).to_contain_text(nasty.replace("\u202e", "\ufffd"))
    page.demand_clean()
    page.page.locator(f"#open-{name_of('0')}").click()
    expect(page.page.get_by_role("heading", name="資格情報")).to_be_visible()
    page.demand_clean()


def content_of(page: Page) -> str:
    """All that stands on a page, once it can be read: it may be on its way to another."""
    found: list[str] = []

    def has_content() -> bool:
        with contextlib.suppress(PlaywrightError):  # it changes still
            found.append(page.content())
        return bool(found)

    wait_for(has_content)
    return found[0]


def shown_ids(page: StaffPage) -> list[str]:
    return [
        str(text).removeprefix("line-")
        for text in page.page.locator("ol.lines .line-body").evaluate_all("e => e.map(x => x.id)")
    ]
