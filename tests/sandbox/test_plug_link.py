"""The card's wire, against a reader that speaks vpcd's frames from within the test."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from app.sandbox import link as link_module
from app.sandbox.link import CardLink, LinkError
from tests.box.processes import wait_for
from tests.sample_cards import sample_card
from tests.sandbox.card_talk import JPKI, RIGHT_PIN, SIGN, ef
from tests.sandbox.frame_reader import GIVE_ATR, OFF, ON, RESET, FrameReader


@pytest.fixture
def reader() -> Iterator[FrameReader]:
    reader = FrameReader()
    yield reader
    reader.close()


@pytest.fixture
def links() -> Iterator[list[CardLink]]:
    links: list[CardLink] = []
    yield links
    for link in links:
        link.close()


def insert(reader: FrameReader, links: list[CardLink], *faults: str) -> CardLink:
    link = CardLink(sample_card(*faults), reader.port)
    links.append(link)
    link.connect()
    reader.accept()
    return link


def test_card_gives_its_atr_and_answers(reader: FrameReader, links: list[CardLink]) -> None:
    link = insert(reader, links)
    assert not link.is_noticed
    reader.tell(OFF)
    reader.tell(ON)
    assert reader.ask(GIVE_ATR).hex() == "3b888001000005e0b381a1007f"
    assert link.is_noticed
    assert reader.ask(JPKI) == b"\x90\x00"
    assert len(reader.ask("00B0860000")) == 162


def test_frames_may_arrive_in_crumbs(reader: FrameReader, links: list[CardLink]) -> None:
    insert(reader, links)
    reader.card.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    frame = bytes.fromhex(JPKI)
    for byte in len(frame).to_bytes(2, "big") + frame:
        reader.card.sendall(bytes([byte]))
    assert reader.answer() == b"\x90\x00"


def test_power_controls_reach_the_card(reader: FrameReader, links: list[CardLink]) -> None:
    insert(reader, links)
    steps = [JPKI, ef("0018"), RIGHT_PIN]
    assert [reader.ask(step) for step in steps] == [b"\x90\x00"] * 3
    reader.tell(RESET)
    assert reader.ask(ef("0017")) == b"\x6a\x82"
    reader.ask(JPKI)
    reader.ask(ef("0017"))
    assert len(reader.ask(SIGN)) == 258
    reader.tell(OFF)
    reader.tell(ON)
    reader.ask(JPKI)
    reader.ask(ef("0017"))
    assert reader.ask(SIGN) == b"\x69\x82"


def test_unknown_controls_and_empty_frames(reader: FrameReader, links: list[CardLink]) -> None:
    insert(reader, links)
    reader.tell(b"\x63")
    assert reader.ask(JPKI) == b"\x90\x00"
    assert reader.ask(b"") == b"\x67\x00"


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_pulled_card_does_its_work_and_loses_the_answer(
    number: int, reader: FrameReader, links: list[CardLink]
) -> None:
    card = sample_card(f"pulled-at-{number}")
    link = CardLink(card, reader.port)
    links.append(link)
    link.connect()
    reader.accept()
    wrong = "0020009804" + b"0000".hex()
    answers = [reader.ask(command) for command in (JPKI, wrong, wrong, wrong)[:number]]
    assert answers[-1] == b""
    assert all(answers[:-1])
    wait_for(lambda: link.is_pulled)
    assert card.attempts_remaining == 3 - (number - 1)


def test_pulled_card_does_not_come_back_by_itself(reader: FrameReader, links: list[CardLink]) -> None:
    link = insert(reader, links, "pulled-at-1")
    assert reader.ask(JPKI) == b""
    wait_for(lambda: link.is_pulled)
    link.close()
    reader._listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        reader.accept()


def test_silent_card_still_shows_its_atr_and_ends_with_the_insertion(
    reader: FrameReader, links: list[CardLink]
) -> None:
    link = insert(reader, links, "silent-at-2")
    assert reader.ask(GIVE_ATR)
    assert reader.ask(JPKI) == b"\x90\x00"
    reader.tell(bytes.fromhex(ef("000A")))
    reader.card.settimeout(0.2)
    with pytest.raises(TimeoutError):
        reader.answer()
    link.close()


def test_silent_card_comes_back_after_the_reader_went_away(reader: FrameReader, links: list[CardLink]) -> None:
    insert(reader, links, "silent")
    reader.tell(bytes.fromhex(JPKI))
    reader.drop()
    reader.accept()
    assert reader.ask(GIVE_ATR)


def test_slow_card_takes_its_time_for_signatures_only(
    reader: FrameReader, links: list[CardLink], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits_s: list[float | None] = []
    wait = link_module._is_cut_within

    def noted(connection: socket.socket, time_s: float | None) -> bool:
        waits_s.append(time_s)
        return wait(connection, time_s)

    monkeypatch.setattr(link_module, "_is_cut_within", noted)
    insert(reader, links, "slow-0.8")
    for command in (JPKI, ef("0018"), RIGHT_PIN, ef("0017")):
        assert reader.ask(command) == b"\x90\x00"
    assert waits_s == []
    begun = time.monotonic()
    assert len(reader.ask(SIGN)) == 258
    assert waits_s == [0.8]
    assert time.monotonic() - begun >= 0.8


def test_every_receive_asks_for_a_quick_acknowledgement_first(reader: FrameReader) -> None:
    """The kernel clears the flag again and vpcd writes twice: without it each command takes 44 ms instead of 0.2."""
    done: list[str] = []

    class Wire:
        def setsockopt(self, *option: int) -> None:
            assert option == (socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            done.append("quick")

        def recv(self, size_bytes: int) -> bytes:
            done.append("recv")
            return b"\x00" * min(2, size_bytes)

    assert link_module._receive_exactly(Wire(), 5) == bytes(5)  # type: ignore[arg-type]
    assert done == ["quick", "recv"] * 3


def test_answers_of_the_card_are_not_held_back(reader: FrameReader, links: list[CardLink]) -> None:
    link = insert(reader, links)
    assert link._socket is not None
    assert link._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_every_command_may_be_slow(reader: FrameReader, links: list[CardLink]) -> None:
    insert(reader, links, "slow-all-0.1")
    begun = time.monotonic()
    for _ in range(3):
        assert reader.ask(JPKI) == b"\x90\x00"
    assert time.monotonic() - begun >= 0.3


def test_slow_command_is_cut_off_when_the_card_leaves(reader: FrameReader, links: list[CardLink]) -> None:
    link = insert(reader, links, "slow-all-120")
    reader.tell(bytes.fromhex(JPKI))
    threading.Timer(0.05, link.close).start()
    assert reader.answer() == b"", "long before the answer was due, or the reader's patience ended"


def test_card_that_lies_there_returns_without_power_when_the_reader_returns(
    reader: FrameReader, links: list[CardLink]
) -> None:
    insert(reader, links)
    for command in (JPKI, ef("0018"), RIGHT_PIN):
        assert reader.ask(command) == b"\x90\x00"
    for _ in range(3):
        reader.drop()
        reader.accept()
        assert reader.ask(ef("0017")) == b"\x6a\x82"
        reader.ask(JPKI)
        reader.ask(ef("0017"))
        assert reader.ask(SIGN) == b"\x69\x82"


def test_nothing_listens_is_said_in_a_sentence(reader: FrameReader) -> None:
    link = CardLink(sample_card(), reader.port)
    with reader.gone(), pytest.raises(LinkError, match=f"No virtual reader listens on 127.0.0.1:{reader.port}"):
        link.connect()
    link.close()


def test_closing_twice_is_harmless(reader: FrameReader, links: list[CardLink]) -> None:
    link = insert(reader, links)
    link.close()
    link.close()
    assert reader.answer() == b""
