"""スクリーンリーダーモード in a real browser: each event is told exactly once, nothing moves the focus; plain pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import Page, Route, expect

from app.clock import TOKYO
from app.eligibility.model import Validity
from app.eligibility.ports import Outcome
from app.eligibility.reception import random_letters
from app.eligibility.visual import VisualRequest
from app.speech.braille_cells import count_cells
from app.store.calls import answer_call, open_calls
from app.store.visual import StoreVisualDesk
from tests.e2e.staff_stack import NAME, OTHER_NAME, StaffBox, StaffPage
from tests.store.support import accepted, answer, person, waiting

KIOSK = "受付1"
ONE = person(name="菅原　花子", name_kana="ｽｶﾞﾜﾗ ﾊﾅｺ", contribution_ratio="030")
WATCH = """() => {
    window.told = [];
    window.moved = [];
    for (const region of document.querySelectorAll('[role=status], [role=alert]')) {
        let last = '';
        new MutationObserver(() => {
            const shown = [...region.childNodes].filter((one) => !one.hidden);
            const text = shown.map((one) => one.textContent).join('').trim();
            if (text && text !== last) window.told.push(`${region.getAttribute('role')}: ${text}`);
            last = text;
        }).observe(region, {childList: true, characterData: true, subtree: true, attributes: true});
    }
    document.addEventListener('focusin', (event) => window.moved.push(event.target.outerHTML));
    document.addEventListener('focusout', (event) => window.moved.push(event.target.outerHTML));
}"""


def now() -> datetime:
    return datetime.now(TOKYO)


def choose_reader(page: StaffPage, privacy: str = "スピーカー小") -> None:
    page.page.goto(page.box.origin + "/device")
    page.page.get_by_label("スクリーンリーダーモード").check()
    page.page.get_by_label(privacy, exact=True).check()
    page.page.get_by_role("button", name="保存").click()
    expect(page.page.get_by_text("保存しました")).to_be_visible()


def told_after(page: StaffPage, act: Callable[[], object], last: str) -> list[str]:
    """Do something and return all that status region and alerts said of it: once ``last`` stands in the list."""
    page.page.evaluate("window.told.length = 0")
    act()
    expect(page.page.locator("#news li").first).to_contain_text(last)
    return told_until_something_else_came(page)


def told_until_something_else_came(staff: StaffPage, *pages: Page) -> list[str]:
    """Let one more patient come: what would have been told a second time has been, once that one is."""
    number = staff.box.keeper.record(accepted(random_letters(), at=now()))
    for page in (staff.page, *pages):
        expect(page.locator("#news li").first).to_contain_text(f"受付番号{number}、")
    return [one for one in staff.page.evaluate("window.told") if f"受付番号{number}、" not in one]


def events(box: StaffBox, name_of: Callable[[str], str]) -> list[tuple[Callable[[], object], str, str]]:
    """What happens, the sentence without its number, and its line in braille."""
    visual = StoreVisualDesk(box.store, box.keeper._wake)
    lost = answer(person(2), validity=Validity.INVALID)
    counter = {"outcome": Outcome.COUNTER, "reason": "check.not_valid", "result": lost}

    def record(check_id: str, **changes: object) -> Callable[[], object]:
        return lambda: box.keeper.record(accepted(name_of(check_id), at=now(), **changes))

    def stopped(check_id: str, reason: str, outcome: Outcome = Outcome.VISUAL) -> Callable[[], object]:
        return lambda: box.keeper.record(waiting(name_of(check_id), outcome, reason=reason, at=now()))

    def answered() -> None:
        (call,) = open_calls(box.store)
        answer_call(box.store, box.keeper._wake, call.call_id, 2, now())

    request = VisualRequest(name_of("request"), name_of("no-pin"), KIOSK, 1, now())
    return [
        (record("valid", result=answer(ONE)), "受付番号N、資格(有効)", "N ユーコー"),
        (record("invalid", **counter), "注意。受付番号N、資格(無効)、対応待ち", "N ムコー"),
        (
            stopped("twice", "check.pin_last"),
            "受付番号N、確認できません、暗証番号が2回ちがいました、対応待ち",
            "N アンショー 2カイ チガウ",
        ),
        (
            stopped("locked", "card.pin_locked"),
            "受付番号N、確認できません、暗証番号がロックされています、対応待ち",
            "N ロック",
        ),
        (
            stopped("no-pin", "card.pin_missing"),
            "受付番号N、確認できません、暗証番号のないカード（顔認証カード）です、対応待ち",
            "N アンショー ナシ",
        ),
        (lambda: visual.open_request(request), f"{KIOSK}で目視確認を待っています", "アンショー ナシ"),
        (
            lambda: visual.close_request(request.request_id, now()),
            f"{KIOSK}の目視確認は終わりました",
            "モクシ カクニン オワリ",
        ),
        (
            stopped("out", "gateway.timeout", Outcome.COUNTER),
            "受付番号N、確認できません、照会先の返事が時間内に届きませんでした、対応待ち",
            "N ツナガラズ",
        ),
        (lambda: box.keeper.call_staff(KIOSK, "pin", now()), f"{KIOSK}で係員を呼んでいます", "ヨビダシ"),
        (answered, f"{KIOSK}の呼び出しは終わりました", "ヨビダシ オワリ"),
    ]


def test_each_event_is_told_exactly_once_on_every_page_and_stays_in_the_list(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    staff = open_page()
    staff.log_in()
    choose_reader(staff)
    board, search = staff.page, staff.new_tab()
    for page, path in ((board, "/"), (search, "/search")):
        page.goto(box.origin + path)
        page.locator("#find").fill("しけん")
        page.locator("#find").focus()
        page.evaluate(WATCH)
    expected = []
    for act, sentence, short in events(box, name_of):
        act()
        for page in (board, search):
            entry = page.locator("#news li").first
            expect(entry).to_contain_text(sentence.split("N")[-1])
            number = entry.inner_text().split("受付番号")[-1].split("、")[0] if "N" in sentence else ""
            line = entry.locator(".braille-line").inner_text()
            assert line == short.replace("N", number)
            assert count_cells(line) <= 32
            assert sentence.replace("N", number) in entry.inner_text()
        expected.append(f"status: {sentence.replace('N', number)}")
    assert told_until_something_else_came(staff, search) == expected
    for page in (board, search):
        assert page.evaluate("window.told.slice(0, -1)") == expected
        assert page.evaluate("window.moved") == []
        assert page.locator("#find").input_value() == "しけん"
        expect(page.locator("#find")).to_be_focused()
    staff.demand_clean_in_every_look()


def test_the_connection_is_missed_once_and_its_return_said_once(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_page()
    page.log_in()
    choose_reader(page)
    page.page.goto(box.origin + "/visual")
    page.page.evaluate(WATCH)
    box.kill_staff()
    expect(page.page.locator("#news li").first).to_contain_text("接続が切れています")
    expect(page.page.locator("#connection > p")).to_be_visible()
    page.demand_clean()
    number = box.keeper.record(accepted(name_of("away"), at=now()))
    box.start_staff()
    for words in ("接続が戻りました", f"受付番号{number}、資格(有効)"):
        expect(page.page.locator("#news")).to_contain_text(words)
    told = told_until_something_else_came(page)
    assert sum("接続が切れています" in one for one in told) == 1
    assert sum("接続が戻りました" in one for one in told) == 1
    assert sum(f"受付番号{number}、資格(有効)" in one for one in told) == 1
    assert page.page.evaluate("window.moved") == []


def test_a_name_is_said_by_earphone_alone_and_in_no_notification(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_page()
    page.log_in()
    choose_reader(page, "イヤホン")
    page.page.goto(box.origin)
    page.page.evaluate(WATCH)
    page.page.evaluate(
        "window.news = []; document.body.addEventListener('staff:news', (event) => window.news.push(event.detail))"
    )
    act = lambda: box.keeper.record(accepted(name_of("a"), at=now(), result=answer(ONE)))  # noqa: E731
    (told,) = told_after(page, act, "スガワラ")
    assert told.endswith("、スガワラ　ハナコ さま、資格(有効)、3割")
    line = page.page.locator("#news .braille-line").nth(1).inner_text()
    assert line.endswith("スガワラ ハナコ ユーコー 3ワリ")
    notifications = page.page.evaluate("JSON.stringify(window.news)")
    assert "資格(有効)" in notifications
    assert "スガワラ" not in notifications
    choose_reader(page, "音だけ")
    page.page.goto(box.origin)
    page.page.evaluate(WATCH)
    act = lambda: box.keeper.record(accepted(name_of("b"), at=now(), result=answer(ONE)))  # noqa: E731
    assert told_after(page, act, "資格(有効)") == []
    assert "スガワラ" not in page.page.locator("#news").inner_text()


def test_what_others_do_is_said_and_the_own_press_is_not(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    mine, theirs = name_of("mine"), name_of("theirs")
    for check_id in (mine, theirs):
        box.keeper.record(waiting(check_id, at=now()))
    page, other = open_page(), open_page()
    page.log_in(NAME)
    choose_reader(page)
    page.page.goto(box.origin)
    other.log_in(OTHER_NAME)
    page.page.evaluate(WATCH)
    page.page.locator(f"#handled-{mine}").click()
    expect(page.page.locator(f"#line-{mine}")).to_be_focused()
    told = told_after(page, lambda: other.page.locator(f"#taken-{theirs}").click(), f"担当、{OTHER_NAME}")
    assert told == [told[0]]
    expect(page.page.locator(f"#line-{mine}")).to_be_focused()
    told = told_after(page, lambda: other.page.locator(f"#handled-{theirs}").click(), f"対応済み、{OTHER_NAME}")
    assert len(told) == 1
    assert NAME not in page.page.locator("#news").inner_text()
    box.keeper.call_staff(KIOSK, "pin", now())
    button = page.page.get_by_role("button", name="対応しました")
    button.click()
    expect(page.page.locator("#calls-panel")).to_be_focused()
    told_until_something_else_came(page)
    assert "呼び出しは終わりました" not in page.page.locator("#news").inner_text()


def test_fifty_arrivals_at_once_are_counted_and_not_read(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_page()
    page.log_in()
    choose_reader(page)
    page.page.goto(box.origin + "/settings")
    page.page.evaluate(WATCH)
    held: list[Route] = []
    page.page.route("**/news-panel*", lambda route: held.append(route))  # at once for the page, however slow the box
    for number in range(50):
        last = box.keeper.record(accepted(name_of(f"q{number}"), at=now()))
    for route in held:
        route.continue_()
    page.page.unroute("**/news-panel*")  # lets go what was held meanwhile
    expect(page.page.locator("#news li").first).to_contain_text(f"受付番号{last}、")
    told = told_until_something_else_came(page)
    assert len(told) <= 12
    counted = sum(
        int(one.split("知らせが")[1].split("件")[0]) if "知らせが" in one else one.count("受付番号") for one in told
    )
    assert counted == 50
    assert page.page.locator("#news li").count() == 30


def test_keys_of_ours_rest_while_a_screen_reader_has_its_own(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    box.keeper.record(accepted(name_of("a"), at=now()))
    page = open_page()
    page.log_in()
    page.page.goto(box.origin)  # loaded: its scripts listen
    page.page.keyboard.press("j")
    assert page.page.evaluate("document.activeElement.className") == "line-body"
    choose_reader(page)
    page.demand_clean_in_every_look()
    page.page.goto(box.origin)
    for key in ("j", "/", "?", "4", "Escape"):
        page.page.keyboard.press(key)
        assert page.page.evaluate("document.activeElement === document.body")
    assert page.page.url == box.origin + "/"


def test_the_kanji_of_a_name_are_explained_and_stay_open_when_the_sheet_is_drawn_anew(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    box.keeper.record(waiting(check_id, at=now(), result=answer(ONE), reason="check.not_told"))
    page, other = open_page(), open_page()
    page.log_in()
    other.log_in(OTHER_NAME)
    page.page.goto(f"{box.origin}/checks/{check_id}")
    page.page.get_by_text("漢字の説明").click()
    expect(page.page.locator("#kanji li")).to_have_count(4)
    page.demand_clean()
    other.page.locator(f"#handled-{check_id}").click()
    expect(page.page.locator("#check-panel")).to_contain_text(f"対応済み（{OTHER_NAME}")
    expect(page.page.locator("#kanji li").first).to_be_visible()


def test_plain_pages_do_a_days_work_without_scripts(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    one = person(name="文字　だけ子", name_kana="ﾓｼﾞ ﾀﾞｹｺ")
    box.keeper.record(waiting(check_id, at=now(), result=answer(one), reason="check.not_told"))
    page = open_page(java_script_enabled=False)
    page.log_in_by_page()
    page.page.locator("#plain").click()
    expect(page.page.get_by_role("heading", level=1)).to_have_text("本日の受付")
    button = page.page.locator(f'form[action="/plain/checks/{check_id}/taken"] button')
    button.click()
    expect(page.page.get_by_text(f"担当: {NAME}")).to_be_visible()
    page.page.get_by_role("link", name="モジ　ダケコ").click()
    expect(page.page.get_by_role("heading", name="漢字の説明")).to_be_visible()
    page.page.get_by_role("button", name="すべてコピー").click()
    expect(page.page.locator("#copied-text")).to_contain_text("文字")
    page.page.get_by_role("link", name="検索", exact=True).click()
    page.page.get_by_label("氏名・カナ").fill("もじ だけこ")
    page.page.get_by_role("button", name="検索", exact=True).click()
    expect(page.page.get_by_role("heading", name="検索結果 1件")).to_be_visible()
    page.page.get_by_role("link", name="モジ　ダケコ").click()
    page.page.get_by_role("button", name="対応済み").click()
    expect(page.page.get_by_role("heading", level=1)).to_have_text("本日の受付")
    page.page.get_by_role("button", name="ログアウト").click()
    expect(page.page.get_by_role("heading", name="ログイン")).to_be_visible()


def test_plain_and_about_pages_are_clean_in_every_look(
    box: StaffBox, open_page: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    check_id = name_of("a")
    box.keeper.record(waiting(check_id, at=now(), result=answer(ONE), reason="check.not_told"))
    box.keeper.call_staff(KIOSK, "pin", now())
    page = open_page()
    page.log_in()
    for path in ("/plain", f"/plain/checks/{check_id}", "/plain/search", "/about"):
        page.page.goto(box.origin + path)
        page.demand_clean_in_every_look()
