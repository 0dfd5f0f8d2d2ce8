"""窓口での確認 over the whole app and a real store: the way from a waiting row to a kept entry, and bad input."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.eligibility.audit import AuditAction
from app.eligibility.counter import Field
from app.eligibility.people import Role
from app.eligibility.ports import Method, Outcome
from app.errors import StoreUnwritable
from app.store.detail import CheckDetail, load_detail
from app.store.people import add_staff
from tests.store.support import MORNING, waiting
from tests.web.staff_site import PASSPHRASE, Browser, Site

GOOD = {
    "insurer": "33120015",
    "symbol": "試験・１",
    "number": "００１２",
    "branch": "01",
    "name": "試験　次郎",
    "kana": "ｼｹﾝ ｼﾞﾛｳ",
    "born": "S32.4.12",
    "valid_from": "R7.8.1",
    "valid_to": "R9.7.31",
    "ratio": "030",
    "looked_by": "1",
    "received_on": "R8.11.24",
    "reason": "意識がはっきりしない",
}
ENTRY = "ab" * 16
CORPUS = {
    "long": "あ" * 10_000,
    "control": "前\x01\x1b[31m後",
    "bidi": "試験\u202e子花",
    "ivs": "邉\U000e0102試験",
    "emoji": "👩‍⚕️🙂",
    "half-width kana": "ｼﾞｭﾘ ﾌﾞﾗﾝ",
    "sql": "'; DROP TABLE checks; --",
    "html": '"><script>alert(1)</script><b id="x">&amp;',
    "formula": '=HYPERLINK("http://192.0.2.1","x")',
    "no such day": "平成31年13月40日",
    "spaces": "　 試験 　",
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.logged_in()


def a_waiting_row(site: Site, check_id: str = "w" * 8) -> int:
    return site.keeper.record(waiting(check_id, Outcome.COUNTER, reason="gateway.timeout"))


def form(**changes: str) -> dict[str, str]:
    return {"entry": ENTRY, "action": "keep", "seen": "face", **GOOD, **changes}


def kept(site: Site, check_id: str = ENTRY) -> CheckDetail | None:
    with site.store.reading() as db:
        return load_detail(db, check_id)


def carried_fields(page: str) -> dict[str, str]:
    """What the form of a page would send by itself: hidden fields and boxes, as a browser reads them."""
    found = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag, re.DOTALL)
        if name and 'type="checkbox"' not in tag:
            found[name[1]] = html.unescape(value[1]) if value else ""
    return found


def test_the_ways_stand_in_their_official_order(browser: Browser) -> None:
    page = browser.get("/fallback").text
    names = re.findall(r'<a id="way-[a-z-]+" href="([^"]*)">', page)
    assert names == [f"/fallback/{way}" for way in
                     ("certificate", "card-and-notice", "card-and-portal", "statement", "emergency")]  # fmt: skip


def test_a_waiting_row_leads_to_an_entry_that_takes_it_over(site: Site, browser: Browser) -> None:
    number = a_waiting_row(site)
    page = browser.get("/fallback/certificate?for=" + "w" * 8).text
    assert f"受付番号{number}</strong>" in page
    sent = {**carried_fields(page), **GOOD}
    preview = browser.post("/fallback/certificate", {**sent, "action": "preview"})
    assert preview.status_code == 200
    assert "この内容で記録する" in preview.text
    assert kept(site, sent["entry"]) is None
    done = browser.post("/fallback/certificate", {**carried_fields(preview.text), "action": "keep"})
    assert done.status_code == 303
    entry, row = kept(site, sent["entry"]), kept(site, "w" * 8)
    assert entry is not None
    assert row is not None
    assert (entry.record.method, entry.record.result, entry.reception_number) == (Method.CERTIFICATE, None, number + 1)
    assert entry.counter is not None
    assert entry.counter.qualification.symbol == GOOD["symbol"]
    assert entry.counter.settles_number == number
    assert row.handled_by == site.member.name
    assert row.settlement is not None
    assert row.settlement.by_check == sent["entry"]
    sheet = browser.get(done.headers["Location"]).text
    for words in ("窓口で確認", "試験・１", "33120015", "オンラインの照会ではありません"):
        assert words in sheet
    assert "資格(有効)" not in sheet
    assert "００１２" in sheet


def test_the_board_says_it_was_confirmed_at_the_counter(browser: Browser) -> None:
    assert browser.post("/fallback/certificate", form()).status_code == 303
    board = browser.get("/").text
    assert "窓口で確認" in board
    assert "sign-counter" in board
    assert "試験　次郎" in board


def test_a_form_that_is_sent_twice_is_kept_once(site: Site, browser: Browser) -> None:
    a_waiting_row(site)
    sent = form(**{"for": "w" * 8, "version": "1"})
    assert browser.post("/fallback/certificate", sent).status_code == 303
    assert browser.post("/fallback/certificate", sent).status_code == 303
    with site.store.reading() as db:
        assert db.execute("SELECT count(*) FROM checks").fetchone()[0] == 2
        assert db.execute("SELECT count(*) FROM audit WHERE action = 'fallback_entered'").fetchone()[0] == 1


def test_who_comes_second_loses_nothing_that_was_typed(site: Site, browser: Browser) -> None:
    a_waiting_row(site)
    sent = form(**{"for": "w" * 8, "version": "1"})
    assert browser.post("/fallback/certificate", sent).status_code == 303
    second = browser.post("/fallback/certificate", {**sent, "entry": "cd" * 16})
    assert second.status_code == 409
    assert "まだ記録していません。既に処理済みです" in second.text
    carried = carried_fields(second.text)
    assert {name: carried[name] for name in ("name", "symbol", "number")} == {
        name: GOOD[name] for name in ("name", "symbol", "number")
    }
    assert "for" not in carried
    assert browser.post("/fallback/certificate", {**carried, "action": "keep"}).status_code == 303
    assert kept(site, "cd" * 16) is not None


def test_a_full_disk_loses_nothing_that_was_typed(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object) -> int:
        raise StoreUnwritable()

    monkeypatch.setattr("app.web.staff.fallback.keep_entry", refuse)
    refused = browser.post("/fallback/certificate", form())
    assert refused.status_code == 503
    assert carried_fields(refused.text)["name"] == GOOD["name"]
    assert kept(site) is None


@pytest.mark.parametrize("way", ["statement", "emergency"])
def test_what_shows_no_document_is_never_called_confirmed(site: Site, browser: Browser, way: str) -> None:
    assert browser.post(f"/fallback/{way}", form()).status_code == 303
    detail = kept(site)
    assert detail is not None
    assert detail.counter is not None
    assert detail.counter.qualification.insurer_number is None
    board = browser.get("/").text
    assert "確認できません" in board
    assert "sign-counter" not in board.split("board-panel", 1)[1].split("calls-panel")[0]


def test_numbers_of_a_card_and_a_notice_may_follow(site: Site, browser: Browser) -> None:
    empty = dict.fromkeys(("insurer", "symbol", "number", "branch", "valid_from", "valid_to", "ratio"), "")
    sent = {**form(**empty), "seen": ["face", "names"], "later": "later"}
    assert browser.post("/fallback/card-and-notice", sent).status_code == 303  # type: ignore[arg-type]
    page = browser.get("/pending").text
    assert "番号がまだ" in page
    again = browser.get(f"/fallback/card-and-notice?for={ENTRY}").text
    assert carried_fields(again)["name"] == GOOD["name"]
    done = {**form(entry="cd" * 16), "seen": ["face", "names"], "for": ENTRY, "version": "1"}
    assert browser.post("/fallback/card-and-notice", done).status_code == 303  # type: ignore[arg-type]
    assert "番号がまだ" not in browser.get("/pending").text


def test_entering_is_noted_without_anything_of_the_person(site: Site, browser: Browser) -> None:
    browser.post("/fallback/emergency", form())
    with site.store.reading() as db:
        rows = db.execute(
            "SELECT actor, subject, detail FROM audit WHERE action = ?", [AuditAction.FALLBACK_ENTERED.value]
        ).fetchall()
        events = db.execute("SELECT kind || subject_id FROM event").fetchall()
    assert rows == [(site.member.name, ENTRY, "method=emergency;number=1;confirmed=no")]
    assert not any(GOOD["name"] in str(one) for one in [*rows, *events])


@pytest.mark.parametrize("bad", sorted(CORPUS))
def test_every_text_comes_back_as_it_was_typed(site: Site, browser: Browser, bad: str) -> None:
    text = CORPUS[bad]
    for field in ("name", "kana", "born", "insurer", "symbol", "number", "branch", "valid_from", "valid_to"):
        # Another field is wrong for sure, so that the form comes back whatever this text is worth.
        answer = browser.post("/fallback/certificate", form(**{field: text, "looked_by": "99"}))
        assert answer.status_code == 422
        assert carried_fields(answer.text)[field] == text
        assert '<a href="#looked_by">確かめた人を選び直してください</a>' in answer.text
        assert "<script>alert" not in answer.text
    assert kept(site) is None


@pytest.mark.parametrize("bad", ["control", "bidi", "long"])
def test_a_text_that_cannot_be_is_named_at_its_field_and_in_the_summary(browser: Browser, bad: str) -> None:
    answer = browser.post("/fallback/certificate", form(symbol=CORPUS[bad]))
    assert answer.status_code == 422
    words = "記号は60文字までです（いま10000文字）" if bad == "long" else "記号に、目に見えない制御文字が入っています"
    assert f'<a href="#symbol">{words}' in answer.text
    assert f'<span class="entry-error" id="symbol-error-1">{words}' in answer.text
    assert re.search(
        r'<input id="symbol"[^>]* aria-describedby="symbol-help symbol-error-1" aria-invalid="true"',
        answer.text,
        re.DOTALL,
    )
    assert 'tabindex="-1" autofocus' in answer.text


def test_odd_texts_are_kept_and_shown_as_typed(site: Site, browser: Browser) -> None:
    for place, bad in enumerate(("ivs", "emoji", "half-width kana", "sql", "html", "formula")):
        entry, text = f"{place:032x}", CORPUS[bad]
        done = browser.post("/fallback/certificate", form(entry=entry, name=text, symbol=text[:60]))
        assert done.status_code == 303
        detail = kept(site, entry)
        assert detail is not None
        assert detail.counter is not None
        assert detail.counter.qualification.name == text
        assert text in html.unescape(browser.get(f"/checks/{entry}").text)


def test_an_empty_form_names_every_field_that_must_be_filled(browser: Browser) -> None:
    empty = {name.value: "" for name in Field if name not in (Field.SEEN, Field.LATER)}
    answer = browser.post("/fallback/certificate", {"entry": ENTRY, "action": "keep", **empty, "looked_by": "1"})
    assert answer.status_code == 422
    for words in (
        "保険者番号を入れてください",
        "番号を入れてください",
        "氏名を入れてください",
        "生年月日を入れてください",
    ):
        assert f">{words}</a>" in answer.text
    assert "直してほしいところが4つあります" in answer.text


def test_warnings_are_shown_before_anything_is_kept(site: Site, browser: Browser) -> None:
    answer = browser.post("/fallback/certificate", form(insurer="33120014", action="preview"))
    assert answer.status_code == 200
    assert "検証番号（最後の1けた）が計算と合いません" in answer.text
    assert kept(site) is None
    back = browser.post("/fallback/certificate", {**carried_fields(answer.text), "action": "edit"})
    assert carried_fields(back.text)["insurer"] == "33120014"


def test_a_visit_that_is_gone_is_said_and_nothing_is_lost(browser: Browser) -> None:
    answer = browser.post("/fallback/certificate", form(**{"for": "gone", "version": "1"}))
    assert answer.status_code == 404
    assert carried_fields(answer.text)["name"] == GOOD["name"]


@pytest.mark.parametrize(
    "changes", [{"entry": "../../x"}, {"entry": ""}, {"for": "w" * 8, "version": "x"}, {"for": "w" * 8}]
)
def test_what_no_page_of_ours_sends_is_refused(site: Site, browser: Browser, changes: dict[str, str]) -> None:
    a_waiting_row(site)
    assert browser.post("/fallback/certificate", form(**changes)).status_code == 403
    assert browser.post("/fallback/unheard-of", form()).status_code == 403


def test_an_id_of_a_kiosks_check_cannot_be_taken(site: Site, browser: Browser) -> None:
    a_waiting_row(site, "ef" * 16)
    assert browser.post("/fallback/certificate", form(entry="ef" * 16)).status_code == 404
    detail = kept(site, "ef" * 16)
    assert detail is not None
    assert detail.record.method is Method.PIN


def test_a_viewer_may_not_enter(site: Site) -> None:
    viewer = add_staff(site.store, "見る 人", PASSPHRASE + "見", MORNING, Role.VIEWER)
    browser = site.logged_in(viewer)
    assert browser.get("/fallback").status_code == 403
    assert browser.post("/fallback/certificate", form()).status_code == 403
    assert 'href="/fallback"' not in browser.get("/").text


def test_nothing_typed_stands_in_an_address(browser: Browser) -> None:
    done = browser.post("/fallback/certificate", form())
    assert done.headers["Location"] == f"/checks/{ENTRY}"
