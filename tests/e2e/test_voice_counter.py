"""窓口で確認 in a real browser by the numpad alone: typed, heard, recorded, and found on the board."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime

import pytest
from playwright.sync_api import Browser, expect

from app.clock import TOKYO
from app.eligibility.ports import Method, Outcome
from app.store.board import board_rows
from tests.e2e.browsers import trusting_chromium
from tests.e2e.staff_stack import StaffBox
from tests.e2e.voice_desk_page import Ear, VoiceProcess
from tests.store.support import waiting

Stack = tuple[StaffBox, Browser]
KANA = "21231305615125"  # カクウ　ハナコ


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("counter")
    with ExitStack() as opened:
        box = opened.enter_context(closing(StaffBox(folder / "box")))
        opened.enter_context(closing(VoiceProcess(box)))
        yield box, opened.enter_context(trusting_chromium(box.files.ca_file, folder / "home"))


def test_certificate_is_recorded_for_a_waiting_row_by_the_keys_alone(stack: Stack) -> None:
    box, browser = stack
    box.keeper.record(waiting("w", Outcome.COUNTER, reason="card.unreadable", at=datetime.now(TOKYO)))
    with closing(Ear(browser, box)) as ear:
        ear.press("/", "8", "6", "6")
        ear.reads("受付番号 1、窓口で 確認。決定で ひらきます。")
        ear.press("Enter")
        ear.is_speaking()
        ear.press("1", *KANA)
        ear.reads("コ。")
        ear.press("Enter")
        ear.reads("氏名カナ、カクウ　ハナコ。生年月日、西暦 8けた、和暦 7けた。")
        ear.is_speaking()
        ear.press(*"3320412", "Enter", *"33120014", "Enter")
        ear.reads("保険者番号、最後の 1けたが 合いません。よければ 決定。")
        ear.press(".", "5", "Enter")
        ear.reads("保険者番号、33120015。記号、かけるで かな、なければ 決定。")
        ear.press(*"12*3", "Enter", *"0012", "Enter", "Enter", "Enter", *"5990731", "Enter", "3", "Enter")
        ear.reads("負担割合、3わり。確かめた人、自分、6で ほかの 人。")
        ear.press(".", ".", "Enter", "Enter", "Enter")
        ear.reads("確かめた人、自分。内容、資格確認書、受付番号 1、カクウ　ハナコ さま。決定で 記録。")
        ear.press("Enter")
        ear.reads("この内容で 記録しますか。受付番号 1、カクウ　ハナコ さま。もう一度 決定。")
        ear.is_speaking()
        ear.page.wait_for_timeout(450)  # sooner is no answer
        assert [row.method for row in board_rows(box.store, datetime.now(TOKYO)) if row.method.is_at_counter] == []
        ear.press("Enter")
        ear.reads("記録しました、受付番号 2。")
        (row,) = [row for row in board_rows(box.store, datetime.now(TOKYO)) if row.method.is_at_counter]
        assert (row.method, row.name_kana, row.reception_number) == (Method.CERTIFICATE, "カクウ　ハナコ", 2)
        ear.press("1")
        ear.reads("カクウ　ハナコ さま、窓口で 確認。")
        assert ear.staff.errors == []
        ear.page.goto(f"{box.origin}/checks/{row.check_id}")
        ear.page.get_by_role("link", name="漢字の氏名を入れる").click()
        ear.page.get_by_role("link", name="資格確認書", exact=True).click()
        expect(ear.page.get_by_label("保険者番号")).to_have_value("33120015")
        ear.page.get_by_label("氏名", exact=True).fill("架空　花子")
        ear.page.get_by_role("button", name="内容を確かめる").click()
        ear.page.get_by_role("button", name="この内容で記録する").click()
        expect(ear.page.get_by_text("架空　花子").first).to_be_visible()


def test_at_a_loudspeaker_typing_ticks_and_only_the_braille_line_has_it(stack: Stack) -> None:
    box, browser = stack
    with closing(Ear(browser, box, privacy="speaker")) as ear:
        ear.press("/", "*", "4", *KANA)
        expect(ear.page.locator("#voice-braille")).to_have_text("シメイ カナ カクウ ハナコ")
        ear.reads("（音だけ）")
        ear.press("Enter")
        ear.reads("生年月日。西暦 8けた、和暦 7けた。")
        assert ear.staff.errors == []
