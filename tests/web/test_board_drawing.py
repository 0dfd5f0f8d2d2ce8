"""What a page is sent that shows an older drawing of the board: only what differs, and always all that differs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import TOKYO
from app.eligibility.ports import Method, Outcome, VisualEvidence, VisualProof
from app.store.questions import StoreQuestions
from app.web.staff.board_drawing import REMEMBERED, Drawing, Drawings, changes_between
from app.web.staff.board_view import SHOWN, BoardView, View
from app.web.staff.show import Show
from app.wiring_staff import StoreDesk
from tests.store.support import KIOSK, MORNING, accepted, answer, person, waiting
from tests.web.staff_site import Browser, Site, roots_of
from tests.web.swapping import Panel, drawn, row

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=TOKYO)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def shown_by(page: str) -> str:
    """The name of the drawing that a page or an answer brings."""
    [token] = re.findall(r'id="board-head"[^>]* data-shown="(\w+)"', page)
    return token


def ids(answer: str) -> list[str]:
    return [name for name, _ in roots_of(answer)]


def ask(browser: Browser, token: str, query: str = "show=all") -> str:
    return browser.get(f"/board-panel?{query}&shown={token}", htmx=True).text


def test_an_arrival_sends_one_row_and_the_numbers_that_changed(site: Site) -> None:
    for number in range(5):
        site.keeper.record(accepted(f"n{number}", minutes=number))
    browser = site.logged_in()
    token = shown_by(browser.get("/").text)
    site.keeper.record(accepted("new", minutes=9))
    answer = ask(browser, token)
    assert re.findall(r'id="line-(\w+)"', answer) == ["new"]
    assert '<li data-piece="first board-lines" class="line" id="row-new"' in answer
    assert ids(answer) == ["board-head", "row-new", "board-count", "count-all", "count-done"]
    assert "6件" in answer
    assert shown_by(answer) != token
    assert "pending-reminder" not in answer


def test_a_row_that_changed_replaces_itself(site: Site) -> None:
    site.keeper.record(waiting("w"))
    site.keeper.record(accepted("a", minutes=1))
    browser = site.logged_in()
    token = shown_by(browser.get("/").text)
    browser.post("/checks/w/taken", {"version": "1"}, htmx=True)
    answer = ask(browser, token)
    assert re.findall(r'<li data-piece="anew" class="line[^>]* id="row-(\w+)"', answer) == ["w"]
    assert 'id="row-a"' not in answer


def test_a_row_that_leaves_the_filter_is_taken_out_and_still_known_to_the_page(site: Site) -> None:
    for name in ("w", "v"):
        site.keeper.record(waiting(name))
    browser = site.logged_in()
    token = shown_by(browser.get("/?show=waiting").text)
    browser.post("/checks/w/handled", {"version": "1"}, htmx=True)
    answer = ask(browser, token, "show=waiting")
    assert '<li id="row-w" data-piece="gone"></li>' in answer
    assert 'id="unseen-w"' in answer


def test_a_long_day_brings_only_what_is_drawn_and_the_keys_of_the_rest(site: Site) -> None:
    for number in range(SHOWN + 5):
        site.keeper.record(accepted(f"n{number}", minutes=number))
    page = site.logged_in().get("/?show=all").text
    assert re.findall(r'id="line-(\w+)"', page) == [f"n{number}" for number in range(SHOWN + 4, 4, -1)]
    assert 'id="unseen-' not in page
    [told] = re.findall(r'id="told" data-keys="([^"]*)"', page)
    assert [key.split()[0] for key in told.split("\n")] == [f"n{number}" for number in range(SHOWN + 4, -1, -1)]


def test_a_late_answer_to_an_old_row_is_sent_as_news(site: Site) -> None:
    evidence = VisualEvidence(b"certificate", VisualProof("見本花子", MORNING))
    asked = waiting("late", Outcome.COUNTER, minutes=0, method=Method.VISUAL, reason="gateway.timeout")
    site.keeper.open_check("late", KIOSK, 1, MORNING, Method.VISUAL, evidence)
    site.keeper.record(asked)
    for number in range(SHOWN + 5):
        site.keeper.record(accepted(f"n{number}", minutes=number + 1))
    browser = site.logged_in()
    token = shown_by(browser.get("/?show=attention").text)
    StoreQuestions(site.store, lambda: None).keep_answer("late", answer(person()), site.clock.now())
    answered = ask(browser, token, "show=attention")
    assert re.search(
        r'<li id="unseen-late" data-key="late valid [^"]*" data-announce="受付番号\d+、資格\(有効\)"', answered
    )


def test_what_a_filter_hides_is_sent_as_news_while_it_is_young(site: Site) -> None:
    browser = site.logged_in()
    page = browser.get("/?show=waiting").text
    for number in range(SHOWN + 5):
        site.keeper.record(accepted(f"n{number}", minutes=number))
        answered = ask(browser, shown_by(page), "show=waiting")
        assert f'id="unseen-n{number}"' in answered
        page = answered
    whole = browser.get("/board-panel?show=waiting&shown=", htmx=True).text
    assert re.findall(r'id="unseen-(\w+)"', whole) == [f"n{number}" for number in range(SHOWN + 4, 4, -1)]
    assert '<li id="unseen-n4" data-piece="gone"></li>' in answered


def test_the_reminder_comes_along_when_it_says_something_else(site: Site) -> None:
    site.keeper.record(accepted("a"))
    browser = site.logged_in()
    token = shown_by(browser.get("/").text)
    site.keeper.record(waiting("u", minutes=1, outcome=Outcome.UNKNOWN, reason="gateway.timeout"))
    answer = ask(browser, token)
    assert '<section data-piece="anew" id="pending-reminder"' in answer
    assert "1件</strong> まだ確認できていません" in answer
    token = shown_by(answer)
    site.keeper.record(accepted("u", minutes=2))  # nothing but the board's own event says that it came after all
    assert "確認を待っている受付はありません" in ask(browser, token)


def test_a_page_that_shows_the_newest_gets_its_marks_alone(site: Site) -> None:
    site.keeper.record(accepted("a"))
    browser = site.logged_in()
    token = shown_by(browser.get("/").text)
    site.clock.move(3)
    answer = ask(browser, token)
    assert shown_by(answer) == token
    assert ids(answer) == ["board-head"]


@pytest.mark.parametrize("token", ["", "0123456789abcdef", "x" * 5000, "../", "<script>"])
def test_a_page_of_an_unknown_drawing_gets_the_whole_panel(site: Site, token: str) -> None:
    site.keeper.record(accepted("a"))
    browser = site.logged_in()
    answer = browser.get(f"/board-panel?shown={quote(token)}", htmx=True)
    assert answer.headers["HX-Retarget"] == "#board-panel"
    assert ids(answer.text) == ["board-panel", "pending-reminder"]
    assert "line-a" in answer.text


def test_the_first_row_of_the_day_and_the_next_day_bring_the_whole_panel(site: Site) -> None:
    browser = site.logged_in()
    token = shown_by(browser.get("/").text)
    site.keeper.record(accepted("a"))
    assert ids(ask(browser, token))[0] == "board-panel"
    token = shown_by(browser.get("/").text)
    site.clock.move(24 * 3600)
    browser = site.logged_in()
    answer = ask(browser, token)
    assert ids(answer)[0] == "board-panel"
    assert "line-a" not in answer


def test_after_many_events_an_old_drawing_is_forgotten(site: Site) -> None:
    site.keeper.record(accepted("a"))
    browser = site.logged_in()
    token = first = shown_by(browser.get("/").text)
    for number in range(REMEMBERED):
        site.keeper.record(accepted(f"n{number}", minutes=number + 1))
        token = shown_by(ask(browser, token))
    assert ids(ask(browser, token)) == ["board-head"]
    assert ids(ask(browser, first))[0] == "board-panel"


def test_roles_and_filters_never_get_each_others_changes(site: Site) -> None:
    site.keeper.record(waiting("w"))
    browser = site.logged_in()
    token = shown_by(browser.get("/?show=all").text)
    site.keeper.record(waiting("v", minutes=1))
    for query in ("show=waiting", "show=all&all=1", "show=done"):
        assert ids(ask(browser, token, query))[0] == "board-panel"


LISTS = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


@given(LISTS, LISTS, st.sets(st.sampled_from("abcdefgh")), st.booleans())
def test_the_changes_lead_from_any_list_to_any_other(
    before: list[str], after: list[str], altered: set[str], is_footed: bool
) -> None:
    old = drawn("1", [row(name) for name in before])
    new = drawn("2", [row(name, "changed" if name in altered else "as it was") for name in after], foot=is_footed)
    changes = changes_between(old, new)
    kept = [name for name in after if name in before]
    if bool(before) != bool(after) or kept != [name for name in before if name in after]:
        assert changes is None
    elif changes is not None:
        page = Panel(old)
        page.take(changes)
        assert page.shows(new)


def test_far_too_many_changes_are_one_panel() -> None:
    names = [f"n{number}" for number in range(SHOWN)]
    assert changes_between(drawn("1", [row("x")]), drawn("2", [row(name) for name in [*names, "x"]])) is None


def test_everybody_of_a_moment_shares_one_drawing_and_one_set_of_changes() -> None:
    drawings, made = Drawings(), []

    def draw(last: Drawing | None) -> Drawing:
        made.append(last)
        return drawn(str(len(made)), [row(f"n{number}") for number in range(len(made), 0, -1)])

    first = drawings.newest((1, NOON), draw)
    assert drawings.newest((1, NOON), draw) is first
    later = NOON + timedelta(seconds=1)
    found = [drawings.changes((2, later), "1", draw) for _ in range(25)]
    assert found[0] is not None
    assert all(one is found[0] for one in found)
    assert made == [None, first]


def test_a_new_day_drops_every_drawing_also_of_views_that_nobody_opens_again(site: Site) -> None:
    site.keeper.record(accepted("a"))
    views = BoardView(StoreDesk(site.store, lambda: None), site.clock)
    all_views = [View(show, is_whole=False, may_act=True) for show in Show]
    with site.app.test_request_context():
        for view in all_views:
            views.drawing(view)
        site.clock.move(24 * 3600)
        views.drawing(all_views[0])
    kept = [one.rows for drawings in views._drawings.values() for one in drawings._kept.values()]
    assert kept == [{}]


def test_the_ids_of_the_pieces_are_safe_in_a_selector(site: Site) -> None:
    class Ids(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            for name, value in attrs:
                if name == "id" and value and value.startswith(("row-", "unseen-")):
                    found.append(value)

    found: list[str] = []
    site.keeper.record(accepted("a"))
    Ids().feed(site.logged_in().get("/").text)
    assert found
    assert all(re.fullmatch(r"[a-z]+-[\w-]+", one) for one in found)
