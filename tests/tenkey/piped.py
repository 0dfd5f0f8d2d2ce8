"""``python -m app desk`` with keys from standard input: a line a key, ``unplug`` or ``plug``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from app.config import load_settings
from app.speech.desk_model import Key
from app.tenkey.keys import KeyEvent, KeyPressed, Plugged, Unplugged
from app.wiring_desk import run_desk


class PipedKeys:
    """``KeySource`` over lines; ends with them."""

    def events(self) -> Iterator[KeyEvent]:
        yield Plugged("pipe")
        for line in sys.stdin:
            match line.strip():
                case "unplug":
                    yield Unplugged()
                case "plug":
                    yield Plugged("pipe")
                case key:
                    yield KeyPressed(Key(key) if key in set(Key) else None)

    def close(self) -> None:
        """The pipe's other end closes it."""


if __name__ == "__main__":
    sys.exit(run_desk(load_settings(), PipedKeys()))
