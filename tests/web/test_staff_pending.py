"""「あとで確認」: who stands there, the three ways out, and what staff learn of the service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.model import Validity
from app.eligibility.people import Role
from app.eligibility.ports import CheckRecord, Method, Outcome, VisualEvidence, VisualProof
from app.eligibility.service_watch import Health
from app.errors import GatewayTimeout
from app.store.health import StoreHealthBook, service_state
from app.store.pending import candidates, count_pending, pending_rows
from app.store.people import add_staff
from app.store.questions import StoreQuestions
from app.web.staff.pending_lines import days_words
from tests.store.support import KIOSK, MORNING, accepted, answer, person, waiting
from tests.web.staff_site import PASSPHRASE, Browser, Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.logged_in()


def outage(check_id: str = "out", reason: str = "gateway.timeout") -> CheckRecord:
    return waiting(check_id, Outcome.COUNTER, reason=reason)


def open_ids(site: Site) -> list[str]:
    return [row.check_id for row in pending_rows(site.store, site.clock.now())]


def version_of(site: Site, check_id: str) -> str:
    with site.store.reading() as db:
        return str(db.execute("SELECT version FROM checks WHERE check_id = ?", [check_id]).fetchone()[0])


@pytest.mark.parametrize(
    ("record", "is_open"),
    [
        (outage(), True),
        (outage(reason="gateway.refused"), True),
        (outage(reason="store.busy"), True),
        (outage(reason="check.interrupted"), True),
        (waiting("out", Outcome.UNKNOWN, reason="check.interrupted"), True),
        (outage(reason="card.unreadable"), False),
        (waiting("out", Outcome.VISUAL), False),
        (accepted("out"), False),
        (accepted("out", outcome=Outcome.COUNTER, reason="check.not_valid",
                  result=answer(validity=Validity.INVALID)), False),
    ],
)  # fmt: skip
def test_only_visits_nobody_could_ask_about_stay_open(site: Site, record: CheckRecord, is_open: bool) -> None:
    site.keeper.record(record)
    assert open_ids(site) == (["out"] if is_open else [])


def test_a_question_that_never_came_back_is_open_after_a_minute(site: Site) -> None:
    site.keeper.open_check("asked", KIOSK, 1, site.clock.now())
    assert open_ids(site) == []
    site.clock.move(61)
    assert open_ids(site) == ["asked"]


def test_being_called_to_the_counter_confirms_nobody(site: Site, browser: Browser) -> None:
    site.keeper.record(outage())
    browser.post("/checks/out/handled", {"version": version_of(site, "out")})
    assert open_ids(site) == ["out"]


def test_the_same_visit_asked_again_with_its_card_is_no_longer_open(site: Site) -> None:
    site.keeper.record(outage())
    site.keeper.record(accepted("out"))
    assert open_ids(site) == []


def test_days_and_the_oldest_stand_on_the_board_until_it_is_confirmed(site: Site, browser: Browser) -> None:
    assert "確認を待っている受付はありません" in browser.get("/").text
    site.keeper.record(outage())
    site.clock.time = MORNING + timedelta(days=3)
    again = site.logged_in()
    words = again.get("/").text
    assert "<strong>1件</strong>" in words
    assert "いちばん古いのは3日前から" in words
    assert days_words(1) == "きのうから"
    assert "3日前から" in again.get("/pending").text
    assert count_pending(site.store, site.clock.now()) == (1, MORNING)


@pytest.mark.parametrize(
    ("day", "words", "is_loud"),
    [(24, "あと37日", False), (54, "あと7日", False), (55, "あと6日", True), (61, "今日まで", True)],
)
def test_each_open_visit_says_how_long_it_can_still_be_seen(
    site: Site, browser: Browser, day: int, words: str, is_loud: bool
) -> None:
    site.keeper.record(outage())
    site.clock.time = MORNING + timedelta(days=day - 24)
    page = site.logged_in().get("/pending").text
    assert f"記録が見られるのは{words}</p>" in page
    assert ("days-left--ending" in page) is is_loud
    assert ("記録が消える前に確認してください" in page) is is_loud


def test_a_later_valid_check_that_staff_pick_confirms_it(site: Site, browser: Browser) -> None:
    number = site.keeper.record(outage())
    site.keeper.record(accepted("later", minutes=30))
    page = browser.get("/pending/out").text
    assert "試験　花子1" in page
    done = browser.post("/pending/out/confirmed", {"version": version_of(site, "out"), "by": "later"})
    assert done.status_code == 303
    assert open_ids(site) == []
    sheet = browser.get("/checks/out").text
    assert f"受付番号{number + 1}の記録で確認しました" in sheet
    with site.store.reading() as db:
        assert db.execute("SELECT subject, detail FROM audit WHERE action = 'pending_confirmed'").fetchall() == [
            ("out", "by=later")
        ]


@pytest.mark.parametrize(
    "record",
    [
        accepted("other", minutes=-30),
        accepted("other", minutes=30, outcome=Outcome.COUNTER, reason="check.not_valid",
                 result=answer(validity=Validity.NO_INFORMATION)),
        waiting("other", Outcome.COUNTER, reason="gateway.timeout"),
    ],
)  # fmt: skip
def test_what_is_older_or_confirms_nobody_cannot_be_picked(site: Site, browser: Browser, record: CheckRecord) -> None:
    site.keeper.record(outage())
    site.keeper.record(record)
    found, _ = candidates(site.store, "out", site.clock.now())
    assert found == []
    answered = browser.post("/pending/out/confirmed", {"version": version_of(site, "out"), "by": "other"})
    assert answered.status_code == 404
    assert "out" in open_ids(site)


def test_candidates_are_narrowed_in_any_spelling(site: Site, browser: Browser) -> None:
    site.keeper.record(outage())
    site.keeper.record(accepted("a", minutes=10, result=answer(person(name="髙﨑　架子", name_kana="ﾀｶｻｷ ｶｺ"))))
    site.keeper.record(accepted("b", minutes=20))
    page = browser.post("/pending/out/find", {"q": "高崎 たかさき"}).text
    assert "髙﨑　架子" in page
    assert "試験　花子1" not in page


def test_two_people_at_once_settle_it_once(site: Site, browser: Browser) -> None:
    site.keeper.record(outage())
    site.keeper.record(accepted("later", minutes=30))
    seen = version_of(site, "out")
    assert browser.post("/pending/out/closed", {"version": seen, "reason": "twice", "note": ""}).status_code == 303
    late = browser.post("/pending/out/confirmed", {"version": seen, "by": "later"})
    assert late.status_code == 409
    assert "ほかの人が先に済ませました" in late.text


def test_a_note_survives_that_somebody_was_faster(site: Site, browser: Browser) -> None:
    site.keeper.record(outage())
    seen = version_of(site, "out")
    browser.post("/checks/out/handled", {"version": seen})
    sent = {"version": seen, "reason": "asked_insurer", "note": "電話で <確認> した"}
    changed = browser.post("/pending/out/closed", sent)
    assert changed.status_code == 409
    assert 'id="close-error"' in changed.text
    assert 'value="電話で &lt;確認&gt; した"' in changed.text
    assert 'value="asked_insurer" checked' in changed.text
    assert open_ids(site) == ["out"]
    version = re.search(r'name="version" value="(\d+)"', changed.text)
    assert version is not None
    assert browser.post("/pending/out/closed", {**sent, "version": version[1]}).status_code == 303
    gone = browser.post("/pending/out/closed", sent)
    assert gone.status_code == 409
    assert "ほかの人が先に済ませました" in gone.text
    assert 'value="電話で &lt;確認&gt; した" readonly' in gone.text
    reloaded = browser.get("/pending/out")
    assert reloaded.status_code == 200
    assert "この受付は、もう済んでいます" in reloaded.text
    assert "保険者に確かめた「電話で &lt;確認&gt; した」" in reloaded.text
    assert browser.post("/pending/none/closed", sent).status_code == 404


def test_a_note_survives_an_answer_that_came_meanwhile(site: Site, browser: Browser) -> None:
    site.keeper.record(outage())
    seen = version_of(site, "out")
    site.keeper.record(accepted("out", minutes=1))
    sent = {"version": seen, "reason": "asked_insurer", "note": "電話で確認した"}
    answered = browser.post("/pending/out/closed", sent)
    assert answered.status_code == 409
    assert "この受付は、もう確認を待っていません" in answered.text
    assert 'value="電話で確認した" readonly' in answered.text


def test_a_search_that_is_too_long_is_said_at_its_field(site: Site, browser: Browser) -> None:
    site.keeper.record(outage())
    site.keeper.record(accepted("later", minutes=30))
    answered = browser.post("/pending/out/find", {"q": "あ" * 201})
    assert answered.status_code == 422
    assert '<span class="entry-error" id="q-error">長すぎます。200文字までにしてください' in answered.text
    assert f'value="{"あ" * 201}"' in answered.text
    assert "試験　花子1" in answered.text, "nothing is narrowed by it"
    assert browser.post("/pending/out/find", {"q": "あ" * 200}).status_code == 200


def test_closing_asks_for_a_reason_and_loses_no_note(site: Site, browser: Browser) -> None:
    site.keeper.record(outage())
    for note in ("電話で確認", "長" * 201, "a\x07b"):
        answered = browser.post("/pending/out/closed", {"version": version_of(site, "out"), "note": note})
        assert answered.status_code == 422
        assert "閉じる理由を選んでください" in answered.text
        assert f'value="{note}"' in answered.text
    assert open_ids(site) == ["out"]
    sent = {"version": version_of(site, "out"), "reason": "asked_insurer", "note": "電話で確認"}
    assert browser.post("/pending/out/closed", sent).status_code == 303
    assert open_ids(site) == []
    assert "保険者に確かめた「電話で確認」" in browser.get("/checks/out").text


def test_when_the_service_is_back_staff_see_whom_to_call(site: Site, browser: Browser) -> None:
    number = site.keeper.record(outage())
    book = StoreHealthBook(site.store, site.desk.wake)
    book.note(KIOSK, Health("gateway.unreachable", site.clock.now()), 0)
    page = browser.get("/pending").text
    assert "照会先につながりません" in page
    assert "カードなしでは照会し直せません" in page
    assert "もう一度照会する" not in page, "nothing can be asked again: the button says what it does"
    assert "つながるか確かめる" in page
    assert browser.post("/pending/try").status_code == 303
    assert "照会先につないでいます" in browser.get("/pending").text
    assert book.asked() == 1
    site.clock.move(2)
    book.note(KIOSK, Health(None, site.clock.now()), 1)
    page = browser.get("/pending/panel", htmx=True).text
    assert "照会先とつながりました" in page
    assert f'カードが必要です。お呼びしてください</strong>：受付番号 <a href="#open-out">{number}</a>' in page
    assert ("pending-panel", "service") in site.desk.events()


def test_who_was_confirmed_by_staff_is_asked_about_again_and_the_others_are_called(
    site: Site, browser: Browser
) -> None:
    by_card = site.keeper.record(outage())
    evidence = VisualEvidence(b"der", VisualProof("試験 太郎", MORNING))
    site.keeper.open_check("seen", KIOSK, 1, MORNING, Method.VISUAL, evidence)
    by_staff = site.keeper.record(waiting("seen", Outcome.COUNTER, method=Method.VISUAL, reason="gateway.timeout"))
    page = browser.get("/pending").text
    assert "つながれば、カードのいらない1件を照会し直す" in page
    assert f'カードなしで照会し直せます</strong>：受付番号 <a href="#open-seen">{by_staff}</a>' in page
    browser.post("/pending/try")
    StoreHealthBook(site.store, site.desk.wake).note(KIOSK, Health(None, site.clock.now()), 1)
    site.clock.move(2)
    assert StoreQuestions(site.store, site.desk.wake).keep_answer("seen", answer(), site.clock.now())
    page = browser.get("/pending/panel", htmx=True).text
    assert f'カードが必要です。お呼びしてください</strong>：受付番号 <a href="#open-out">{by_card}</a>' in page
    assert "カードなしで照会し直せます" not in page
    answered = page[page.index('id="answered-heading"') : page.index('id="pending-heading"')]
    assert "試験　花子1" in answered
    assert "資格(有効)" in answered
    assert "対応を待っています" not in answered
    assert "つながるか確かめる" in page
    assert "照会できなかった受付に、あとから答えが届きました" in browser.get("/checks/seen").text
    record = browser.get("/audit").text
    assert "つながるか確かめ、照会し直すよう受付機に頼んだ" in record
    assert re.search("カードなしで照会し直した</span>.*答えが届きました", record, re.DOTALL)
    StoreQuestions(site.store, site.desk.wake).keep_failure("out", GatewayTimeout(), site.clock.now())
    record = browser.get("/audit").text
    assert re.search("カードなしで照会し直した</span>.*照会先の返事が時間内に届きませんでした", record, re.DOTALL)
    assert "もう一度照会した" not in record


def test_a_late_answer_stands_under_its_number_on_the_day_of_the_visit(site: Site, browser: Browser) -> None:
    evidence = VisualEvidence(b"der", VisualProof("試験 太郎", MORNING))
    site.keeper.open_check("seen", KIOSK, 1, MORNING, Method.VISUAL, evidence)
    site.keeper.record(waiting("seen", Outcome.COUNTER, method=Method.VISUAL, reason="gateway.timeout"))
    site.clock.time = MORNING + timedelta(days=8, hours=1)
    assert StoreQuestions(site.store, site.desk.wake).keep_answer("seen", answer(), site.clock.now())
    browser = site.logged_in()
    page = browser.get("/checks/seen").text
    assert "令和8年11月24日（2026年11月24日） 9:00</time>" in page
    assert "答えが届いたのは令和8年12月2日（2026年12月2日） 10:00" in page
    paper = browser.get("/checks/seen/print").text
    assert "<dt>受付した日時</dt><dd>令和8年11月24日（2026年11月24日） 9:00</dd>" in paper
    assert "<dt>確認した日時</dt><dd>令和8年12月2日（2026年12月2日） 10:00</dd>" in paper
    browser.post("/search", {"q": "2026/11/24"})
    found = browser.get("/search").text
    assert "11月24日(火) 9:00</time>" in found
    assert "あと60日" in found, "kept for as long as its answer"
    assert "2026-11-24 09:00" in browser.post("/search/export", {"q": "試験", "all": "1"}).data.decode()
    browser.post("/search", {"q": "2026/12/2"})
    assert "見つかりませんでした" in browser.get("/search").text


def test_a_press_that_no_kiosk_answers_is_said(site: Site, browser: Browser) -> None:
    browser.post("/pending/try")
    site.clock.move(31)
    assert "受付機の返事がありません" in browser.get("/pending").text
    assert service_state(site.store).is_up is None


def test_a_viewer_sees_the_count_and_no_more(site: Site) -> None:
    site.keeper.record(outage())
    viewer = site.logged_in(add_staff(site.store, "見る 人", PASSPHRASE + "見", MORNING, Role.VIEWER))
    board = viewer.get("/").text
    assert "まだ確認できていません" in board
    assert 'href="/pending"' not in board
    assert viewer.get("/pending").status_code == 403
    assert viewer.post("/pending/try").status_code == 403


def test_what_is_over_is_hidden_from_every_list(site: Site) -> None:
    site.keeper.record(outage())
    site.clock.time = MORNING.replace(year=2027, month=1, day=1)
    assert open_ids(site) == []
    assert count_pending(site.store, site.clock.now()) == (0, None)
