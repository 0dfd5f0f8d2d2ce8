"""窓口で確認 by ear over the real store: kept once, noted as from the page, and completed there with the kanji."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.eligibility.counter import Seen
from app.eligibility.ports import Method, Outcome
from app.errors import StoreBusy, StoreUnwritable
from app.store.audit_read import AuditFilter, read_audit
from app.store.board import board_rows
from app.store.detail import CheckDetail, load_detail
from app.store.pending import pending_rows
from app.store.people import add_staff
from app.web.staff import given
from tests.store.support import MORNING, waiting
from tests.web.staff_site import PASSPHRASE, Site
from tests.web.voice_site import Listening

NAME = "2 1 2 3 1 3 0 5 6 1 5 1 2 5"  # カクウ　ハナコ
BORN = "3 3 2 0 4 1 2"
PERSON = f"{NAME} Enter {BORN} Enter"
NUMBERS = "3 3 1 2 0 0 1 5 Enter 1 2 * 3 Enter 0 0 1 2 Enter 0 1 Enter Enter 5 0 9 0 7 3 1 Enter 3 Enter"


@pytest.fixture
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="site-"))  # short: a socket's path must fit
    made = Site(folder)
    yield made
    made.store.close()
    shutil.rmtree(folder)


ENTERS = ("Enter",) * 4


def entries(site: Site) -> list[CheckDetail]:
    """What was entered at the counter, newest first."""
    ids = [row.check_id for row in board_rows(site.store, site.clock.now()) if row.method.is_at_counter]
    with site.store.reading() as db:
        return [kept for one in ids if (kept := load_detail(db, one)) is not None]


def noted(site: Site, action: str) -> list[tuple[str | None, str | None, str | None]]:
    found = read_audit(site.store, AuditFilter(), None, 200)
    return [(one.actor, one.subject, one.detail) for one in found if one.action == action]


def open_visits(site: Site) -> list[str]:
    return [row.check_id for row in pending_rows(site.store, site.clock.now())]


def test_certificate_is_kept_and_noted_as_from_the_page(site: Site) -> None:
    someone = Listening(site)
    someone.press(f"/ * 1 {PERSON} {NUMBERS} Enter Enter")
    assert someone.said == "この内容で 記録しますか。新しい 受付、カクウ　ハナコ さま。もう一度 決定。"
    assert entries(site) == []
    assert someone.press("Enter") == "記録しました、受付番号 1。"
    assert (someone.earcon, someone.braille) == ("valid", "1 キロク")
    (kept,) = entries(site)
    assert kept.record.method is Method.CERTIFICATE
    assert kept.record.outcome is Outcome.ACCEPTED
    assert kept.counter is not None
    assert (kept.counter.looked_by, kept.counter.entered_by) == (site.member.name, site.member.name)
    one = kept.counter.qualification
    assert (one.name, one.name_kana, one.birthdate) == (None, "カクウ　ハナコ", "19570412")
    assert (one.insurer_number, one.symbol, one.number, one.branch_number) == ("33120015", "12-3", "0012", "01")
    assert (one.card_valid_to, one.contribution_ratio) == ("20270731", "030")
    assert noted(site, "fallback_entered") == [
        (site.member.name, kept.record.check_id, "method=certificate;number=1;confirmed=yes")
    ]
    assert someone.news() is None  # whoever recorded it is not told it as an arrival
    assert "カクウ　ハナコ さま、窓口で 確認" in someone.press("1")


def test_waiting_row_is_taken_over_and_who_looked_is_named(site: Site) -> None:
    other = add_staff(site.store, "カクウ タロウ", PASSPHRASE, MORNING)
    site.keeper.record(waiting("w", Outcome.COUNTER, reason="gateway.timeout"))
    someone = Listening(site)
    someone.press(f"/ 8 6 6 Enter 2 {PERSON} 2 Enter 1 Enter 1 Enter 1 Enter")
    while "カクウ タロウ" not in someone.said:
        assert someone.press("6") != ""
    someone.press("Enter Enter Enter")
    assert someone.said == "記録しました、受付番号 2。あとで確認に いれました。"
    (kept,) = entries(site)
    assert kept.counter is not None
    assert (kept.counter.looked_by, kept.counter.entered_by) == (other.name, site.member.name)
    assert kept.counter.seen == (Seen.FACE, Seen.NAMES, Seen.CARD_IN_DATE)
    assert kept.counter.settles == "w"
    assert open_visits(site) == [kept.record.check_id]
    (row,) = [row for row in board_rows(site.store, site.clock.now()) if row.check_id == "w"]
    assert not row.is_waiting


def test_numbers_that_follow_take_over_what_is_known(site: Site) -> None:
    someone = Listening(site)
    someone.press(f"/ * 2 {PERSON} 2 Enter 1 Enter 1 Enter 2 Enter Enter Enter Enter")
    (first,) = entries(site)
    someone.press("/ 4 2 2 2 2 2 2 2 2 Enter")
    assert someone.said.startswith("窓口で 確認、受付番号 1。")
    assert someone.press("1") == "氏名カナ。カクウ　ハナコ。"
    assert (site.member.name, first.record.check_id, None) in noted(site, "viewed")
    someone.press(f"Enter Enter {NUMBERS} Enter Enter Enter")
    assert someone.said == "記録しました、受付番号 2。"
    assert open_visits(site) == []
    assert entries(site)[0].counter.settles == first.record.check_id  # type: ignore[union-attr]


@pytest.mark.parametrize("is_spent", [True, False])
def test_what_is_known_is_not_given_before_it_is_noted(
    site: Site, monkeypatch: pytest.MonkeyPatch, is_spent: bool
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise StoreBusy("x")

    someone = Listening(site)
    someone.press(f"/ * 2 {PERSON} 2 Enter 1 Enter 1 Enter 2 Enter Enter Enter Enter")
    someone.browser.get(f"/checks/{open_visits(site)[0]}")
    before = len(noted(site, "viewed"))
    with monkeypatch.context() as patch:
        if is_spent:
            patch.setitem(given.LIMITS, given.Budget.DETAIL, (1, 3600.0))
        else:
            patch.setattr(given, "note", busy)
        for key in [" ".join("/422222222"), "Enter", "4", *ENTERS, "5", ".", *ENTERS, "2", *ENTERS]:
            site.clock.move(1)
            answer = someone.browser.post("/voice/key", someone._form(key), htmx=True)
            assert "ハナコ" not in answer.text
            assert "昭和" not in answer.text
        assert answer.status_code == (429 if is_spent else 503)
    assert len(entries(site)) == 1  # nobody heard a question
    assert len(noted(site, "viewed")) == before
    assert "ハナコ" in someone.press("5")
    assert len(noted(site, "viewed")) == before + 1


def test_colleague_who_was_faster_is_told_and_what_was_typed_is_kept_beside(site: Site) -> None:
    site.keeper.record(waiting("w", Outcome.COUNTER, reason="card.unreadable"))
    someone, other = Listening(site), site.logged_in()
    someone.press(f"/ 8 6 6 Enter 4 {PERSON} Enter Enter Enter")
    version = board_rows(site.store, site.clock.now())[0].version
    other.post("/checks/w/handled", {"version": str(version)})
    assert someone.press("Enter") == "既に処理済みです、べつの 受付として 記録できます。"
    assert someone.earcon == "unreachable"
    assert entries(site) == []
    assert someone.press("Enter").startswith("この内容で 記録しますか。新しい 受付、")
    assert someone.press("Enter").startswith("記録しました、受付番号 2。")
    assert len(entries(site)) == 1
    assert len(noted(site, "handled")) == 1


def test_a_full_disk_loses_nothing_and_is_recorded_once_it_can(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    someone = Listening(site)
    someone.press(f"/ * 4 {PERSON} Enter Enter Enter")

    def full(*_: object) -> int:
        raise StoreUnwritable("x")

    with monkeypatch.context() as patch:
        patch.setattr("app.store.counter.write_decision", full)
        someone.press("Enter")
    assert someone.earcon == "unreachable"
    assert "記録しました" not in someone.said
    assert entries(site) == []
    someone.press("Enter Enter")
    assert someone.said.startswith("記録しました、受付番号 1。")
    assert len(entries(site)) == 1


def test_a_lost_answer_is_told_as_news_and_nothing_is_recorded_twice(site: Site) -> None:
    someone = Listening(site)
    someone.press(f"/ * 1 {PERSON} {NUMBERS} Enter Enter")
    someone.press_unheard("Enter")
    someone.press_unheard("Enter")  # the browser or the hand tries again
    someone.press_unheard("Enter Enter")
    assert len(entries(site)) == 1
    assert someone.news() == "受付しました、カクウ　ハナコ さま、窓口で 確認。"


def test_a_lock_leaves_the_entry_and_no_question(site: Site) -> None:
    someone = Listening(site)
    someone.press(f"/ * 4 {PERSON} Enter Enter Enter")
    someone.browser.post("/lock", {})
    assert someone.browser.post("/unlock", {"passphrase": PASSPHRASE}).status_code == 303
    someone.press("Enter")
    assert entries(site) == []
    assert someone.press("/ * Enter") == "内容、申立書。カクウ　ハナコ さま。決定で 記録。"
    someone.press("Enter Enter")
    assert len(entries(site)) == 1


def test_nothing_that_was_typed_is_logged_or_noted(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    someone = Listening(site)
    someone.press(f"/ * 1 {PERSON} {NUMBERS} Enter Enter Enter")
    told = " ".join(record.getMessage() for record in caplog.records) + str(noted(site, "fallback_entered"))
    for secret in ("カクウ", "昭和32", "320412", "19570412", "33120015", "12-3", "0012"):
        assert secret not in told, secret


def test_kanji_are_written_on_the_page_later(site: Site) -> None:
    someone = Listening(site)
    someone.press(f"/ * 1 {PERSON} {NUMBERS} Enter Enter Enter")
    (first,) = entries(site)
    check_id = first.record.check_id
    browser = site.logged_in()
    sheet = browser.get(f"/checks/{check_id}").text
    assert "カクウ　ハナコ" in sheet
    assert "漢字の氏名を入れる" in sheet
    page = browser.get(f"/fallback/certificate?for={check_id}").text
    for known in ("カクウ　ハナコ", "昭和32年4月12日", "33120015", "12-3", "0012", "令和9年7月31日"):
        assert f'value="{known}"' in page, known
    assert '<option value="030" selected>' in page
    whole = {
        "entry": "cd" * 16,
        "for": check_id,
        "version": str(first.version),
        "action": "keep",
        "name": "架空　花子",
        "kana": "カクウ　ハナコ",
        "born": "昭和32年4月12日",
        "insurer": "33120015",
        "symbol": "12-3",
        "number": "0012",
        "branch": "01",
        "valid_to": "R9.7.31",
        "ratio": "030",
        "looked_by": str(site.member.staff_id),
    }
    assert browser.post("/fallback/certificate", whole).status_code == 303
    done, before = entries(site)
    assert done.counter is not None
    assert (done.counter.qualification.name, done.counter.settles) == ("架空　花子", check_id)
    assert "漢字の氏名を入れる" not in browser.get(f"/checks/{check_id}").text
    again = browser.post("/fallback/certificate", {**whole, "entry": "ef" * 16, "version": str(before.version)})
    assert again.status_code == 409


def test_page_lets_the_kanji_follow_too_and_says_so(site: Site) -> None:
    browser = site.logged_in()
    typed = {
        "entry": "cd" * 16,
        "name": "",
        "kana": "カクウ　ハナコ",
        "born": "S32.4.12",
        "received_on": "R8.11.24",
        "looked_by": str(site.member.staff_id),
    }
    assert "氏名を入れてください" in browser.post("/fallback/statement", typed).text
    preview = browser.post("/fallback/statement", {**typed, "name_later": "name_later"}).text
    assert "漢字の氏名がまだです" in preview
    assert 'name="name_later" value="name_later"' in preview
    nobody = browser.post("/fallback/statement", {**typed, "name_later": "name_later", "kana": ""})
    assert "氏名を入れてください" in nobody.text
    kept = browser.post("/fallback/statement", {**typed, "name_later": "name_later", "action": "keep"})
    assert kept.status_code == 303
    assert entries(site)[0].lacks_name


def test_closing_memo_is_kept_with_the_reason(site: Site) -> None:
    site.keeper.record(waiting("out", Outcome.COUNTER, reason="gateway.timeout"))
    someone = Listening(site)
    someone.press("/ 4 2 2 2 * 4 5 1 2 Enter Enter Enter")
    assert someone.said == "閉じました。"
    with site.store.reading() as db:
        kept = load_detail(db, "out")
    assert kept is not None
    assert kept.settlement is not None
    assert (kept.settlement.reason, kept.settlement.note) == ("asked_insurer", "トイ")
