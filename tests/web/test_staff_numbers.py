"""統計 and /metrics: words for every state, and nothing personal by any way."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from markupsafe import escape

from app.eligibility.model import Validity
from app.eligibility.people import Role
from app.eligibility.ports import Method, Outcome
from app.speech.phrases import REASONS
from app.store.people import add_staff
from app.store.purge import purge
from app.web.staff.charts import columns, share
from app.web.staff.metrics import HELP, MetricsServer, metrics_text
from tests.store.support import MORNING, accepted, answer, person, waiting
from tests.store.test_purge import OVER
from tests.web.staff_site import PASSPHRASE, Browser, Site

CANARY = person(name="鳴鳥　仮名", name_kana="カナリヤ　カメイ", number="90817263", symbol="鳴９")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.logged_in()


def a_morning(site: Site) -> None:
    site.keeper.record(accepted("a", result=answer(CANARY), card_at=MORNING - timedelta(seconds=5)))
    site.keeper.record(
        accepted("b", outcome=Outcome.COUNTER, reason="check.not_valid",
                 result=answer(CANARY, validity=Validity.NO_INFORMATION))
    )  # fmt: skip
    site.keeper.record(waiting("c", Outcome.COUNTER, reason="gateway.timeout"))
    with site.store.writing() as db:
        db.execute("UPDATE checks SET reason = ? WHERE check_id = 'c'", [f"gateway.{CANARY.name}"])


def test_a_day_and_its_month_are_told_in_words_and_tables(site: Site, browser: Browser) -> None:
    a_morning(site)
    page = browser.get("/numbers").text
    assert "全部で3件。いちばん多いのは9時台の3件。" in page
    assert "全部で3件。いちばん多いのは24日の3件。" in page
    ids = re.findall(r'<title id="([\w-]+)-chart-title">', page)
    assert ids == ["day", "day-told", "month", "month-told"]
    assert page.count('role="img"') == len(ids)
    assert "<dd>5.0秒</dd>" in page
    assert '<th scope="row">資格情報なし' in page
    assert '<tr><th scope="row">9時台</th><td class="figure">3</td></tr>' in page


def figures(page: str) -> dict[str, str]:
    found = re.findall(r'<figure class="chart" aria-labelledby="([\w-]+)-chart-name">(.*?)</figure>', page, re.DOTALL)
    return dict(found)


def told_after(site: Site, check_id: str, seconds: float, day: int = 24) -> None:
    at = MORNING.replace(day=day)
    site.keeper.record(accepted(check_id, at=at, card_at=at - timedelta(seconds=seconds)))


def test_waiting_times_are_drawn_for_day_and_month_and_stand_in_a_table(site: Site, browser: Browser) -> None:
    for place, seconds in enumerate((4.5, 4.6, 5.0, 7.0, 100.0)):
        told_after(site, f"t{place}", seconds)
    told_after(site, "before", 3.5, day=20)
    site.keeper.record(waiting("w"))
    with site.store.writing() as db:
        db.execute(
            "UPDATE checks SET handled_at = ?, handled_by = ? WHERE check_id = 'w'",
            [(MORNING + timedelta(minutes=4)).isoformat(), site.member.staff_id],
        )
    charts = figures(browser.get("/numbers").text)
    assert list(charts) == ["day", "day-told", "day-handled", "month", "month-told", "month-handled"]
    day = charts["day-told"]
    assert "全部で5件。いちばん多いのは4秒から5秒の3件。" in day
    rows = dict(re.findall(r'<tr><th scope="row">([^<]*)</th><td class="figure">(\d+)</td></tr>', day))
    assert {name: count for name, count in rows.items() if count != "0"} == {
        "4秒から5秒": "3",
        "6秒から8秒": "1",
        "90秒から2分": "1",
    }
    bars = re.findall(r'<rect class="chart-bar" x="\d+" y="([\d.]+)" width="16" height="([\d.]+)"/>', day)
    assert [float(height) for _, height in bars] == [60, 20, 20]
    assert all(float(y) + float(height) == 100 for y, height in bars)
    assert "全部で6件。" in charts["month-told"]
    assert '<th scope="row">3秒から4秒</th><td class="figure">1</td>' in charts["month-told"]
    assert '<th scope="row">3分から5分</th><td class="figure">1</td>' in charts["day-handled"]


@pytest.mark.parametrize(("seconds", "name"), [(0.5, "1秒まで"), (7200, "1時間から2時間"), (90_000, "2時間より長い")])
def test_the_shortest_and_the_longest_wait_have_names(site: Site, browser: Browser, seconds: float, name: str) -> None:
    told_after(site, "t", seconds)
    assert f'<th scope="row">{name}</th><td class="figure">1</td>' in figures(browser.get("/numbers").text)["day-told"]


def test_waiting_times_outlive_their_records_as_bars(site: Site, browser: Browser) -> None:
    told_after(site, "t", 4.5)
    site.clock.time = OVER
    purge(site.store, OVER)
    page = site.logged_in().get("/numbers?day=2026-11-24").text
    assert "いちばん多いのは4秒から5秒の1件。" in figures(page)["day-told"]
    assert "約5秒" in page


def test_failures_are_drawn_by_reason_beside_their_counts(site: Site, browser: Browser) -> None:
    site.keeper.record(waiting("c", Outcome.COUNTER, reason="gateway.timeout"))
    page = browser.get("/numbers").text
    table = page[page.index("うまくいかなかったこと") :]
    assert re.search(r'gateway\.timeout</span><svg class="share-bar".*?width="100" height="4"/></svg>', table)


def test_an_empty_day_has_words_for_everything(browser: Browser) -> None:
    page = browser.get("/numbers").text
    assert page.count("まだ1件もありません。") >= 2
    assert "まだ測れていません" in page
    assert "ありません</td>" in page


@pytest.mark.parametrize(
    "day", ["2026-02-30", "x" * 5000, "'; DROP TABLE checks;--", "2026-13-01", "９９９９-01-01", "2999-01-01"]
)
def test_a_day_that_is_none_is_said_and_today_is_shown(browser: Browser, day: str) -> None:
    answered = browser.get(f"/numbers?day={day}")
    assert answered.status_code == 200
    assert "今日の数を表示しています" in answered.text
    assert "2026年11月24日" in answered.text
    assert f'value="{escape(day)}"' in answered.text, "what was typed can be mended"


def test_nothing_personal_is_on_the_page(site: Site, browser: Browser) -> None:
    a_morning(site)
    page = browser.get("/numbers").text
    for text in (CANARY.name, CANARY.name_kana, CANARY.number, CANARY.symbol, CANARY.birthdate, CANARY.insurer_number):
        assert text is not None
        assert text not in page


def test_a_viewer_may_read_numbers(site: Site) -> None:
    viewer = site.logged_in(add_staff(site.store, "見る 人", PASSPHRASE + "見", MORNING, Role.VIEWER))
    assert viewer.get("/numbers").status_code == 200


def test_bars_grow_with_their_counts_and_stay_inside() -> None:
    chart = columns("試験", [("8", 0), ("9", 3), ("10", 7)], "時台")
    assert chart.top == 10
    assert [bar.height for bar in chart.bars] == [0, 30, 70]
    assert all(bar.y + bar.height == 100 for bar in chart.bars)
    assert columns("空", [("8", 0)], "時台").description == "まだ1件もありません。"
    assert (share(1, 3), share(0, 0)) == (33, 0)


# /metrics

ALLOWED = {
    "version": {"1.2.3"},
    "verdict": {*(one.value for one in Validity), "none"},
    "method": {one.value for one in Method},
    "code": {*REASONS, "other"},
}


def test_every_name_label_and_value_is_of_our_own_lists(site: Site) -> None:
    a_morning(site)
    text = metrics_text(site.store, site.clock, "1.2.3")
    for line in text.splitlines():
        if line.startswith("#"):
            _, kind, name, *_ = line.split(" ")
            assert kind in ("HELP", "TYPE")
            assert name in HELP
            continue
        found = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? ([0-9.e+-]+)", line)
        assert found, line
        assert found[1] in HELP
        for label, value in re.findall(r'([a-z]+)="([^"]*)"', found[2] or ""):
            assert value in ALLOWED[label]
    assert 'uketsuke_checks_today{verdict="1",method="pin"} 1' in text
    assert 'uketsuke_reasons_today{code="other"} 1' in text
    assert "counter" not in HELP["uketsuke_checks_today"], "no such verdict is ever given"
    assert "uketsuke_pending 1" in text
    assert "uketsuke_told_seconds_today 5" in text


def ask(port: int, path: str = "/metrics", host: str = "", method: str = "GET") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, headers={"Host": host} if host else {})
    return connection.getresponse()


def test_the_listener_answers_on_loopback_to_its_own_name_alone(site: Site) -> None:
    server = MetricsServer(site.store, site.clock, 0, "1.2.3")
    server.start()
    try:
        answered = ask(server.port)
        assert answered.status == 200
        assert answered.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert b"uketsuke_store_up 1\n" in answered.read()
        assert ask(server.port, host="evil.example:80").status == 403
        assert ask(server.port, "/").status == 404
        assert ask(server.port, method="POST").status == 501
        assert server._server.server_address[0] == "127.0.0.1"
    finally:
        server.stop()


def test_a_store_that_cannot_be_read_is_a_figure_and_no_error(site: Site) -> None:
    site.store.close()
    site.store.path.rename(site.store.path.with_suffix(".away"))
    text = metrics_text(site.store, site.clock, "1.2.3")
    assert "uketsuke_store_up 0\n" in text
    assert "uketsuke_checks_today" not in text
