"""What of a running staff process shows from outside: its memory, its environment, its log."""

from __future__ import annotations

import contextlib
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.box.certificates import BoxNames, certificate_files, days_left, ensure_certificates
from app.box.doctor import Health, _days
from app.config import Settings, environment_of
from app.logs import OneLine
from app.speech.phrases.certificate_words import ALARM_DAYS, alarm_of
from tests.web.staff_site import PASSPHRASE, Site
from tests.web.test_staff_server import Process

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with contextlib.closing(Process(tmp_path_factory.mktemp("box"))) as made:
        made.start()
        yield made


# SEC-33


def test_the_staff_process_writes_no_core_and_lets_nobody_read_its_memory(process: Process) -> None:
    assert process.running is not None
    limits = Path(f"/proc/{process.running.pid}/limits").read_text()
    assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)
    # Files of a process that may not be dumped belong to root, whoever runs it: nobody of its user reads its memory.
    code = "import ctypes, app.memory as m; m.forbid_core_dumps(); print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_every_process_forbids_it_before_it_opens_anything() -> None:
    for file, opens in (
        ("app/wiring.py", "read_key(settings"),
        ("app/wiring_staff.py", "read_key(settings"),
        ("app/card/agent.py", "CardServer("),
    ):
        text = (ROOT / file).read_text("utf-8")
        assert text.index("    forbid_core_dumps()") < text.index(opens, text.index("    forbid_core_dumps()")), file
        assert opens not in text[: text.index("    forbid_core_dumps()")], file


# SEC-38


def test_no_secret_stands_in_environment_or_arguments(process: Process) -> None:
    assert process.running is not None
    key = process.settings.store_key_file.read_bytes()
    place = Path(f"/proc/{process.running.pid}")
    for name in ("environ", "cmdline"):
        try:
            shown = (place / name).read_bytes()
        except PermissionError:  # unless we are root: a process that may not be dumped shows nobody its environment
            shown = "\0".join(environment_of(process.settings).values()).encode()
        for secret in (key, key.hex().encode(), PASSPHRASE.encode()):
            assert secret not in shown


def test_no_setting_holds_a_secret() -> None:
    for name in Settings.__dataclass_fields__:
        assert not re.search(r"secret|password|passphrase|token|pin(?!_idle)", name), name
        rest = name.removesuffix("_keys").removeprefix("tenkey")  # keys of a keypad are none
        assert "key" not in rest or name.endswith("_file"), name


SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}"
    rb"|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abps]-[0-9A-Za-z-]{20}|\$argon2id\$v=\d+\$m=\d{5,}"
    rb"|(?i:passw(?:or)?d|secret|api_?key)\s*=\s*[\"'][^\"'\s]{12,}[\"']"
)


def test_the_repository_holds_no_secret() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    names = [name.decode() for name in listed.split(b"\0") if name]
    assert len(names) > 300
    for name in names:
        path = ROOT / name
        assert path.suffix not in (".key", ".p12", ".pfx", ".db"), name
        if path.is_file() and path.stat().st_size < 1_000_000:
            found = SECRETS.search(path.read_bytes())
            assert found is None or name.startswith("tests/"), f"{name}: {found[0][:20]!r}" if found else name


# SEC-27


@pytest.mark.parametrize(
    "text",
    ["a\nb", "a\r\nb", "a\x1b[2Kb", "a\x00b", "a\u2028b", "a\u2029b", "a\x85b", "a\x0b\x0cb", "a\x7fb", "a\u202eb",
     "a\x9b31mb", "a\ud800b", "2026-11-24 09:00:00,000 INFO staff x forged\n" * 3],
)  # fmt: skip
def test_nothing_logged_begins_a_line_or_steers_a_terminal(text: str) -> None:
    formatter = OneLine("%(levelname)s %(message)s")
    record = logging.LogRecord("x", logging.INFO, "x", 1, "event code=%s", (text,), None)
    line = formatter.format(record)
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    line.encode("utf-8")
    assert line.startswith("INFO event code=a" if text.startswith("a") else "INFO event code=2026")


def test_japanese_and_tracebacks_stay_readable_on_one_line() -> None:
    try:
        raise ValueError("x")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "受付 %s", ("済み",), sys.exc_info())
    line = OneLine("%(message)s").format(record)
    assert line.startswith("受付 済み\\nTraceback")
    assert "\n" not in line


# SEC-39


NEAR_THE_END = [
    (90, None, Health.OK, "あと90日使えます"),
    (31, None, Health.NOTE, "あと31日使えます"),
    (30, 30, Health.NOTE, "あと30日で切れます。導入業者に"),
    (15, 30, Health.NOTE, "あと15日で切れます。導入業者に"),
    (14, 14, Health.FAULT, "あと14日で切れます。今週のうちに、"),
    (4, 14, Health.FAULT, "あと4日で切れます。今週のうちに、"),
    (3, 3, Health.FAULT, "あと3日で切れます。きょう、"),
    (0, 3, Health.FAULT, "あと0日で切れます。きょう、"),
    (-1, 0, Health.FAULT, "期限が過ぎました"),
]


def test_the_end_of_a_certificate_is_said_30_14_and_3_days_before(tmp_path: Path) -> None:
    assert ALARM_DAYS == (30, 14, 3)
    site = Site(tmp_path)
    assert "証明書</h2>" not in site.logged_in().get("/settings/keeping").text, "nothing there, nothing said"
    ensure_certificates(tmp_path / "tls", BoxNames(), site.clock.now())
    file = certificate_files(tmp_path / "tls").cert_file
    ends = site.clock.now() + timedelta(days=days_left(file, site.clock.now()))
    for days, step, health, words in NEAR_THE_END:
        site.clock.time = ends - timedelta(days=days)
        assert days_left(file, site.clock.now()) == days
        assert alarm_of(days) == step
        assert _days(days, "x")[0] is health
        page = site.logged_in().get("/settings/keeping").text
        assert f"職員画面の証明書: {words}" in page
        assert ('class="entry-error">職員画面の証明書' in page) is (step is not None)
    file.write_bytes(b"damaged")
    assert "証明書</h2>" not in site.logged_in().get("/settings/keeping").text
    site.store.close()
