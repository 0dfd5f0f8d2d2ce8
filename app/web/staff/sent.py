"""What a page of ours sends along with a press."""

from __future__ import annotations

from flask import request

from app.web.security import RequestRefused


def sent_number(name: str) -> int:
    """Return the version or revision that the page was drawn with. Raises ``RequestRefused`` when it is no number."""
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RequestRefused()
    return int(text)
