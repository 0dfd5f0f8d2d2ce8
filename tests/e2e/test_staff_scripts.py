"""Scripts that come in one answer: one that fails stops no other, and is told."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from app.web.assets import Assets


def test_a_script_that_fails_stops_no_other(chromium: Browser, tmp_path: Path) -> None:
    for name, text in (("bad.js", "null.x;"), ("good.js", "window.isStrict = (function () { return !this; })();")):
        (tmp_path / name).write_text(text, "utf-8")
    joined = Assets(tmp_path, {"all.js": ("bad.js", "good.js")}).content("all.js").decode()
    page = chromium.new_context().new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_content(f"<script>{joined}</script>")
    assert page.evaluate("window.isStrict") is True
    assert len(errors) == 1
    page.context.close()
