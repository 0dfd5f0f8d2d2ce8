"""Each fault is told once: one log line with a code, and a row where the patient cannot go on alone."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest

from app.eligibility.effects import EffectRunner
from app.eligibility.model import Validity
from app.eligibility.outage import Outage
from app.eligibility.ports import CardKind, CardReport, DeskState, DeskStatus, Outcome
from app.eligibility.screens import Button, Screen
from app.errors import (
    CardProcessDown,
    CardRemoved,
    CertificateChanged,
    GatewayRefused,
    GatewayTimeout,
    KioskError,
    ReaderLost,
    StoreBusy,
)
from app.speech.phrases import REASONS
from tests.eligibility.desk import Table
from tests.fakes import FakeCard

CODE = re.compile(r"\bcode=(\S+)")


@pytest.fixture
def table() -> Iterator[Table]:
    table = Table()
    yield table
    table.keeper.error = None
    table.effects.close()


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    caplog.set_level("INFO")
    return Told(caplog)


class Told:
    """The codes of the log lines that were written since the last look."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        self._seen = 0

    def __call__(self) -> list[str]:
        new = self._caplog.messages[self._seen :]
        self._seen = len(self._caplog.messages)
        codes = [code for line in new for code in CODE.findall(line)]
        assert set(codes) <= set(REASONS), "every code has words"
        return codes


def put(table: Table, card: FakeCard) -> None:
    table.desk.insert(card)
    table.settle()


def rows(table: Table) -> list[tuple[Outcome, str | None]]:
    return [(record.outcome, record.reason) for record in table.keeper.records.values()]


def test_visit_without_a_fault_tells_no_code(table: Table, told: Told) -> None:
    put(table, FakeCard("A"))
    table.type("1234")
    table.desk.remove()
    assert told() == []


@pytest.mark.parametrize("kind", [CardKind.JUKI, CardKind.OTHER])
def test_other_card_is_a_line_and_no_row(table: Table, told: Told, kind: CardKind) -> None:
    put(table, FakeCard("A", kind=kind))
    table.desk.remove()
    assert told() == ["card.other_kind"]
    assert rows(table) == []
    assert table.screen is Screen.WELCOME


@pytest.mark.parametrize(
    ("card", "row"),
    [
        (FakeCard("A", attempts=1), (Outcome.VISUAL, "check.pin_last")),
        (FakeCard("A", attempts=0), (Outcome.VISUAL, "card.pin_locked")),
        (FakeCard("A", has_pin=False), (Outcome.VISUAL, "card.pin_missing")),
    ],
    ids=lambda given: getattr(given, "owner", ""),
)
def test_card_that_asks_no_pin_is_told_by_its_row(
    table: Table, told: Told, card: FakeCard, row: tuple[Outcome, str]
) -> None:
    put(table, card)
    assert told() == [row[1]]
    table.desk.remove()
    assert told() == []
    assert rows(table) == [row]


def test_wrong_pin_is_one_line_each_and_leaving_then_one_more(table: Table, told: Told) -> None:
    put(table, FakeCard("A"))
    table.type("9999")
    assert told() == ["card.pin_incorrect"]
    table.desk.remove()
    assert told() == ["card.removed"]
    assert rows(table) == []


def test_lock_by_the_last_try_is_one_line(table: Table, told: Told) -> None:
    put(table, FakeCard("A", attempts=1))
    table.press(Button.ONCE_MORE)
    told()
    table.type("9999")
    assert told() == ["card.pin_locked"]
    assert rows(table) == [(Outcome.VISUAL, "card.pin_locked")]


def test_second_wrong_pin_tells_the_try_and_that_staff_are_needed(table: Table, told: Told) -> None:
    put(table, FakeCard("A"))
    table.type("9999")
    table.press(Button.AGAIN)
    told()
    table.type("9999")
    assert told() == ["card.pin_incorrect", "check.pin_last"]


@pytest.mark.parametrize("typed", [False, True])
def test_card_that_leaves_at_the_pin_is_one_line_and_no_row(table: Table, told: Told, typed: bool) -> None:
    put(table, FakeCard("A"))
    if typed:
        table.type("9999")
        told()
    table.desk.remove()
    assert told() == ["card.removed"]
    assert rows(table) == []
    assert table.screen is Screen.WELCOME


def test_swapped_cards_are_one_line_and_the_second_goes_its_way(table: Table, told: Told) -> None:
    put(table, FakeCard("A"))
    put(table, FakeCard("B", pin="5678"))
    assert told() == ["card.removed"]
    table.type("5678")
    assert told() == []
    assert rows(table) == [(Outcome.ACCEPTED, None)]


def test_end_of_a_told_visit_tells_nothing_more(table: Table, told: Told) -> None:
    table.gateway.validity["A"] = Validity.INVALID
    put(table, FakeCard("A"))
    table.type("1234")
    assert told() == ["check.not_valid"]
    table.press(Button.DONE)
    table.desk.remove()
    assert told() == []


@pytest.mark.parametrize("error", [GatewayTimeout(), GatewayRefused("SIM-E001", "（模擬）")])
@pytest.mark.parametrize("place", ["challenge_error", "confirm_error"])
def test_service_that_fails_is_one_line_beside_its_row(table: Table, told: Told, error: KioskError, place: str) -> None:
    setattr(table.gateway, place, error)
    put(table, FakeCard("A"))
    table.type("1234")
    assert told() == [error.code]
    assert rows(table) == [(Outcome.COUNTER, error.code)]


@pytest.mark.parametrize("error", [ReaderLost(), CertificateChanged(), CardProcessDown()])
def test_card_that_fails_at_the_signature_is_one_line_beside_its_row(
    table: Table, told: Told, error: KioskError
) -> None:
    put(table, FakeCard("A"))
    table.desk.fails = error
    table.type("1234")
    assert told() == [error.code]
    assert rows(table) == [(Outcome.COUNTER, error.code)]


def test_card_pulled_while_the_card_works_is_one_line_and_a_row(table: Table, told: Told) -> None:
    put(table, FakeCard("A"))
    sign = table.desk.sign

    def pulled(*args):
        proof = sign(*args)
        table.desk.remove()
        return proof

    table.desk.sign = pulled
    table.type("1234")
    assert told() == ["card.removed"]
    assert rows(table) == [(Outcome.COUNTER, "card.removed")]
    table.desk.sign, table.desk.fails = sign, CardRemoved()
    put(table, FakeCard("A"))
    table.type("1234")
    table.desk.remove()
    assert told() == ["card.removed"]
    assert rows(table) == [(Outcome.COUNTER, "card.removed")] * 2


@pytest.mark.parametrize(("code", "lines"), [("card.reader_lost", 0), ("card.unreadable", 0), ("card.removed", 1)])
def test_unreadable_card_is_told_by_the_card_process_unless_it_tore_off(
    table: Table, told: Told, code: str, lines: int
) -> None:
    table.reception.desk_changed(DeskStatus(DeskState.READING, 1))
    table.reception.desk_changed(DeskStatus(DeskState.UNREADABLE, 1, error_code=code))
    table.settle()
    assert told() == [code] * lines
    assert rows(table) == [(Outcome.COUNTER, code)]


LOST = [
    (DeskStatus(DeskState.DOWN, 1), "card.process_down", 1),
    (DeskStatus(DeskState.NO_READER, 1), "card.reader_lost", 1),
    (DeskStatus(DeskState.NO_READER, 1, error_code="reader.silent"), "reader.silent", 0),
]
"""What stands in the way, the code staff read, and the lines with it here: the card process told its own finding."""


@pytest.mark.parametrize(("status", "code", "lines"), LOST)
def test_idle_kiosk_that_loses_its_reader_is_one_line_and_no_row(
    table: Table, told: Told, status: DeskStatus, code: str, lines: int
) -> None:
    for _ in range(2):
        for now in (status, status, DeskStatus(DeskState.NO_READER), DeskStatus(DeskState.NO_CARD)):
            table.reception.desk_changed(now)
        assert told() == [code] * lines
    assert rows(table) == []
    assert table.screen is Screen.WELCOME


@pytest.mark.parametrize(("status", "code", "lines"), LOST)
@pytest.mark.parametrize("wrong_first", [False, True])
def test_patient_whose_reader_goes_at_the_pin_waits_for_staff(
    table: Table, told: Told, status: DeskStatus, code: str, lines: int, wrong_first: bool
) -> None:
    put(table, FakeCard("A"))
    if wrong_first:
        table.type("9999")
        told()
    table.reception.desk_changed(status)
    table.settle()
    assert told() == [code] * lines
    assert rows(table) == [(Outcome.COUNTER, code)]
    assert table.screen is Screen.OUT_OF_ORDER
    table.reception.desk_changed(DeskStatus(DeskState.NO_CARD, 1))
    assert table.screen is Screen.WELCOME


def test_call_on_a_kiosk_out_of_order_is_not_confirmed_on_the_next_screen(table: Table) -> None:
    table.reception.desk_changed(DeskStatus(DeskState.NO_READER))
    table.press(Button.CALL)
    assert table.reception.view().called
    table.reception.desk_changed(DeskStatus(DeskState.DOWN))
    assert table.reception.view().called
    table.reception.desk_changed(DeskStatus(DeskState.NO_CARD))
    assert (table.screen, table.reception.view().called) == (Screen.WELCOME, False)


def test_row_that_waits_already_keeps_its_reason(table: Table, told: Told) -> None:
    put(table, FakeCard("A", attempts=1))
    told()
    table.reception.desk_changed(DeskStatus(DeskState.DOWN, 1))
    table.settle()
    assert told() == ["card.process_down"]
    assert rows(table) == [(Outcome.VISUAL, "check.pin_last")]


@pytest.mark.parametrize("status", [status for status, _, _ in LOST[1:]])
@pytest.mark.parametrize("outcome", ["signs", "fails"])
def test_patient_whose_reader_goes_while_the_card_works_waits_for_staff(
    table: Table, status: DeskStatus, outcome: str
) -> None:
    put(table, FakeCard("A"))
    sign = table.desk.sign

    def lost(*args):
        proof = sign(*args)
        table.reception.desk_changed(status)
        if outcome == "fails":
            raise ReaderLost()
        return proof

    table.desk.sign = lost
    table.type("1234")
    assert rows(table) == [(Outcome.COUNTER, status.error_code or "card.reader_lost")]
    assert table.gateway.asked == []
    assert table.screen is Screen.OUT_OF_ORDER


def test_double_and_replayed_submit_are_one_line_however_often(table: Table, told: Told) -> None:
    put(table, FakeCard("A"))
    view = table.reception.view()
    tokens = tuple("iiii")
    for _ in range(12):
        table.reception.submit(view.check_id, view.keypad.keypad_id, tokens)
    table.settle()
    for _ in range(3):
        table.reception.submit(view.check_id, view.keypad.keypad_id, tokens)
    assert sorted(told()) == ["card.pin_incorrect", "check.dropped"]
    assert (table.desk.signs, table.reception.dropped) == (1, 14)
    table.press(Button.AGAIN)
    table.type("1234")
    table.press(Button.DONE)
    table.desk.remove()
    table.reception.submit(view.check_id, view.keypad.keypad_id, tokens)
    assert told() == ["check.dropped"], "a replay into a later visit is told again"


def test_visit_says_how_much_was_dropped(table: Table, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    put(table, FakeCard("A"))
    view = table.reception.view()
    for _ in range(3):
        table.reception.press(view.check_id, Button.DONE, Screen.ACCEPTED)
    table.desk.remove()
    assert "check.dropped_in_visit count=3 total=3" in caplog.messages


def test_late_findings_are_counted_and_not_told(table: Table, told: Told) -> None:
    table.reception.press(table.reception.view().check_id, Button.CALL, Screen.WELCOME)
    call = table.jobs.pop()
    put(table, FakeCard("A"))
    call()
    assert table.reception.dropped == 1
    assert told() == []


def test_store_that_stays_locked_is_one_line(table: Table, told: Told) -> None:
    put(table, FakeCard("A"))
    table.keeper.error = StoreBusy()

    class Passing:
        """Each wait is a second of the table's clock."""

        def wait(self, seconds: float) -> bool:
            table.clock.move(1)
            return False

        def set(self) -> None:
            pass

    table.effects._recorder._closed = Passing()  # type: ignore[assignment]
    table.type("1234")
    assert told() == ["store.busy"]
    assert table.screen is Screen.OUT_OF_ORDER


def test_start_is_no_outage_but_a_start_without_a_reader_is(told: Told) -> None:
    notes: list[str | None] = []
    outage = Outage(notes.append)
    outage.look(DeskStatus(DeskState.DOWN))
    outage.look(DeskStatus(DeskState.NO_READER))
    assert (notes, told()) == ([], [])
    outage.look(DeskStatus(DeskState.NO_READER), has_waited=True)
    outage.look(DeskStatus(DeskState.NO_READER), has_waited=True)
    assert (notes, told()) == (["card.reader_lost"], ["card.reader_lost"])
    outage.look(DeskStatus(DeskState.DOWN))
    assert (notes, told()) == (["card.reader_lost", "card.process_down"], [])
    for state in (DeskState.NO_CARD, DeskState.READING, DeskState.READY, DeskState.UNREADABLE):
        outage.look(DeskStatus(state))
    assert notes[2:] == [None]


def test_what_a_start_finds_is_noted_even_if_all_is_well() -> None:
    notes: list[str | None] = []
    Outage(notes.append).look(DeskStatus(DeskState.NO_CARD))
    assert notes == [None], "the note of a process that died out of order must go"


class Book:
    """Refuses twice, then takes notes."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str | None]] = []
        self.refusals = 2
        self.works = threading.Event()

    def note(self, kiosk: str, code: str | None, at: object) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreBusy()
        self.notes.append((kiosk, code))
        if code is None:
            self.works.set()


def test_notes_for_staff_survive_a_locked_store_in_their_order(table: Table) -> None:
    book = Book()
    effects = EffectRunner(
        table.desk, table.gateway, table.keeper, table.visual, table.clock, "受付1", table.outbox, book
    )
    for code in ("card.process_down", "card.reader_lost", None):
        effects.note_work(code)
    assert book.works.wait(60)
    effects.close()
    assert book.notes == [("受付1", "card.process_down"), ("受付1", "card.reader_lost"), ("受付1", None)]


def test_report_of_a_usable_card_is_no_other_card(table: Table, told: Told) -> None:
    report = CardReport(CardKind.PHONE, has_pin=True, attempts_remaining=3)
    table.desk.card, table.desk.epoch = FakeCard("A", kind=CardKind.PHONE), 1
    table.reception.desk_changed(DeskStatus(DeskState.READY, 1, report))
    table.settle()
    assert told() == []
    assert table.screen is Screen.PIN
