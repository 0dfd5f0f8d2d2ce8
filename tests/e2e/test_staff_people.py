"""People, locks and the first start in a real browser behind the real proxy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from app.clock import TOKYO
from app.store.audit_check import anchor_file, verify_audit
from app.store.first_owner import make_owner_code
from app.store.values import to_text
from tests.e2e.browsers import trusting_chromium
from tests.e2e.staff_stack import NAME, OTHER_NAME, PASSPHRASE, StaffBox, StaffPage
from tests.store.support import accepted

PERSON = "架空 三郎"
NEW = "べつの長い合い言葉を書きました"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffBox]:
    box = StaffBox(tmp_path_factory.mktemp("people"))
    yield box
    box.close()


@pytest.fixture(scope="module")
def chromium(box: StaffBox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with trusting_chromium(box.files.ca_file, tmp_path_factory.mktemp("home")) as browser:
        yield browser


@pytest.fixture
def staff(box: StaffBox, chromium: Browser) -> Iterator[StaffPage]:
    page = StaffPage(chromium, box)
    yield page
    page.close()


def idle_since(box: StaffBox, name: str, minutes: float) -> None:
    """Let a person's screens have been left alone for so long."""
    with box.store.writing() as db:
        db.execute(
            "UPDATE staff_sessions SET acted_at = ? WHERE staff_id = (SELECT id FROM staff WHERE name = ?)",
            [to_text(datetime.now(TOKYO) - timedelta(minutes=minutes)), name],
        )


def unlock(page: Page, passphrase: str = PASSPHRASE) -> None:
    page.get_by_label("合言葉").fill(passphrase)
    page.get_by_role("button", name="ロックを解く").click()


def test_an_owner_adds_a_person_who_logs_in_and_makes_the_passphrase_their_own(
    staff: StaffPage, chromium: Browser, box: StaffBox
) -> None:
    staff.log_in()
    page = staff.page
    page.get_by_role("link", name="設定").click()
    page.get_by_role("link", name="職員").click()
    page.get_by_label("名前").fill(PERSON)
    page.get_by_role("button", name="追加する").click()
    expect(page.get_by_role("heading", name=f"{PERSON}さんが使えるようになりました")).to_be_visible()
    passphrase = page.locator(".made code").inner_text()
    staff.demand_clean_in_every_look()
    new = StaffPage(chromium, box)
    new.page.goto(box.origin)
    new.page.get_by_label("名前").fill(PERSON)
    new.page.get_by_label("合言葉").fill(passphrase)
    new.page.get_by_label("合言葉").press("Enter")
    expect(new.page.get_by_text("自分だけの合言葉に変えてください")).to_be_visible()
    new.demand_clean_in_every_look()
    new.page.get_by_label("今の合言葉").fill(passphrase)
    new.page.get_by_label("新しい合言葉", exact=True).fill(NEW)
    new.page.get_by_label("新しい合言葉（もう一度）").fill(NEW)
    new.page.get_by_label("新しい合言葉（もう一度）").press("Enter")
    expect(new.page.get_by_text("合言葉を変えました")).to_be_visible()
    new.page.get_by_role("link", name="本日の受付").click()
    expect(new.page.get_by_role("heading", name="本日の受付")).to_be_visible()
    expect(new.page.get_by_role("link", name="操作記録")).to_have_count(0)
    new.close()


def test_a_screen_left_alone_locks_by_itself_and_returns_to_its_page(staff: StaffPage, box: StaffBox) -> None:
    box.keeper.record(accepted("0123456789abcdef0123456789abcdef", at=datetime.now(TOKYO)))
    staff.log_in()
    page = staff.page
    page.get_by_role("link", name=re.compile("試験")).first.click()
    expect(page.get_by_role("heading", name="資格情報")).to_be_visible()
    address = page.url
    idle_since(box, NAME, 10)
    expect(page.get_by_role("heading", name="画面をロックしています")).to_be_visible(timeout=60_000)
    assert "試験　花子" not in page.content()
    staff.demand_clean_in_every_look()
    unlock(page, "ちがう合言葉ですがとても長い")
    expect(page.get_by_text("合言葉がちがいます")).to_be_visible()
    staff.demand_clean_in_every_look()
    unlock(page)
    expect(page.get_by_role("heading", name="資格情報")).to_be_visible()
    assert page.url == address


def test_using_keys_and_pointer_keeps_a_screen_open_and_polling_does_not(staff: StaffPage, box: StaffBox) -> None:
    staff.page.clock.install()
    staff.log_in()
    page = staff.page
    idle_since(box, NAME, 9)
    page.clock.fast_forward("02:00")  # its panels refresh, the stream beats
    acted = "SELECT max(acted_at) FROM staff_sessions JOIN staff ON staff.id = staff_id WHERE staff.name = ?"
    before = box.store.database().execute(acted, [NAME]).fetchone()[0]
    with page.expect_response(lambda response: "x-acted" in response.request.headers):
        page.keyboard.press("Tab")
    after = box.store.database().execute(acted, [NAME]).fetchone()[0]
    assert after > before


def test_the_lock_button_locks_every_tab_and_one_passphrase_opens_them(staff: StaffPage) -> None:
    staff.log_in()
    second = staff.new_tab()
    second.goto(staff.page.url)
    expect(second.get_by_role("heading", name="本日の受付")).to_be_visible()
    staff.page.get_by_role("button", name="ロック").click()
    for page in (staff.page, second):
        expect(page.get_by_role("heading", name="画面をロックしています")).to_be_visible()
    unlock(staff.page)
    expect(staff.page.get_by_role("heading", name="本日の受付")).to_be_visible()
    second.reload()
    expect(second.get_by_role("heading", name="本日の受付")).to_be_visible()


def test_ending_anothers_session_sends_its_open_board_to_the_log_in(
    staff: StaffPage, chromium: Browser, box: StaffBox
) -> None:
    other = StaffPage(chromium, box)
    other.log_in(OTHER_NAME)
    staff.log_in()
    staff.page.goto(f"{box.origin}/settings/sessions")
    staff.demand_clean_in_every_look()
    row = staff.page.get_by_role("listitem").filter(has=staff.page.get_by_role("heading", name=OTHER_NAME))
    row.get_by_role("button", name="終わらせる").click()
    expect(other.page.get_by_role("heading", name="ログイン")).to_be_visible()
    expect(staff.page.get_by_role("heading", name=OTHER_NAME)).to_have_count(0)
    other.close()


def test_disabling_a_person_closes_their_board(staff: StaffPage, chromium: Browser, box: StaffBox) -> None:
    other = StaffPage(chromium, box)
    other.log_in(OTHER_NAME)
    staff.log_in()
    staff.page.goto(f"{box.origin}/settings/people")
    row = staff.page.get_by_role("listitem", name=OTHER_NAME)
    row.get_by_text("そのほか").click()
    row.get_by_role("button", name="停止する").click()
    expect(other.page.get_by_role("heading", name="ログイン")).to_be_visible()
    expect(staff.page.get_by_text("停止中")).to_be_visible()
    staff.demand_clean_in_every_look()
    row.get_by_text("そのほか").click()
    row.get_by_role("button", name="停止を解く").click()
    expect(staff.page.get_by_text("停止中")).to_have_count(0)
    other.close()


def test_a_second_factor_is_enrolled_and_asked_for(staff: StaffPage, chromium: Browser, box: StaffBox) -> None:
    staff.log_in(OTHER_NAME)
    page = staff.page
    page.goto(f"{box.origin}/settings/own")
    page.locator("#second-factor").get_by_label("合言葉").fill(PASSPHRASE)
    page.get_by_role("button", name="準備する").click()
    expect(page.get_by_role("img", name=re.compile("QRコード"))).to_be_visible()
    staff.demand_clean_in_every_look()
    generator = pyotp.TOTP(page.locator("#second-factor .secret code").inner_text().replace(" ", ""))
    page.get_by_label("6けたの数字").fill(generator.now())
    page.get_by_label("6けたの数字").press("Enter")
    expect(page.locator(".codes code")).to_have_count(10)
    staff.demand_clean_in_every_look()
    code = page.locator(".codes code").first.inner_text()
    again = StaffPage(chromium, box)
    again.page.goto(box.origin)
    again.page.get_by_label("名前").fill(OTHER_NAME)
    again.page.get_by_label("合言葉").fill(PASSPHRASE)
    again.page.get_by_label("合言葉").press("Enter")
    expect(again.page.get_by_role("heading", name="確認コード")).to_be_visible()
    again.demand_clean_in_every_look()
    again.page.get_by_label("アプリに出ている6けたの数字").fill("000000")
    again.page.get_by_label("アプリに出ている6けたの数字").press("Enter")
    expect(again.page.get_by_text("もう使われています")).to_be_visible()
    again.demand_clean_in_every_look()
    again.page.get_by_label("アプリに出ている6けたの数字").fill(code)
    again.page.get_by_label("アプリに出ている6けたの数字").press("Enter")
    expect(again.page.get_by_role("heading", name="本日の受付")).to_be_visible()
    again.close()
    page.goto(f"{box.origin}/settings/own")
    page.locator("#second-factor").get_by_label("合言葉").fill(PASSPHRASE)
    page.get_by_role("button", name="確認コードをやめる").click()
    expect(page.get_by_role("button", name="準備する")).to_be_visible()


def test_every_page_of_people_and_record_is_clean(staff: StaffPage, box: StaffBox) -> None:
    staff.log_in()
    page = staff.page
    for path in ("/settings", "/settings/own", "/settings/people", "/settings/sessions", "/audit"):
        page.goto(f"{box.origin}{path}")
        staff.demand_clean_in_every_look()
    page.goto(f"{box.origin}/settings/people")
    page.get_by_role("button", name="追加する").click()
    expect(page.locator("#name-error")).to_be_visible()
    expect(page.get_by_label("名前")).to_be_focused()
    staff.demand_clean_in_every_look()
    page.goto(f"{box.origin}/audit")
    page.get_by_role("button", name="検証する").click()
    expect(page.get_by_text("すべて正常です")).to_be_visible()
    staff.demand_clean_in_every_look()
    page.get_by_role("button", name="数を見る").click()
    expect(page.get_by_text("延べ")).not_to_have_count(0)
    staff.demand_clean_in_every_look()


def test_the_sheet_is_downloaded_and_the_record_stays_whole(staff: StaffPage, box: StaffBox, tmp_path: Path) -> None:
    staff.log_in()
    staff.page.goto(f"{box.origin}/audit")
    with staff.page.expect_download() as waiting:
        staff.page.get_by_role("button", name="書き出す").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    assert file.name == "kakunin-jisseki.csv"
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert verify_audit(box.store, anchor_file(box.settings.state_dir)).is_whole


def test_people_are_managed_by_keyboard_alone(staff: StaffPage, box: StaffBox) -> None:
    staff.log_in()
    page = staff.page
    page.goto(f"{box.origin}/settings/people")
    page.get_by_label("名前").focus()
    page.keyboard.type("架空 四郎")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="追加する")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="架空 四郎さんが使えるようになりました")).to_be_visible()
    expect(page.locator(".made")).to_be_focused()
    expect(page.get_by_role("listitem", name="架空 四郎").get_by_text("閲覧だけ").first).to_be_visible()


def test_a_new_box_is_opened_with_the_code_of_its_console(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    fresh = StaffBox(tmp_path_factory.mktemp("fresh"), people=())
    with trusting_chromium(fresh.files.ca_file, tmp_path) as browser:
        staff = StaffPage(browser, fresh)
        page = staff.page
        page.goto(fresh.origin)
        expect(page.get_by_role("heading", name="はじめての設定")).to_be_visible()
        staff.demand_clean_in_every_look()
        code = make_owner_code(fresh.store, datetime.now(TOKYO))
        for given, words in (("aaaa-aaaa-aaaa", "登録コードがちがう"), (code, "15文字以上にしてください")):
            page.get_by_label("登録コード").fill(given)
            page.get_by_label("管理者の名前").fill(NAME)
            page.get_by_label("合言葉", exact=True).fill("短い")
            page.get_by_label("合言葉（もう一度）").fill("短い")
            page.get_by_label("合言葉（もう一度）").press("Enter")
            expect(page.get_by_text(words)).to_be_visible()
            staff.demand_clean_in_every_look()
        page.get_by_label("登録コード").fill(code)
        page.get_by_label("合言葉", exact=True).fill(PASSPHRASE)
        page.get_by_label("合言葉（もう一度）").fill(PASSPHRASE)
        page.get_by_label("合言葉（もう一度）").press("Enter")
        expect(page.get_by_role("heading", name="本日の受付")).to_be_visible()
        staff.demand_clean_in_every_look()
        staff.close()
    fresh.close()
