"""A page says what was heard last: an Enter that was pressed without having heard a question decides nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from app.eligibility.ports import Outcome
from app.store.calls import open_calls
from tests.store.support import KIOSK, MORNING, waiting
from tests.web.staff_site import Site
from tests.web.voice_site import Listening

ASKED = "対応済みに しますか。受付番号 1。もう一度 決定。"


@pytest.fixture
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="site-"))  # short: a socket's path must fit
    made = Site(folder)
    made.keeper.record(waiting("w", Outcome.COUNTER, reason="card.unreadable"))
    yield made
    made.store.close()
    shutil.rmtree(folder)


def test_enter_that_overtook_the_news_is_not_for_them_and_they_are_told_after_it(site: Site) -> None:
    someone = Listening(site)
    site.keeper.call_staff(KIOSK, "pin", MORNING)
    someone.news_unheard()
    assert someone.press("Enter") == ASKED
    assert someone.news() == "受付で 係員を よんでいます。"
    assert someone.press("Enter") == "呼び出しに 行きますか。もう一度 決定。"
    assert len(open_calls(site.store)) == 1


def test_news_that_came_between_a_key_and_its_answer_are_told_after_it(site: Site) -> None:
    someone = Listening(site)
    assert someone.press("Enter") == ASKED
    site.keeper.call_staff(KIOSK, "pin", MORNING)
    someone.news_unheard()
    assert someone.press("Enter") == ASKED
    assert someone.news() == "受付で 係員を よんでいます。"


def test_news_that_the_page_dropped_are_told_when_it_asks_again(site: Site) -> None:
    someone = Listening(site)
    site.keeper.call_staff(KIOSK, "pin", MORNING)
    someone.news_unheard()
    assert someone.news() == "受付で 係員を よんでいます。"
    assert someone.news() is None


def test_question_whose_answer_was_overtaken_is_asked_again(site: Site) -> None:
    someone = Listening(site)
    someone.press_unheard("Enter")
    assert someone.press("Enter") == ASKED
    assert someone.press("Enter") == "対応済みに しました。"


def test_question_in_the_middle_of_many_keys_is_asked_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    someone = Listening(site)
    now = site.clock.now

    def slowly() -> datetime:
        site.clock.move(1)
        return now()

    monkeypatch.setattr(site.clock, "now", slowly)
    someone.press_unheard("Enter Enter Enter")
    assert someone.press("Enter") == ASKED
