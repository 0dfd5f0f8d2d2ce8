"""axe-core on a page as it stands: the rules of every screen of ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from playwright.sync_api import Page

_AXE = (Path(__file__).resolve().parents[1] / "vendor/axe-4.14.1.min.js").read_text("utf-8")
CONTRAST = ("color-contrast", "color-contrast-enhanced")
"""4.5:1 and 7:1. The second leaves what is worse than 4.5 to the first."""
_RUN = """([only, without]) => axe.run(document, {
    resultTypes: ['violations'],
    selectors: false,
    preload: {assets: ['media']},
    rules: {
        'color-contrast-enhanced': {enabled: true},
        'target-size': {enabled: true},
        ...Object.fromEntries(without.map((name) => [name, {enabled: false}])),
    },
    ...(only.length ? {runOnly: {type: 'rule', values: only}} : {}),
}).then(r => r.violations.map(v => [v.id, ...v.nodes.map(n => n.html + n.failureSummary)].join(' | ')))"""
"""Style sheets are not fetched once more: only a rule that is not in use reads them (``css-orientation-lock``)."""


def violations(page: Page, only: Sequence[str] = (), without: Sequence[str] = ()) -> list[str]:
    """Return a text for each rule that the page breaks; ``only`` names the rules that are asked, empty: all."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    return cast("list[str]", page.evaluate(_RUN, [list(only), list(without)]))
