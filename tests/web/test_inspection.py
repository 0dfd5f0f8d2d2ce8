"""確認の実績: every method with its own result, and each visit counted for one person."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.eligibility.audit import AuditAction
from app.eligibility.counter import CounterEntry
from app.eligibility.model import Qualification, Validity
from app.eligibility.pending import CloseReason
from app.eligibility.ports import Method, Outcome, VisualEvidence, VisualProof
from app.speech.inspection_sheet import COUNTING, METHODS, Sheet, build_sheet
from app.speech.phrases.counter_words import CLOSE_REASONS
from app.store.audit import record_audit
from app.store.audit_read import check_evidence
from app.store.counter import keep_entry
from app.store.pending import close_pending, settle_by_check
from app.store.questions import StoreQuestions
from tests.store.support import KIOSK, MORNING, accepted, answer, person, waiting
from tests.web.staff_site import Site

DAY = MORNING.date()
NEXT = DAY + timedelta(days=1)
OUTAGE = waiting("out", Outcome.COUNTER, reason="gateway.timeout")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


def enter(
    site: Site, check_id: str, method: Method, *, later: bool = False, hours: float = 1, takes: str | None = None
) -> int:
    """What staff do in 窓口での確認."""
    one = Qualification() if later else person()
    entry = CounterEntry(method, one, site.member.staff_id, numbers_later=later)
    settles = None
    if takes is not None:
        with site.store.reading() as db:
            version = db.execute("SELECT version FROM checks WHERE check_id = ?", [takes]).fetchone()[0]
        settles = (takes, int(version))
    at = MORNING + timedelta(hours=hours)
    return keep_entry(site.store, site.desk.wake, check_id, entry, site.member.staff_id, at, settles)


def confirm(site: Site, check_id: str, by: str, hours: float) -> None:
    settle_by_check(site.store, site.desk.wake, check_id, 1, by, site.member.staff_id, MORNING + timedelta(hours=hours))


def answer_late(site: Site, hours: float, validity: Validity = Validity.VALID) -> int:
    """Staff confirm somebody while the service is out, and its answer comes later; returns the reception number."""
    evidence = VisualEvidence(b"der", VisualProof("試験 花子", MORNING))
    site.keeper.open_check("late", KIOSK, 1, MORNING, Method.VISUAL, evidence)
    number = site.keeper.record(waiting("late", Outcome.COUNTER, method=Method.VISUAL, reason="gateway.timeout"))
    at = MORNING + timedelta(hours=hours)
    result = answer(validity=validity, processed_at=at)
    assert StoreQuestions(site.store, site.desk.wake).keep_answer("late", result, at)
    return number


def close(site: Site, check_id: str, reason: CloseReason, hours: float = 2) -> None:
    at = MORNING + timedelta(hours=hours)
    close_pending(site.store, site.desk.wake, check_id, 1, reason, None, site.member.staff_id, at)


def sheet_of(site: Site, first: date = DAY, last: date = DAY) -> Sheet:
    return build_sheet(check_evidence(site.store, first, last), first, last)


def shown(sheet: Sheet, check_id: str) -> tuple[str, ...]:
    """Number, method, result, people, confirmed."""
    row = next(row for row in sheet.rows if row[3] == check_id)
    return (row[2], row[4], row[5], row[7], row[8])


def test_each_of_the_seven_methods_has_its_name_its_number_and_its_result(site: Site) -> None:
    results = {
        Method.PIN: "資格(有効)",
        Method.VISUAL: "資格(有効)",
        Method.CERTIFICATE: "窓口で確認",
        Method.CARD_AND_NOTICE: "窓口で確認",
        Method.CARD_AND_PORTAL: "窓口で確認",
        Method.STATEMENT: "未確認",
        Method.EMERGENCY: "未確認",
    }
    assert set(results) == set(Method)
    numbers = {
        method: site.keeper.record(accepted(method, method=method))
        if method in (Method.PIN, Method.VISUAL)
        else enter(site, method, method)
        for method in results
    }
    sheet = sheet_of(site)
    for method, result in results.items():
        confirmed = "0" if result == "未確認" else "1"
        assert shown(sheet, method) == (str(numbers[method]), METHODS[method], result, "1", confirmed)
        assert (METHODS[method], result, 1) in sheet.by_method
    assert (sheet.count, sheet.confirmed) == (7, 5)
    assert list(sheet.by_day) == [(DAY.isoformat(), 7, 5)]


def test_a_card_whose_numbers_follow_is_not_confirmed_yet(site: Site) -> None:
    enter(site, "later", Method.CARD_AND_NOTICE, later=True)
    assert shown(sheet_of(site), "later")[2] == "未確認"
    assert sheet_of(site).confirmed == 0


def test_an_entry_from_before_its_facts_were_noted_is_still_told(site: Site) -> None:
    site.keeper.record(accepted("old", result=None, method=Method.CERTIFICATE))
    record_audit(site.store, MORNING, "somebody", AuditAction.FALLBACK_ENTERED, "old", detail="certificate")
    assert shown(sheet_of(site), "old") == ("1", METHODS["certificate"], "窓口で確認", "1", "1")


@pytest.mark.parametrize("method", [Method.CERTIFICATE, Method.EMERGENCY])
def test_a_visit_and_the_entry_that_took_it_over_are_one_person(site: Site, method: Method) -> None:
    site.keeper.record(OUTAGE)
    enter(site, "entry", method, takes="out")
    sheet = sheet_of(site)
    assert (sheet.count, sheet.confirmed) == (1, int(method is Method.CERTIFICATE))
    assert len(sheet.rows) == 2, "the evidence of both stays"
    assert shown(sheet, "out")[3:] == ("0", "0")
    assert next(row for row in sheet.rows if row[3] == "out")[9] == "entry"


def test_a_later_check_of_the_same_day_is_the_same_person_whenever_staff_say_so(site: Site) -> None:
    enter(site, "urgent", Method.EMERGENCY)
    site.keeper.record(accepted("card", minutes=600))
    confirm(site, "urgent", "card", hours=30)
    sheet = sheet_of(site)
    assert (sheet.count, sheet.confirmed) == (1, 1)
    assert shown(sheet, "urgent")[2:] == ("あとで確認できた", "0", "0")


def test_a_check_on_another_day_is_another_visit_and_confirms_the_first(site: Site) -> None:
    enter(site, "urgent", Method.EMERGENCY)
    site.keeper.record(accepted("card", minutes=26 * 60))
    confirm(site, "urgent", "card", hours=27)
    sheet = sheet_of(site, DAY, NEXT)
    assert list(sheet.by_day) == [(DAY.isoformat(), 1, 1), (NEXT.isoformat(), 1, 1)]
    assert shown(sheet, "urgent")[2:] == ("あとで確認できた", "1", "1")
    assert sheet_of(site).confirmed == 1, "what happened after the period is known"


def test_a_chain_of_entries_is_confirmed_by_its_end(site: Site) -> None:
    site.keeper.record(OUTAGE)
    enter(site, "urgent", Method.EMERGENCY, takes="out")
    enter(site, "paper", Method.CERTIFICATE, hours=25, takes="urgent")
    sheet = sheet_of(site, DAY, NEXT)
    assert list(sheet.by_day) == [(DAY.isoformat(), 1, 1), (NEXT.isoformat(), 1, 1)]
    assert shown(sheet, "out")[3] == "0"
    assert shown(sheet, "urgent")[2:] == ("あとで確認できた", "1", "1")


def test_failed_reads_and_locked_cards_are_visits_that_nobody_confirmed(site: Site) -> None:
    site.keeper.record(waiting("locked"))
    site.keeper.record(waiting("unreadable", Outcome.COUNTER, reason="card.unreadable"))
    site.keeper.record(
        accepted("ended", outcome=Outcome.COUNTER, reason="check.not_valid", result=answer(validity=Validity.INVALID))
    )
    sheet = sheet_of(site)
    assert (sheet.count, sheet.confirmed) == (3, 0)
    assert shown(sheet, "locked")[2] == "確認できません"
    assert shown(sheet, "ended")[2] == "資格(無効)"


@pytest.mark.parametrize("hours", [3, 25])
def test_a_late_answer_is_the_visits_own_on_its_own_day(site: Site, hours: int) -> None:
    number = answer_late(site, hours)
    site.keeper.record(accepted("other", minutes=25 * 60))
    processed = (MORNING + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S")
    for sheet in (sheet_of(site), sheet_of(site, DAY, NEXT)):
        assert shown(sheet, "late") == (str(number), METHODS["visual"], "あとで確認できた", "1", "1")
        row = next(row for row in sheet.rows if row[3] == "late")
        assert (row[0], row[1], row[10]) == (DAY.isoformat(), "09:00:00", processed)
    assert list(sheet_of(site).by_day) == [(DAY.isoformat(), 1, 1)]
    assert list(sheet_of(site, DAY, NEXT).by_day) == [(DAY.isoformat(), 1, 1), (NEXT.isoformat(), 1, 1)]
    assert [row[3] for row in sheet_of(site, NEXT, NEXT).rows] == ["other"], "the visit is of the day before"


def test_a_late_answer_that_confirms_nobody_says_so(site: Site) -> None:
    answer_late(site, 25, Validity.INVALID)
    assert shown(sheet_of(site), "late")[2:] == ("資格(無効)", "1", "0")


def test_a_visit_that_a_late_answer_settled_counts_on_the_day_of_both(site: Site) -> None:
    site.keeper.record(OUTAGE)
    answer_late(site, 25)
    confirm(site, "out", "late", hours=26)
    sheet = sheet_of(site, DAY, NEXT)
    assert list(sheet.by_day) == [(DAY.isoformat(), 1, 1)]


def test_the_first_and_the_last_day_of_the_calendar_are_days(site: Site) -> None:
    site.keeper.record(accepted("a"))
    assert sheet_of(site, date.min, DAY).count == sheet_of(site, DAY, date.max).count == 1


@pytest.mark.parametrize("reason", CloseReason)
def test_a_closed_visit_says_why_and_counts_unless_it_was_no_patients(site: Site, reason: CloseReason) -> None:
    site.keeper.record(OUTAGE)
    close(site, "out", reason, hours=30)
    people = "0" if reason in (CloseReason.TWICE, CloseReason.NO_VISIT) else "1"
    sheet = sheet_of(site)
    assert shown(sheet, "out")[2:] == (CLOSE_REASONS[reason], people, "0")
    assert (sheet.count, sheet.confirmed) == (int(people), 0)
    assert {verdict for _, verdict, _ in sheet.by_method} <= {CLOSE_REASONS[reason]}
    if people == "0":
        assert f"「{CLOSE_REASONS[reason]}」" in COUNTING


def test_a_visit_that_its_patient_took_back_is_noted_and_counts_nobody_until_it_goes_on(site: Site) -> None:
    site.keeper.record(waiting("back"))
    site.keeper.withdraw("back")
    site.keeper.withdraw("back")
    sheet = sheet_of(site)
    assert (sheet.count, list(sheet.by_method)) == (0, [])
    assert [(row[6], row[7]) for row in sheet.rows] == [("受付機で取り下げ", "0")]
    with site.store.reading() as db:
        noted = db.execute("SELECT actor, subject FROM audit WHERE action = 'withdrawn'").fetchall()
    assert noted == [(None, "back")]
    assert "受付を取り下げた" in site.logged_in().get("/audit?action=withdrawn").text
    site.keeper.record(accepted("back", minutes=1))
    assert shown(sheet_of(site), "back")[2:] == ("資格(有効)", "1", "1")


def test_page_and_file_say_how_people_are_counted(site: Site) -> None:
    site.keeper.record(OUTAGE)
    enter(site, "ab" * 16, Method.CERTIFICATE, takes="out")
    browser = site.logged_in()
    period = {"from": DAY.isoformat(), "to": DAY.isoformat()}
    page = browser.post("/audit/inspection", {**period, "what": "page"}).text
    assert "延べ1人（うち確認できたのは1人）" in page
    assert "1人として数えています" in page
    file = browser.post("/audit/inspection", {**period, "what": "file"})
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert ["延べ人数", "1"] in rows
    assert ["うち確認できた", "1"] in rows
    assert ["窓口での確認（資格確認書）", "窓口で確認", "1"] in rows
    assert "受付番号2・窓口での確認（資格確認書）" in browser.get("/audit?action=fallback_entered").text
