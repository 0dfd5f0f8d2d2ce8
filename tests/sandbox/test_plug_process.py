"""The plug as a process: its start, its end and its socket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.sandbox.plug_client import PlugError, insert_card, list_cards
from tests.sandbox.card_talk import JPKI, ef
from tests.sandbox.frame_reader import FrameReader

PEOPLE = {
    "format": 1,
    "people": [
        {
            "name": "sample",
            "purpose": "一枚目",
            "card": {"kind": "my_number", "pin": "4826", "attempts": 3, "certificate": "valid", "faults": []},
            "answer": {"validity": "4"},
        }
    ],
}


def start(state: Path, people: Path, port: int) -> subprocess.Popen[str]:
    options = ["--state", str(state), "--reader-port", str(port), "--people", str(people)]
    return subprocess.Popen(
        [sys.executable, "-m", "app.sandbox.plug", *options],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_it_answers(process: subprocess.Popen[str], path: Path) -> None:
    for _ in range(12_000):
        assert process.poll() is None, process.communicate()[1]
        try:
            list_cards(path)
        except PlugError:
            threading.Event().wait(0.01)
        else:
            return
    raise AssertionError("the plug did not answer within two minutes")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.json"
    path.write_text(json.dumps(PEOPLE), "utf-8")
    return path


def test_plug_process_serves_until_it_is_told_to_end_and_logs_no_pin(tmp_path: Path, people: Path) -> None:
    reader, path = FrameReader(), tmp_path / "run" / "plug.sock"
    process = start(tmp_path, people, reader.port)
    try:
        wait_until_it_answers(process, path)
        insert_card(path, "sample")
        reader.accept()
        for command in (JPKI, ef("0018"), "0020008004" + b"4826".hex()):
            assert reader.ask(command) == b"\x90\x00"
    finally:
        process.terminate()
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0
    assert reader.answer() == b"", "the card left with its process"
    assert not path.exists()
    assert "plug.insert card=sample" in log
    assert "4826" not in log
    assert b"4826".hex() not in log
    reader.close()


def test_second_plug_of_one_state_folder_refuses(tmp_path: Path, people: Path) -> None:
    path = tmp_path / "run" / "plug.sock"
    first = start(tmp_path, people, 1)
    try:
        wait_until_it_answers(first, path)
        second = start(tmp_path, people, 1)
        _, log = second.communicate(timeout=120)
        assert second.returncode == 1
        assert "Another plug answers" in log
        assert len(list_cards(path)) == 1, "the first one is unharmed"
    finally:
        first.terminate()
        first.communicate(timeout=60)


def test_socket_of_a_killed_plug_is_taken_over(tmp_path: Path, people: Path) -> None:
    path = tmp_path / "run" / "plug.sock"
    for _ in range(2):
        process = start(tmp_path, people, 1)
        try:
            wait_until_it_answers(process, path)
        finally:
            process.kill()
            process.communicate(timeout=60)
        assert path.exists(), "nobody cleaned up"


def test_mistake_in_the_people_file_ends_the_plug_with_a_sentence(tmp_path: Path, people: Path) -> None:
    people.write_text('{"format": 1, "people": [{"name": "a"}]}', "utf-8")
    process = start(tmp_path, people, 1)
    _, log = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "person 'a'" in log
    assert "Traceback" not in log
