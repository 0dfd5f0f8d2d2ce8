"""Visits that can be asked about again without their card: what is kept, what ends it, and the late answer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.clock import TOKYO
from app.eligibility.ask_again import OpenQuestions
from app.eligibility.model import Validity
from app.eligibility.pending import CloseReason
from app.eligibility.ports import Method, Outcome, VisualEvidence, VisualProof
from app.errors import GatewayRefused, GatewayTimeout
from app.store.board import mark_handled
from app.store.health import ask_for_trial
from app.store.pending import close_pending, pending_rows, settle_by_check
from app.store.people import StaffMember, add_staff
from app.store.purge import purge
from app.store.questions import StoreQuestions, answered_again
from tests.store.raw_pages import count_traces
from tests.store.support import KEY, KIOSK, MORNING, Desk, accepted, answer, kept, person, waiting

DER = b"\x30\x82\x05certificate of A"
EVIDENCE = VisualEvidence(DER, VisualProof("試験 太郎", MORNING))
LATER = MORNING + timedelta(days=1)


@pytest.fixture
def staff(desk: Desk) -> StaffMember:
    return add_staff(desk.store, "試験 太郎", "ながい合い言葉をここに書きます", MORNING)


@pytest.fixture
def questions(desk: Desk) -> StoreQuestions:
    return StoreQuestions(desk.store, desk.wake)


def leave_open(desk: Desk, check_id: str = "check-a", kiosk: str = KIOSK, der: bytes = DER) -> int:
    """A patient whom staff confirmed, and a service that did not answer; returns the reception number."""
    evidence = VisualEvidence(der, EVIDENCE.proof)
    desk.keeper.open_check(check_id, kiosk, 1, MORNING, Method.VISUAL, evidence)
    record = waiting(check_id, Outcome.COUNTER, kiosk=kiosk, method=Method.VISUAL, reason="gateway.timeout")
    return desk.keeper.record(record)


def certificates(desk: Desk) -> int:
    with desk.store.reading() as db:
        return int(db["visual_proofs"].count)


def open_ids(questions: StoreQuestions, at: datetime = LATER, kiosk: str = KIOSK) -> list[str]:
    return [one.check_id for one in questions.list_open(kiosk, at)]


def asked_again(desk: Desk) -> list[tuple[str | None, str, str]]:
    with desk.store.reading() as db:
        rows = db.execute("SELECT actor, subject, outcome FROM audit WHERE action = 'asked_without_card' ORDER BY seq")
        return [tuple(row) for row in rows.fetchall()]


def test_evidence_comes_back_as_it_went_in(desk: Desk, questions: StoreQuestions) -> None:
    leave_open(desk)
    port: OpenQuestions = questions
    (question,) = port.list_open(KIOSK, LATER)
    assert (question.check_id, question.evidence) == ("check-a", EVIDENCE)
    assert open_ids(questions, kiosk="受付2") == [], "another kiosk asks for its own"


def test_a_card_that_signed_leaves_nothing_to_ask_with(desk: Desk, questions: StoreQuestions) -> None:
    desk.keeper.open_check("check-a", KIOSK, 1, MORNING, Method.PIN)
    desk.keeper.record(waiting(outcome=Outcome.COUNTER, reason="gateway.timeout"))
    leave_open(desk, "check-b")
    assert open_ids(questions) == ["check-b"]
    by_card, by_staff = pending_rows(desk.store, LATER)
    assert (by_card.needs_card, by_card.can_ask_again) == (True, False)
    assert (by_staff.needs_card, by_staff.can_ask_again) == (False, True)


def test_question_that_is_under_way_is_not_asked_twice_and_a_dead_kiosks_is_asked_again(
    desk: Desk, questions: StoreQuestions
) -> None:
    desk.keeper.open_check("check-a", KIOSK, 1, MORNING, Method.VISUAL, EVIDENCE)
    assert open_ids(questions, MORNING + timedelta(seconds=59)) == []
    desk.keeper.close_interrupted(KIOSK, MORNING + timedelta(seconds=5))
    assert open_ids(questions, MORNING + timedelta(seconds=6)) == ["check-a"]


def test_valid_answer_is_that_visits_result_under_its_number(desk: Desk, questions: StoreQuestions) -> None:
    number = leave_open(desk)
    leave_open(desk, "check-b", der=b"of B")
    assert questions.keep_answer("check-a", answer(person(1)), LATER)
    detail = kept(desk)
    assert (detail.reception_number, detail.record.outcome, detail.record.method) == (
        number,
        Outcome.ACCEPTED,
        Method.VISUAL,
    )
    assert (detail.record.result, detail.record.reason) == (answer(person(1)), "check.asked_again")
    assert open_ids(questions) == ["check-b"]
    assert certificates(desk) == 1
    assert asked_again(desk) == [(None, "check-a", "ok")]
    assert desk.events()[-2:] == [("board-panel", "check-a"), ("pending-panel", "check-a")]
    assert kept(desk, "check-b").record.result is None


def test_answer_that_is_not_valid_waits_for_staff_anew(
    desk: Desk, questions: StoreQuestions, staff: StaffMember
) -> None:
    leave_open(desk)
    with desk.store.writing() as db:
        db.execute("UPDATE checks SET handled_at = opened_at, handled_by = ?", [staff.staff_id])
    assert questions.keep_answer("check-a", answer(validity=Validity.INVALID), LATER)
    assert kept(desk).record.outcome is Outcome.COUNTER
    assert kept(desk).is_waiting
    assert pending_rows(desk.store, LATER) == []


def test_second_answer_changes_nothing(desk: Desk, questions: StoreQuestions) -> None:
    leave_open(desk)
    assert questions.keep_answer("check-a", answer(person(1)), LATER)
    assert not questions.keep_answer("check-a", answer(person(2)), LATER)
    assert kept(desk).record.result == answer(person(1))


def test_late_first_record_does_not_undo_the_answer(desk: Desk, questions: StoreQuestions) -> None:
    leave_open(desk)
    questions.keep_answer("check-a", answer(), LATER)
    late = waiting(outcome=Outcome.COUNTER, method=Method.VISUAL, reason="gateway.timeout")
    desk.keeper.record(late)
    assert kept(desk).record.result == answer()
    assert kept(desk).record.outcome is Outcome.ACCEPTED


def test_failure_is_noted_and_the_visit_stays(desk: Desk, questions: StoreQuestions) -> None:
    leave_open(desk)
    questions.keep_failure("check-a", GatewayTimeout(), LATER)
    assert asked_again(desk) == [(None, "check-a", "gateway.timeout")]
    assert open_ids(questions) == ["check-a"]
    assert kept(desk).version == 2


def test_what_the_service_says_against_it_becomes_the_visits_reason_and_no_day_is_lost(
    desk: Desk, questions: StoreQuestions
) -> None:
    leave_open(desk)
    questions.keep_failure("check-a", GatewayRefused("SIM-E007", "（模擬）期限切れ"), LATER)
    record = kept(desk).record
    assert (record.reason, record.service_code, record.service_message) == (
        "gateway.refused",
        "SIM-E007",
        "（模擬）期限切れ",
    )
    (row,) = pending_rows(desk.store, LATER)
    assert (row.reason, row.days_open(LATER), row.can_ask_again) == ("gateway.refused", 1, True)


def test_late_answers_of_other_days_are_listed_while_they_wait(
    desk: Desk, questions: StoreQuestions, staff: StaffMember
) -> None:
    for name in ("valid", "invalid"):
        leave_open(desk, name)
        validity = Validity.VALID if name == "valid" else Validity.INVALID
        questions.keep_answer(name, answer(validity=validity), LATER)
    found = [(one.check_id, one.at, waits) for one, waits in answered_again(desk.store, LATER)]
    assert found == [("invalid", MORNING, True), ("valid", MORNING, False)]
    next_day = LATER + timedelta(days=1)
    assert [one.check_id for one, _ in answered_again(desk.store, next_day)] == ["invalid"]
    mark_handled(desk.store, desk.wake, "invalid", kept(desk, "invalid").version, staff.staff_id, next_day)
    assert answered_again(desk.store, next_day) == []
    with desk.store.reading() as db:
        plan = db.execute(
            "EXPLAIN QUERY PLAN SELECT 1 FROM checks AS c WHERE c.reason = 'check.asked_again' ORDER BY c.decided_at"
        ).fetchall()
    assert "checks_asked_again" in str(plan)


def close(desk: Desk, staff: StaffMember) -> None:
    version = kept(desk).version
    close_pending(desk.store, desk.wake, "check-a", version, CloseReason.TWICE, None, staff.staff_id, LATER)


def confirm_by_another(desk: Desk, staff: StaffMember) -> None:
    desk.keeper.record(accepted("check-z", minutes=30))
    settle_by_check(desk.store, desk.wake, "check-a", kept(desk).version, "check-z", staff.staff_id, LATER)


def withdraw(desk: Desk, _staff: StaffMember) -> None:
    desk.keeper.withdraw("check-a")


def come_with_the_card(desk: Desk, _staff: StaffMember) -> None:
    desk.keeper.record(accepted())


@pytest.mark.parametrize("end", [close, confirm_by_another, withdraw, come_with_the_card])
def test_what_ends_the_visit_takes_the_certificate_and_a_late_answer_is_dropped(
    desk: Desk, questions: StoreQuestions, staff: StaffMember, end
) -> None:
    leave_open(desk)
    end(desk, staff)
    before = kept(desk).record
    assert open_ids(questions) == []
    assert certificates(desk) == 0
    assert not questions.keep_answer("check-a", answer(person(9, name="別人")), LATER)
    assert kept(desk).record == before


def test_certificate_goes_with_its_visit_and_no_answer_comes_after_its_time(
    desk: Desk, questions: StoreQuestions
) -> None:
    leave_open(desk)
    assert count_traces(desk.path, KEY, ["certificate of A"]) > 0, "the search itself works"
    over = datetime(2027, 1, 1, tzinfo=TOKYO)
    assert open_ids(questions, over) == []
    assert not questions.keep_answer("check-a", answer(), over)
    purge(desk.store, over)
    assert certificates(desk) == 0
    assert count_traces(desk.path, KEY, ["certificate of A"]) == 0


def test_press_says_for_how_many_visits(desk: Desk, staff: StaffMember) -> None:
    leave_open(desk)
    leave_open(desk, "check-b", kiosk="受付2")
    ask_for_trial(desk.store, desk.wake, staff.staff_id, LATER)
    with desk.store.reading() as db:
        found = db.execute("SELECT actor, detail FROM audit WHERE action = 'asked_again'").fetchall()
    assert found == [("試験 太郎", "service visits=2")]
