"""「操作記録」: what stands in it, who may look, verify and export."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from app.eligibility.audit import AuditAction
from app.eligibility.model import Validity
from app.eligibility.people import Role
from app.eligibility.ports import Method, Outcome
from app.store.audit import record_audit
from app.store.audit_check import anchor_file, write_anchor
from app.store.people import StaffMember, add_staff
from app.web.staff.audit import PAGE
from tests.store.support import MORNING, accepted, answer, waiting
from tests.web.staff_site import NAME, PASSPHRASE, Site

CHECK = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.keeper.record(accepted(CHECK))
    return site


@pytest.fixture
def other(site: Site) -> StaffMember:
    return add_staff(site.store, "架空 太郎", PASSPHRASE, MORNING)


def lines(text: str) -> list[str]:
    found = re.findall(r'<span class="audit-what"><strong>(.*?)</strong>　(.*?)</span>', text)
    return [f"{actor} {words}" for actor, words in found]


def test_what_staff_do_with_a_check_stands_in_the_record(site: Site, other: StaffMember) -> None:
    person = site.logged_in(other)
    site.keeper.record(waiting("f" * 32))
    person.get(f"/checks/{CHECK}")
    person.get(f"/checks/{CHECK}/panel", htmx=True)
    person.post(f"/checks/{'f' * 32}/handled", {"version": "1"})
    person.post("/logout")
    owner = site.logged_in()
    assert lines(owner.get("/audit").text)[:6] == [
        f"{NAME} ログインした",
        "架空 太郎 ログアウトした",
        "架空 太郎 対応済みにした",
        "架空 太郎 資格情報を見た",
        "受付機 資格を確認した",
        "架空 太郎 ログインした",
    ]
    assert "試験　花子" not in owner.get("/audit").text


def test_only_owners_look_and_whoever_else_tries_is_noted(site: Site, other: StaffMember) -> None:
    for method, path in (("get", "/audit"), ("post", "/audit/verify"), ("post", "/audit/inspection")):
        assert getattr(site.logged_in(other), method)(path).status_code == 403
    refused = lines(site.logged_in().get("/audit?action=refused").text)
    assert refused == ["架空 太郎 権限のない操作を断った（断りました）"] * 3


def test_a_view_that_cannot_be_noted_is_not_given(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = site.logged_in()
    with site.store.writing() as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'no'); END")
    page = browser.get(f"/checks/{CHECK}")
    assert page.status_code == 500
    assert "試験　花子" not in page.text


def test_filters_by_day_person_and_action(site: Site, other: StaffMember) -> None:
    site.logged_in(other)
    site.clock.move(24 * 3600)
    owner = site.logged_in()
    assert "架空 太郎 ログインした" not in lines(owner.get("/audit?day=2026-11-25").text)
    assert lines(owner.get("/audit?day=2026-11-25").text)[-1] == f"{NAME} ログインした"
    assert lines(owner.get(f"/audit?person={other.staff_id}").text) == ["架空 太郎 ログインした"]
    assert lines(owner.get("/audit?action=checked").text) == ["受付機 資格を確認した"]
    assert "あてはまる記録はありません" in owner.get("/audit?day=2020-01-01").text


@pytest.mark.parametrize(
    "query", ["day=2026-02-30", "day=x", "day=２０２６-11-24", "day=" + "1" * 999, "day=2026-11-24T00"]
)
def test_a_day_that_does_not_exist_is_told_at_its_field(site: Site, query: str) -> None:
    page = site.logged_in().get(f"/audit?{query}")
    assert page.status_code == 422
    assert 'id="day-error"' in page.text


@pytest.mark.parametrize(
    "query", ["person=x", "person=99999", "person=-1", "action=nothing", "before=x", "before=" + "9" * 40]
)
def test_other_strange_filters_do_no_harm(site: Site, query: str) -> None:
    assert site.logged_in().get(f"/audit?{query}").status_code == 200


def test_a_long_record_is_read_page_by_page(site: Site) -> None:
    for number in range(PAGE * 2):
        record_audit(site.store, MORNING, None, AuditAction.PURGED, detail=str(number))
    owner = site.logged_in()
    seen: list[str] = []
    path = "/audit?action=purged"
    while path:
        page = owner.get(path).text
        seen += re.findall(r'<span class="visually-hidden">番号</span> (\d+)', page)
        found = re.search(r'href="(/audit\?before=\d+[^"]*)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == PAGE * 2
    assert seen == sorted(seen, key=int, reverse=True)


def test_verifying_says_whole_or_where_it_breaks(site: Site) -> None:
    owner = site.logged_in()
    write_anchor(site.store, anchor_file(site.folder), MORNING)
    page = owner.post("/audit/verify")
    assert "件すべて正常です" in page.text
    assert re.search(r"<code>\d+-[0-9a-f]{64}</code>", page.text)
    with site.store.writing() as db:
        db.execute("DROP TRIGGER audit_refuses_update")
        db.execute("UPDATE audit SET actor = 'somebody' WHERE seq = 2")
    page = owner.post("/audit/verify")
    assert "2番目の記録が書きかえられています" in page.text
    newest = site.store.database().execute("SELECT action, outcome FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    assert tuple(newest) == ("audit_verified", "audit.altered")


def test_the_sheet_for_an_inspection_counts_without_names(site: Site) -> None:
    site.keeper.record(accepted("a" * 32, minutes=5, method=Method.VISUAL))
    site.keeper.record(waiting("b" * 32, minutes=6))
    site.keeper.record(accepted("b" * 32, minutes=9, method=Method.VISUAL))
    site.keeper.record(
        accepted("c" * 32, minutes=24 * 60, outcome=Outcome.COUNTER, result=answer(validity=Validity.INVALID))
    )
    site.keeper.record(accepted("d" * 32, minutes=40 * 24 * 60))
    write_anchor(site.store, anchor_file(site.folder), MORNING)
    owner = site.logged_in()
    period = {"from": "2026-11-24", "to": "2026-11-30"}
    page = owner.post("/audit/inspection", {**period, "what": "page"})
    assert "延べ4人" in page.text
    file = owner.post("/audit/inspection", {**period, "what": "file"})
    assert file.headers["Content-Disposition"] == 'attachment; filename="kakunin-jisseki.csv"'
    assert file.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert ["期間", "2026-11-24", "2026-11-30"] in rows
    assert ["延べ人数", "4"] in rows
    assert ["うち確認できた", "3"] in rows
    assert ["4桁の暗証番号", "資格(有効)", "1"] in rows
    assert ["目視確認", "資格(有効)", "2"] in rows
    assert ["2026-11-24", "3", "3"] in rows
    assert ["2026-11-25", "1", "0"] in rows
    details = [row for row in rows if len(row) == 13][1:]
    assert [(row[3], row[2]) for row in details] == [(CHECK, "1"), ("a" * 32, "2"), ("b" * 32, "3"), ("c" * 32, "1")]
    assert details[2][1] == "09:06:00", "a visit's own time, and its newest state"
    assert all(re.fullmatch(r"[0-9a-f]{64}", row[12]) for row in details)
    text = file.data.decode()
    assert not any(word in text for word in ("試験　花子", "試験", "ﾊﾅｺ", NAME, "48765432"))
    assert "件すべて正常です" in text
    newest = site.store.database().execute("SELECT action, detail FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    assert tuple(newest) == ("audit_exported", "from=2026-11-24;to=2026-11-30;rows=4")


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("", "2026-11-24", {"from": "はじめの日を入れてください"}),
        ("", "", {"from": "はじめの日を入れてください", "to": "終わりの日を入れてください"}),
        ("2026-11-24", "あす", {"to": "終わりの日はこよみにある日付ではありません"}),
        (
            "2026-02-30",
            "2026-13-01",
            {"from": "ある日付ではありません", "to": "ある日付ではありません"},
        ),
        ("2026-11-24", "2026-11-23", {"to": "はじめの日より後に"}),
        ("2000-01-01", "2026-01-01", {"to": "5年まで"}),
    ],
)
def test_a_period_that_makes_no_sense_is_told(site: Site, first: str, last: str, words: dict[str, str]) -> None:
    page = site.logged_in().post("/audit/inspection", {"from": first, "to": last, "what": "file"})
    assert page.status_code == 422
    assert {name for name in ("from", "to") if f'id="{name}-error"' in page.text} == set(words)
    assert all(re.search(f'id="{name}-error">[^<]*{text}', page.text) for name, text in words.items())
    for name, typed in (("from", first), ("to", last)):
        kind = "text" if name in words else "date"
        assert f'name="{name}" type="{kind}" value="{typed}"' in page.text


def test_nobody_is_an_owner_by_an_address_alone(site: Site) -> None:
    viewer = add_staff(site.store, "架空 次郎", PASSPHRASE, MORNING, Role.VIEWER)
    page = site.logged_in(viewer).get("/").text
    assert "操作記録" not in page
    assert "設定" in page
    assert "操作記録" in site.logged_in().get("/").text
