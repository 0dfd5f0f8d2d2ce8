"""Nobody is shown a patient without a note, and nobody is shown more than a person at work can use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.eligibility.people import Role
from app.eligibility.ports import Method, Outcome
from app.store.people import add_staff
from app.web.staff import given
from app.web.staff.given import LIMITS, Budget
from tests.store.support import MORNING, accepted, waiting
from tests.web.staff_site import PASSPHRASE, Browser, Site
from tests.web.test_inspection import enter

CHECK = "ab" * 16


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    made.keeper.record(accepted(CHECK))
    yield made
    made.store.close()


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.logged_in()


def noted(site: Site, *actions: str) -> list[tuple[str, str | None]]:
    with site.store.reading() as db:
        rows = db.execute("SELECT action, subject, detail FROM audit ORDER BY seq").fetchall()
    return [(row[1], row[2]) for row in rows if row[0] in actions]


def test_a_panel_opened_directly_leads_to_its_page_which_notes(site: Site, browser: Browser) -> None:
    answer = browser.get(f"/checks/{CHECK}/panel")
    assert (answer.status_code, answer.headers["Location"], answer.data) == (303, f"/checks/{CHECK}", b"")
    assert noted(site, "viewed") == []
    browser.get(answer.headers["Location"])
    assert noted(site, "viewed") == [(CHECK, None)]
    assert browser.get("/checks/nobody/panel").status_code == 404


def test_a_panel_is_noted_once_for_each_session(site: Site, browser: Browser) -> None:
    for _ in range(3):
        assert "試験　花子" in browser.get(f"/checks/{CHECK}/panel", htmx=True).text
    assert noted(site, "viewed") == [(CHECK, None)]
    site.logged_in().get(f"/checks/{CHECK}/panel", htmx=True)
    assert len(noted(site, "viewed")) == 2
    browser.get(f"/checks/{CHECK}")
    assert len(noted(site, "viewed")) == 3, "opening the page is a view of its own"


def test_the_sheet_that_follows_a_press_is_noted_when_it_was_not_open(site: Site, browser: Browser) -> None:
    site.keeper.record(waiting("w" * 32))
    browser.post(f"/checks/{'w' * 32}/taken?page=check", {"version": "1"}, htmx=True)
    browser.post(f"/checks/{'w' * 32}/released?page=check", {"version": "2"}, htmx=True)
    assert noted(site, "viewed") == [("w" * 32, None)]


def test_a_view_that_cannot_be_noted_is_given_by_no_way(site: Site, browser: Browser) -> None:
    site.keeper.record(waiting("out", Outcome.COUNTER, reason="gateway.timeout"))
    with site.store.writing() as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'no'); END")
    for answer in (
        browser.get(f"/checks/{CHECK}/panel", htmx=True),
        browser.get("/pending"),
        browser.get("/pending/panel", htmx=True),
        browser.get("/pending/out"),
        browser.post("/pending/out/find", {"q": "試験"}),
        browser.post("/search", {"q": "試験"}),
    ):
        assert answer.status_code == 500
        assert "試験　花子" not in answer.text


def test_candidates_are_a_view_and_looking_for_one_is_a_search(site: Site, browser: Browser) -> None:
    site.keeper.record(waiting("out", Outcome.COUNTER, reason="gateway.timeout"))
    site.keeper.record(accepted("later", minutes=5))
    assert "試験　花子" in browser.get("/pending/out").text
    browser.post("/pending/out/find", {"q": "試験"})
    browser.post("/pending/out/find", {"q": "だれもいない"})
    browser.post("/pending/out/confirmed", {"version": "1", "q": "花子"})
    browser.post("/pending/out/closed", {"version": "1"})
    assert noted(site, "viewed") == [("out", "candidates=2"), ("out", "candidates=2")]
    assert noted(site, "searched") == [("out", f"by=candidates found={count}") for count in (2, 0, 2)]


def test_a_form_that_is_filled_from_an_entry_is_a_view_of_it(site: Site, browser: Browser) -> None:
    enter(site, "entry", Method.CARD_AND_NOTICE, later=True, hours=0)
    browser.get("/fallback/certificate?for=entry")
    browser.get("/fallback/certificate")
    assert noted(site, "viewed") == [("entry", None)]


def test_turning_a_page_is_a_search_too(site: Site, browser: Browser) -> None:
    browser.post("/search/page", {"q": "試験", "trail": "99"})
    (found,) = noted(site, "searched")
    assert found == (None, "by=named/numbered page=2")


def too_many(browser: Browser, budget: Budget) -> list[int]:
    most, _ = LIMITS[budget]
    asks = {
        Budget.SEARCH: lambda: browser.post("/search", {"q": "試験"}),
        Budget.DETAIL: lambda: browser.get(f"/checks/{CHECK}"),
        Budget.EXPORT: lambda: browser.post("/search/export", {"q": "試験"}),
    }
    return [asks[budget]().status_code for _ in range(most + 1)]


@pytest.mark.parametrize("budget", Budget)
def test_each_limit_ends_in_a_clear_answer_and_comes_back(
    site: Site, browser: Browser, budget: Budget, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LIMITS[budget] == {"search": (60, 60.0), "detail": (120, 60.0), "export": (10, 3600.0)}[budget]
    monkeypatch.setitem(given.LIMITS, budget, (5, LIMITS[budget][1]))
    site.clock.move(0.5)
    assert [status < 400 for status in too_many(browser, budget)] == [True] * 5 + [False]
    again = site.logged_in()  # another session of the same person spends the same budget
    refused = again.get(f"/checks/{CHECK}") if budget is Budget.DETAIL else again.post(
        "/search" if budget is Budget.SEARCH else "/search/export", {"q": "試験"}
    )  # fmt: skip
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == LIMITS[budget][1]
    assert "少し待つ必要があります" in refused.text
    if budget is Budget.DETAIL:
        assert "staff.too_much" in refused.text
    else:
        assert 'value="試験"' in refused.text, "what was typed stays"
    assert "試験　花子" not in refused.text
    other = site.logged_in(add_staff(site.store, "架空 次郎", PASSPHRASE, MORNING, Role.OWNER))
    assert other.get(f"/checks/{CHECK}").status_code == 200
    assert other.post("/search", {"q": "試験"}).status_code == 303
    site.clock.move(LIMITS[budget][1])
    assert too_many(site.logged_in(), budget)[0] < 400


def test_what_is_refused_at_its_field_searches_nothing_and_spends_nothing(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(given.LIMITS, Budget.SEARCH, (1, 60.0))
    assert [browser.post("/search", {"q": "あ" * 201}).status_code for _ in range(3)] == [422] * 3
    assert browser.post("/search", {"q": "試験"}).status_code == 303


def test_a_note_survives_the_limit_and_no_candidate_is_given(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.keeper.record(waiting("out", Outcome.COUNTER, reason="gateway.timeout"))
    site.keeper.record(accepted("later", minutes=30))
    monkeypatch.setitem(given.LIMITS, Budget.SEARCH, (1, 60.0))
    assert "試験　花子" in browser.get("/pending/out").text
    refused = browser.post("/pending/out/closed", {"version": "1", "note": "電話で確認"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert "閉じる理由を選んでください" in refused.text
    assert "少し待つ必要があります" in refused.text
    assert 'value="電話で確認"' in refused.text
    narrowed = browser.post("/pending/out/find", {"q": "花子"})
    assert narrowed.status_code == 429
    assert 'value="花子"' in narrowed.text
    for answer in (refused, narrowed):
        assert "試験　花子" not in answer.text
    assert len(noted(site, "viewed")) == 1
    closed = browser.post("/pending/out/closed", {"version": "1", "note": "電話で確認", "reason": "asked_insurer"})
    assert closed.status_code == 303


def test_a_sheet_that_stays_open_spends_nothing_by_drawing_itself_again(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(given.LIMITS, Budget.DETAIL, (2, 60.0))
    browser.get(f"/checks/{CHECK}")
    assert {browser.get(f"/checks/{CHECK}/panel", htmx=True).status_code for _ in range(9)} == {200}
    site.keeper.record(accepted("other", result=None))
    assert browser.get("/checks/other/panel", htmx=True).status_code == 200
    refused = browser.get("/checks/third/panel", htmx=True)
    assert refused.status_code == 404, "what is not there spends nothing"
    site.keeper.record(accepted("third", result=None))
    refused = browser.get("/checks/third/panel", htmx=True)
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (429, "#problem")


def test_what_a_session_saw_is_kept_within_bounds(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(given, "SEEN", 2)
    for name in "abc":
        site.keeper.record(accepted(name, result=None))
        browser.get(f"/checks/{name}")
    for name, count in (("b", 3), ("c", 3), ("a", 4)):
        browser.get(f"/checks/{name}/panel", htmx=True)
        assert len(noted(site, "viewed")) == count, name
    monkeypatch.setattr(given, "SESSIONS", 1)
    site.logged_in().get("/checks/a")
    browser.get("/checks/a/panel", htmx=True)
    assert len(noted(site, "viewed")) == 6


def test_own_waits_are_429_and_wrong_codes_are_noted(site: Site, browser: Browser) -> None:
    browser.post("/settings/own/code", {"passphrase": PASSPHRASE})
    answers = [browser.post("/settings/own/code/confirm", {"code": "12"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429, 429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert noted(site, "unlock_failed") == [(None, "code")] * 3
    answers = [browser.post("/settings/own/code", {"passphrase": "ちがう"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429, 429]
    answer = browser.post("/settings/own/passphrase", {"old": "ちがう", "new": "x", "again": "x"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert "あと1秒待ってから" in answer.text
    assert len(noted(site, "unlock_failed")) == 6
