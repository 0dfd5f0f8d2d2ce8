"""A small program under a real supervisor, so that tests can send it signals and look for what it leaves.

Usage: supervised.py FOLDER SCRIPT...: each script is a part run as ``python -c``; prints ``ready`` when all answer.
A part answers when its file ``FOLDER/<number>.up`` exists.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from app.box.part import Part
from app.box.supervisor import Supervisor, SupervisorError, say_to_stderr


def parts_of(folder: Path, scripts: list[str]) -> list[Part]:
    parts = []
    for number, script in enumerate(scripts):
        up = folder / f"{number}.up"
        command = (sys.executable, "-c", script, str(up))
        parts.append(Part(f"part{number}", command, functools.partial(up.exists), leftovers=(up,)))
    return parts


def main(folder: Path, scripts: list[str]) -> int:
    try:
        with Supervisor(folder, folder / "log", say_to_stderr) as supervisor:
            supervisor.start(parts_of(folder, scripts))
            if supervisor.wait_until_answering(60):
                print("ready", flush=True)
                supervisor.run()
    except SupervisorError as error:
        say_to_stderr(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
