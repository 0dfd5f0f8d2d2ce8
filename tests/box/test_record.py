"""``owner-code`` and ``audit`` as somebody at the box types them."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from app.clock import TOKYO
from app.store.audit_check import anchor_file, write_anchor
from app.store.first_owner import make_first_owner
from tests.store.support import KEY, MORNING, ROOT, Desk, accepted

PASSPHRASE = "ながい合い言葉をここに書きます"


@pytest.fixture
def box(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    (keys / "store.key").write_bytes(KEY)
    (keys / "store.key").chmod(0o600)
    return desk


def uketsuke(box: Desk, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "app", *arguments, "--state", str(box.folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=180, check=False)


def finding(box: Desk, probe: str) -> dict[str, str]:
    done = uketsuke(box, "doctor", "--json")
    return next(one for one in json.loads(done.stdout)["findings"] if one["probe"] == probe)


def test_the_box_prints_a_code_until_there_is_an_owner(box: Desk) -> None:
    assert "owner-code" in finding(box, "people")["text"]
    done = uketsuke(box, "owner-code")
    assert done.returncode == 0
    found = re.search(rb"Owner code:  ([a-z0-9-]{14})\n", done.stdout)
    assert found
    assert make_first_owner(box.store, found[1].decode(), "架空 管理者", PASSPHRASE, datetime.now(TOKYO)) is not None
    done = uketsuke(box, "owner-code")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"account already" in done.stderr
    assert finding(box, "people")["text"] == "1 may log in, 0 are shut"


def test_verify_tells_whole_altered_and_unreadable_apart(box: Desk) -> None:
    box.keeper.record(accepted())
    write_anchor(box.store, anchor_file(box.folder), MORNING)
    done = uketsuke(box, "audit", "verify")
    assert done.returncode == 0
    assert re.search(r"1件すべて正常です\nhead 1-[0-9a-f]{64}\n", done.stdout.decode())
    assert finding(box, "record")["health"] == "ok"
    with box.store.writing() as db:
        db.execute("DROP TRIGGER audit_refuses_update")
        db.execute("UPDATE audit SET outcome = 'counter' WHERE seq = 1")
    done = uketsuke(box, "audit", "verify")
    assert done.returncode == 1
    assert "1番目の記録が書きかえられています" in done.stdout.decode()
    assert finding(box, "record")["health"] == "fault"
    assert uketsuke(box, "audit", "verify").returncode == 1, "asking again heals nothing"
    (box.folder / "keys" / "store.key").write_bytes(bytes(32))
    done = uketsuke(box, "audit", "verify")
    assert done.returncode == 2
    assert b"cannot be used" in done.stderr


def test_the_sheet_goes_to_a_file_or_to_stdout_and_is_noted(box: Desk, tmp_path: Path) -> None:
    box.keeper.record(accepted("a" * 32))
    write_anchor(box.store, anchor_file(box.folder), MORNING)
    period = ("--from", "2026-11-01", "--to", "2026-11-30")
    done = uketsuke(box, "audit", "export", *period)
    assert done.returncode == 0
    rows = list(csv.reader(io.StringIO(done.stdout.decode("utf-8-sig"))))
    assert ["延べ人数", "1"] in rows
    assert any(row[3:4] == ["a" * 32] for row in rows)
    assert "試験　花子" not in done.stdout.decode()
    out = tmp_path / "sheet.csv"
    assert uketsuke(box, "audit", "export", *period, "--out", str(out)).returncode == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    noted = box.store.database().execute("SELECT count(*) FROM audit WHERE action = 'audit_exported'").fetchone()
    assert noted[0] == 2
    heads = [line.split()[1] for line in anchor_file(box.folder).read_text().splitlines()]
    assert heads == ["1", "2", "3"], "what a command notes has a head at its end"
    assert uketsuke(box, "audit", "export", *period, "--out", str(tmp_path)).returncode == 1


@pytest.mark.parametrize("period", [("2026-11-30", "2026-11-01"), ("2026-02-30", "2026-03-01"), ("yesterday", "today")])
def test_a_period_that_makes_no_sense_is_refused_in_a_sentence(box: Desk, period: tuple[str, str]) -> None:
    done = uketsuke(box, "audit", "export", "--from", period[0], "--to", period[1])
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_without_a_store_the_commands_say_so(tmp_path: Path) -> None:
    for arguments in (
        ("owner-code",),
        ("audit", "verify"),
        ("audit", "export", "--from", "2026-11-01", "--to", "2026-11-01"),
    ):
        command = [sys.executable, "-m", "app", *arguments, "--state", str(tmp_path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=180, check=False)
        assert done.returncode in (1, 2)
        assert b"cannot be used" in done.stderr
        assert b"Traceback" not in done.stderr
