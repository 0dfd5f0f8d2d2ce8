"""The board all day in real browsers: hands, filters, clipboard, keys, sound, notifications and paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.clock import TOKYO
from app.eligibility.model import Validity
from app.eligibility.ports import Outcome
from app.store.board import board_rows
from app.web.staff.board_view import SHOWN
from tests.box.processes import wait_for
from tests.e2e.browsers import CHROMIUM, trusting_chromium
from tests.e2e.staff_stack import NAME, OTHER_NAME, StaffBox, StaffPage
from tests.store.support import accepted, answer, person, waiting

CLIPBOARD = ["clipboard-read", "clipboard-write"]


def now() -> datetime:
    return datetime.now(TOKYO)


def ended() -> dict[str, object]:
    return {
        "at": now(),
        "outcome": Outcome.COUNTER,
        "reason": "check.not_valid",
        "result": answer(person(), validity=Validity.INVALID),
    }


def clipboard(page: StaffPage) -> str:
    return str(page.page.evaluate("navigator.clipboard.readText()"))


# Hands


def test_of_two_who_press_at_once_one_takes_it_and_the_other_is_told(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    first, second = open_board(), open_board(name=OTHER_NAME)
    box.keeper.record(waiting(check_id, at=now()))
    for page in (first, second):
        expect(page.page.locator(f"#taken-{check_id}")).to_be_visible()
        page.context.route("**/board-panel*", lambda route: route.abort())  # neither hears of the other first
    for page in (first, second):
        page.page.locator(f"#taken-{check_id}").click(no_wait_after=True)

    def taker() -> str | None:
        return next(row.taken_by for row in board_rows(box.store, now()) if row.check_id == check_id)

    wait_for(taker)  # the one whose press came first, whoever's hand was
    name = taker()
    winner, loser = (first, second) if name == NAME else (second, first)
    expect(winner.page.locator(f"#line-{check_id}")).to_contain_text(f"担当: {name}")
    expect(loser.page.get_by_role("alert").filter(has_text="既に処理済みです")).to_be_visible()
    for page in (first, second):
        page.context.unroute("**/board-panel*")
        page.page.reload()
        expect(page.page.locator(f"#line-{check_id}")).to_contain_text(f"担当: {name}")


def test_taking_moves_no_focus_away_and_shows_at_the_other_counter(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    box.keeper.record(waiting(check_id, at=now()))
    first, second = open_board(), open_board(name=OTHER_NAME)
    first.page.locator(f"#taken-{check_id}").focus()
    first.page.keyboard.press("Enter")
    expect(first.page.locator(f"#released-{check_id}")).to_be_visible()
    expect(first.page.locator(f"#line-{check_id}")).to_be_focused()
    expect(second.page.locator(f"#line-{check_id}")).to_contain_text(f"担当: {NAME}")
    second.demand_clean()
    second.page.locator(f"#released-{check_id}").click()
    expect(first.page.locator(f"#taken-{check_id}")).to_be_visible()


# Filters and title


def test_a_filtered_board_stays_live_and_its_news_are_complete(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_board()
    page.page.get_by_role("link", name="済み").click()
    expect(page.page.get_by_role("link", name="済み")).to_have_attribute("aria-current", "true")
    before = int(page.page.locator("#board-head").get_attribute("data-waiting") or "")
    check_id = name_of("a")
    number = box.keeper.record(waiting(check_id, at=now()))
    expect(page.page.locator("#news li").first).to_have_text(f"受付番号{number}、確認できません、対応待ち")
    expect(page.page).to_have_title(f"({before + 1}) 本日の受付（練習）")
    assert page.page.locator(f"#line-{check_id}").count() == 0
    other = open_board()
    other.page.locator(f"#handled-{check_id}").click()
    expect(page.page.locator(f"#line-{check_id}")).to_contain_text("対応済み（")
    assert page.page.locator("#news li").count() == 1, "what was moved between filters is no news"
    page.page.goto(box.origin)
    expect(page.page.get_by_role("link", name="済み")).to_have_attribute("aria-current", "true")
    page.demand_clean()


def test_an_old_row_that_comes_into_sight_is_no_news(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    box.keeper.record(accepted(name_of("old"), at=now()))
    box.keeper.record(waiting(name_of("goes"), at=now()))
    for number in range(SHOWN - 1):
        box.keeper.record(accepted(name_of(f"n{number}"), at=now()))
    page = open_board(name=OTHER_NAME)
    page.page.evaluate(
        """() => {
            window.said = [];
            const status = document.getElementById('status');
            new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
        }"""
    )
    expect(page.page.locator(f"#line-{name_of('goes')}")).to_be_visible()
    assert page.page.locator(f"#line-{name_of('old')}").count() == 0
    assert page.page.locator("#board-unseen > li").count() == 0, "the rest of a long day costs nothing"
    box.keeper.withdraw(name_of("goes"))
    expect(page.page.locator(f"#line-{name_of('old')}")).to_be_visible()
    number = box.keeper.record(accepted(name_of("last"), at=now()))
    expect(page.page.locator("#news li")).to_have_text([f"受付番号{number}、資格(有効)"])
    assert [words for words in page.page.evaluate("window.said") if words] == [f"受付番号{number}、資格(有効)"]
    page.demand_clean()


HIDE = """
    window.isHidden = false;
    Object.defineProperty(document, "hidden", { get: () => window.isHidden });
    window.told = [];
    const Real = Notification;
    window.Notification = class extends Real {
        constructor(title, options) { super(title, options); window.told.push(`${title} ${options.body}`); }
    };
"""


@pytest.fixture
def whole_browser(box: StaffBox, tmp_path: Path) -> Iterator[Browser]:
    """The shell has no notifications to permit."""
    with trusting_chromium(box.files.ca_file, tmp_path, executable=CHROMIUM) as browser:
        yield browser


def test_a_hidden_tab_says_in_its_title_and_by_notification_that_something_came(
    box: StaffBox, whole_browser: Browser, name_of: Callable[[str], str]
) -> None:
    page = StaffPage(whole_browser, box)
    page.context.add_init_script(HIDE)
    page.log_in()
    page.context.grant_permissions(["notifications"], origin=box.origin)
    page.page.goto(box.origin + "/device")
    page.page.get_by_label("ほかの画面を見ているとき").check()
    page.page.get_by_role("button", name="保存").click()
    expect(page.page.get_by_text("このブラウザーは通知を許可しています")).to_be_visible()
    page.page.goto(box.origin)
    box.keeper.record(accepted(name_of("seen"), at=now()))
    expect(page.page.locator("#news li")).to_have_count(1)
    assert page.page.evaluate("window.told") == []
    page.page.evaluate("window.isHidden = true")
    one = person(name="試験　秘密", name_kana="ｼｹﾝ ﾋﾐﾂ")
    number = box.keeper.record(accepted(name_of("unseen"), at=now(), result=answer(one)))
    page.page.wait_for_function("() => window.told.length > 0")
    assert page.page.evaluate("window.told") == [f"本日の受付 受付番号{number}、資格(有効)"]
    assert page.page.title().startswith("● ")
    before = int(page.page.locator("#board-head").get_attribute("data-waiting") or "")
    box.keeper.record(waiting(name_of("waits"), at=now()))
    expect(page.page).to_have_title(f"● ({before + 1}) 本日の受付（練習）")
    page.page.evaluate("window.isHidden = false; document.dispatchEvent(new Event('visibilitychange'))")
    assert not page.page.title().startswith("● ")
    assert page.errors == []


COUNT_THE_SOUNDS = """() => {
    window.sounds = 0;
    const decode = BaseAudioContext.prototype.decodeAudioData;
    BaseAudioContext.prototype.decodeAudioData = async function (...given) {
        const sound = await decode.apply(this, given);
        window.sounds += 1;
        return sound;
    };
}"""


def test_sounds_are_off_until_wanted_and_silent_until_somebody_touched_the_page(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_board()
    page.page.locator("h1").click()
    box.keeper.record(accepted(name_of("off"), at=now()))
    expect(page.page.locator("#news li")).to_have_count(1)
    assert page.page.evaluate("document.body.dataset.played") is None
    page.page.goto(box.origin + "/device")
    page.page.get_by_label("音を鳴らす").check()
    page.page.get_by_role("button", name="対応待ちの音をためす").click()
    expect(page.page.locator("#status")).to_have_text("音を鳴らしました")
    page.page.get_by_role("button", name="保存").click()
    expect(page.page.get_by_text("保存しました")).to_be_visible()
    page.page.goto(box.origin)
    expect(page.page.locator("#sound-locked")).to_be_visible()
    box.keeper.record(waiting(name_of("locked"), at=now()))
    expect(page.page.locator("#news li")).to_have_count(1)
    assert page.page.evaluate("document.body.dataset.played") is None
    page.page.evaluate(COUNT_THE_SOUNDS)
    with page.page.expect_response("**/call.wav"):
        page.page.keyboard.press("Shift")
    expect(page.page.locator("#sound-locked")).to_be_hidden()
    page.page.wait_for_function("() => window.sounds === 3")  # what comes sooner would be silent
    for kind, record in (
        ("waiting", waiting(name_of("w"), at=now())),
        ("arrival", accepted(name_of("a"), at=now())),
    ):
        box.keeper.record(record)
        expect(page.page.locator("body")).to_have_attribute("data-played", kind)
    box.keeper.call_staff("受付9", "pin", now())
    expect(page.page.locator("body")).to_have_attribute("data-played", "call")
    page.demand_clean()


# Clipboard


def test_the_whole_and_each_field_reach_the_real_clipboard(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    one = person(name="試験\n番号\t9　花子", name_kana="ｼｹﾝ ﾊﾅｺ", contribution_ratio="020")
    box.keeper.record(accepted(check_id, at=now(), result=answer(one)))
    page = open_board()
    page.context.grant_permissions(CLIPBOARD, origin=box.origin)
    page.page.goto(f"{box.origin}/checks/{check_id}")
    page.page.get_by_role("button", name="すべてコピー").click()
    expect(page.page.locator("#status")).to_have_text("コピーしました。資格情報のすべて")
    expect(page.page.get_by_text("コピーしました：資格情報のすべて")).to_be_visible()
    lines = clipboard(page).splitlines()
    assert lines[0] == "資格情報(医療保険)"
    assert [line.split("\t")[0] for line in lines[1:8]] == [
        "確認日 : ", "保険者番号", "保険者名", "記号", "番号", "枝番", "フリガナ",
    ]  # fmt: skip
    assert lines[8] == "氏名\t試験 番号 9　花子"
    assert lines[-1] == "負担割合\t2割"
    assert page.page.locator("textarea").count() == 0, "the text leaves the page again"
    page.demand_clean()
    button = page.page.locator('[id="copy-1.insurance.number"]')
    button.focus()
    page.page.keyboard.press("Enter")
    expect(page.page.get_by_text("コピーしました：被保険者証番号")).to_be_visible()
    expect(button).to_be_focused()
    assert clipboard(page) == "00000001"
    actions = [row["detail"] for row in box.store.database()["audit"].rows_where("action = 'copied'")]
    assert actions[-2:] == ["all", "1.insurance.number"]


def test_a_right_that_is_not_valid_is_copied_as_reference(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    box.keeper.record(accepted(check_id, **ended()))
    page = open_board()
    page.context.grant_permissions(CLIPBOARD, origin=box.origin)
    page.page.goto(f"{box.origin}/checks/{check_id}")
    page.page.get_by_role("button", name="すべてコピー（参考）").click()
    expect(page.page.locator("#status")).to_contain_text("コピーしました")
    assert clipboard(page).startswith("参考：資格(無効)\n")
    page.demand_clean()


def test_where_the_clipboard_is_shut_the_text_is_shown_and_selected(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    box.keeper.record(accepted(check_id, at=now()))
    page = open_board(script="navigator.clipboard.writeText = () => Promise.reject(new Error('shut'));")
    page.page.goto(f"{box.origin}/checks/{check_id}")
    page.page.get_by_role("button", name="すべてコピー").click()
    text = page.page.locator("#copied-text")
    expect(text).to_be_visible()
    expect(text).to_be_focused()
    assert page.page.evaluate("getSelection().toString()").startswith("資格情報(医療保険)\n確認日 : \t")
    expect(page.page.locator("#status")).to_contain_text("コピーできませんでした")
    page.demand_clean()


# Keys


def test_keys_walk_the_rows_open_copy_print_and_go_back(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    for letter in "ab":
        box.keeper.record(accepted(name_of(letter), at=now(), result=answer(person(name=f"試験　{letter}"))))
    page = open_board()
    page.context.grant_permissions(CLIPBOARD, origin=box.origin)
    keys, tab = page.page.keyboard, page.page
    keys.press("k")
    expect(tab.locator("#board-panel .line-body").last).to_be_focused()
    tab.locator("h1").click()
    keys.press("j")
    rows = tab.locator("#board-panel .line-body")
    expect(rows.nth(0)).to_be_focused()
    keys.press("j")
    expect(rows.nth(1)).to_be_focused()
    keys.press("ArrowUp")
    expect(rows.nth(0)).to_be_focused()
    keys.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    box.keeper.record(accepted(name_of("c"), at=now()))
    expect(rows.nth(2)).to_be_focused()  # the same row, one further down
    keys.press("Enter")
    expect(tab.get_by_role("heading", name="資格情報", level=1)).to_be_visible()
    expect(tab.get_by_text("試験　a").first).to_be_visible()
    page.until_keys_work()
    keys.press("c")
    expect(tab.locator("#status")).to_contain_text("コピーしました")
    assert "氏名\t試験　a\n" in clipboard(page)
    keys.press("p")
    expect(tab.get_by_role("button", name="印刷する")).to_be_focused()
    page.until_keys_work()
    keys.press("Escape")
    expect(tab.locator("#check-panel")).to_be_visible()
    page.until_keys_work()
    keys.press("Escape")
    expect(tab.locator("#board-panel")).to_be_visible()
    page.until_keys_work()
    keys.press("?")
    expect(tab.get_by_role("heading", name="キー操作・音・通知")).to_be_visible()


def test_keys_rest_in_fields_with_modifiers_and_where_they_are_switched_off(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    box.keeper.record(accepted(check_id, at=now()))
    page = open_board()
    tab, keys = page.page, page.page.keyboard
    field = tab.get_by_label("資格確認結果検索")
    field.focus()
    keys.type("jkcp?")
    assert field.input_value() == "jkcp?"
    expect(field).to_be_focused()
    tab.locator("h1").click()
    keys.press("Alt+j")
    assert tab.locator(".line-body:focus").count() == 0
    tab.goto(box.origin + "/device")
    tab.get_by_label("下のキー操作を使う").uncheck()
    tab.get_by_role("button", name="保存").click()
    expect(tab.get_by_text("保存しました")).to_be_visible()
    keys.press("?")
    tab.goto(f"{box.origin}/checks/{check_id}")
    for key in ("c", "p", "Escape", "j", "/"):
        keys.press(key)
    expect(tab.locator("#check-panel")).to_be_visible()
    assert tab.url.endswith(f"/checks/{check_id}")
    expect(tab.locator("#status")).to_have_text("")
    assert tab.locator("input:focus").count() == 0


# Paper


def test_paper_is_black_on_white_without_the_site_and_other_pages_do_not_print(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    box.keeper.record(accepted(check_id, **ended()))
    page = open_board()
    tab = page.page
    tab.goto(f"{box.origin}/checks/{check_id}/print")
    page.demand_clean()
    tab.evaluate("window.print = () => { window.printed = true; }")
    tab.get_by_role("button", name="印刷する").click()
    assert tab.evaluate("window.printed")
    tab.emulate_media(media="print")
    for gone in (".site", ".paper-acts", ".skip"):
        expect(tab.locator(gone)).to_be_hidden()
    expect(tab.locator("article")).to_be_visible()
    expect(tab.locator(".watermark")).to_have_css("position", "fixed")
    assert tab.evaluate("getComputedStyle(document.querySelector('article')).color") == "rgb(0, 0, 0)"
    assert len(tab.pdf(prefer_css_page_size=True)) > 1000
    for path in ("/", f"/checks/{check_id}"):
        tab.goto(box.origin + path)
        tab.emulate_media(media="print")
        expect(tab.locator("main")).to_be_hidden()
    said = tab.evaluate("getComputedStyle(document.body, '::before').content")
    assert "「印刷」から印刷してください" in said


# Every page and state


def test_every_new_page_and_state_is_clean(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    one = person(4, sex1="2", name="試験　変子", number=name_of("n"))
    box.keeper.record(accepted(name_of("old"), at=now() - timedelta(days=2), result=answer(one)))
    moved = replace(one, insurer_number="01480011", insurer_name="全国試験協会", card_valid_to="20270331")
    box.keeper.record(accepted(name_of("moved"), at=now(), result=answer(moved)))
    box.keeper.record(accepted(name_of("ended"), **ended()))
    box.keeper.record(waiting(name_of("taken"), at=now()))
    page = open_board()
    page.page.locator(f"#taken-{name_of('taken')}").click()
    expect(page.page.locator(f"#released-{name_of('taken')}")).to_be_visible()
    paths = ["/?show=all", "/?show=waiting", "/?show=done", "/?show=attention", "/device", "/device?saved=1"]
    paths += [f"/checks/{name_of(name)}" for name in ("moved", "ended", "taken")]
    paths += [f"/checks/{name_of(name)}/print" for name in ("moved", "ended")]
    for path in paths:
        page.page.goto(box.origin + path)
        expect(page.page.locator("h1").first).to_be_visible()
        page.demand_clean_in_every_look()
