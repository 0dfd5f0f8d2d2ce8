"""Finding kept checks: by every spelling, nothing else, newest first, never after their time, gone without a trace."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.folding import fold
from app.eligibility.model import Qualification, Validity
from app.eligibility.ports import Outcome
from app.eligibility.search_query import QueryRefused, read_query
from app.store.database import open_database
from app.store.migrate import migrate
from app.store.search import COUNTED, PAGE, FoundPage, export_checks, find_checks
from app.store.search_keys import fill_missing, keep_keys, name_tokens
from migrations.steps import kiosk
from tests.store.raw_pages import count_traces
from tests.store.support import KEY, MORNING, Desk, accepted, answer, patient, person, waiting

EVENING = MORNING + timedelta(hours=9)


def find(desk: Desk, text: str, now: datetime = EVENING, before: int | None = None) -> FoundPage:
    return find_checks(desk.store, read_query(text, now.date()), now, before)


def found_ids(desk: Desk, text: str, now: datetime = EVENING) -> list[str]:
    return [row.check_id for row in find(desk, text, now).rows]


def keep(desk: Desk, check_id: str, *people: Qualification, minutes: float = 0, **changes: object) -> None:
    desk.keeper.record(accepted(check_id, minutes=minutes, result=answer(*people), **changes))


TAKAHASHI = person(
    name="髙橋　邊",
    name_kana="ﾀｶﾊｼ ｼﾞｭﾝ",
    birthdate="19570412",
    insurer_number="00480012",
    symbol="千葉１",
    number="00012345",
    branch_number="01",
    reference_number="P-0077",
)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A store with this one check, for questions that change nothing."""
    desk = Desk(tmp_path_factory.mktemp("one"))
    keep(desk, "wanted", TAKAHASHI)
    yield desk
    desk.store.close()


@pytest.mark.parametrize(
    "typed",
    [
        "タカハシ", "ﾀｶﾊｼ", "たかはし", "タカハシ　ジュン", "ﾀｶﾊｼ ｼﾞｭﾝ", "ﾀｶﾊｼｼﾞﾕﾝ", "たかはしじゅん",
        "ジュン タカハシ", "タ", "た", "カハ", "ジユン",
        "高橋", "髙橋", "高橋辺", "髙橋　邉", "高", "橋邊", "タカハシ 高橋",
        "S32.4.12", "昭和32年4月12日", "昭和３２年４月１２日生", "s32/4/12", "昭32-4-12", "1957-04-12", "1957/4/12",
        "19570412",
        "１９５７年４月１２日", "S320412", "昭和32年", "1957年4月", "タカハシ S32.4.12",
        "00480012", "480012", "0048-0012", "48 0012", "千葉１", "千葉1", "00012345", "12345", "０００-１２３４５",
        "千葉1・12345",
        "千葉1-00012345", "00012345 01", "00012345-01", "P0077", "p-0077",
        "きょう", "今月", "2026-11-24", "11/24", "11/1-11/24", "2026-11-01〜2026-11-30", "R8.11.24",
        "20261101-20261130", "20261101〜20261130", "20261101 ～ 20261130", "20261101から20261130まで",
        "20261124-20261124",
        "タカハシ 20261101-20261130", "昭和 32年 4月 12日", "昭和 32 年 4 月 12 日", "S32 4 12", "Ｓ３２　４　１２",
        "昭和 32.4.12",
        "S 32.4.12", "昭和 32 4 12", "高橋 S32 4 12",
        "11月24日 たかはし", "先月~今月", "10/1から", "11/30まで", "髙 ジ", "辺",
    ],
)  # fmt: skip
def test_each_spelling_finds_the_check(one: Desk, typed: str) -> None:
    assert found_ids(one, typed) == ["wanted"]


@pytest.mark.parametrize(
    "typed",
    [
        "タカハタ", "バカハシ", "ハシタカ", "橋髙", "橋", "カ", "高橋子", "S32.4.13", "1958-04-12", "昭和33年",
        "1234", "123456", "2345", "葉1", "0077",
        "きのう", "先月", "11/23", "11/1-11/23", "2026-11-25~", "タカハシ 先月", "タカハシ S33.4.12", "山", "%",
        "タ%ハ", "カ_タ", "タカ*ジ", "\"", "千葉1 01",
    ],
)  # fmt: skip
def test_what_is_not_its_own_does_not_find_it(one: Desk, typed: str) -> None:
    try:
        assert found_ids(one, typed) == []
    except QueryRefused:
        assert fold(typed) == ""


@pytest.mark.parametrize(
    "typed",
    ['"" OR name:"タ', "NEAR(タ カ)", "name : タ", "タ AND NOT シ", "' OR 1=1 --", "a\" OR \"b", "{name}:タ", "(((",
    "タ\x00シ", "タ\ufdd0シ", ")"],
)  # fmt: skip
def test_the_index_s_own_language_has_no_power(one: Desk, typed: str) -> None:
    with contextlib.suppress(QueryRefused):
        assert found_ids(one, typed) == []


KANA = "アイウカガキギサザシジタダチヂツヅッハバパヒビピャュョヤユヨーン"
KANJI = "高髙崎﨑嵜辺邉邊沢澤斎齋齊花子々𠮷"


def spelled(name: str, how: int) -> str:
    """Another way to write the same name."""
    if how == 1:
        return name.translate({ord(sign): chr(ord(sign) - 0x60) for sign in name if "ァ" <= sign <= "ヶ"})
    if how == 2:
        marks = {"\u3099": "ﾞ", "\u309a": "ﾟ"}
        half = dict(zip("アイウカキサシタチツッハヒャュョヤユヨーン", "ｱｲｳｶｷｻｼﾀﾁﾂｯﾊﾋｬｭｮﾔﾕﾖｰﾝ", strict=True))
        return "".join(marks.get(sign, half.get(sign, sign)) for sign in unicodedata.normalize("NFD", name))
    if how == 3:
        return name.translate(str.maketrans("髙﨑嵜邉邊澤齋齊ャュョッ", "高崎崎辺辺沢斎斎ヤユヨツ"))
    if how == 4:
        return name.replace("　", "").replace("ー", "")
    if how == 5:
        return "\u3000".join(name)
    return name


names = st.text(st.sampled_from(KANA + KANJI + "　"), min_size=1, max_size=8).filter(lambda name: bool(fold(name)))


@settings(patient, max_examples=25)
@given(st.lists(st.tuples(names, names), min_size=1, max_size=6), st.data())
def test_what_is_stored_is_found_by_any_spelling_and_nothing_else_is(
    people: list[tuple[str, str]], data: st.DataObject
) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder, contextlib.closing((desk := Desk(Path(folder))).store):
        for place, (name, kana) in enumerate(people):
            keep(desk, f"c{place}", person(name=name, name_kana=kana), minutes=place)
        for _ in range(4):
            source = data.draw(st.sampled_from([text for pair in people for text in pair]))
            start = data.draw(st.integers(0, len(source) - 1))
            typed = spelled(source[start : start + data.draw(st.integers(1, 8))], data.draw(st.integers(0, 4)))
            words = [fold(word) for word in typed.split()]
            if not any(words) or any(sign.isdigit() for sign in typed):
                continue
            expected = [
                f"c{place}"
                for place, pair in reversed(list(enumerate(people)))
                if all(
                    any(
                        any(fold(part).startswith(word) for part in name.split())
                        if len(word) == 1
                        else word in fold(name)
                        for name in pair
                    )
                    for word in words
                    if word
                )
            ]
            assert found_ids(desk, typed) == expected


digits = st.text(st.sampled_from("0123456789"), min_size=1, max_size=9)


@settings(patient, max_examples=25)
@given(st.lists(digits, min_size=1, max_size=5, unique=True), st.data())
def test_a_number_finds_exactly_itself_with_and_without_zeros_in_front(kept: list[str], data: st.DataObject) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder, contextlib.closing((desk := Desk(Path(folder))).store):
        for place, number in enumerate(kept):
            bare = Qualification(number=number, birthdate="19000101")
            keep(desk, f"c{place}", bare, minutes=place)
        typed = data.draw(st.sampled_from(kept) | digits)
        separated = "-".join(typed) if data.draw(st.booleans()) else typed
        with contextlib.suppress(QueryRefused):
            if any(type(term).__name__ == "CheckedBetween" for term in read_query(separated, EVENING.date()).terms):
                return
            wanted = {f"c{place}" for place, number in enumerate(kept) if typed in (number, number.lstrip("0"))}
            found = set(found_ids(desk, separated))
            if typed != "19000101" and not typed.startswith(("202611", "19000101")):
                assert found == wanted


@pytest.fixture
def many(desk: Desk) -> Desk:
    for place in range(PAGE * 2 + 7):
        keep(desk, f"c{place:03d}", person(place), minutes=place / 10)
    return desk


def test_pages_are_newest_first_without_gap_or_repeat(many: Desk) -> None:
    seen, before, sizes = [], None, []
    for _ in range(3):
        page = find(many, "シケン", before=before)
        assert (page.count, page.is_more_than_counted) == (107, False)
        seen += [row.check_id for row in page.rows]
        sizes.append(len(page.rows))
        before = page.next_before
    assert before is None
    assert sizes == [PAGE, PAGE, 7]
    assert seen == [f"c{place:03d}" for place in reversed(range(107))]


def test_a_full_last_page_offers_no_empty_one(desk: Desk) -> None:
    for place in range(PAGE):
        keep(desk, f"c{place}", person(place), minutes=place)
    assert find(desk, "シケン").next_before is None


def test_checks_of_the_same_second_all_stay_findable(desk: Desk) -> None:
    for place in range(5):
        keep(desk, f"c{place}", person(place))
    assert found_ids(desk, "シケン") == ["c4", "c3", "c2", "c1", "c0"]


def test_the_order_is_that_of_the_decision_not_of_the_writing(desk: Desk) -> None:
    keep(desk, "later", minutes=10)
    keep(desk, "earlier", minutes=5)
    assert found_ids(desk, "きょう") == ["later", "earlier"]


def test_counting_stops_and_says_so(desk: Desk) -> None:
    with desk.store.writing() as db:
        for place in range(COUNTED + 1):
            db.execute(
                "INSERT INTO checks (check_id, kiosk, card_epoch, outcome, method, opened_at, decided_at,"
                " visible_until) VALUES (?, 'k', 1, 'accepted', 'pin', ?, ?, '2026-12-31T23:59:59+09:00')",
                [f"c{place}", MORNING.isoformat(), MORNING.isoformat()],
            )
            keep_keys(db, f"c{place}", MORNING, [person(place)])
    page = find(desk, "シケン")
    assert (page.count, page.is_more_than_counted) == (COUNTED, True)


def test_nothing_is_found_from_the_first_hidden_second_on(desk: Desk) -> None:
    keep(desk, "wanted", TAKAHASHI)
    last = datetime(2026, 12, 31, 23, 59, 59, tzinfo=MORNING.tzinfo)
    for typed in ("タカハシ", "12345", "S32.4.12", "2026年11月1日~"):
        assert found_ids(desk, typed, last) == ["wanted"]
        assert find(desk, typed, last + timedelta(seconds=1)) == FoundPage((), 0, False, None)
    query = read_query("タカハシ", last.date())
    assert len(export_checks(desk.store, query, last, 10)[0]) == 1
    assert export_checks(desk.store, query, last + timedelta(seconds=1), 10) == ([], False)


def test_withdrawn_and_asking_checks_are_not_found(desk: Desk) -> None:
    desk.keeper.record(waiting("went-back"))
    desk.keeper.withdraw("went-back")
    desk.keeper.open_check("asking", "受付1", 2, MORNING)
    assert found_ids(desk, "きょう") == []


def test_a_check_without_an_answer_is_found_by_its_day(desk: Desk) -> None:
    desk.keeper.record(waiting("locked"))
    [row] = find(desk, "2026-11-24").rows
    assert (row.check_id, row.name, row.validity, row.outcome) == ("locked", None, None, Outcome.VISUAL)


def test_all_qualifications_of_a_check_find_it_once(desk: Desk) -> None:
    one, two = person(1, name_kana="ｱﾀﾗｼｲ"), person(2, name_kana="ﾏｴﾉ", name_of_other="通称　夢子")
    desk.keeper.record(accepted("both", result=answer(one, two, validity=Validity.MULTIPLE)))
    for typed in ("アタラ", "マエノ", "夢子", "アタラ マエノ"):
        assert found_ids(desk, typed) == ["both"]


def test_a_later_answer_replaces_what_a_check_is_found_by(desk: Desk) -> None:
    desk.keeper.record(
        accepted("c", outcome=Outcome.COUNTER, reason="check.not_valid",
                 result=answer(person(name_kana="ﾌﾙｲ"), validity=Validity.INVALID))
    )  # fmt: skip
    keep(desk, "c", person(name_kana="ｱﾀﾗｼｲ"), minutes=3)
    assert found_ids(desk, "フルイ") == []
    assert found_ids(desk, "アタラシイ") == ["c"]


def test_export_gives_every_qualification_up_to_its_limit(desk: Desk) -> None:
    keep(desk, "a", person(1), person(2))
    keep(desk, "b", person(3), minutes=1)
    desk.keeper.record(waiting("c", minutes=2))
    query = read_query("きょう", MORNING.date())
    rows, more = export_checks(desk.store, query, EVENING, 3)
    assert [row.qualification.number if row.qualification else None for row in rows] == [
        None, "00000003", "00000001", "00000002",
    ]  # fmt: skip
    assert not more
    assert export_checks(desk.store, query, EVENING, 2)[1]


def test_rows_of_an_older_schema_are_found_after_migration(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    path.touch(mode=0o600)
    with contextlib.closing(open_database(path, KEY)) as old:
        kiosk.apply(old, stop_before="m0010_create_search")
        for place in range(1203):
            old.execute(
                "INSERT INTO checks (check_id, kiosk, card_epoch, outcome, method, opened_at, decided_at,"
                " visible_until) VALUES (?, 'k', 1, 'accepted', 'pin', ?, ?, '2026-12-31T23:59:59+09:00')",
                [f"c{place}", MORNING.isoformat(), (MORNING + timedelta(seconds=place)).isoformat()],
            )
            old.execute(
                "INSERT INTO qualifications (check_id, position, name_kana, number) VALUES (?, 0, ?, ?)",
                [f"c{place}", "ﾑｶｼ ｶﾗ" if place % 400 else "ﾋﾄﾘ", f"{place:08d}"],
            )
    migrate(path, KEY)
    from app.store.database import Store

    store = Store(path, KEY)
    query = read_query("ヒトリ", MORNING.date())
    assert [row.check_id for row in find_checks(store, query, EVENING).rows] == ["c1200", "c800", "c400", "c0"]
    with store.writing() as db:
        assert fill_missing(db) == 0
        db.execute("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)")
    store.close()


def test_nothing_of_a_purged_name_is_left_in_any_page(desk: Desk) -> None:
    gone = person(9, name="鸞鑿　龠", name_kana="ヌヱヴォ　ヰ", number="90909090", birthdate="19110203")
    for place in range(300):
        keep(desk, f"c{place}", person(place), minutes=place / 60)
        if place % 7 == 3:
            keep(desk, f"gone{place}", gone, minutes=place / 60)
    words = ["鸞鑿", "鑿龠", "ヌエ", "エボ", "ボイ", "90909090", "19110203", fold("ヌヱヴォヰ")]
    words += name_tokens("鸞鑿　龠")
    db = desk.store.database()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert count_traces(desk.path, KEY, words) > 0, "the search for traces sees them while they are there"
    with desk.store.writing() as writing:
        writing.execute("DELETE FROM checks WHERE check_id LIKE 'gone%'")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert {word: count_traces(desk.path, KEY, [word]) for word in words} == dict.fromkeys(words, 0)
    db.execute("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)")
    assert found_ids(desk, "ヌエ") == []
    assert find(desk, "シケン").count == 300


def test_the_plan_walks_the_index_and_never_sorts_or_scans(desk: Desk) -> None:
    seen: list[str] = []
    db = desk.store.database()
    db.conn.set_trace_callback(seen.append)
    find(desk, "タカハシ 2026-11-24~")
    find(desk, "今月")
    db.conn.set_trace_callback(None)
    for statement in (text for text in seen if "visible_until" in text):
        plan = "\n".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall())
        assert "TEMP B-TREE" not in plan, plan
        assert "SCAN c" not in plan, plan
        assert "COVERING INDEX checks_seen" in plan, plan
