"""The bench of the search asks what it means to ask: each kind of question finds somebody, "nobody" finds none."""

from __future__ import annotations

import re

from tests.bench.search import measure_search


def test_every_kind_of_question_finds_somebody_but_nobody() -> None:
    lines = measure_search(2_000, 60_000.0, tries=6)
    found = {match[1]: int(match[2]) for text in lines if (match := re.match(r"  (.+) \((\d+) found", text))}
    assert len(found) == 19
    strangers = {"two common parts, nobody has both", "nobody", "kana and a range of days"}
    assert {kind for kind, count in found.items() if count == 0} <= strangers
    assert found["nobody"] == 0
    assert sum(text.startswith("  the page") for text in lines) == 2, "what staff wait for has lines of its own"
    assert not any("MISS" in text for text in lines)
