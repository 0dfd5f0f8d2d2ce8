"""The desk process and the real voice process: a day by keys alone, heard in the files that the voice plays into."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.clock import TOKYO, SystemClock
from app.config import environment_of
from app.eligibility.desk_door import DeskLiking
from app.eligibility.visual import VisualRequest
from app.errors import VoiceProcessDown
from app.speech import sound
from app.speech.audible import audible
from app.speech.client import VoiceClient
from app.speech.desk import Desk
from app.speech.desk_model import BOUNCE, DeskSettings, Key, Utterance, say
from app.speech.earcons import Earcon, earcon_pcm
from app.speech.phrases.desk_captions import Privacy
from app.speech.phrases.tenkey_words import UNPLUGGED
from app.store.audit_check import anchor_file, verify_audit
from app.store.audit_read import AuditFilter, read_audit
from app.store.checks import CheckKeeper
from app.store.database import Store
from app.store.desk_codes import SOURCE, keep_desk_liking, make_desk_code
from app.store.desk_source import StoreDeskSource
from app.store.events import Waker
from app.store.files import create_key
from app.store.migrate import migrate
from app.store.people import add_staff
from app.store.sessions import list_sessions, start_session
from app.store.visual import StoreVisualDesk
from app.tenkey.prompt import ask_for_number
from tests.box.processes import wait_for
from tests.day import stay_in_one_day
from tests.speech.samples import pcm_of
from tests.store.support import KIOSK, accepted, answer, person, waiting
from tests.web.staff_site import settings_in

ROOT = Path(__file__).parents[2]
NAME = "試験 花子"
PASSPHRASE = "試験用の とても長い 合言葉 です"
HANAKO = person(name="菅原　花子", name_kana="ｽｶﾞﾜﾗ ﾊﾅｺ", contribution_ratio="030", birthdate="19570401")
RATE_STEP = 9
WAIT_S = 60.0
ENDS_WITHIN_S = 9.0
"""Less than the voice's client waits for an answer: 12 s."""
MOST_KIB = 260 * 1024


class Clinic:
    """A store, a voice that plays into files, and the desk whose keys the test presses."""

    def __init__(self, sink: str = "file") -> None:
        stay_in_one_day(minutes=3)
        self.state = Path(tempfile.mkdtemp(prefix="desk-"))
        self.settings = settings_in(self.state, audio_sink=sink, tenkey="pipe", practice=True)
        self.settings.run_dir.mkdir(parents=True, mode=0o700)
        key = create_key(self.settings.store_key_file)
        migrate(self.settings.store_path, key)
        self.store = Store(self.settings.store_path, key)
        self.wake = Waker(self.settings.wake_socket)
        self.keeper = CheckKeeper(self.store, self.wake)
        self.member = add_staff(self.store, NAME, PASSPHRASE, datetime.now(TOKYO))
        self.digits = make_desk_code(self.store, self.member, datetime.now(TOKYO))
        keep_desk_liking(self.store, self.member.staff_id, DeskLiking(RATE_STEP, "earphone"))
        self.voice = self._start("app", "voice")
        self.client = VoiceClient(self.settings.voice_socket, WAIT_S)
        wait_for(self._is_ready, WAIT_S)
        self.files = 0

    def start_desk(self) -> None:
        self.desk = self._start("tests.tenkey.piped", name="desk")

    def _start(self, *module: str, name: str = "") -> subprocess.Popen[bytes]:
        with (self.state / f"{name or module[-1]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=ROOT,
                env={**os.environ, **environment_of(self.settings)},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    def _is_ready(self) -> bool:
        try:
            return self.client.status().is_ready
        except VoiceProcessDown:
            return False

    def restart_voice(self) -> None:
        """The one that ran is dead already."""
        assert self.voice.stdin is not None
        self.voice.stdin.close()
        self.voice = self._start("app", "voice")

    def press(self, keys: str) -> None:
        assert self.desk.stdin is not None
        self.desk.stdin.write("".join(f"{key}\n" for key in keys.split()).encode())
        self.desk.stdin.flush()

    def hears(self, said: Utterance, rate: float = DeskSettings(RATE_STEP).rate) -> None:
        """Wait for the next whole utterance; it must sound exactly as these words do."""
        folder = self.state / "voice"
        wait_for(lambda: len(list(folder.glob("*.wav"))) > self.files, WAIT_S)
        self.files += 1
        heard = pcm_of((folder / f"{self.files:05}.wav").read_bytes())
        lead = b"" if said.earcon is None else earcon_pcm(said.earcon) + sound.silence(0.1)
        kana = [part for part, _ in audible(said.phrases)]
        spoken = b"".join(pcm_of(wav) for wav in self.client.render(kana, rate)) if kana else b""
        assert heard == lead + spoken, said.text

    def log(self, name: str) -> str:
        return (self.state / f"{name}.log").read_text("utf-8")

    def close(self) -> None:
        for process in (getattr(self, "desk", None), self.voice):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait(WAIT_S)
            if process is not None and process.stdin is not None:
                process.stdin.close()
        self.store.close()
        shutil.rmtree(self.state)


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    made = Clinic()
    yield made
    made.close()


def test_a_day_by_the_keys_alone_is_heard_through_the_boxs_own_voice(clinic: Clinic) -> None:
    now = datetime.now(TOKYO)
    last_month = now.replace(day=1) - timedelta(days=1)
    clinic.keeper.record(accepted("old", at=last_month, result=answer(person(name="例示　凛", name_kana="ﾚｲｼﾞ ﾘﾝ"))))
    clinic.start_desk()
    clinic.hears(ask_for_number(), DeskSettings().rate)
    # A desk beside it that hears the same day says what must be heard.
    source = StoreDeskSource(clinic.store, SystemClock(), lambda *_: None, lambda *_: None, clinic.settings.kiosk_name)
    mirror = Desk(source, clinic.client, DeskSettings(RATE_STEP, Privacy.EARPHONE))

    def press_and_hear(keys: str) -> Utterance:
        said = Utterance()
        for key in keys.split():
            said = mirror.press(Key(key))
            clinic.press(key)
            if not said.is_quiet and said.act is None and (said.phrases or said.earcon):
                clinic.hears(said)
        return said

    def news() -> Utterance:
        said = mirror.news()
        assert said is not None
        clinic.hears(said)
        return said

    for digit in clinic.digits:
        clinic.press(digit)
        clinic.hears(Utterance(Earcon.KEY), DeskSettings().rate)
    clinic.press("Enter")
    wait_for(lambda: "desk.opened" in clinic.log("desk"), WAIT_S)
    wait_for(lambda: len(list((clinic.state / "voice").glob("*.wav"))) > clinic.files, WAIT_S)
    clinic.files += 1

    clinic.keeper.record(accepted("hanako", at=now, result=answer(HANAKO)))
    assert "菅原　花子 さま、資格 有効、3わり" in news().text
    assert "菅原　花子" in press_and_hear("+").text
    assert "保険者番号" in press_and_hear("3").text
    assert "昭和32年4月1日" in press_and_hear("2 2 2 2 2 2").text

    clinic.keeper.record(waiting("locked", at=now))
    visual = StoreVisualDesk(clinic.store, clinic.wake)
    visual.open_request(VisualRequest("req", "locked", KIOSK, 1, now))
    wait_for(lambda: len(list((clinic.state / "voice").glob("*.wav"))) > clinic.files, WAIT_S)
    assert "ロックされています" in news().text
    assert "本人と 確認しましたか" in press_and_hear("/ 3 Enter").text
    assert visual.decision_on("req") is None
    asked = datetime.now(TOKYO)
    wait_for(lambda: datetime.now(TOKYO) - asked > BOUNCE, WAIT_S)  # sooner is no answer
    act = press_and_hear("Enter").act
    assert act is not None
    clinic.hears(mirror.done(act))
    decision = visual.decision_on("req")
    assert decision is not None
    assert decision.is_confirmed

    assert "1件 見つかりました。例示　凛" in press_and_hear(f"/ 2 {' '.join(f'{last_month:%m%d}')} Enter").text

    clinic.press("unplug")
    clinic.hears(say(UNPLUGGED, earcon=Earcon.UNREACHABLE))
    mine = [
        (one.action, one.subject)
        for one in reversed(read_audit(clinic.store, AuditFilter(), None, 100))
        if one.actor == NAME and one.action != "desk_code_made"
    ]
    assert mine[:3] == [("login", None), ("viewed", "hanako"), ("confirmed_visual", "locked")]
    assert mine[3][0] == "searched"
    shares = [_memory_kib(one.pid) for one in (clinic.desk, clinic.voice)]
    assert sum(shares) <= MOST_KIB, shares
    clinic.desk.send_signal(signal.SIGTERM)
    assert clinic.desk.wait(WAIT_S) == 0
    assert verify_audit(clinic.store, anchor_file(clinic.state)).fault is None
    log = clinic.log("desk") + clinic.log("voice")
    assert "desk.stopped" in log
    assert "Traceback" not in log
    assert clinic.digits not in log
    assert not re.search("スガワラ|花子|レイジ|例示|key=", log)


def test_what_was_not_heard_because_the_voice_died_is_heard_from_the_next_one(clinic: Clinic) -> None:
    clinic.voice.kill()
    clinic.voice.wait(WAIT_S)
    clinic.start_desk()
    wait_for(lambda: "desk.unheard code=voice.process_down" in clinic.log("desk"), WAIT_S)
    clinic.restart_voice()
    clinic.hears(ask_for_number(), DeskSettings().rate)


def test_the_desk_ends_in_time_while_the_voice_takes_requests_and_answers_none(clinic: Clinic) -> None:
    clinic.voice.kill()
    clinic.voice.wait(WAIT_S)
    clinic.settings.voice_socket.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(clinic.settings.voice_socket))
        deaf.listen(64)
        deaf.settimeout(WAIT_S)
        clinic.start_desk()
        asked, _ = deaf.accept()
        with asked:
            clinic.desk.send_signal(signal.SIGTERM)
            assert clinic.desk.wait(ENDS_WITHIN_S) == 0


def test_the_desk_ends_with_its_keys_so_that_it_is_started_anew_without_old_log_ins(clinic: Clinic) -> None:
    start_session(clinic.store, clinic.member.staff_id, datetime.now(TOKYO), source=SOURCE)
    clinic.start_desk()
    clinic.hears(ask_for_number(), DeskSettings().rate)
    assert clinic.desk.stdin is not None
    clinic.desk.stdin.close()
    assert clinic.desk.wait(WAIT_S) == 1
    assert list_sessions(clinic.store, datetime.now(TOKYO)) == []


def test_without_a_tenkey_in_the_settings_no_process_reads_keys(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "app", "desk"],
        cwd=ROOT,
        env={**os.environ, **environment_of(settings_in(tmp_path))},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert run.returncode == 2
    assert "KIOSK_TENKEY is empty" in run.stderr


def test_the_desk_process_loads_nothing_of_the_synthesiser_and_no_pages() -> None:
    script = "import sys, app.wiring_desk as w, app.tenkey.agent, app.tenkey.evdev_source, app.store.desk_door; \
print([n for n in ('pyopenjtalk', 'numpy', 'sudachipy', 'pyttsx3', 'flask', 'smartcard') if n in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S, check=True
    )
    assert run.stdout.strip() == "[]"


def _memory_kib(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])
