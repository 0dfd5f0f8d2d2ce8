"""States of staff pages that need somebody else, another day or too much haste: each clean in every look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from app.clock import TOKYO
from app.eligibility.model import Validity
from app.eligibility.pending import CloseReason
from app.eligibility.people import Role
from app.eligibility.ports import Outcome
from app.store.events import Waker
from app.store.kiosks import StoreKioskBook
from app.store.pending import close_pending
from app.store.values import to_text
from tests.box.processes import wait_for
from tests.day import earlier_today
from tests.e2e.browsers import trusting_chromium
from tests.e2e.staff_stack import PEOPLE, StaffBox, StaffPage
from tests.store.support import accepted, answer, waiting

VIEWER = "架空 五郎"


@pytest.fixture(scope="module")
def box_and_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StaffBox, Browser]]:
    folder = tmp_path_factory.mktemp("states")
    people = (*PEOPLE, (VIEWER, Role.VIEWER))
    with (
        closing(StaffBox(folder / "box", people)) as box,
        trusting_chromium(box.files.ca_file, folder / "home") as browser,
    ):
        now = datetime.now(TOKYO)
        box.keeper.record(accepted("fine", at=now))
        box.keeper.record(accepted("over", at=now))
        counter = {"outcome": Outcome.COUNTER, "reason": "check.not_valid"}
        box.keeper.record(accepted("lost", at=now, result=answer(validity=Validity.INVALID), **counter))
        for name in ("out", "taken"):
            box.keeper.record(waiting(name, Outcome.COUNTER, reason="gateway.timeout", at=earlier_today(5, now)))
        box.keeper.call_staff("受付1", "pin", now)
        yield box, browser


@pytest.fixture
def staff(box_and_browser: tuple[StaffBox, Browser]) -> Iterator[StaffPage]:
    box, browser = box_and_browser
    with closing(StaffPage(browser, box)) as page:
        page.log_in()
        yield page


def open_at(staff: StaffPage, path: str) -> Page:
    staff.page.goto(staff.box.origin + path)
    return staff.page


def test_a_board_whose_kiosk_is_out_of_order(staff: StaffPage) -> None:
    box = staff.box
    book = StoreKioskBook(box.store, Waker(box.settings.wake_socket).wake)
    book.note("受付1", "card.reader_lost", datetime.now(TOKYO))
    notice = staff.page.locator("#keeping-panel").get_by_text("受付機が使えません")
    expect(notice).to_be_visible()
    staff.demand_clean_in_every_look()
    book.note("受付1", None, datetime.now(TOKYO))
    expect(notice).to_have_count(0)


def test_a_sheet_whose_time_ended_while_it_was_read(staff: StaffPage) -> None:
    for seconds in (3, 30):  # a slow machine opens it too late at first
        ends = datetime.now(TOKYO).replace(microsecond=0) + timedelta(seconds=seconds)
        with staff.box.store.writing() as db:
            db.execute("UPDATE checks SET visible_until = ? WHERE check_id = 'over'", [to_text(ends)])
        page = open_at(staff, "/checks/over")
        if datetime.now(TOKYO) < ends:
            break
    expect(page.get_by_role("heading", name="資格情報", level=1)).to_be_visible()
    wait_for(lambda: datetime.now(TOKYO) > ends + timedelta(seconds=1), 60)
    page.reload()
    expect(page.get_by_text("保存期間が過ぎたため").first).to_be_visible()
    staff.demand_clean_in_every_look()


def test_an_open_visit_that_a_colleague_settles_first(staff: StaffPage) -> None:
    page = open_at(staff, "/pending/taken")
    with staff.box.store.reading() as db:
        version = db.execute("SELECT version FROM checks WHERE check_id = 'taken'").fetchone()[0]
    close_pending(staff.box.store, lambda: None, "taken", version, CloseReason.NO_VISIT, None, 2, datetime.now(TOKYO))
    page.locator("input[name=reason]").first.check()
    page.get_by_label("メモ（なくてもよい）").fill("書きかけのメモ")
    page.get_by_role("button", name="閉じる", exact=True).click()
    expect(page.get_by_text("ほかの人が先に済ませました")).to_be_visible()
    expect(page.get_by_label("書いていたメモ")).to_have_value("書きかけのメモ")
    staff.demand_clean_in_every_look()


def test_the_list_of_open_visits_and_one_of_them(staff: StaffPage) -> None:
    for path in ("/pending", "/pending/out"):
        open_at(staff, path)
        staff.demand_clean_in_every_look()


def test_somebody_who_opens_too_many_records_is_asked_to_wait(staff: StaffPage) -> None:
    page = open_at(staff, "/checks/fine")
    page.evaluate("Promise.all([...Array(130)].map(() => fetch('/checks/fine').then((one) => one.status)))")
    page.reload()
    expect(page.get_by_text("少し待つ必要があります").first).to_be_visible()
    staff.demand_clean_in_every_look()


def test_what_somebody_sees_who_may_only_look(box_and_browser: tuple[StaffBox, Browser]) -> None:
    box, browser = box_and_browser
    with closing(StaffPage(browser, box)) as staff:
        staff.log_in(VIEWER)
        for path in ("/", "/?show=waiting", "/checks/fine", "/checks/lost", "/visual", "/search"):
            page = open_at(staff, path)
            expect(page.locator("h1").first).to_be_visible()
            for word in ("対応済み", "担当する", "対応しました", "本人と確認しました"):
                expect(page.get_by_role("button", name=word)).to_have_count(0)
            staff.demand_clean_in_every_look()
