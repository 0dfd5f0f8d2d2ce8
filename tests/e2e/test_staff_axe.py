"""The look at accessibility finds what it is there for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e.axe import CONTRAST, violations

PAGE = """<!doctype html><html lang="ja"><title>試験</title><style>
    p {{ color: {colour}; background: #fff; }} a {{ display: inline-block; width: {px}px; height: {px}px; }}
</style><main><h1>試験</h1><p>試験の文</p><a href="#a" aria-label="一"></a><a href="#b" aria-label="二"></a></main>"""


@pytest.mark.parametrize(
    ("colour", "px", "found"),
    [
        ("#000", 44, []),
        ("#bbb", 44, ["color-contrast"]),  # 1.9:1
        ("#767676", 44, ["color-contrast-enhanced"]),  # 4.5:1
        ("#000", 8, ["target-size"]),
    ],
)
def test_a_fault_is_found_by_its_rule(chromium: Browser, colour: str, px: int, found: list[str]) -> None:
    page = chromium.new_context().new_page()
    page.set_content(PAGE.format(colour=colour, px=px))
    assert [one.split(" | ")[0] for one in violations(page)] == found
    assert [one.split(" | ")[0] for one in violations(page, only=CONTRAST)] == [one for one in found if one in CONTRAST]
    assert [one.split(" | ")[0] for one in violations(page, without=CONTRAST)] == [
        one for one in found if one not in CONTRAST
    ]
    page.context.close()
