"""本日の受付: what a line says, fragments and whole pages, and the two buttons."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.model import Validity
from app.eligibility.people import Role
from app.eligibility.ports import Outcome
from app.speech.phrases import NOT_VALID_STEPS, REASONS, VERDICTS, reason_words
from app.store.people import add_staff
from app.web.staff.board_view import SHOWN
from tests.store.support import KIOSK, MORNING, accepted, answer, person, waiting
from tests.web.staff_site import NAME, PASSPHRASE, Site, root_of

XSS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE checks; --",
    "{{ 7*7 }}{% raw %}",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;b&gt;",
    '" hx-get="/logout" hx-trigger="load',
    "a\u202eb\u2066c\u0000d\u001be\nf",
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def lines(page: str) -> list[str]:
    return re.findall(r'<li class="line.*?</li>', page, re.S)


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", "", markup)))


def test_an_empty_day_says_so_in_words(site: Site) -> None:
    page = site.logged_in().get("/").text
    assert "本日の受付はまだありません" in page
    assert "いまは呼び出しはありません" in page


def test_a_valid_check_shows_number_time_name_kana_verdict_and_share(site: Site) -> None:
    kept = person(name="試験　花子", name_kana="ｼｹﾝ ﾊﾅｺ", contribution_ratio="030")
    site.keeper.record(accepted(result=answer(kept)))
    [line] = lines(site.logged_in().get("/").text)
    words = text_of(line)
    for part in ("試験　花子", "シケン　ハナコ", "9:00", "資格(有効)", "3割", "暗証番号", "確認は済みました", KIOSK):
        assert part in words
    assert "対応済み" not in words
    assert '<svg class="sign"' in line


def test_newest_comes_first_and_waiting_ones_are_marked_and_counted(site: Site) -> None:
    site.keeper.record(accepted("a"))
    site.keeper.record(waiting("b", minutes=2))
    site.keeper.record(accepted("c", minutes=1))
    site.clock.move(300)
    page = site.logged_in().get("/").text
    assert [re.search(r'id="line-(\w)"', line)[1] for line in lines(page)] == ["b", "c", "a"]
    assert ["対応待ち" in text_of(line) for line in lines(page)] == [True, False, False]
    assert "3件" in page
    assert "対応待ち 1件" in page


@pytest.mark.parametrize("validity", list(Validity))
def test_every_verdict_has_its_words_its_own_sign_and_its_step(site: Site, validity: Validity) -> None:
    outcome = Outcome.ACCEPTED if validity.is_valid else Outcome.COUNTER
    reason = None if validity.is_valid else "check.not_valid"
    site.keeper.record(accepted(outcome=outcome, reason=reason, result=answer(person(), validity=validity)))
    words = text_of(lines(site.logged_in().get("/").text)[0])
    assert VERDICTS[validity] in words
    assert NOT_VALID_STEPS.get(validity, "確認は済みました") in words
    assert ("対応待ち" in words) is not validity.is_valid


def test_the_six_signs_differ_in_form(site: Site) -> None:
    seen = set()
    for number, validity in enumerate([*(v for v in Validity if v is not Validity.VALID_UNREGISTERED), None]):
        result = None if validity is None else answer(person(), validity=validity)
        site.keeper.record(accepted(f"c{number}", outcome=Outcome.COUNTER, reason="check.bug", result=result))
    page = site.logged_in().get("/").text
    drawn = dict(re.findall(r'<symbol id="([\w-]+)"[^>]*>(.*?)</symbol>', page))
    for line in lines(page):
        [sign] = re.findall(r'<use href="#([\w-]+)"', line)
        seen.add(drawn[sign])
    assert len(seen) == 6


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_has_its_words_and_next_step_on_the_board(site: Site, reason: str) -> None:
    site.keeper.record(waiting(reason=reason, outcome=Outcome.COUNTER))
    words = text_of(lines(site.logged_in().get("/").text)[0])
    assert reason_words(reason).staff in words
    assert reason_words(reason).next_step in words
    assert "確認できません" in words
    assert "氏名は届いていません" in words


def test_a_result_nobody_was_told_keeps_its_verdict_and_asks_for_staff(site: Site) -> None:
    site.keeper.record(accepted(outcome=Outcome.COUNTER, reason="check.card_removed_early"))
    words = text_of(lines(site.logged_in().get("/").text)[0])
    assert "資格(有効)" in words
    assert reason_words("check.card_removed_early").staff in words
    assert "確認は済みました" not in words


@pytest.mark.parametrize("name", ["試験　●子", "〓田　花子"])
def test_a_sign_for_a_missing_character_is_shown_with_a_note(site: Site, name: str) -> None:
    site.keeper.record(accepted(result=answer(person(name=name))))
    words = text_of(site.logged_in().get("/").text)
    assert name in words
    assert "表示できない漢字があります。券面を確かめてください。" in words


def test_rare_kanji_and_variants_are_shown_as_received(site: Site) -> None:
    name = "髙﨑　𠮷子葛\U000e0100"
    site.keeper.record(accepted(result=answer(person(name=name))))
    page = site.logged_in().get("/").text
    assert name in page
    assert "表示できない漢字" not in page


@pytest.mark.parametrize("nasty", XSS)
def test_text_from_outside_stays_text(site: Site, nasty: str) -> None:
    one = person(name=nasty, name_kana=nasty, insurer_name=nasty, address=nasty, extras=((nasty, nasty),))
    site.keeper.record(
        accepted(
            outcome=Outcome.COUNTER,
            reason="gateway.refused",
            service_code=nasty,
            service_message=nasty,
            result=answer(one, notice_text=nasty, notice_code=nasty),
        )
    )
    site.keeper.call_staff(nasty, nasty, MORNING)
    browser = site.logged_in()
    for path in ("/", "/checks/check-a"):
        page = browser.get(path).text
        for raw in (
            "<script>alert",
            "<img",
            "<svg onload",
            '" hx-get="/logout"',
            "\u202e",
            "\u2066",
            "\u0000",
            "\u001b",
        ):
            assert raw not in page
        clean = re.sub("[\u202e\u2066\u0000\u001b\n]", "\ufffd", nasty)
        assert clean in html.unescape(page)


def test_a_fragment_is_exactly_the_panel_and_a_direct_visit_the_whole_page(site: Site) -> None:
    site.keeper.record(waiting())
    site.keeper.call_staff(KIOSK, "pin", MORNING)
    browser = site.logged_in()
    for path, panel in (
        ("/board-panel", "board-panel"),
        ("/calls-panel", "calls-panel"),
        ("/checks/check-a/panel", "check-panel"),
    ):
        assert root_of(browser.get(path, htmx=True).text) == (panel, 1)
        whole = browser.get(browser.get(path).headers.get("Location", path)).text
        assert whole.startswith("<!doctype html>")
        assert whole.count(f'id="{panel}"') == 1
        boosted = browser.get(path, htmx=True, **{"HX-Boosted": "true"})
        assert boosted.text.startswith("<!doctype html>") or boosted.headers["Location"] == "/checks/check-a"


def test_ids_are_unique_on_every_page(site: Site) -> None:
    for letter in "abc":
        site.keeper.record(waiting(letter))
    site.keeper.call_staff(KIOSK, "pin", MORNING)
    site.keeper.call_staff("受付2", "pin", MORNING)
    browser = site.logged_in()
    for path in ("/", "/checks/a"):
        ids = re.findall(r'\sid="([^"]+)"', browser.get(path).text)
        assert len(ids) == len(set(ids))


def test_panels_carry_the_cursor_of_what_they_show(site: Site) -> None:
    browser = site.logged_in()
    before = re.search(
        r'data-live="board-panel pending-panel" data-nudge="board-head" data-cursor="(\d+)"', browser.get("/").text
    )
    assert before is not None
    assert before[1] == "0"
    site.keeper.record(accepted())
    site.keeper.call_staff(KIOSK, "pin", MORNING)
    page = browser.get("/").text
    assert set(re.findall(r'data-cursor="(\d+)"', page)) == {"2"}
    assert re.findall(r'data-cursor="(\d+)"', browser.get("/checks/check-a").text) == ["2"]


def test_done_marks_the_line_with_who_and_when(site: Site) -> None:
    site.keeper.record(waiting())
    browser = site.logged_in()
    site.clock.move(60)
    answered = browser.post("/checks/check-a/handled", {"version": "1"}, htmx=True)
    assert answered.status_code == 200
    assert root_of(answered.text) == ("board-panel", 1)
    words = text_of(lines(answered.text)[0])
    assert f"対応済み（{NAME} 9:01）" in words
    assert "対応待ち" not in words


def test_the_second_person_is_told_that_it_is_done(site: Site) -> None:
    site.keeper.record(waiting())
    add_staff(site.store, "架空 太郎", PASSPHRASE, MORNING)
    first, second = site.logged_in(), site.browser()
    second.log_in("架空 太郎")
    assert first.post("/checks/check-a/handled", {"version": "1"}, htmx=True).status_code == 200
    late = second.post("/checks/check-a/handled", {"version": "1"}, htmx=True)
    assert late.status_code == 409
    assert late.headers["HX-Retarget"] == "#problem"
    assert root_of(late.text) == ("problem", 1)
    assert "既に処理済みです" in late.text
    assert NAME in text_of(lines(second.get("/").text)[0])


def test_a_line_that_changed_meanwhile_is_not_marked(site: Site) -> None:
    site.keeper.record(waiting())
    browser = site.logged_in()
    site.keeper.record(accepted(outcome=Outcome.COUNTER, reason="gateway.timeout", result=None))
    assert browser.post("/checks/check-a/handled", {"version": "1"}, htmx=True).status_code == 409
    assert "対応待ち" in browser.get("/").text


def test_without_scripts_a_button_goes_back_to_the_board(site: Site) -> None:
    site.keeper.record(waiting())
    site.keeper.call_staff(KIOSK, "pin", MORNING)
    browser = site.logged_in()
    call_id = re.search(r"/calls/(\w+)/answered", browser.get("/").text)
    assert call_id is not None
    for path in ("/checks/check-a/handled", f"/calls/{call_id[1]}/answered"):
        done = browser.post(path, {"version": "1"})
        assert (done.status_code, done.headers["Location"]) == (303, "/")
    again = browser.post("/checks/check-a/handled", {"version": "1"})
    assert again.status_code == 409
    assert "既に処理済みです" in again.text


def test_a_call_shows_kiosk_time_and_screen_until_somebody_goes(site: Site) -> None:
    site.keeper.call_staff(KIOSK, "pin", MORNING + timedelta(minutes=5))
    browser = site.logged_in()
    page = browser.get("/").text
    panel = re.search(r'<section id="calls-panel".*?</section>', page, re.S)
    assert panel is not None
    for part in ("係員を呼んでいます", KIOSK, "9:05", "暗証番号を入れてください", "対応しました"):
        assert part in text_of(panel[0])
    path = re.search(r'formaction="(/calls/\w+/answered)"', page)
    assert path is not None
    answered = browser.post(path[1], htmx=True)
    assert root_of(answered.text) == ("calls-panel", 1)
    assert "いまは呼び出しはありません" in answered.text
    assert browser.post(path[1], htmx=True).status_code == 409
    assert browser.post("/calls/nobody/answered", htmx=True).status_code == 404


def test_an_arrival_is_announced_by_number_and_verdict_without_a_name(site: Site) -> None:
    site.keeper.record(accepted())
    site.keeper.record(waiting("b"))
    sentences = re.findall(r'data-announce="([^"]+)"', site.logged_in().get("/").text)
    assert sorted(sentences) == ["受付番号1、資格(有効)", "受付番号2、確認できません、対応待ち"]


def test_being_handled_is_no_new_arrival_but_a_new_answer_is(site: Site) -> None:
    site.keeper.record(waiting())
    browser = site.logged_in()

    def keys() -> list[str]:
        return re.findall(r'data-key="([^"]+)"', browser.get("/").text)

    before = keys()
    browser.post("/checks/check-a/handled", {"version": "1"}, htmx=True)
    assert keys() == before
    site.keeper.record(replace(accepted(), at=MORNING + timedelta(minutes=1)))
    assert keys() != before


def test_practice_is_marked_on_every_page_and_only_then(tmp_path: Path) -> None:
    for practice in (True, False):
        site = Site(tmp_path / str(practice), practice=practice)
        site.keeper.record(accepted())
        stranger, browser = site.browser(), site.logged_in()
        for visitor, path in ((stranger, "/login"), (browser, "/"), (browser, "/checks/check-a"), (browser, "/x")):
            assert ("練習" in visitor.get(path).text) is practice


def test_pages_that_ask_at_the_same_moment_share_one_drawing_that_holds_no_secret(site: Site) -> None:
    site.keeper.record(waiting())
    first, second = site.logged_in(), site.logged_in()
    panels = [browser.get("/board-panel", htmx=True).text for browser in (first, second)]
    assert panels[0] == panels[1]
    for browser in (first, second):
        assert browser.token not in panels[0]
        assert browser.session_token() not in panels[0]
    site.keeper.record(accepted("b"))
    assert "line-b" in first.get("/board-panel", htmx=True).text


def test_a_shared_drawing_follows_the_clock_too(site: Site) -> None:
    browser = site.logged_in()
    site.keeper.open_check("stuck", KIOSK, 1, MORNING)
    assert "line-stuck" not in browser.get("/board-panel", htmx=True).text
    site.clock.move(61)
    assert "line-stuck" in browser.get("/board-panel", htmx=True).text


def test_every_button_names_where_the_focus_goes_when_it_leaves(site: Site) -> None:
    site.keeper.record(waiting())
    site.keeper.call_staff(KIOSK, "pin", MORNING)
    browser = site.logged_in()
    for path in ("/", "/checks/check-a"):
        page = browser.get(path).text
        named = re.findall(r'data-then="([^"]+)"', page)
        assert len(named) == page.count("hx-post")
        for place in named:
            assert re.search(f'id="{place}"[^>]*tabindex="-1"', page)


def test_a_long_day_shows_the_newest_and_all_that_wait_and_the_rest_on_request(site: Site) -> None:
    site.keeper.record(waiting("early", minutes=1))
    for number in range(SHOWN + 5):
        site.keeper.record(accepted(f"n{number:02d}", minutes=number + 2))
    browser = site.logged_in()
    short, whole = browser.get("/").text, browser.get("/?all=1").text
    assert len(lines(short)) == SHOWN + 1
    assert "line-early" in short
    assert "46件" in short
    assert "前の受付もすべて表示（あと5件）" in short
    assert len(lines(whole)) == SHOWN + 6
    assert "新しい40件だけを表示" in whole
    for page, path in ((short, "/board-panel?show=all"), (whole, "/board-panel?all=1&show=all")):
        assert f'data-pieces="{path}"' in html.unescape(page)
        assert len(lines(browser.get(path, htmx=True).text)) == len(lines(page))
    done = browser.post("/checks/early/handled?all=1", {"version": "1"}, htmx=True)
    assert len(lines(done.text)) == SHOWN + 6


def test_withdrawn_and_yesterdays_checks_are_not_listed(site: Site) -> None:
    site.keeper.record(accepted("old", at=MORNING - timedelta(days=1)))
    site.keeper.record(waiting("gone"))
    site.keeper.withdraw("gone")
    browser = site.logged_in()
    assert lines(browser.get("/").text) == []
    assert browser.get("/checks/gone").status_code == 404
    assert browser.get("/checks/old").status_code == 200


def test_a_viewer_sees_a_call_without_the_button_that_answers_it(site: Site) -> None:
    site.keeper.call_staff("受付1", "pin", MORNING)
    viewer = site.logged_in(add_staff(site.store, "見る 人", PASSPHRASE + "見", MORNING, Role.VIEWER))
    for page in (viewer.get("/").text, viewer.get("/calls-panel", htmx=True).text):
        assert "係員を呼んでいます" in page
        assert "対応しました" not in page
        assert "/answered" not in page
    assert "対応しました" in site.logged_in().get("/calls-panel", htmx=True).text
