"""文字だけの画面 (``/plain``): siblings of board, 資格情報 and search without any script, for PC-Talker.

A plain page has its sibling's view, so its role, its notes in 操作記録 and its words are the same; only the template
and the place that a form leads back to differ. Headings and lists stand in reading order; nothing changes by itself.
"""

from __future__ import annotations

from typing import Final

from flask import request, url_for

PLACE: Final = "/plain"
_PAGES: Final = {
    "staff/board.html": "staff/plain_board.html",
    "staff/check.html": "staff/plain_check.html",
    "staff/search.html": "staff/plain_search.html",
}
_PLACES: Final = {
    "staff.board": "staff.plain_board",
    "staff.search_page": "staff.plain_search_page",
    "staff.visual_page": "staff.plain_board",
}
REFRESH_S: Final = 60


def is_plain() -> bool:
    """True for a request of the plain pages, also where it ends in an error."""
    return request.path == PLACE or request.path.startswith(PLACE + "/")


def either(template: str) -> str:
    """Return the plain template in place of ``template`` where a plain page was asked for."""
    return _PAGES[template] if is_plain() else template


def place(endpoint: str) -> str:
    """Return the address that a form leads back to: the plain sibling's from a plain page."""
    return url_for(_PLACES[endpoint] if is_plain() else endpoint)


def refreshes_itself() -> bool:
    """True for a page that asked to be loaded again every minute."""
    return is_plain() and request.args.get("refresh") == str(REFRESH_S)
