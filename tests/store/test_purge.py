"""What is over is destroyed to the last byte, and nothing else is."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import TOKYO
from app.eligibility.clock_trust import ClockMemory, Mark
from app.eligibility.retention import days_left, days_left_words, first_kept, is_visible, visible_until
from app.errors import RecordMissing
from app.store.board import board_rows, check_detail
from app.store.database import Store, open_database
from app.store.keeping import Note, keep_clock_memory, noted
from app.store.migrate import copy_database
from app.store.people import add_staff
from app.store.purge import count_due, mend_future_rows, newest_moment, purge, purge_copy
from app.store.sessions import start_session
from tests.store.raw_pages import count_traces
from tests.store.support import KEY, MORNING, Desk, accepted, answer, patient, person, waiting

LAST_SECOND = datetime(2026, 12, 31, 23, 59, 59, tzinfo=TOKYO)
OVER = LAST_SECOND + timedelta(seconds=1)
NAMES = ["架空野　夢見子", "カクウノ　ユメミコ", "ｶｸｳﾉ ﾕﾒﾐｺ", "48765432", "試験県まぼろし市９９－９"]
PIECES = ["夢見", "見子", "ユメ", "メミ", "ミコ", "まぼ", "4876543"]
"""What an index of word pieces would keep of them. Fewer digits stand in a hash by chance: four did."""


def secret_person(index: int) -> object:
    kana = NAMES[1 + index % 2]
    extras = (("Extra", NAMES[0] * (1 + index % 200)),)  # some rows spill onto overflow pages
    return person(index, name=NAMES[0], name_kana=kana, number=NAMES[3], address=NAMES[4], extras=extras)


def fill(desk: Desk, count: int, at: datetime, prefix: str = "old") -> None:
    for index in range(count):
        record = accepted(f"{prefix}{index}", at=at, result=answer(secret_person(index), notice_text=NAMES[0]))  # type: ignore[arg-type]
        desk.keeper.record(record)


def counts(desk: Desk) -> dict[str, int]:
    with desk.store.reading() as db:
        return {name: db[name].count for name in db.table_names() if not name.startswith(("sqlite_", "_"))}


def test_nothing_goes_in_the_last_second_and_all_in_the_next(desk: Desk) -> None:
    fill(desk, 5, MORNING)
    assert purge(desk.store, LAST_SECOND).checks == 0
    assert counts(desk)["checks"] == 5
    assert purge(desk.store, OVER).checks == 5
    left = counts(desk)
    assert (left["checks"], left["qualifications"]) == (0, 0)
    assert purge(desk.store, OVER).checks == 0, "a second purge finds nothing"


def test_reads_hide_what_is_over_before_any_purge(desk: Desk) -> None:
    desk.keeper.record(accepted("old"))
    assert check_detail(desk.store, "old", LAST_SECOND).record.check_id == "old"
    with pytest.raises(RecordMissing):
        check_detail(desk.store, "old", OVER)
    assert board_rows(desk.store, OVER) == []


def test_a_clock_set_back_shows_nothing_again(desk: Desk) -> None:
    desk.keeper.record(accepted("old"))
    with desk.store.writing() as db:
        keep_clock_memory(db, ClockMemory(trusted=Mark(OVER, "boot", 1.0)))
    with pytest.raises(RecordMissing):
        check_detail(desk.store, "old", MORNING)
    assert board_rows(desk.store, MORNING) == []


def test_no_byte_of_a_purged_person_is_left(desk: Desk) -> None:
    desk.keeper.record(accepted("kept", at=OVER))
    fill(desk, 60, MORNING)
    for index in range(60):
        desk.keeper.record(accepted(f"young{index}", at=OVER, result=answer(person(index))))
    staff = add_staff(desk.store, "試験 職員", "とても長い試験用の合言葉です。", MORNING)
    start_session(desk.store, staff.staff_id, MORNING)
    desk.keeper.call_staff("受付1", "pin", MORNING)
    copy = desk.path.with_name("copy.db")
    copy_database(desk.store.database(), copy, KEY)
    assert count_traces(desk.path, KEY, NAMES) > 100, "the search itself works"
    assert all(count_traces(desk.path, KEY, [piece]) for piece in PIECES)
    assert count_traces(copy, KEY, NAMES) > 100
    due = desk.store.database()
    assert count_due(due, OVER).checks == 60
    report = purge(desk.store, OVER, batch=7)
    assert report.is_log_empty
    assert (report.checks, report.calls, report.sessions) == (60, 1, 1)
    assert count_traces(desk.path, KEY, NAMES + PIECES) == 0
    copied = open_database(copy, KEY)
    assert purge_copy(copied, OVER) == 60
    assert count_traces(copy, KEY, NAMES + PIECES) == 0
    copied.close()
    assert counts(desk)["checks"] == 61


def test_a_reader_that_holds_the_log_back_is_waited_for(desk: Desk) -> None:
    fill(desk, 20, MORNING)
    reading, leave = threading.Event(), threading.Event()

    def read() -> None:
        store = Store(desk.path, KEY)
        with store.reading() as db:
            db.execute("SELECT count(*) FROM checks").fetchone()
            reading.set()
            leave.wait(120)
        store.close()

    reader = threading.Thread(target=read)
    reader.start()
    assert reading.wait(120)
    timer = threading.Timer(0.4, leave.set)
    timer.start()
    report = purge(desk.store, OVER)
    reader.join()
    timer.join()
    assert report.is_log_empty
    assert count_traces(desk.path, KEY, NAMES) == 0


def test_purge_is_noted_without_names(desk: Desk) -> None:
    fill(desk, 3, MORNING)
    before = len(desk.events())
    purge(desk.store, OVER, actor="試験 院長")
    with desk.store.reading() as db:
        (entry,) = db.execute("SELECT actor, action, subject, detail FROM audit WHERE action = 'purged'").fetchall()
        assert noted(db, Note.LAST_PURGE) == "2027-01-01T00:00:00+09:00"
    assert entry == ("試験 院長", "purged", None, "checks=3 calls=0")
    assert len(desk.events()) > 0
    assert before == 3
    purge(desk.store, OVER + timedelta(hours=1))
    with desk.store.reading() as db:
        count = db.execute("SELECT count(*) FROM audit WHERE action = 'purged'").fetchone()[0]
        assert count == 1, "an hourly purge that finds nothing is no news"


def test_free_pages_are_given_back_once_a_month(desk: Desk) -> None:
    fill(desk, 900, MORNING)
    purge(desk.store, MORNING)
    full = desk.path.stat().st_size
    report = purge(desk.store, OVER)
    assert report.vacuumed
    assert desk.path.stat().st_size < full / 4
    fill(desk, 900, OVER, "next")
    early = purge(desk.store, datetime(2027, 3, 1, tzinfo=TOKYO))
    assert early.checks == 900
    assert early.vacuumed, "the last one was two months ago"
    fill(desk, 900, OVER, "more")
    again = purge(desk.store, datetime(2027, 3, 2, tzinfo=TOKYO))
    assert (again.checks, again.vacuumed) == (900, False)


def test_rows_that_a_wrong_clock_dated_ahead_get_an_end(desk: Desk) -> None:
    desk.keeper.record(accepted("future", at=datetime(2031, 5, 5, 9, tzinfo=TOKYO)))
    desk.keeper.record(accepted("today", at=MORNING))
    with desk.store.writing() as db:
        assert newest_moment(db) == datetime(2031, 5, 5, 9, tzinfo=TOKYO)
        assert mend_future_rows(db, MORNING) == 1
        assert newest_moment(db) == MORNING
        assert mend_future_rows(db, MORNING) == 0
    assert purge(desk.store, OVER).checks == 2


def test_whatever_belongs_to_a_check_goes_with_it(desk: Desk) -> None:
    """A table of a later part of the product that forgets its foreign key would keep personal data."""
    db = desk.store.database()
    for table in db.tables:
        if table.name == "checks" or "check_id" not in {column.name for column in table.columns}:
            continue
        keys = db.execute(f"PRAGMA foreign_key_list({table.name})").fetchall()
        cascades = [key for key in keys if (key[2], key[3], key[6]) == ("checks", "check_id", "CASCADE")]
        assert cascades, f"{table.name}.check_id must reference checks ON DELETE CASCADE"
        plan = db.execute(f"EXPLAIN QUERY PLAN DELETE FROM {table.name} WHERE check_id = 'x'").fetchall()  # noqa: S608
        assert any("SEARCH" in row[3] for row in plan), f"{table.name}.check_id needs an index"


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2120, 12, 31), timezones=st.just(TOKYO))  # noqa: DTZ001
CHANGES = st.sampled_from(
    [datetime(2019, 4, 30, 23, 59, 59), datetime(2019, 5, 1), datetime(2024, 2, 29, 12), datetime(2100, 2, 28, 23, 59)]  # noqa: DTZ001
).map(lambda moment: moment.replace(tzinfo=TOKYO))
"""The last second of 平成, the first of 令和, leap days, and a century that has none."""


@settings(patient)
@given(made=MOMENTS | CHANGES, now=MOMENTS | CHANGES)
def test_first_kept_and_visible_until_say_the_same(made: datetime, now: datetime) -> None:
    assert (made >= first_kept(now)) is is_visible(made, now)


@settings(patient)
@given(made=MOMENTS | CHANGES, days=st.integers(0, 61))
def test_days_left_count_midnights(made: datetime, days: int) -> None:
    until = visible_until(made)
    now = made + timedelta(days=days)
    left = days_left(until, now)
    assert (left >= 0) is is_visible(made, now)
    assert left == (until.date() - now.astimezone(TOKYO).date()).days
    words = days_left_words(until, now)
    assert words == ("保存期間が過ぎました" if left < 0 else "今日まで" if left == 0 else f"あと{left}日")


@settings(patient, max_examples=12)
@given(
    made=st.lists(st.datetimes(datetime(2027, 1, 1), datetime(2029, 12, 31), timezones=st.just(TOKYO)), max_size=8),  # noqa: DTZ001
    now=st.datetimes(datetime(2027, 1, 1), datetime(2030, 3, 31), timezones=st.just(TOKYO)),  # noqa: DTZ001
)
def test_purge_destroys_exactly_what_reads_hide(
    made: list[datetime], now: datetime, tmp_path_factory: pytest.TempPathFactory
) -> None:
    desk = Desk(tmp_path_factory.mktemp("purge"))
    for index, at in enumerate(made):
        desk.keeper.record(waiting(f"c{index}", at=at))
    visible = {f"c{index}" for index, at in enumerate(made) if is_visible(at, now)}
    for _ in range(2):
        purge(desk.store, now, batch=3)
        with desk.store.reading() as db:
            assert {row["check_id"] for row in db["checks"].rows} == visible
    desk.store.close()
