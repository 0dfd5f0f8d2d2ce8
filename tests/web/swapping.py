"""A page that applies out-of-band swaps as htmx 2 does, for the few that the board uses.

Source: htmx.org/attributes/hx-swap-oob: ``true`` replaces the element of that id, ``delete`` takes it out, and
``afterbegin:SELECTOR`` and ``afterend:SELECTOR`` put in what the element holds.
"""

from __future__ import annotations

import re

from markupsafe import Markup

from app.eligibility.ports import Method, Outcome
from app.store.board import BoardRow
from app.web.staff.board_drawing import ROWS, Drawing, Row
from app.web.staff.lines import CheckLine, check_line
from tests.store.support import KIOSK, MORNING

_LINE: CheckLine = check_line(
    BoardRow(
        check_id="a",
        reception_number=1,
        at=MORNING,
        kiosk=KIOSK,
        outcome=Outcome.ACCEPTED,
        reason=None,
        method=Method.PIN,
        validity=None,
        name=None,
        name_kana=None,
        contribution=None,
        comparison=None,
        has_notice=False,
        is_waiting=False,
        version=1,
        handled_at=None,
        handled_by=None,
        taken_at=None,
        taken_by=None,
    )
)
_SWAP = re.compile(
    r'<li id="(?P<gone>[^"]+)" hx-swap-oob="delete"></li>'
    r'|<ol hx-swap-oob="(?P<how>\w+):#(?P<place>[^"]+)">(?P<put><li id="(?P<new>[^"]+)">.*?</li>)</ol>'
    r'|<(?P<tag>li|div|section) hx-swap-oob="true" id="(?P<same>[^"]+)">(?P<text>.*?)</(?P=tag)>'
)


def row(name: str, text: str = "as it was") -> tuple[str, Row]:
    return f"row-{name}", Row(_LINE, text, Markup('<li id="row-{}">{}</li>').format(name, text))


def drawn(token: str, rows: list[tuple[str, Row]], *, foot: bool = False) -> Drawing:
    return Drawing(
        token=token,
        head=Markup('<div id="board-head">{}</div>').format(token),
        rows=dict(rows),
        unseen={},
        foot=Markup('<div id="board-foot">{}</div>').format("more" if foot else ""),
        nothing="nothing",
        reminder=Markup('<section id="pending-reminder"></section>'),
        waiting=0,
        news="",
    )


class Panel:
    """What a browser shows: the rows by id in their order, and the foot."""

    def __init__(self, drawing: Drawing) -> None:
        self.rows = {name: str(one.html) for name, one in drawing.rows.items()}
        self.foot = str(drawing.foot)

    def swap(self, changes: str) -> None:
        """Apply every swap in its order; an id without its element is an error, as it would be in the page."""
        head, *swaps = changes.split("\n")
        assert head.startswith('<div id="board-head">')
        for text in swaps:
            found = _SWAP.fullmatch(text)
            assert found, text
            if found["gone"]:
                del self.rows[found["gone"]]
            elif found["how"]:
                self._put(found["how"], found["place"], found["new"], found["put"])
            elif found["same"] == "board-foot":
                self.foot = f'<div id="board-foot">{found["text"]}</div>'
            else:
                assert found["same"] in self.rows
                self.rows[found["same"]] = f'<li id="{found["same"]}">{found["text"]}</li>'

    def _put(self, how: str, place: str, name: str, text: str) -> None:
        order = list(self.rows.items())
        assert name not in self.rows
        if how == "afterbegin":
            assert place == ROWS
            order.insert(0, (name, text))
        else:
            order.insert(list(self.rows).index(place) + 1, (name, text))
        self.rows = dict(order)

    def shows(self, drawing: Drawing) -> bool:
        expected = Panel(drawing)
        return list(self.rows.items()) == list(expected.rows.items()) and self.foot == expected.foot
