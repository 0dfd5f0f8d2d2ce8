"""The board all day: taking rows, filters, what changed, copying, printing, and what one browser wants."""

from __future__ import annotations

import html
import importlib.util
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.model import ElderlyRecipient, Validity
from app.eligibility.people import Role
from app.eligibility.ports import Outcome
from app.speech.kanji import explain_name
from app.speech.phrases.next_steps import LAG, PROOF_STEPS
from app.store.people import add_staff
from app.web.staff.desk_device import COOKIE
from app.web.staff.search import KEY_COOKIE
from app.web.staff.sheet import answer_section, qualification_sheets
from tests.store.support import MORNING, accepted, answer, full_person, person, waiting
from tests.web.staff_site import NAME, PASSPHRASE, Browser, Site, root_of
from tests.web.test_staff_board import lines, text_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def as_role(site: Site, role: Role, name: str = "架空 太郎") -> Browser:
    return site.logged_in(add_staff(site.store, name, PASSPHRASE, MORNING, role))


def audited(site: Site, *actions: str) -> list[tuple[str, str | None, str | None]]:
    rows = site.store.database()["audit"].rows_where(order_by="seq")
    return [(row["action"], row["subject"], row["detail"]) for row in rows if row["action"] in actions]


def drawn(page: str) -> list[str]:
    return re.findall(r'id="line-([\w-]+)"', page)


def cells(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.S)
    return [[text_of(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)] for row in rows]


# Taking


def test_a_taken_row_says_whose_it_is_and_can_be_freed(site: Site) -> None:
    site.keeper.record(waiting())
    browser = site.logged_in()
    taken = browser.post("/checks/check-a/taken?show=all", {"version": "1"}, htmx=True)
    assert root_of(taken.text) == ("board-panel", 1)
    words = text_of(lines(taken.text)[0])
    assert f"担当: {NAME}" in words
    assert "担当を外す" in words
    assert "担当する" not in words
    assert "対応待ち" in words
    freed = browser.post("/checks/check-a/released", {"version": "2"}, htmx=True)
    words = text_of(lines(freed.text)[0])
    assert "担当する" in words
    assert NAME not in words
    assert audited(site, "taken", "released") == [("taken", "check-a", None), ("released", "check-a", None)]


def test_the_second_who_takes_is_told_that_somebody_was_faster(site: Site) -> None:
    site.keeper.record(waiting())
    first, second = site.logged_in(), as_role(site, Role.STAFF)
    assert first.post("/checks/check-a/taken", {"version": "1"}, htmx=True).status_code == 200
    late = second.post("/checks/check-a/taken", {"version": "1"}, htmx=True)
    assert (late.status_code, late.headers["HX-Retarget"]) == (409, "#problem")
    assert "既に処理済みです" in late.text
    assert f"担当: {NAME}" in text_of(second.get("/").text)


def test_taking_works_on_the_sheet_and_without_scripts(site: Site) -> None:
    site.keeper.record(waiting())
    browser = site.logged_in()
    sheet = browser.post("/checks/check-a/taken?page=check", {"version": "1"}, htmx=True)
    assert root_of(sheet.text) == ("check-panel", 1)
    assert f"担当: {NAME}" in text_of(sheet.text)
    plain = browser.post("/checks/check-a/released", {"version": "2"})
    assert (plain.status_code, plain.headers["Location"]) == (303, "/")


def test_who_may_only_look_gets_no_buttons_and_no_way_around_them(site: Site) -> None:
    site.keeper.record(waiting("w"))
    site.keeper.record(accepted())
    viewer, owner = as_role(site, Role.VIEWER), site.logged_in()
    for path in ("/", "/checks/w", "/checks/check-a"):
        seen = viewer.get(path).text
        for caption in ("担当する", "対応済み", "コピー</", "コピー<span", 'id="print"'):
            assert caption not in seen
    assert "担当する" in owner.get("/").text
    for path in ("/checks/w/taken", "/checks/w/released", "/checks/w/handled", "/checks/check-a/copied"):
        refused = viewer.post(path, {"version": "1", "field": "all"}, htmx=True)
        assert refused.status_code == 403
    assert viewer.get("/checks/check-a/print").status_code == 403
    assert audited(site, "taken", "released", "handled", "copied", "printed") == []


# Filters


def a_day(site: Site) -> None:
    site.keeper.record(accepted("fine", minutes=0))
    site.keeper.record(accepted("noticed", minutes=1, result=answer(person(2), notice_text="期限")))
    site.keeper.record(waiting("locked", minutes=2))
    site.keeper.record(
        accepted(
            "ended",
            minutes=3,
            outcome=Outcome.COUNTER,
            reason="check.not_valid",
            result=answer(person(3), validity=Validity.INVALID),
        )
    )
    site.keeper.record(waiting("done", minutes=4))
    site.clock.move(600)


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("all", ["done", "ended", "locked", "noticed", "fine"]),
        ("waiting", ["ended", "locked"]),
        ("done", ["done", "noticed", "fine"]),
        ("attention", ["done", "ended", "locked", "noticed"]),
        ("nonsense", ["done", "ended", "locked", "noticed", "fine"]),
    ],
)
def test_a_filter_shows_its_rows_in_page_and_panel(site: Site, show: str, expected: list[str]) -> None:
    a_day(site)
    browser = site.logged_in()
    browser.post("/checks/done/handled", {"version": "1"}, htmx=True)
    page = browser.get(f"/?show={show}").text
    assert drawn(page) == expected
    assert drawn(browser.get(f"/board-panel?show={show}", htmx=True).text) == expected
    words = text_of(page)
    for caption in ("すべて 5件", "対応待ち 2件", "済み 3件", "要注意 4件"):
        assert caption in words
    assert page.count('aria-current="true"') == 1


def test_what_a_filter_leaves_out_still_arrives_as_news(site: Site) -> None:
    a_day(site)
    browser = site.logged_in()
    whole, part = browser.get("/?show=all").text, browser.get("/?show=done").text
    for attribute in ("data-key", "data-announce"):
        assert sorted(re.findall(f'{attribute}="([^"]+)"', part)) == sorted(re.findall(f'{attribute}="([^"]+)"', whole))
    assert "試験　花子3" not in part


def test_the_last_filter_is_remembered_for_its_session_alone(site: Site) -> None:
    a_day(site)
    first, second = site.logged_in(), site.logged_in()
    first.get("/?show=waiting")
    assert drawn(first.get("/").text) == ["done", "ended", "locked"]
    assert len(drawn(second.get("/").text)) == 5
    answered = first.post("/checks/locked/handled?show=waiting", {"version": "1"}, htmx=True)
    assert "locked" not in drawn(answered.text)


def test_an_empty_filter_says_so_in_words(site: Site) -> None:
    site.keeper.record(accepted())
    browser = site.logged_in()
    assert "対応を待っている受付はありません" in browser.get("/?show=waiting").text
    assert "要注意の受付はありません" in browser.get("/?show=attention").text


def test_the_title_counts_what_waits(site: Site) -> None:
    browser = site.logged_in()
    assert "<title>本日の受付" in browser.get("/").text
    site.keeper.record(waiting())
    site.keeper.call_staff("受付1", "pin", MORNING)
    page = browser.get("/?show=done").text
    assert "<title>(2) 本日の受付" in page
    assert 'data-waiting="1"' in page


# What changed


def test_a_change_is_marked_on_the_row_and_told_old_and_new_on_the_sheet(site: Site) -> None:
    one = person(sex1="2")
    site.keeper.record(accepted("old", at=MORNING - timedelta(days=3), result=answer(one)))
    moved = replace(one, insurer_number="01480011", insurer_name="全国試験協会", card_valid_to="20270331")
    site.keeper.record(accepted(result=answer(moved)))
    browser = site.logged_in()
    [line] = lines(browser.get("/?show=attention").text)
    assert "前回から変更保険者、期限別人でないか確認" in text_of(line).replace(" ", "")
    sheet = browser.get("/checks/check-a").text
    assert cells(sheet) == [
        ["項目", "前回", "今回"],
        ["保険者", "06480012", "01480011 全国試験協会"],
        ["期限", "なし", "令和9年3月31日（2027年3月31日）"],
    ]
    assert "同姓同名の別人でないか確かめてください" in sheet
    assert 'href="/checks/old"' in sheet
    old = browser.get("/checks/old").text
    assert "前回" not in text_of(old)


def test_no_change_is_said_on_the_sheet_and_not_on_the_row(site: Site) -> None:
    site.keeper.record(accepted("old", at=MORNING - timedelta(days=3)))
    site.keeper.record(accepted())
    browser = site.logged_in()
    assert "前回から" not in browser.get("/").text
    sheet = browser.get("/checks/check-a").text
    assert "前回から変更はありません" in sheet
    assert "同姓同名" not in sheet


def test_a_verdicts_change_is_told_in_its_words(site: Site) -> None:
    site.keeper.record(accepted("old", at=MORNING - timedelta(days=3)))
    site.keeper.record(
        accepted(outcome=Outcome.COUNTER, reason="check.not_valid", result=answer(validity=Validity.INVALID))
    )
    assert ["資格", "資格(有効)", "資格(無効)"] in cells(site.logged_in().get("/checks/check-a").text)


def test_two_verdicts_that_are_both_valid_are_told_apart(site: Site) -> None:
    site.keeper.record(accepted("old", at=MORNING - timedelta(days=3)))
    site.keeper.record(accepted(result=answer(validity=Validity.VALID_UNREGISTERED)))
    sheet = site.logged_in().get("/checks/check-a").text
    assert ["資格", "資格(有効)", "資格(有効)（医療扶助の登録なし）"] in cells(sheet)


# The sheet


def test_age_band_and_share_say_where_they_come_from(site: Site) -> None:
    site.keeper.record(accepted("adult"))
    soon = person(2, birthdate="19561130")  # 70 from December on
    site.keeper.record(accepted("soon", result=answer(soon)))
    certified = person(3, birthdate="19540311", elderly_recipient=ElderlyRecipient(contribution_ratio="020"))
    site.keeper.record(accepted("elderly", result=answer(certified)))
    browser = site.logged_in()
    adult = text_of(browser.get("/checks/adult").text)
    assert "46歳" in adult
    assert "就学〜69歳" in adult
    assert "3割 法律から届いた割合ではありません。就学〜69歳のため、法律では3割です" in adult
    assert "令和8年12月1日（2026年12月1日）から「70〜74歳」です" in text_of(browser.get("/checks/soon").text)
    elderly = text_of(browser.get("/checks/elderly").text)
    assert "2割高齢受給者証として届いた割合です" in elderly
    assert "法律から" not in elderly
    board = {line_id: text_of(line) for line in lines(browser.get("/").text) for line_id in drawn(line)}
    assert "3割法律から" in board["adult"]
    assert "2割" in board["elderly"]
    assert "法律から" not in board["elderly"]


@pytest.mark.parametrize(
    ("validity", "says_lag"),
    [
        (Validity.INVALID, True),
        (Validity.NO_INFORMATION, True),
        (Validity.INVALID_NEWER_EXISTS, False),
        (Validity.MULTIPLE, False),
        (None, False),
    ],
)
def test_where_another_proof_is_needed_the_steps_stand_in_order(
    site: Site, validity: Validity | None, says_lag: bool
) -> None:
    result = None if validity is None else answer(person(), validity=validity)
    reason = "gateway.timeout" if validity is None else "check.not_valid"
    site.keeper.record(accepted(outcome=Outcome.COUNTER, reason=reason, result=result))
    browser = site.logged_in()
    page = browser.get("/checks/check-a").text
    steps = re.search(r'<ol class="steps".*?</ol>', page, re.S)
    assert steps is not None
    assert [text_of(step).strip() for step in re.findall(r"<li>(.*?)</li>", steps[0], re.S)] == list(PROOF_STEPS)
    assert (LAG in page) is says_lag
    browser.post("/checks/check-a/handled", {"version": "1"}, htmx=True)
    assert PROOF_STEPS[0] not in browser.get("/checks/check-a").text


def test_a_valid_right_and_a_locked_card_need_no_other_proof(site: Site) -> None:
    site.keeper.record(accepted())
    site.keeper.record(waiting("locked"))
    site.keeper.record(accepted("untold", outcome=Outcome.COUNTER, reason="check.not_told"))
    browser = site.logged_in()
    for check_id in ("check-a", "locked", "untold"):
        assert PROOF_STEPS[0] not in browser.get(f"/checks/{check_id}").text


# Copying


def copied(browser: Browser, key: str, check_id: str = "check-a") -> str:
    response = browser.post(f"/checks/{check_id}/copied", {"field": key}, htmx=True)
    assert response.status_code == 200
    assert root_of(response.text) == ("copied-panel", 1)
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", response.text, re.S)
    assert found is not None
    return html.unescape(found[1])


def test_every_field_has_a_key_of_its_own_and_can_be_copied(site: Site) -> None:
    result = answer(full_person(), person(2), notice_text="お知らせです")
    site.keeper.record(accepted(result=result))
    browser = site.logged_in()
    page = browser.get("/checks/check-a").text
    offered = re.findall(r'class="copy" id="copy-([\w.]+)"', page)
    shown = [field for sheet in qualification_sheets(result) for section in sheet.sections for field in section.fields]
    shown += answer_section(result).fields
    assert offered == [field.key for field in shown if field.copy_text]
    assert len(set(offered)) == len(offered)
    for field in shown:
        if field.copy_text:
            assert copied(browser, field.key) == field.copy_text
    assert audited(site, "copied") == [("copied", "check-a", key) for key in offered]


def test_a_copied_value_is_the_value_alone(site: Site) -> None:
    site.keeper.record(accepted(result=answer(person(name_kana="ｼｹﾝ ﾊﾅｺ"))))
    browser = site.logged_in()
    expected = {
        "1.person.name": "試験　花子1",
        "1.person.name_kana": "シケン　ハナコ",
        "1.person.birthdate": "昭和55年2月29日",
        "1.person.age": "46歳",
        "1.insurance.insurer_number": "06480012",
        "1.insurance.contribution": "3割",
        "answer.validity": "資格(有効)",
        "answer.confirmed_on": "令和8年11月24日",
    }
    assert {key: copied(browser, key) for key in expected} == expected


def test_the_whole_is_the_official_layout_and_the_older_one_where_wanted(site: Site) -> None:
    site.keeper.record(accepted())
    browser = site.logged_in()
    whole = copied(browser, "all")
    assert whole.startswith("資格情報(医療保険)\n確認日 : \t2026/11/24\n保険者番号\t06480012\n")
    browser.post("/device", {"copies_old": "on"})
    assert copied(browser, "all") == whole.replace("資格情報(医療保険)", "資格情報")
    assert audited(site, "copied") == [("copied", "check-a", "all")] * 2


def test_what_is_copied_of_a_right_that_is_not_valid_carries_reference(site: Site) -> None:
    ended = answer(person(contribution_ratio="020"), validity=Validity.INVALID)
    site.keeper.record(accepted(outcome=Outcome.COUNTER, reason="check.not_valid", result=ended))
    browser = site.logged_in()
    assert copied(browser, "all").startswith("参考：資格(無効)\n資格情報(医療保険)\n")
    for key in ("insurer_number", "symbol", "number", "branch_number", "contribution"):
        assert copied(browser, f"1.insurance.{key}").endswith("（参考）")
    assert copied(browser, "1.person.name") == "試験　花子1"
    assert "すべてコピー（参考）" in browser.get("/checks/check-a").text


@pytest.mark.parametrize("key", ["", "nothing", "1.person.nobody", "2.person.name", "all'--", "試験", "x" * 5000])
def test_nothing_else_can_be_copied_or_put_into_the_record(site: Site, key: str) -> None:
    site.keeper.record(accepted())
    assert site.logged_in().post("/checks/check-a/copied", {"field": key}, htmx=True).status_code == 403
    assert audited(site, "copied") == []


def test_a_check_without_a_result_or_gone_gives_nothing(site: Site) -> None:
    site.keeper.record(waiting("locked"))
    none = answer(validity=Validity.NO_INFORMATION)
    site.keeper.record(
        accepted("none", outcome=Outcome.COUNTER, reason="check.not_valid", result=replace(none, qualifications=()))
    )
    browser = site.logged_in()
    for check_id, status in (("locked", 403), ("none", 403), ("never", 404)):
        assert browser.post(f"/checks/{check_id}/copied", {"field": "all"}, htmx=True).status_code == status
    assert "すべてコピー" not in browser.get("/checks/none").text


def test_without_scripts_the_text_stands_on_the_page_to_be_selected(site: Site) -> None:
    site.keeper.record(accepted())
    page = site.logged_in().post("/checks/check-a/copied", {"field": "1.person.name"}).text
    assert page.startswith("<!doctype html>")
    assert re.search(r'<div class="copied-body" data-copied="氏名">', page)
    assert "試験　花子1</textarea>" in page


def test_copied_text_from_outside_stays_text(site: Site) -> None:
    nasty = "</textarea><script>alert(1)</script>\n番号\t9"
    site.keeper.record(accepted(result=answer(person(name=nasty))))
    browser = site.logged_in()
    response = browser.post("/checks/check-a/copied", {"field": "all"}, htmx=True)
    assert "<script>" not in response.text
    assert "氏名\t</textarea><script>alert(1)</script> 番号 9\n" in copied(browser, "all")


# Paper


def test_printing_is_noted_and_the_paper_says_when_how_and_from_where(site: Site) -> None:
    site.keeper.record(accepted())
    site.clock.move(3600)
    page = site.logged_in().get("/checks/check-a/print").text
    words = text_of(page)
    for part in (
        "令和8年11月24日（2026年11月24日） 9:00",
        "暗証番号（受付1）",
        "オンラインの照会",
        "試験　花子1",
        "10:00",
    ):
        assert part in words
    assert "参考" not in words
    assert audited(site, "printed") == [("printed", "check-a", None)]


def test_the_paper_of_a_right_that_is_not_valid_says_reference_all_over(site: Site) -> None:
    site.keeper.record(
        accepted(outcome=Outcome.COUNTER, reason="check.not_valid", result=answer(validity=Validity.INVALID))
    )
    page = site.logged_in().get("/checks/check-a/print").text
    assert '<p class="watermark" aria-hidden="true">参考</p>' in page
    assert "06480012（参考）" in text_of(page)


def test_a_paper_of_nothing_is_not_found_and_not_noted(site: Site) -> None:
    assert site.logged_in().get("/checks/never/print").status_code == 404
    assert audited(site, "printed") == []


# This device


def test_what_a_browser_wants_is_kept_by_that_browser_and_told_to_its_scripts(site: Site) -> None:
    browser, other = site.logged_in(), site.logged_in()
    assert 'data-desk="keys"' in browser.get("/").text
    done = browser.post("/device", {"sound": "on", "notify": "on"})
    assert (done.status_code, done.headers["Location"]) == (303, "/device?saved=1")
    for name in (COOKIE, KEY_COOKIE):
        [cookie] = [text for text in done.headers.getlist("Set-Cookie") if text.startswith(name)]
        for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
            assert part in cookie
    page = browser.get("/device?saved=1").text
    assert 'data-desk="sound notify"' in page
    assert "保存しました" in page
    assert re.search(r'id="sound"[^>]* checked', page)
    assert not re.search(r'id="keys"[^>]* checked', page)
    assert 'data-desk="keys"' in other.get("/").text
    browser.post("/device", {})
    assert 'data-desk=""' in browser.get("/").text
    browser.post("/device", {"keys": "on"})
    assert 'data-desk="keys"' in browser.get("/").text


@pytest.mark.parametrize("text", ["", "keys.unknown", '"><script>', "x" * 4000])
def test_a_strange_cookie_is_no_error(site: Site, text: str) -> None:
    browser = site.logged_in()
    browser.client.set_cookie(COOKIE, text, domain="uketsuke.local")
    page = browser.get("/").text
    assert re.search(r'data-desk="(keys)?"', page)


def test_the_sounds_are_what_their_script_makes(tmp_path: Path) -> None:
    folder = ROOT / "static/audio"
    spec = importlib.util.spec_from_file_location("make_sounds", folder / "make_sounds.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(tmp_path)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.name for path in folder.glob("*.wav")) == ["arrival.wav", "call.wav", "waiting.wav"]
    for name in made:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_the_sheet_explains_each_kanji_of_the_name(site: Site) -> None:
    one = person(name="菅原　花子", name_kana="ｽｶﾞﾜﾗ ﾊﾅｺ")
    site.keeper.record(accepted("named", result=answer(one)))
    page = site.logged_in().get("/checks/named").text
    found = re.search(r'<details class="kanji" id="kanji">(.*?)</details>', page, re.S)
    assert found is not None
    assert re.findall(r"<li>(.*?)</li>", found[1]) == [phrase.text for phrase in explain_name("菅原　花子")]
    site.keeper.record(waiting("nameless"))
    assert "漢字の説明" not in site.logged_in().get("/checks/nameless").text
