"""What the page tells by itself, and how little of it at 音だけ."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.ports import Method, Outcome, VisualEvidence, VisualProof
from app.store.audit_read import AuditFilter, read_audit
from app.store.questions import StoreQuestions
from tests.store.support import KIOSK, MORNING, accepted, answer, person, waiting
from tests.web.staff_site import Site
from tests.web.voice_site import Listening

HIMARI = person(name="例示　陽葵", name_kana="ﾚｲｼﾞ ﾋﾏﾘ", birthdate="19620401", number="7", branch_number="01")
RIN = person(name="例示　凛", name_kana="ﾚｲｼﾞ ﾘﾝ", birthdate="19570401")


@pytest.fixture
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="site-"))  # short: a socket's path must fit
    made = Site(folder)
    yield made
    made.store.close()
    shutil.rmtree(folder)


def test_late_answer_to_yesterdays_visit_is_told_with_its_day_and_without_a_name(site: Site) -> None:
    yesterday = MORNING - timedelta(days=1)
    evidence = VisualEvidence(b"certificate", VisualProof("試験 太郎", yesterday))
    site.keeper.open_check("old", KIOSK, 1, yesterday, Method.VISUAL, evidence)
    site.keeper.record(waiting("old", Outcome.COUNTER, at=yesterday, method=Method.VISUAL, reason="gateway.timeout"))
    someone = Listening(site)
    StoreQuestions(site.store, site.desk.wake).keep_answer("old", answer(RIN), site.clock.now())
    assert someone.news() == "返事が きました、受付番号 1、資格 有効。11月23日の 受付。"
    assert someone.news() is None
    entries = read_audit(site.store, AuditFilter(), None, 200)
    assert ("viewed", "old") not in [(entry.action, entry.subject) for entry in entries]


def test_earlier_check_that_may_be_a_namesakes_is_told_as_such_and_one_of_the_same_numbers_is_not(site: Site) -> None:
    namesake = replace(RIN, sex1="2", branch_number=None)
    for number, before in ((1, namesake), (2, replace(HIMARI, sex1="2"))):
        earlier = MORNING - timedelta(days=3)
        site.keeper.record(accepted(f"old-{number}", at=earlier, result=answer(before)))
    someone = Listening(site, "desk.4.speaker")
    site.keeper.record(accepted("new-1", result=answer(replace(namesake, insurer_number="01480011"))))
    assert someone.news() == "受付しました、受付番号 1、資格 有効。前回から変更、別人でないか確認。"
    same_numbers = replace(HIMARI, sex1="2", card_valid_to="20270331")
    site.keeper.record(accepted("new-2", minutes=1, result=answer(same_numbers)))
    assert someone.news() == "受付しました、受付番号 2、資格 有効。前回から変更。"


def test_sound_alone_shows_the_braille_line_and_sends_no_sound_of_a_check(site: Site) -> None:
    site.keeper.record(waiting("w", Outcome.COUNTER, minutes=5, reason="card.unreadable"))
    someone = Listening(site, "desk.4.sound")
    assert someone.press("+") == "（音だけ）"
    assert (someone.earcon, someone.sounds) == ("invalid", [])
    assert someone.braille.startswith("1 ")
    assert someone.press("Enter") == "対応済みに しますか。受付番号 1。もう一度 決定。"
    assert someone.braille == "1 タイオーズミ"
