"""あとで確認 and 対応 by ear over the real store: done once, noted, and told when somebody was faster."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.ports import Outcome
from app.eligibility.service_watch import Health
from app.eligibility.visual import Preference
from app.store.audit_read import AuditFilter, read_audit
from app.store.board import board_rows
from app.store.calls import open_calls
from app.store.health import StoreHealthBook
from app.store.pending import pending_rows
from app.store.preferences import methods
from tests.store.support import KIOSK, MORNING, accepted, answer, person, waiting
from tests.web.staff_site import Site
from tests.web.voice_site import Listening

HIKARU = person(name="架空　光", name_kana="ｶｸｳ ﾋｶﾙ", birthdate="19570401", contribution_ratio="030")
RIN = person(name="例示　凛", name_kana="ﾚｲｼﾞ ﾘﾝ")


@pytest.fixture
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="site-"))  # short: a socket's path must fit
    made = Site(folder)
    made.keeper.record(waiting("out", Outcome.COUNTER, reason="gateway.timeout"))
    yield made
    made.store.close()
    shutil.rmtree(folder)


def noted(site: Site, action: str) -> list[tuple[str | None, str | None, str | None]]:
    found = read_audit(site.store, AuditFilter(), None, 200)
    return [(one.actor, one.subject, one.detail) for one in found if one.action == action]


def is_open(site: Site, check_id: str = "out") -> bool:
    return any(row.check_id == check_id for row in pending_rows(site.store, site.clock.now()))


def test_visit_is_confirmed_by_a_later_check_with_keys_alone(site: Site) -> None:
    site.keeper.record(accepted("later", minutes=30, result=answer(HIKARU)))
    site.keeper.record(accepted("other", minutes=40, result=answer(RIN)))
    site.clock.move(3_600)
    someone = Listening(site)
    opened = someone.press("/ 4")
    assert opened == "あとで確認、受付番号 1、今日から。照会できなかった。もう一度 つなぐ。2で 次の 方法。"
    assert someone.press("2 2 Enter 2 1 2 3 Enter") == "1件 見つかりました。架空　光 さま、資格 有効。"
    assert someone.press("2 2 2 2 2 2") == "生年月日、昭和32年4月1日。"
    assert someone.press("Enter") == "この確認で 済ませますか。受付番号 1、受付番号 2、架空　光 さま。もう一度 決定。"
    assert is_open(site)
    assert someone.press("Enter") == "確認済みに しました。"
    assert not is_open(site)
    assert noted(site, "pending_confirmed") == [(site.member.name, "out", "by=later")]
    assert noted(site, "searched") == [(site.member.name, "out", "by=candidates found=1")]
    assert (site.member.name, "later", None) in noted(site, "viewed")
    assert someone.press("1") == "あとで確認、ありません。"


def test_candidates_that_nobody_narrowed_are_noted_as_on_the_page(site: Site) -> None:
    site.keeper.record(accepted("later", minutes=30, result=answer(HIKARU)))
    site.clock.move(3_600)
    someone = Listening(site)
    assert someone.press("/ 4 2 Enter") == "1件 見つかりました。架空　光 さま、資格 有効。"
    assert (site.member.name, "out", "candidates=1") in noted(site, "viewed")


def test_visit_is_closed_with_its_reason(site: Site) -> None:
    someone = Listening(site)
    said = someone.press("/ 4 2 2 2 2 2 2 Enter")
    assert said == "確認せずに 閉じますか。受付番号 1、受診せずに帰った。もう一度 決定。"
    assert is_open(site)
    assert someone.press("Enter") == "閉じました。"
    assert not is_open(site)
    assert noted(site, "pending_closed") == [(site.member.name, "out", "no_visit")]


def test_colleague_who_was_faster_is_told_and_nothing_is_done_twice(site: Site) -> None:
    someone, other = Listening(site), site.logged_in()
    someone.press("/ 4 2 2 2 Enter")
    version = board_rows(site.store, site.clock.now())[0].version
    assert other.post("/pending/out/closed", {"version": str(version), "reason": "no_visit"}).status_code == 303
    assert someone.press("Enter") == "既に処理済みです。あとで確認、ありません。"
    assert someone.earcon == "unreachable"
    assert noted(site, "pending_closed") == [(site.member.name, "out", "no_visit")]


def test_visit_that_changed_between_the_presses_stays_open_and_can_be_asked_for_again(site: Site) -> None:
    someone, other = Listening(site), site.logged_in()
    someone.press("/ 4 2 2 2 Enter")
    version = board_rows(site.store, site.clock.now())[0].version
    other.post("/checks/out/taken", {"version": str(version)})
    assert someone.press("Enter") == "既に処理済みです。あとで確認、1人中 1人目。"
    assert is_open(site)
    assert someone.press("Enter").startswith("確認せずに 閉じますか。受付番号 1、保険者に確かめた。")
    assert someone.press("Enter") == "閉じました。"
    assert not is_open(site)


def test_names_of_the_list_are_noted_before_they_are_said(site: Site) -> None:
    with site.store.writing() as db:  # a visit whose name staff had entered
        db.execute("UPDATE checks SET method = 'emergency' WHERE check_id = 'out'")
        db.execute(
            "INSERT INTO qualifications (check_id, position, name, name_kana) VALUES ('out', 0, '架空　光', 'ｶｸｳ ﾋｶﾙ')"
        )
    someone = Listening(site)
    assert someone.press("/ 4").startswith("あとで確認、架空　光 さま、今日から。")
    assert (site.member.name, "out", None) in noted(site, "viewed")


def test_row_is_taken_given_back_and_finished(site: Site) -> None:
    site.keeper.record(waiting("w", Outcome.COUNTER, minutes=5, reason="card.unreadable"))
    someone = Listening(site)
    assert someone.press("/ 8 Enter Enter") == "担当に なりました。"
    assert noted(site, "taken") == [(site.member.name, "w", None)]
    assert "担当" in someone.press("1")
    assert someone.press("/ 8 Enter Enter") == "担当を 外しました。"
    assert noted(site, "released") == [(site.member.name, "w", None)]
    assert someone.press("/ 8 6 Enter Enter") == "対応済みに しました。"
    assert noted(site, "handled") == [(site.member.name, "w", None)]


def test_way_of_the_next_patient_is_chosen_by_ear_and_noted(site: Site) -> None:
    someone = Listening(site)
    assert someone.press("/ 9 Enter Enter") == "次の 患者だけ かえました。"
    (choice,) = methods(site.store, site.clock.now()).next_choices
    assert (choice.kiosk, choice.preference) == (site.settings.kiosk_name, Preference.VISUAL_FIRST)
    assert someone.press("1") == "次は 目視確認。決定で かえます。"
    assert someone.press("Enter Enter") == "いつもの 方法に もどしました。"
    assert methods(site.store, site.clock.now()).next_choices == ()
    assert len(noted(site, "setting_changed")) == 2


def test_number_of_the_certificate_is_searched(site: Site) -> None:
    site.keeper.record(accepted("later", minutes=30, result=answer(HIKARU)))
    someone = Listening(site)
    digits = " ".join(HIKARU.number or "")
    assert someone.press(f"/ 0 {digits} Enter").startswith("1件 見つかりました。架空　光 さま、")
    assert len(noted(site, "searched")) == 1


def test_call_for_help_is_answered_by_ear(site: Site) -> None:
    someone = Listening(site)
    site.keeper.call_staff(KIOSK, "pin", MORNING + timedelta(minutes=1))
    assert someone.news() == "受付で 係員を よんでいます。"
    assert someone.press("Enter Enter") == "対応しました。"
    assert open_calls(site.store) == []
    assert len(noted(site, "answered")) == 1


def test_result_of_a_try_is_heard(site: Site) -> None:
    book = StoreHealthBook(site.store, site.desk.wake)
    book.note(KIOSK, Health("gateway.unreachable", site.clock.now()), 0)
    someone = Listening(site)
    assert someone.press("/ 4 Enter Enter") == "つないでいます。しばらく まってください。"
    assert someone.news() is None
    site.clock.move(5)
    book.note(KIOSK, Health("gateway.unreachable", site.clock.now()), book.asked())
    assert someone.news() == "照会先に まだ つながりません。"
    assert someone.earcon == "unreachable"
    site.clock.move(5)
    book.note(KIOSK, Health(None, site.clock.now()), book.asked())
    assert someone.news() == "照会先と つながりました。"
