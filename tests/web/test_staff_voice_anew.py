"""A page of 音声端末モード whose desk is gone: it says so, and obeys no key that was meant for the other one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.eligibility.ports import Method, Outcome, VisualEvidence, VisualProof
from app.speech.desk_news import Missed
from app.store.board import board_rows
from app.store.events import latest_event_id
from app.store.questions import StoreQuestions
from app.web.staff import voice_missed
from app.web.staff.voice_missed import missed_since
from tests.store.support import KIOSK, MORNING, accepted, answer, person, waiting
from tests.web.staff_site import Site
from tests.web.voice_site import Listening

KANA = "2 1 2 3 1 3 0 5 6 1 5 1 2 5"
BORN_AND_ON = "3 3 2 0 4 1 2 Enter Enter Enter Enter"
ANEW = "はじめの画面に もどりました。途中の入力は 消えました。"
LONG_ENOUGH_S = 10


@pytest.fixture
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="site-"))  # short: a socket's path must fit
    made = Site(folder)
    made.keeper.record(waiting("w", Outcome.COUNTER, reason="card.unreadable"))
    yield made
    made.store.close()
    shutil.rmtree(folder)


def restart(site: Site, *pages: Listening) -> None:
    """The staff process starts anew: pages and sessions outlive it, desks do not."""
    site.start()
    for one in pages:
        one.browser.client.application = site.app


def is_waiting(site: Site) -> bool:
    return [row.is_waiting for row in board_rows(site.store, site.clock.now())] == [True]


def test_digits_meant_for_a_form_act_on_nobody_after_a_restart(site: Site) -> None:
    someone = Listening(site)
    someone.press(f"/ * 1 {KANA} Enter")
    restart(site, someone)
    for key in BORN_AND_ON.split():
        assert someone.press(key) == ANEW, key
    assert someone.earcon == "unreachable"
    assert someone.braille == "ハジメ ニューリョク キエ"
    assert is_waiting(site)
    site.clock.move(LONG_ENOUGH_S)
    assert someone.press("0").startswith("本日の受付")
    assert someone.press("Enter").startswith("対応済みに しますか。")


@pytest.mark.parametrize(("step", "takes_s"), [(1, 7.5), (4, 4.5), (9, 2.25)])
def test_keys_count_once_the_notice_was_heard_to_its_end_at_this_rate(site: Site, step: int, takes_s: float) -> None:
    someone = Listening(site, f"desk.{step}.earphone")
    restart(site, someone)
    someone.press("1")
    site.clock.move(takes_s - 1.01)
    assert someone.press("1") == ANEW
    site.clock.move(takes_s - 1)
    assert someone.press("1").startswith("受付番号 1、")


def test_keys_that_came_together_are_not_obeyed_either(site: Site) -> None:
    someone = Listening(site)
    restart(site, someone)
    someone.press_unheard("Enter Enter")
    site.clock.move(LONG_ENOUGH_S)
    someone.press_unheard("Enter Enter")  # the page still names the desk that is gone
    assert is_waiting(site)


def test_a_key_that_overtook_the_notice_is_not_obeyed_however_late_it_comes(site: Site) -> None:
    someone = Listening(site)
    restart(site, someone)
    someone.press("1")
    site.clock.move(LONG_ENOUGH_S)
    sent = {"keys": "Enter", "opening": someone.opening, "heard": ""}
    assert ANEW in someone.browser.post("/voice/key", sent, htmx=True).text
    assert is_waiting(site)


def test_the_page_is_told_by_itself_and_hears_of_what_comes_next(site: Site) -> None:
    someone = Listening(site)
    before = someone.opening
    restart(site, someone)
    assert someone.news() == ANEW
    assert "data-is-news" in someone.panel
    assert someone.opening != before
    assert someone.news() is None
    site.clock.move(600 - LONG_ENOUGH_S)  # nobody may have been there to hear it: the first key hears it too
    assert someone.press("Enter") == ANEW
    assert "data-is-news" not in someone.panel
    site.clock.move(LONG_ENOUGH_S)
    assert someone.press("0").startswith("本日の受付")
    site.keeper.record(accepted("new", minutes=5, result=answer(person(name="架空　光", name_kana="ｶｸｳ ﾋｶﾙ"))))
    assert (someone.news() or "").startswith("受付しました、架空　光 さま、資格 有効")


def test_what_came_while_nobody_told_is_told_by_the_desk_that_takes_over(site: Site) -> None:
    someone = Listening(site)
    site.keeper.call_staff("受付1", "pin", site.clock.now())
    assert someone.news() == "受付で 係員を よんでいます。"
    site.keeper.record(accepted("new", minutes=5, result=answer(person(name="架空　光", name_kana="ｶｸｳ ﾋｶﾙ"))))
    restart(site, someone)
    assert someone.news() == ANEW
    assert (someone.news() or "").startswith("受付しました、架空　光 さま、資格 有効")
    assert someone.news() is None


def test_of_what_was_missed_only_visits_that_were_open_may_be_answers_of_another_day(site: Site) -> None:
    evidence = VisualEvidence(b"certificate", VisualProof("試験 太郎", MORNING))
    site.keeper.open_check("open", KIOSK, 1, MORNING, Method.VISUAL, evidence)
    site.keeper.record(waiting("open", Outcome.COUNTER, method=Method.VISUAL, reason="gateway.timeout"))
    cursor = latest_event_id(site.store.database())
    site.keeper.record(accepted("evening", minutes=200))
    StoreQuestions(site.store, site.desk.wake).keep_answer("open", answer(), site.clock.now())
    missed = missed_since(site.store, str(cursor))
    assert missed == Missed(frozenset({"evening", "open"}), frozenset({"open"}))
    assert missed_since(site.store, str(cursor + 99)) == Missed()


def test_a_second_restart_before_anything_was_told_loses_nothing(site: Site) -> None:
    someone = Listening(site)
    site.keeper.call_staff("受付1", "pin", site.clock.now())
    for _ in range(2):
        restart(site, someone)
        assert someone.news() == ANEW
    assert someone.news() == "受付で 係員を よんでいます。"


def test_of_more_events_than_are_read_the_youngest_are_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_missed, "MOST", 2)
    someone = Listening(site)
    for number in range(4):
        site.keeper.call_staff(f"受付{number}", "pin", site.clock.now())
    restart(site, someone)
    assert someone.news() == ANEW
    assert (someone.news() or "").startswith("呼び出し 2件。")


def test_key_that_meets_the_new_desk_first_takes_nothing_of_the_news_away(site: Site) -> None:
    someone = Listening(site)
    restart(site, someone)
    site.keeper.call_staff("受付1", "pin", site.clock.now())
    site.keeper.record(waiting("old", Outcome.VISUAL, minutes=2, reason="visual.no_pin"))
    assert someone.press("1") == ANEW
    assert someone.news() == "新しい受付 1件。呼び出し 1件。プラスで ききます。"


@pytest.mark.parametrize("cursor", ["", "-1", "1e9", "9" * 16, "', 0"])
def test_page_that_cannot_say_what_it_looked_at_is_told_of_nothing_old(site: Site, cursor: str) -> None:
    someone = Listening(site)
    restart(site, someone)
    someone.cursor = cursor
    assert someone.news() == ANEW
    assert someone.news() is None


def test_desk_that_was_told_to_be_silent_stays_silent(site: Site) -> None:
    someone = Listening(site)
    someone.press("-")
    restart(site, someone)
    assert someone.news() == ANEW
    site.keeper.record(accepted("new", minutes=5, result=answer(person(name="架空　光", name_kana="ｶｸｳ ﾋｶﾙ"))))
    assert someone.news() == "（音だけ）"
    assert (someone.earcon, someone.sounds) == ("valid", [])
    assert someone.is_muted


def test_news_told_before_the_notice_was_heard_are_no_question_that_enter_answers(site: Site) -> None:
    someone = Listening(site)
    restart(site, someone)
    someone.press("1")
    site.keeper.call_staff("受付1", "pin", site.clock.now())
    assert "よんでいます" in (someone.news() or "")
    assert someone.press("Enter") == ANEW
    site.clock.move(LONG_ENOUGH_S)
    assert "よんでいます" in (someone.news() or "")  # told again


def test_a_page_names_no_desk_of_somebody_elses(site: Site) -> None:
    someone, other = Listening(site), Listening(site)
    sent = {"keys": "Enter", "opening": other.opening}
    answered = someone.browser.post("/voice/key", sent, htmx=True)
    assert ANEW in answered.text
    assert other.opening not in answered.text
