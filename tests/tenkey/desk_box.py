"""The desk of a box over a real store: keys pressed by hand, a clock moved by hand, a loudspeaker that writes down."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from app.eligibility.desk_door import DeskLiking
from app.eligibility.people import Role
from app.eligibility.visual import VisualRequest
from app.errors import VoiceError
from app.speech.desk_model import Key
from app.speech.earcons import Earcon
from app.store.audit_read import AuditFilter, read_audit
from app.store.database import Store
from app.store.desk_codes import keep_desk_liking, make_desk_code
from app.store.desk_door import StoreDeskDoor
from app.store.people import StaffMember, add_staff
from app.store.sessions import IDLE
from app.store.visual import StoreVisualDesk
from app.tenkey.box_desk import BoxDesk
from app.tenkey.keys import KeyEvent, KeyPressed
from app.tenkey.mouth import Mouth
from tests.speech.desk_day import PlainReader
from tests.store.support import KEY, KIOSK, MORNING, Desk, person, waiting

NAME = "試験 花子"
PASSPHRASE = "試験用の とても長い 合言葉 です"
WAIT_S = 15.0
HANAKO = person(name="菅原　花子", name_kana="ｽｶﾞﾜﾗ ﾊﾅｺ", contribution_ratio="030", birthdate="19570401")
PROMPT = "テンキーニ カギガ カカッテイマス、バンゴー ハチケタト ケッテー。テンデ ケシマス。"


class Loudspeaker:
    """``Voice``: notes what it plays. While ``is_slow`` each utterance lasts until it is stopped."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.failures: list[VoiceError] = []
        self.is_slow = False
        self.asked = threading.Event()
        self.playing = threading.Event()
        self._stopped = threading.Event()

    def play(self, kana: Sequence[str], rate: float, earcon: Earcon | None) -> bool:
        self._stopped.clear()
        self.asked.set()
        if self.failures:
            raise self.failures.pop(0)
        self.heard.append(f"({earcon})" * (earcon is not None) + "".join(kana) + f"@{rate:g}" * (rate != 7))
        is_slow = self.is_slow  # as it was when this began, whatever whoever waits for it does next
        self.playing.set()
        return not (is_slow and self._stopped.wait(WAIT_S))

    def stop(self) -> None:
        self.playing.clear()
        self._stopped.set()


class Box:
    """One clinic with one member of staff, who has a number."""

    def __init__(self, folder: Path, role: Role = Role.STAFF) -> None:
        self.clinic = Desk(folder)
        self.store, self.clock = self.clinic.store, self.clinic.clock
        add_staff(self.store, "管理 人", PASSPHRASE, MORNING, Role.OWNER)
        self.member: StaffMember = add_staff(self.store, NAME, PASSPHRASE, MORNING, role)
        self.digits = make_desk_code(self.store, self.member, MORNING)
        self.speaker = Loudspeaker()
        self.mouth = Mouth(self.speaker, again_s=0.01)
        self._own = Store(self.clinic.path, KEY)  # of another process than the clinic's, as on a box
        self.door = StoreDeskDoor(self._own, self.clock, self.clinic.wake, IDLE)
        self.desk = BoxDesk(self.door, self.mouth, PlainReader(), self.clock)
        self.desk.start()
        self.heard()

    def heard(self) -> str:
        """All that was heard since it was asked for last."""
        assert self.mouth.wait_until_idle(WAIT_S)
        said, self.speaker.heard = "|".join(self.speaker.heard), []
        return said

    def event(self, event: KeyEvent) -> str:
        self.desk.handle(event)
        return self.heard()

    def keys(self, keys: str) -> str:
        """Press keys named with blanks between, a second apart; returns what was heard after the last."""
        said = ""
        for key in keys.split():
            self.move(1)
            self.desk.handle(KeyPressed(Key(key)), self.mouth.hush())
            said = self.heard()
        return said

    def type(self, digits: str) -> str:
        return self.keys(" ".join([*digits, "Enter"]))

    def opened(self) -> Box:
        assert "カギガ アキマシタ" in self.type(self.digits)
        return self

    def tick(self) -> str:
        self.desk.tick()
        return self.heard()

    def move(self, seconds: float) -> None:
        self.clock.time += timedelta(seconds=seconds)

    def noted(self) -> list[tuple[str | None, str, str | None, str | None]]:
        entries = read_audit(self.store, AuditFilter(), None, 500)
        return [(one.actor, one.action, one.subject, one.source) for one in reversed(entries)]

    def close(self) -> None:
        self.desk.close()
        self._own.close()
        self.store.close()


def earphone(box: Box) -> Box:
    keep_desk_liking(box.store, box.member.staff_id, DeskLiking(4, "earphone"))
    return box


def asked_to_look(box: Box, check_id: str = "locked", request_id: str = "req", kiosk: str = KIOSK) -> StoreVisualDesk:
    """Somebody with a locked card asks to be looked at."""
    box.clinic.keeper.record(waiting(check_id))
    visual = StoreVisualDesk(box.store, box.clinic.wake)
    visual.open_request(VisualRequest(request_id, check_id, kiosk, 1, MORNING))
    return visual
