"""音声端末モード in a real browser: how soon a key is heard, and how soon any key silences.

``python -m tests.bench.voice_desk`` alone, or as a part of ``./uketsuke bench``. Measured in the page, behind its
sounds: from ``keydown`` to the first sample above -54 dB, and from ``keydown`` to the last.
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

from app.clock import TOKYO
from tests.bench.figures import Bar, heading, line
from tests.e2e.browsers import CHROMIUM, trusting_chromium
from tests.e2e.staff_stack import StaffBox
from tests.e2e.voice_desk_page import Ear, VoiceProcess
from tests.store.support import accepted, answer, person

TRIALS = 50
_PATIENT = person(
    name="菅原　花子", name_kana="ｽｶﾞﾜﾗ ﾊﾅｺ", contribution_ratio="030", insurer_number="01480011", birthdate="19570401"
)


def measure_voice_desk(trials: int = TRIALS) -> list[str]:
    """Start a box, its voice and a browser; press keys and listen."""
    with tempfile.TemporaryDirectory(prefix="uketsuke-ear-") as folder, ExitStack() as stack:
        box = stack.enter_context(closing(StaffBox(Path(folder) / "box")))
        stack.enter_context(closing(VoiceProcess(box)))
        browser = stack.enter_context(trusting_chromium(box.files.ca_file, Path(folder) / "home", executable=CHROMIUM))
        now = datetime.now(TOKYO)
        for count in range(3):
            box.keeper.record(accepted(f"c{count}", at=now, result=answer(dataclasses.replace(_PATIENT))))
        with closing(Ear(browser, box)) as ear:
            ear.press("5")
            ear.page.wait_for_timeout(3_000)  # what is fixed is fetched in this time
            summaries = _firsts(ear, ("1", "+"), trials)
            labels = _firsts(ear, ("2", "8"), trials)
            ear.press("/", "2")
            ear.page.wait_for_timeout(1_000)
            values = _firsts(ear, ("7", "."), trials, kept="7")
            ear.press("/")
            silences = []
            for _ in range(trials):
                ear.press("/")
                silences.append(ear.silence_ms())
    return [
        heading("Voice desk"),
        line("key -> first sound (まとめ: its earcon)", summaries, bar=Bar(200)),
        line("key -> first sound (a field: its label)", labels, bar=Bar(200)),
        line("key -> first sound (a value, made anew each time)", values, bar=Bar(200)),
        line("any key -> silence", silences, bar=Bar(100, "max")),
    ]


def _firsts(ear: Ear, keys: tuple[str, str], trials: int, kept: str | None = None) -> list[float]:
    """Press two keys in turn, each in silence; those that are not ``kept`` only make room for the other."""
    found = []
    while len(found) < trials:
        for key in keys:
            first_ms = ear.first_sound_ms(key)
            if kept in (None, key):
                found.append(first_ms)
            ear.page.keyboard.press("F9")
            ear.page.wait_for_timeout(60)
    return found[:trials]


def main() -> int:
    report = measure_voice_desk()
    print("\n".join(report))
    return 1 if any("MISS" in text for text in report) else 0


if __name__ == "__main__":
    sys.exit(main())
