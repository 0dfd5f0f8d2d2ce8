"""「目視確認」 and 「認証方法」: what the pages say, who may answer and choose, and that one answer counts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.audit import AuditAction
from app.eligibility.people import Role
from app.eligibility.visual import Preference, VisualRequest
from app.store.people import add_staff
from app.store.preferences import methods
from app.store.visual import StoreVisualDesk
from tests.store.support import KIOSK, MORNING, waiting
from tests.web.staff_site import PASSPHRASE, Browser, Site, root_of

REQUEST = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def ask(site: Site, request_id: str = REQUEST, kiosk: str = KIOSK, check_id: str = "check-a") -> StoreVisualDesk:
    visual = StoreVisualDesk(site.store, site.desk.wake)
    site.keeper.record(waiting(check_id, kiosk=kiosk))
    visual.open_request(VisualRequest(request_id, check_id, kiosk, 1, MORNING))
    return visual


def as_role(site: Site, role: Role) -> Browser:
    return site.logged_in(add_staff(site.store, f"試験 {role.value}", PASSPHRASE, MORNING, role))


def audited(site: Site, action: AuditAction) -> list[tuple[str, str, str]]:
    with site.store.reading() as db:
        rows = db.execute("SELECT actor, subject, detail FROM audit WHERE action = ? ORDER BY seq", [action.value])
        return [tuple(row) for row in rows.fetchall()]


@pytest.mark.parametrize("path", ["/", "/visual", "/visual/panel"])
def test_request_shows_kiosk_time_and_reason_and_both_answers(site: Site, path: str) -> None:
    ask(site)
    page = site.logged_in().get(path).text
    assert "目視確認を待っています" in page
    assert f"<strong>{KIOSK}</strong>" in page
    assert "9:00</time>から" in page
    assert "暗証番号がロックされています" in page
    assert "本人と確認しました" in page
    assert "確認できません" in page
    assert 'type="password"' not in page


def test_panel_is_one_element_and_names_the_news_without_a_person(site: Site) -> None:
    ask(site)
    fragment = site.logged_in().get("/visual/panel", htmx=True).text
    assert root_of(fragment) == ("visual-panel", 1)
    assert f'data-announce="{KIOSK}で目視確認を待っています"' in fragment
    assert root_of(site.logged_in().get("/visual/method", htmx=True).text) == ("method-panel", 1)


@pytest.mark.parametrize(
    ("answer", "action", "is_confirmed"),
    [("confirmed", AuditAction.CONFIRMED_VISUAL, True), ("refused", AuditAction.REFUSED_VISUAL, False)],
)
def test_answer_reaches_the_kiosk_and_the_record_with_the_name(
    site: Site, answer: str, action: AuditAction, is_confirmed: bool
) -> None:
    visual = ask(site)
    response = as_role(site, Role.STAFF).post(f"/visual/{REQUEST}/{answer}", htmx=True)
    assert response.status_code == 200
    assert root_of(response.text) == ("visual-panel", 1)
    assert "いまは目視確認を待っている方はいません" in response.text
    decision = visual.decision_on(REQUEST)
    assert decision is not None
    assert (decision.is_confirmed, decision.decided_by) == (is_confirmed, "試験 staff")
    assert audited(site, action) == [("試験 staff", "check-a", None)]


def test_second_answer_is_told_that_it_came_too_late(site: Site) -> None:
    visual = ask(site)
    site.logged_in().post(f"/visual/{REQUEST}/refused", htmx=True)
    late = as_role(site, Role.STAFF).post(f"/visual/{REQUEST}/confirmed", htmx=True)
    assert late.status_code == 409
    assert "既に処理済みです" in late.text
    decision = visual.decision_on(REQUEST)
    assert decision is not None
    assert decision.is_confirmed is False


def test_answer_after_the_card_left_is_told_so_and_writes_nothing(site: Site) -> None:
    visual = ask(site)
    visual.close_request(REQUEST, MORNING + timedelta(seconds=5))
    late = site.logged_in().post(f"/visual/{REQUEST}/confirmed", htmx=True)
    assert late.status_code == 409
    assert "この目視確認は終わっています" in late.text
    assert visual.decision_on(REQUEST) is None
    assert audited(site, AuditAction.CONFIRMED_VISUAL) == []


def test_viewer_sees_the_wait_and_may_not_answer(site: Site) -> None:
    visual = ask(site)
    viewer = as_role(site, Role.VIEWER)
    page = viewer.get("/visual").text
    assert KIOSK in page
    assert "本人と確認しました" not in page
    assert viewer.post(f"/visual/{REQUEST}/confirmed", htmx=True).status_code == 403
    assert viewer.post("/visual/next", {"next": f"visual_first {KIOSK}"}).status_code == 403
    assert visual.decision_on(REQUEST) is None


def test_without_script_an_answer_leads_back_to_the_page(site: Site) -> None:
    ask(site)
    response = site.logged_in().post(f"/visual/{REQUEST}/confirmed")
    assert (response.status_code, response.headers["Location"]) == (303, "/visual")


def test_owner_changes_the_method_and_it_is_noted(site: Site) -> None:
    owner = site.logged_in()
    assert 'value="pin_first" aria-describedby="method-pin_first-says" checked' in owner.get("/settings/method").text
    response = owner.post("/settings/method", {"preference": "visual"})
    assert response.status_code == 303
    page = owner.get(response.headers["Location"]).text
    assert "保存しました" in page
    assert 'value="visual" aria-describedby="method-visual-says" checked' in page
    assert methods(site.store, MORNING).preference is Preference.VISUAL
    assert [detail for _, _, detail in audited(site, AuditAction.SETTING_CHANGED)] == ["method=visual"]


@pytest.mark.parametrize("role", [Role.STAFF, Role.VIEWER])
def test_others_see_the_method_and_may_not_change_it(site: Site, role: Role) -> None:
    browser = as_role(site, role)
    page = browser.get("/settings/method").text
    assert "両方（4桁の暗証番号が先）" in page
    assert 'type="radio"' not in page
    assert browser.post("/settings/method", {"preference": "visual"}).status_code == 403
    assert methods(site.store, MORNING).preference is Preference.PIN_FIRST


def test_next_one_only_is_chosen_for_one_kiosk_shown_and_taken_back(site: Site) -> None:
    staff = as_role(site, Role.STAFF)
    assert f'value="visual_first {site.settings.kiosk_name}"' in staff.get("/visual").text
    chosen = staff.post("/visual/next", {"next": f"visual_first {site.settings.kiosk_name}"}, htmx=True)
    assert root_of(chosen.text) == ("method-panel", 1)
    assert "次の1人だけ目視確認（9:10まで）" in chosen.text
    back = staff.post("/visual/next", {"next": f"usual {site.settings.kiosk_name}"}, htmx=True)
    assert "まで）" not in back.text
    details = [detail for _, _, detail in audited(site, AuditAction.SETTING_CHANGED)]
    assert details == [f"next=visual_first kiosk={KIOSK}", f"next=default kiosk={KIOSK}"]


def test_where_staff_come_first_the_pin_is_offered_for_one(site: Site) -> None:
    owner = site.logged_in()
    owner.post("/settings/method", {"preference": "visual"})
    assert "次の1人だけ暗証番号" in owner.get("/visual").text


@pytest.mark.parametrize(
    "value", ["", "visual_first", f"visual {KIOSK}", f"pin {KIOSK}", "visual_first nowhere", f"PIN_FIRST {KIOSK}"]
)
def test_choice_that_nobody_was_offered_is_refused(site: Site, value: str) -> None:
    assert site.logged_in().post("/visual/next", {"next": value}).status_code in (400, 403, 422)
    assert methods(site.store, MORNING).next_choices == ()


@pytest.mark.parametrize("value", ["", "both", "VISUAL", "pin_first "])
def test_method_that_does_not_exist_is_refused(site: Site, value: str) -> None:
    assert site.logged_in().post("/settings/method", {"preference": value}).status_code in (400, 403, 422)
    assert methods(site.store, MORNING).preference is Preference.PIN_FIRST


def test_kiosk_with_a_hostile_name_stays_text(site: Site) -> None:
    ask(site, kiosk="<img src=x onerror=alert(1)>\u202e")
    page = site.logged_in().get("/visual").text
    assert "<img src=x" not in page
    assert "\u202e" not in page.split("visual-list")[1].split("</ul>")[0]
