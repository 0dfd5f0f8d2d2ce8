"""``python -m tests.sound_servers``: the real voice through real sound servers without hardware; what arrived there?

By hand, since it installs nothing and takes some minutes.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from tests.bench.figures import heading
from tests.sound_servers import trials
from tests.sound_servers.servers import BarePulse, House, PipeWire, PipeWirePulse, Pulse, missing_packages
from tests.sound_servers.voice import voice_in

HOUSES: tuple[tuple[str, type[House]], ...] = (
    ("pulse", Pulse),
    ("pulse", BarePulse),
    ("pulse", PipeWirePulse),
    ("pipewire", PipeWire),
    ("pipewire", PipeWirePulse),
    ("alsa", Pulse),
    ("alsa", BarePulse),
    ("auto", Pulse),
    ("auto", PipeWire),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sound_servers", description=__doc__)
    parser.add_argument("--only", choices=["pulse", "pipewire", "alsa", "auto"], help="one sink")
    parser.add_argument("--heard", type=int, default=5, help="sentences that are heard whole")
    parser.add_argument("--stops", type=int, default=50, help="sentences that are stopped")
    parser.add_argument("--losses", type=int, default=3, help="devices, and servers, that are taken away")
    options = parser.parse_args()
    missing = missing_packages()
    if missing:
        print("Not run: apt-get install " + " ".join(missing))
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    wrong: list[str] = []
    for sink, kind in HOUSES:
        if options.only not in (None, sink):
            continue
        account = trials.Account()
        began = time.monotonic()
        title = f"{sink} through {kind.name}"
        with tempfile.TemporaryDirectory(prefix="uketsuke-sound-") as folder, closing(kind(Path(folder))) as house:
            house.start()
            house.plug()
            _try_all(house, sink, account, options)
        print(heading(title), *account.lines, sep="\n")
        print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
        wrong += [f"{title}: {words}" for words in account.wrong]
    print("", "\n".join(wrong) or "Everything was heard as it was said.", sep="\n")
    return 1 if wrong else 0


def _try_all(house: House, sink: str, account: trials.Account, options: argparse.Namespace) -> None:
    with voice_in(house, sink) as voice:
        voice.plug_card()
        trials.hear(house, voice, account, options.heard)
        trials.stop(house, voice, account, options.stops)
        trials.take_away(house, voice, account, "device", options.losses)
        trials.take_away(house, voice, account, "server", options.losses)
        trials.nothing_there(house, voice, account)


if __name__ == "__main__":
    sys.exit(main())
