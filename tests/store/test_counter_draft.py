"""What was entered by ear, on disk: judged once more, kept once, and named later."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.counter import Field
from app.eligibility.counter_draft import CounterDraft
from app.eligibility.people import Role
from app.eligibility.ports import Method
from app.eligibility.voice_desk import DeskAct, DeskActKind
from app.errors import AlreadyHandled, EntryFaulty
from app.store.board import board_rows, check_detail
from app.store.counter import keep_draft
from app.store.desk_source import perform_act
from app.store.people import add_staff, disable_staff
from tests.store.support import MORNING, Desk

PASSPHRASE = "試験用の とても長い 合言葉 です"
DRAFT = CounterDraft(
    Method.STATEMENT,
    "ab" * 16,
    ((Field.KANA, "カクウ　ハナコ"), (Field.BORN, "昭和320412"), (Field.RECEIVED_ON, "令和8年11月24日")),
    frozenset({Field.NAME_LATER.value}),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    add_staff(made.store, "管理 人", PASSPHRASE, MORNING, Role.OWNER)
    yield made
    made.store.close()


def test_the_same_entry_is_kept_once_under_one_number(desk: Desk) -> None:
    act = DeskAct(DeskActKind.KEEP_COUNTER, draft=DRAFT)
    numbers = [perform_act(desk.store, desk.wake, act, 1, MORNING + timedelta(seconds=one)) for one in range(3)]
    assert numbers == [1, 1, 1]
    assert len(board_rows(desk.store, MORNING)) == 1


def test_whoever_enters_it_looked_unless_somebody_else_is_named(desk: Desk) -> None:
    other = add_staff(desk.store, "架空 太郎", PASSPHRASE, MORNING)
    named = dataclasses.replace(DRAFT, entry_id="cd" * 16, typed=(*DRAFT.typed, (Field.LOOKED_BY, str(other.staff_id))))
    for draft, name in ((DRAFT, "管理 人"), (named, other.name)):
        keep_draft(desk.store, desk.wake, draft, 1, MORNING)
        kept = check_detail(desk.store, draft.entry_id, MORNING)
        assert kept.counter is not None
        assert (kept.counter.looked_by, kept.counter.entered_by) == (name, "管理 人")


def test_what_the_rules_refuse_by_now_is_not_kept(desk: Desk) -> None:
    other = add_staff(desk.store, "架空 太郎", PASSPHRASE, MORNING)
    named = dataclasses.replace(DRAFT, typed=(*DRAFT.typed, (Field.LOOKED_BY, str(other.staff_id))))
    disable_staff(desk.store, other.staff_id, 1, MORNING, "管理 人")
    with pytest.raises(EntryFaulty):
        keep_draft(desk.store, desk.wake, named, 1, MORNING)
    with pytest.raises(EntryFaulty):  # a day before it was received
        keep_draft(desk.store, desk.wake, DRAFT, 1, MORNING - timedelta(days=1))
    assert board_rows(desk.store, MORNING) == []


def test_an_entry_with_kana_alone_is_taken_over_once(desk: Desk) -> None:
    sure = dataclasses.replace(
        DRAFT,
        method=Method.CERTIFICATE,
        typed=(*DRAFT.typed, (Field.INSURER, "33120015"), (Field.NUMBER, "0012")),
    )
    keep_draft(desk.store, desk.wake, sure, 1, MORNING)
    kept = check_detail(desk.store, sure.entry_id, MORNING)
    assert kept.lacks_name
    whole = dataclasses.replace(sure, entry_id="cd" * 16, typed=(*sure.typed, (Field.NAME, "架空　花子")))
    settles = (sure.entry_id, kept.version)
    assert keep_draft(desk.store, desk.wake, whole, 1, MORNING, settles) == 2
    assert not check_detail(desk.store, sure.entry_id, MORNING).lacks_name
    assert not check_detail(desk.store, whole.entry_id, MORNING).lacks_name
    again = dataclasses.replace(whole, entry_id="ef" * 16)
    now = check_detail(desk.store, sure.entry_id, MORNING).version
    for version in (kept.version, now):
        with pytest.raises(AlreadyHandled):
            keep_draft(desk.store, desk.wake, again, 1, MORNING, (sure.entry_id, version))


def test_nothing_of_the_person_stands_in_what_may_be_logged() -> None:
    act = DeskAct(DeskActKind.KEEP_COUNTER, note="トイ", draft=DRAFT)
    for secret in ("カクウ", "320412", "トイ"):
        assert secret not in repr(act)
