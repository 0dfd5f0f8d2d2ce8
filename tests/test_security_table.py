"""SECURITY.md has a row for every requirement, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in (ROOT / "SECURITY.md").read_text("utf-8").splitlines()
    if line.startswith("| SEC-")
]


def names_of_tests() -> set[str]:
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found.add(node.name)
    return found


def test_every_requirement_has_one_row() -> None:
    assert [row[0][:6] for row in ROWS] == [f"SEC-{number:02}" for number in range(1, 46)]
    assert all(len(row) == 3 for row in ROWS)


def test_every_row_names_a_test_or_says_what_stands_instead() -> None:
    for row in ROWS:
        assert re.search(r"`test_\w+`", row[1]) or len(row[2]) > 40, row[0]


def test_every_test_that_is_named_is_there() -> None:
    known = names_of_tests()
    assert len(known) > 1_000
    for row in ROWS:
        named = re.findall(r"`(test_\w+)`", row[1])
        assert row[1] == ", ".join(f"`{name}`" for name in named), row[0]
        for name in named:
            assert name in known, f"{row[0]}: {name}"


def test_the_readme_leads_to_the_table() -> None:
    assert "[SECURITY.md](SECURITY.md)" in (ROOT / "README.md").read_text("utf-8")
