"""The voice process' own reader: one thread, a second opinion, and tables alone where there is no dictionary."""

from __future__ import annotations

import logging
import threading

import pytest

from app.errors import VoiceBusy
from app.speech.reader_thread import FieldReaderThread, open_dictionary
from app.speech.reading_parts import WordReading
from app.speech.utterance import Field, FieldKind, ReadingSource
from tests.speech.fakes import WAIT_S


class Words:
    def __init__(self) -> None:
        self.threads: set[str] = set()
        self.go = threading.Event()
        self.go.set()

    def read(self, text: str) -> WordReading:
        assert self.go.wait(WAIT_S)
        self.threads.add(threading.current_thread().name)
        return WordReading("ヨミ", True)


def test_every_caller_is_served_on_the_readers_one_thread() -> None:
    words = Words()
    reader = FieldReaderThread(lambda: words)
    callers = [threading.Thread(target=reader, args=(Field(FieldKind.TERM, "珍語"),)) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(WAIT_S)
    assert words.threads == {"voice-reader_0"}
    reader.close()


def test_reader_that_hangs_is_told_as_busy() -> None:
    words = Words()
    words.go.clear()
    reader = FieldReaderThread(lambda: words, 0.05)
    assert reader.is_open.wait(WAIT_S)
    with pytest.raises(VoiceBusy):
        reader(Field(FieldKind.TERM, "珍語"))
    words.go.set()
    reader.close()


def test_without_a_dictionary_tables_still_read(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> Words:
        raise ImportError("no dictionary")

    with caplog.at_level(logging.ERROR):
        reader = FieldReaderThread(fail)
        assert reader(Field(FieldKind.SHARE, "030")).kana == "サンワリ"
        assert reader(Field(FieldKind.TERM, "珍語")).source is ReadingSource.UNREADABLE
    reader.close()


def test_real_dictionary_with_its_second_opinion_reads_insurers() -> None:
    reader = FieldReaderThread(open_dictionary)
    assert reader.is_open.wait(4 * WAIT_S)
    said = reader(Field(FieldKind.INSURER, "全国健康保険協会　東京支部"))
    assert "ゼンコク" in said.kana
    kana = reader(Field(FieldKind.TERM, "東京"))
    assert (kana.kana, kana.source) == ("トウキョウ", ReadingSource.DICTIONARY)
    assert reader(Field(FieldKind.NAME, "山田　太郎")).kana == "ヨミワ スイテイ、ヤマダ タロウ"
    reader.close()
