"""資格確認結果検索: the box, its results and errors, the way back, the export; nothing typed gets into an address."""

from __future__ import annotations

import csv
import html
import io
import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.audit import AuditAction
from app.eligibility.model import Validity
from app.eligibility.people import Role
from app.eligibility.ports import Outcome
from app.eligibility.search_query import MAX_TYPED
from app.store.people import add_staff
from app.web.staff.search import KEY_COOKIE
from app.web.staff.search_csv import FILE_NAME, HEAD, number, plain
from app.web.staff.search_memory import KEPT_S, MOST, LastSearch, SearchMemory
from tests.store.support import MORNING, HandClock, accepted, answer, person, waiting
from tests.web.staff_site import PASSPHRASE, Browser, Site
from tests.web.test_staff_board import XSS

WANTED = person(
    7,
    name="髙橋　純",
    name_kana="ﾀｶﾊｼ ｼﾞｭﾝ",
    birthdate="19570412",
    insurer_name="架空健康保険組合",
    contribution_ratio="030",
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.keeper.record(accepted("wanted", result=answer(WANTED)))
    site.keeper.record(accepted("other", minutes=1, result=answer(person(8))))
    site.clock.move(600)
    return site


def search(browser: Browser, text: str) -> str:
    """Type and follow to the results, as a browser does."""
    sent = browser.post("/search", {"q": text})
    assert (sent.status_code, sent.headers["Location"]) == (303, "/search")
    return browser.get("/search").text


def words(page: str) -> str:
    return html.unescape(re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", "", page.split('<main id="main"')[1])))


def opened(page: str) -> list[str]:
    return re.findall(r'id="open-([\w-]+)"', page)


def audit(site: Site, action: AuditAction) -> list[tuple[str, str, str]]:
    found = site.store.database().execute(
        "SELECT actor, outcome, detail FROM audit WHERE action = ? ORDER BY seq", [action.value]
    )
    return [(str(actor), str(outcome), str(detail)) for actor, outcome, detail in found.fetchall()]


def test_every_page_has_the_box_in_its_head_and_the_search_page_has_one_only(site: Site) -> None:
    browser = site.logged_in()
    for path in ("/", "/checks/wanted", "/search", "/settings"):
        page = browser.get(path).text
        assert page.count('name="q"') == 1, path
        assert page.count('role="search"') == 1
        assert 'action="/search"' in page


@pytest.mark.parametrize(
    "typed", ["ﾀｶﾊｼ", "たかはし", "高橋", "S32.4.12", "昭和32年4月12日", "0000-0007", "たかはし きょう"]
)
def test_a_search_shows_its_check_with_all_that_a_line_of_the_board_has(site: Site, typed: str) -> None:
    page = search(site.logged_in(), typed)
    assert opened(page) == ["wanted"]
    shown = words(page)
    for part in ("検索結果 1件", "髙橋　純", "タカハシ　ジュン", "11月24日(火) 9:00", "資格(有効)", "3割",
    "暗証番号", "06480012", "架空健康保険組合",
                 "昭和32年4月12日生"):  # fmt: skip
        assert part in shown
    assert 'href="/checks/wanted"' in page
    assert f'value="{html.escape(typed)}"' in page


def test_days_and_numbers_say_how_they_were_read(site: Site) -> None:
    browser = site.logged_in()
    assert "生年月日 昭和32年4月12日（1957年4月12日）" in words(search(browser, "S32.4.12"))
    assert "受付した日 2026年11月1日から2026年11月24日まで" in words(search(browser, "11/1-11/24"))
    assert "番号 00000007" in words(search(browser, "0000 0007"))
    assert "読み取った条件" not in search(browser, "たかはし")


def test_nothing_found_says_so_with_hints(site: Site) -> None:
    page = search(site.logged_in(), "いないひと")
    assert "検索結果 0件" in words(page)
    assert "見つかりませんでした" in words(page)
    assert "06480012" in words(page), "an example of each kind"
    assert "CSV" not in words(page)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("S32.2.30", "「S32.2.30」という日付はありません"),
        ("平成31年5月1日", "令和元年5月1日のことですか"),
        ("11/22-11/1", "終わりの日が始まりの日より前です"),
        ("", "どれかを入れてください"),
        ("・・・", "文字か数字を入れてください"),
        ("あ" * (MAX_TYPED + 1), "長すぎます"),
        ("ア " * 13, "ことばが多すぎます"),
    ],
)
def test_what_cannot_be_searched_is_said_at_the_box_and_what_was_typed_stays(site: Site, typed: str, said: str) -> None:
    answer_ = site.logged_in().post("/search", {"q": typed})
    assert answer_.status_code == 422
    assert said in words(answer_.text)
    assert f'value="{html.escape(typed)}"' in answer_.text
    assert re.search(r'<input id="find"[^>]*aria-describedby="find-error find-help" aria-invalid="true"', answer_.text)
    assert re.search(r'<span class="entry-error" id="find-error">', answer_.text)


HOSTILE = [
    *XSS, "あ" * 10_000, "\x00\x1b\x7f", "\u202e\u2066名前", "葛\U000e0100城", "👩‍👩‍👧", "ﾊﾝｶｸ", "' OR 1=1 --",
    "=cmd|' /C calc'!A0", "2025-02-29", "R99.1.1", "%_*?",
    "\ufdd0", "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"), "NEAR/2 AND",
    "\r\nSet-Cookie: a=b",
]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
def test_no_input_breaks_the_page_or_is_lost(site: Site, typed: str) -> None:
    browser = site.logged_in()
    sent = browser.post("/search", {"q": typed})
    page = sent.text if sent.status_code == 422 else browser.get("/search").text
    assert sent.status_code in (303, 422)
    box = re.search(r'<input id="find" name="q" type="search" value="([^"]*)"', page)
    assert box is not None
    assert html.unescape(box[1]) == typed
    assert "<script>alert" not in page
    assert "onerror=alert" not in re.sub(r'value="[^"]*"', "", page)


def test_nothing_typed_gets_into_an_address_a_log_line_or_the_record(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    browser = site.logged_in()
    with caplog.at_level(logging.DEBUG):
        sent = browser.post("/search", {"q": "髙橋 ﾀｶﾊｼ S32.4.12 00000007"})
        page = browser.get("/search").text
        browser.post("/search/export", {"q": "髙橋 ﾀｶﾊｼ", "trail": ""})
    assert sent.headers["Location"] == "/search"
    for address in re.findall(r'(?:href|action|hx-\w+|src)="([^"]*)"', page):
        assert not re.search("%E|髙|ﾀ|S32|0007", address)
    noted = "".join(map(str, audit(site, AuditAction.SEARCHED) + audit(site, AuditAction.EXPORTED)))
    for text in (caplog.text, noted):
        assert not any(part in text for part in ("髙橋", "高橋", "タカハシ", "ﾀｶﾊｼ", "S32", "1957", "0007"))


def test_each_search_is_noted_with_its_kinds_and_count(site: Site) -> None:
    search(site.logged_in(), "たかはし S32.4.12 今月")
    assert audit(site, AuditAction.SEARCHED) == [("試験 花子", "ok", "by=bornin+days+named/numbered found=1")]


def test_the_last_search_comes_back_from_a_detail_and_belongs_to_its_session(site: Site) -> None:
    mine, other = site.logged_in(), site.logged_in()
    assert "検索結果へ戻る" not in mine.get("/checks/wanted").text
    search(mine, "たかはし")
    assert 'href="/search">検索結果へ戻る' in mine.get("/checks/wanted").text
    assert opened(mine.get("/search").text) == ["wanted"]
    assert opened(other.get("/search").text) == []
    assert 'value="たかはし"' not in other.get("/search").text
    assert "検索結果へ戻る" not in other.get("/checks/wanted").text


def test_log_out_wipes_the_last_search(site: Site) -> None:
    browser = site.logged_in()
    search(browser, "たかはし")
    token = browser.session_token()
    browser.post("/logout")
    browser.client.set_cookie("__Host-uketsuke", token, domain="uketsuke.local")
    memory = next(
        cell.cell_contents
        for cell in (site.app.view_functions["staff.search"].__closure__ or ())
        if isinstance(cell.cell_contents, SearchMemory)
    )
    assert memory.recall(token) is None


def test_clearing_the_search_shows_the_empty_page_again(site: Site) -> None:
    browser = site.logged_in()
    search(browser, "たかはし")
    assert browser.post("/search/new").headers["Location"] == "/search"
    assert "探し方" in browser.get("/search").text


def test_memory_forgets_by_time_and_by_number() -> None:
    clock = HandClock()
    memory = SearchMemory(clock)
    memory.remember("a", LastSearch("x"))
    clock.time += timedelta(seconds=KEPT_S - 1)
    assert memory.recall("a") == LastSearch("x")
    clock.time += timedelta(seconds=2)
    assert memory.recall("a") is None
    for place in range(MOST + 1):
        memory.remember(f"t{place}", LastSearch("x"))
    assert memory.recall("t0") is None
    assert memory.recall("t1") is not None


def test_pages_turn_both_ways(site: Site) -> None:
    for place in range(120):
        site.keeper.record(accepted(f"c{place:03d}", minutes=2 + place / 60, result=answer(person(place + 100))))
    browser = site.logged_in()
    page = search(browser, "シケン")
    seen = [opened(page)]
    assert "1〜50件目" in words(page)
    for _ in range(2):
        trail = re.search(r'id="older" name="trail" value="([\d.]+)"', page)
        assert trail is not None
        assert browser.post("/search/page", {"q": "シケン", "trail": trail[1]}).headers["Location"] == "/search"
        page = browser.get("/search").text
        seen.append(opened(page))
    assert 'id="older"' not in page
    assert "101〜121件目" in words(page)
    assert [check_id for shown in seen for check_id in shown] == [f"c{place:03d}" for place in reversed(range(120))] + [
        "other"
    ]
    trail = re.search(r'id="newer" name="trail" value="([\d.]*)"', page)
    assert trail is not None
    browser.post("/search/page", {"q": "シケン", "trail": trail[1]})
    assert opened(browser.get("/search").text) == seen[1]


@pytest.mark.parametrize("trail", ["x", "-1", "1.", "9" * 30, ".".join("1" * 500), "1;2"])
def test_a_trail_that_we_did_not_make_is_refused(site: Site, trail: str) -> None:
    assert site.logged_in().post("/search/page", {"q": "シケン", "trail": trail}).status_code == 403


def test_a_check_whose_time_is_over_is_gone_from_the_same_results(site: Site) -> None:
    browser = site.logged_in()
    assert opened(search(browser, "たかはし")) == ["wanted"]
    site.clock.time = MORNING.replace(month=12, day=31, hour=23, minute=59, second=59)
    browser = site.logged_in()
    assert opened(search(browser, "たかはし")) == ["wanted"]
    site.clock.move(1)
    assert opened(browser.get("/search").text) == []
    assert browser.post("/search/export", {"q": "たかはし"}).status_code == 422


def test_the_key_can_be_switched_off_and_on_and_outlives_the_session(site: Site) -> None:
    browser = site.logged_in()
    assert 'data-find aria-keyshortcuts="/"' in browser.get("/").text
    browser.post("/search/key", {"key": "off"})
    for path in ("/", "/search"):
        assert "data-find" not in browser.get(path).text
    browser.post("/logout")
    cookie = browser.client.get_cookie(KEY_COOKIE, domain="uketsuke.local")
    assert cookie is not None
    assert (cookie.value, cookie.http_only, cookie.secure, cookie.same_site) == ("off", True, True, "Strict")
    browser = site.logged_in()
    browser.client.set_cookie(KEY_COOKIE, "off", domain="uketsuke.local")
    browser.post("/search/key", {"key": "on"})
    assert "data-find" in browser.get("/").text


# The export


def table(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    assert text.count("\r\n") == text.count("\n") == text.count("\r")
    return list(csv.reader(io.StringIO(text, newline="")))


def export(browser: Browser, text: str, **more: str) -> list[dict[str, str]]:
    answer_ = browser.post("/search/export", {"q": text, **more})
    assert answer_.status_code == 200
    head, *rows = table(answer_.data)
    assert tuple(head) == HEAD
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_owner_exports_what_was_found_and_it_is_noted_with_its_count(site: Site) -> None:
    browser = site.logged_in()
    answer_ = browser.post("/search/export", {"q": "たかはし"})
    assert answer_.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer_.headers["Content-Disposition"] == f'attachment; filename="{FILE_NAME}"'
    assert FILE_NAME.isascii()
    assert answer_.headers["Cache-Control"] == "no-store"
    [row] = export(browser, "たかはし")
    assert row == {
        "受付日時": "2026-11-24 09:00", "受付番号": "1", "資格": "資格(有効)", "参考": "", "確認方法": "暗証番号",
        "氏名": "髙橋　純",
        "氏名カナ": "タカハシ ジュン", "生年月日": "1957-04-12", "性別": "", "保険者番号": "'06480012",
        "保険者名": "架空健康保険組合",
        "記号": "'試験１", "番号": "'00000007", "枝番": "'01", "本人・家族": "", "負担割合": "3割",
        "高齢受給者証の負担割合": "",
        "資格取得日": "", "資格喪失日": "",
    }  # fmt: skip
    assert audit(site, AuditAction.EXPORTED)[0] == ("試験 花子", "ok", "by=named/numbered rows=1 reference=no")


def test_only_the_owner_may_export(site: Site) -> None:
    for role in (Role.STAFF, Role.VIEWER):
        browser = site.logged_in(add_staff(site.store, f"架空 {role}", PASSPHRASE, MORNING, role))
        assert "CSV" not in search(browser, "たかはし")
        answer_ = browser.post("/search/export", {"q": "たかはし"})
        assert answer_.status_code == 403
        assert "高橋" not in answer_.text
    assert audit(site, AuditAction.EXPORTED) == []
    assert "CSVを保存" in search(site.logged_in(), "たかはし")


def test_results_that_are_not_valid_are_exported_only_when_asked_and_marked(site: Site) -> None:
    bad = {"outcome": Outcome.COUNTER, "reason": "check.not_valid", "minutes": 2}
    site.keeper.record(accepted("bad", **bad, result=answer(person(9), person(10), validity=Validity.INVALID)))
    site.keeper.record(waiting("nobody", minutes=3))
    browser = site.logged_in()
    assert {row["参考"] for row in export(browser, "きょう")} == {""}
    assert len(export(browser, "きょう")) == 2
    rows = export(browser, "きょう", all="1")
    assert [(row["資格"], row["参考"]) for row in rows] == [
        ("確認できません", "参考"), ("資格(無効)", "参考"), ("資格(無効)", "参考"), ("資格(有効)", ""),
        ("資格(有効)", ""),
    ]  # fmt: skip
    refused = browser.post("/search/export", {"q": "11/24 試験花子9"})
    assert refused.status_code == 422
    assert "書き出せる有効な結果がありません" in refused.text
    assert 'value="11/24 試験花子9"' in refused.text


def test_an_export_that_is_not_noted_does_not_happen(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.errors import StoreBusy
    from app.store import audit as audit_module

    browser = site.logged_in()

    def busy(*_: object, **__: object) -> None:
        raise StoreBusy()

    monkeypatch.setattr(audit_module, "record_audit", busy)
    answer_ = browser.post("/search/export", {"q": "たかはし"})
    assert answer_.status_code == 503
    assert b"\xef\xbb\xbf" not in answer_.data


@pytest.mark.parametrize(
    "formula",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM", " =1", "　=1",
    "\u200b=1", "\ufeff=1", "\u202e=1", "﹦1", "﹣1", "−1", "=cmd|' /C calc'!A0",
     '";=1', '=HYPERLINK("http://x","y")'],
)  # fmt: skip
def test_no_cell_is_a_formula(site: Site, formula: str) -> None:
    bad = person(11, name=formula, name_kana=formula, insurer_name=formula, symbol=formula, number=formula,
    birthdate=formula,
                 sex1=formula, contribution_ratio=formula)  # fmt: skip
    site.keeper.record(accepted("bad", minutes=5, result=answer(bad)))
    answer_ = site.logged_in().post("/search/export", {"q": "きょう"})
    rows = table(answer_.data)
    assert len(rows) == 4, "nothing in a cell starts a line of its own"
    assert len(rows[1]) == len(HEAD)
    for cell in (cell for row in rows[1:] for cell in row):
        assert not re.match(r"[=+\-@\t\r\n＝＋－＠﹦﹣−]", re.sub(r"^[\s\u200b\ufeff\u202e]+", "", cell)), cell


@given(st.text())
def test_a_cell_never_begins_with_what_is_calculated_nor_holds_a_line_break(text: str) -> None:
    for cell in (plain(text), number(text)):
        assert not re.match(r"[=+\-@\t\r＝＋－＠]", cell)
        assert not set("\r\n\t\x00\u2028") & set(cell)


def test_numbers_keep_their_zeros_and_hyphens_as_text() -> None:
    assert number("00012345") == "'00012345"
    assert number("1-2") == "'1-2"
    assert number("") == ""
    assert plain("試験　花子") == "試験　花子"


def searched(site: Site) -> list[str]:
    with site.store.reading() as db:
        rows = db.execute("SELECT detail FROM audit WHERE action = 'searched' ORDER BY seq").fetchall()
    return [row[0] for row in rows]


def test_each_page_of_a_search_shows_people_and_is_noted(site: Site) -> None:
    site.keeper.record(accepted("a"))
    browser = site.logged_in()
    assert browser.post("/search/page", {"q": "試験", "trail": ""}).status_code == 303
    assert "試験　花子" in browser.get("/search").text
    browser.post("/search/page", {"q": "花子", "trail": ""})
    assert len(searched(site)) == 2
    assert all(re.fullmatch(r"by=\S+ page=\d+", detail) for detail in searched(site))
