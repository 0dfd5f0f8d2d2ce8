"""窓口で確認 at the box's own tenkey: typed, recorded once in its person's name, told, and kept over a lock."""

from __future__ import annotations

import logging

import pytest

from app.eligibility.ports import Outcome
from app.errors import StoreBusy, StoreUnwritable
from app.speech.desk_model import Key
from app.store.board import board_rows
from app.store.desk_codes import make_desk_code
from app.store.detail import CheckDetail, load_detail
from app.store.people import add_staff
from app.store.sessions import IDLE
from app.tenkey.keys import KeyPressed
from tests.store.support import MORNING, waiting
from tests.tenkey.desk_box import NAME, PASSPHRASE, Box, earphone

KANA = "2 1 2 3 1 3 0 5 6 1 5 1 2 5"  # カクウ　ハナコ
STATEMENT = f"4 {KANA} Enter 3 3 2 0 4 1 2 Enter Enter Enter"
ASKED = "コノ ナイヨーデ キロク シマスカ"


def entries(box: Box) -> list[CheckDetail]:
    ids = [row.check_id for row in board_rows(box.store, box.clock.now()) if row.method.is_at_counter]
    with box.store.reading() as db:
        return [kept for one in ids if (kept := load_detail(db, one)) is not None]


def test_an_entry_is_typed_and_recorded_in_its_persons_name(box: Box) -> None:
    earphone(box).opened()
    box.clinic.keeper.record(waiting("w", Outcome.COUNTER, reason="card.unreadable"))
    box.tick()
    assert "マドグチデ カクニン。ケッテーデ ヒラキマス" in box.keys("/ 8 6 6")
    assert box.keys("Enter").startswith("マドグチデ カクニン、ウケツケ バンゴー イチ。イチ シカク カクニンショ、")
    assert box.keys("1").startswith("シメー カナ。")
    assert box.keys(f"{KANA} Enter").startswith("シメー カナ、カクウ ハナコ。セーネン ガッピ、")
    box.keys("3 3 2 0 4 1 2 Enter")
    said = box.keys("3 3 1 2 0 0 1 5 Enter")
    assert said.startswith("ホケンシャ バンゴー、サン サン イチ ニー、ゼロ ゼロ イチ ゴー。キゴー、")
    assert "ウケツケ バンゴー イチ、カクウ ハナコ サマ。" in box.keys(
        "Enter 0 0 1 2 Enter Enter Enter Enter 3 Enter Enter"
    )
    assert box.keys("Enter").startswith(f"{ASKED}。ウケツケ バンゴー イチ、カクウ ハナコ サマ。")
    assert entries(box) == []
    assert box.keys("Enter") == "(valid)キロク シマシタ、ウケツケ バンゴー ニー。"
    (kept,) = entries(box)
    assert kept.counter is not None
    assert (kept.counter.entered_by, kept.counter.looked_by, kept.counter.settles) == (NAME, NAME, "w")
    assert kept.counter.qualification.insurer_number == "33120015"
    assert [entry[:3] for entry in box.noted() if entry[1] == "fallback_entered"] == [
        (NAME, "fallback_entered", kept.record.check_id)
    ]
    assert box.tick() == ""  # its own entry is no arrival


def test_a_loudspeaker_says_nothing_that_was_typed(box: Box) -> None:
    box.opened()
    box.keys("/ *")
    heard = "".join(box.keys(key) for key in f"{STATEMENT} 1 2 2 Enter Enter".split())
    assert "(key)" in heard
    assert "キロク シマシタ、ウケツケ バンゴー イチ。" in heard
    for secret in ("カクウ", "ハナコ", "ショーワ", "ギョー"):
        assert secret not in heard, secret


def test_a_hurried_second_enter_and_a_key_over_the_answer_record_once_and_are_told(box: Box) -> None:
    box.opened().keys(f"/ * {STATEMENT} Enter")
    box.move(1)
    first, second = box.mouth.hush(), box.mouth.hush()
    box.desk.handle(KeyPressed(Key.ENTER), first)
    assert box.heard() == ""  # overtaken before anybody heard it
    box.desk.handle(KeyPressed(Key.ENTER), second)
    assert box.heard().startswith("(end)キロク シマシタ、ウケツケ バンゴー イチ、")
    assert len(entries(box)) == 1


def test_a_lock_takes_the_question_and_leaves_the_entry_to_its_person_alone(box: Box) -> None:
    other = add_staff(box.store, "架空 太郎", PASSPHRASE, MORNING)
    digits = make_desk_code(box.store, other, MORNING)
    earphone(box).opened()
    assert ASKED in box.keys(f"/ * {STATEMENT} Enter")
    box.move(IDLE.total_seconds() + 1)
    box.tick()
    box.opened()
    box.keys("Enter")
    assert entries(box) == []
    assert "カクウ ハナコ サマ" in box.keys("/ * Enter")
    box.keys("/ -")
    box.type(digits)
    assert "ツヅキ" not in box.keys("/ *")
    box.keys("Enter Enter Enter")
    assert entries(box) == []


def test_what_is_known_of_a_visit_is_not_heard_before_it_is_noted(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_: str) -> None:
        raise StoreBusy("x")

    earphone(box).opened().keys(f"/ * {STATEMENT} Enter")
    box.keys("Enter")
    before = [entry for entry in box.noted() if entry[1] == "viewed"]
    with monkeypatch.context() as patch:
        patch.setattr(box.door, "note_viewed", busy)
        heard = [box.keys(key) for key in ["/", "4", *"22222222", "Enter", "4", "5", "Enter", ".", *["Enter"] * 5]]
        assert all(said.startswith("(unreachable)") for said in heard[11:])
        assert not any("ハナコ" in said or "ショーワ" in said for said in heard)
        assert box.keys("Enter").startswith("(unreachable)")  # the question, which nobody heard
        assert box.keys("Enter").startswith("(unreachable)")
    assert len(entries(box)) == 1
    assert [entry for entry in box.noted() if entry[1] == "viewed"] == before
    assert box.keys("Enter").startswith(ASKED)
    assert len(entries(box)) == 1
    assert len([entry for entry in box.noted() if entry[1] == "viewed"]) == len(before) + 1


def test_what_could_not_be_written_is_not_told_as_recorded_and_stays(
    box: Box, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> int:
        raise StoreUnwritable("x")

    caplog.set_level(logging.DEBUG)
    earphone(box).opened().keys(f"/ * {STATEMENT} Enter")
    with monkeypatch.context() as patch:
        patch.setattr("app.store.counter.write_decision", full)
        said = box.keys("Enter")
    assert said.startswith("(unreachable)")
    assert "シマシタ" not in said
    assert entries(box) == []
    assert "キロク シマシタ" in box.keys("Enter Enter")
    assert len(entries(box)) == 1
    told = " ".join(record.getMessage() for record in caplog.records)
    assert "カクウ" not in told
    assert "320412" not in told
