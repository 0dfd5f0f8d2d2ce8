"""Nothing of an answer is lost or changed on its way through the file."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import TOKYO
from app.eligibility.model import EligibilityResult, Qualification
from app.store.board import board_rows, check_detail
from app.store.database import Store
from app.store.values import (
    build_result,
    from_text,
    qualification_cells,
    result_cells,
    to_exact_text,
    to_text,
    tokyo_day,
)
from tests.store.support import KEY, MORNING, Desk, accepted, answer, patient

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FROM, TO = datetime(1970, 1, 2), datetime(2200, 1, 1)  # noqa: DTZ001 hypothesis adds the zone
ZONES = [timezone(timedelta(hours=hours)) for hours in (-5, 0, 9)]
MOMENTS = st.datetimes(FROM, TO, timezones=st.sampled_from(ZONES))
RESULTS = st.builds(
    EligibilityResult,
    processed_at=MOMENTS,
    reference_classification=TEXT,
    institution_code=TEXT,
    notice_text=st.none() | TEXT,
    qualifications=st.lists(st.from_type(Qualification), max_size=3).map(tuple),
)


@settings(patient)
@given(result=RESULTS)
def test_any_result_is_rebuilt_from_its_cells(result: EligibilityResult) -> None:
    rebuilt = build_result(result_cells(result), [qualification_cells(item) for item in result.qualifications])
    assert rebuilt == result


def test_no_result_stays_none() -> None:
    assert build_result(result_cells(None), []) is None


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("values"))


@settings(patient, max_examples=40)
@given(result=RESULTS, data=st.data())
def test_any_result_survives_the_file(shared_desk: Desk, result: EligibilityResult, data: st.DataObject) -> None:
    with shared_desk.store.reading() as db:
        check_id = f"check-{db['checks'].count}"
    record = accepted(check_id, result=result, service_message=data.draw(st.none() | TEXT))
    shared_desk.keeper.record(record)
    again = Store(shared_desk.path, KEY)
    assert check_detail(again, check_id, MORNING).record == record
    again.close()


@settings(patient)
@given(one=MOMENTS, other=MOMENTS)
def test_stored_times_sort_as_text(one: datetime, other: datetime) -> None:
    early, late = sorted([one, other])
    assert to_text(early) <= to_text(late)
    assert (to_exact_text(early) < to_exact_text(late)) is (early < late)
    assert to_text(early) <= to_exact_text(late)
    assert from_text(to_exact_text(one)) == one
    assert from_text(to_text(one)) == one.replace(microsecond=0)
    assert to_text(one).endswith("+09:00")
    assert to_text(one).startswith(tokyo_day(one))


@pytest.mark.parametrize(
    "written",
    [
        datetime(1, 1, 1, tzinfo=TOKYO),
        datetime(1, 1, 1, 9, tzinfo=TOKYO),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=TOKYO),
    ],
)
def test_row_of_an_impossible_year_is_still_shown(tmp_path: Path, written: datetime) -> None:
    desk = Desk(tmp_path)
    desk.keeper.record(accepted(result=answer(processed_at=written, confirmed_on=written.date())))
    detail = check_detail(desk.store, "check-a", MORNING)
    assert detail.record.result is not None
    shown = detail.record.result.processed_at.astimezone(TOKYO)
    assert shown.replace(tzinfo=None) == written.replace(tzinfo=None)
    assert len(board_rows(desk.store, MORNING)) == 1


@pytest.mark.parametrize("convert", [to_text, tokyo_day])
def test_naive_time_is_refused(convert: object) -> None:
    naive = MORNING.replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        convert(naive)  # type: ignore[operator]
    with pytest.raises(ValueError, match="aware"):
        result_cells(replace(accepted().result, processed_at=naive))  # type: ignore[type-var]
