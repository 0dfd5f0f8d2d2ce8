"""``python -m tests.screen_reader``: the scripted day with Orca and Chromium; its words must equal ``expected.txt``.

By hand, since it installs nothing and takes some minutes; ``--write`` keeps what was said as the new expectation.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tests.e2e.browsers import trusting_chromium
from tests.e2e.staff_stack import StaffBox
from tests.screen_reader.day import PIN, Step, desk_day, kiosk_day
from tests.screen_reader.judge import EXPECTED, differences, essential, read, spoken_digits, written
from tests.screen_reader.orca import missing_packages, running_orca


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.screen_reader", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep what was said as the new expectation")
    parser.add_argument("--only", choices=["desk", "kiosk"], help="one half of the day")
    parser.add_argument("--log", type=Path, help="file for everything that Orca writes (sample people alone)")
    options = parser.parse_args()
    missing = missing_packages()
    if missing:
        print("Not run: apt-get install " + " ".join(missing))
        return 2
    steps: list[Step] = []
    with tempfile.TemporaryDirectory(prefix="uketsuke-orca-") as place, closing(StaffBox(Path(place) / "box")) as box:
        folder = Path(place)
        with (
            running_orca(folder / "session", options.log) as reader,
            trusting_chromium(box.files.ca_file, folder / "home", reader.environment) as browser,
        ):
            for half, day in (
                ("desk", desk_day(box, browser, reader)),
                ("kiosk", kiosk_day(folder / "kiosk", browser, reader)),
            ):
                if options.only not in (None, half):
                    continue
                for name, words in day:
                    steps.append((f"{half}: {name}", words))
                    print(written(steps[-1:]), end="", flush=True)
    leaks = spoken_digits(steps, PIN)
    steps = [essential(step) for step in steps]
    if options.write and not leaks:
        kept = read(EXPECTED.read_text("utf-8")) if EXPECTED.exists() and options.only else []
        other = [step for step in kept if not step[0].startswith(f"{options.only}:")]
        both = [*steps, *other] if options.only == "desk" else [*other, *steps]
        EXPECTED.write_text(written(both), "utf-8")
    found = [*leaks, *differences(steps, options.only)]
    print("\n".join(found) or f"{len(steps)} steps as expected; no digit of a PIN was spoken.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
