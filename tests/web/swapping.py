"""A page that puts pieces in their places as ``static/js/pieces.js`` does."""

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
_PIECE = re.compile(
    r'<li id="(?P<gone>[^"]+)" data-piece="gone"></li>'
    r'|<li data-piece="(?P<way>first|after) (?P<place>[^"]+)" id="(?P<new>[^"]+)">(?P<put>.*?)</li>'
    r'|<(?P<tag>li|div|p|span|section) data-piece="anew" id="(?P<same>[^"]+)">(?P<text>.*?)</(?P=tag)>'
)


def row(name: str, text: str = "as it was") -> tuple[str, Row]:
    return f"row-{name}", Row(_LINE, text, Markup('<li id="row-{}">{}</li>').format(name, text))


def drawn(token: str, rows: list[tuple[str, Row]], *, foot: bool = False) -> Drawing:
    return Drawing(
        token=token,
        cursor=int(token) * 10,
        counts={
            "board-count": Markup('<p id="board-count">{}</p>').format(len(rows)),
            "count-all": Markup('<span id="count-all">{}</span>').format(len(rows)),
        },
        rows=dict(rows),
        unseen={},
        foot=Markup('<div id="board-foot">{}</div>').format("more" if foot else ""),
        nothing="nothing",
        reminder=Markup('<section id="pending-reminder"></section>'),
        waiting=len(rows),
        news="",
    )


class Panel:
    """What a browser shows: the rows by id in their order, the numbers above them, the foot, and the head's marks."""

    def __init__(self, drawing: Drawing) -> None:
        self.marks = (str(drawing.cursor), str(drawing.waiting), drawing.token)
        self.rows = {name: str(one.html) for name, one in drawing.rows.items()}
        self.others = {"board-foot": str(drawing.foot)} | {name: str(one) for name, one in drawing.counts.items()}

    def take(self, changes: str) -> None:
        """Put every piece in its place, in their order; an id without its element is an error, as in the page."""
        marks, *pieces = changes.split("\n")
        found = re.fullmatch(
            r'<div id="board-head" data-piece="marks" data-cursor="(\d+)" data-waiting="(\d+)"'
            r' data-shown="(\w+)"></div>',
            marks,
        )
        assert found, marks
        self.marks = found.groups()
        for text in pieces:
            piece = _PIECE.fullmatch(text)
            assert piece, text
            if piece["gone"]:
                del self.rows[piece["gone"]]
            elif piece["way"]:
                self._put(piece["way"], piece["place"], piece["new"], f'<li id="{piece["new"]}">{piece["put"]}</li>')
            elif piece["same"] in self.others:
                self.others[piece["same"]] = f'<{piece["tag"]} id="{piece["same"]}">{piece["text"]}</{piece["tag"]}>'
            else:
                assert piece["same"] in self.rows
                self.rows[piece["same"]] = f'<li id="{piece["same"]}">{piece["text"]}</li>'

    def _put(self, way: str, place: str, name: str, text: str) -> None:
        order = list(self.rows.items())
        assert name not in self.rows
        if way == "first":
            assert place == ROWS
            order.insert(0, (name, text))
        else:
            order.insert(list(self.rows).index(place) + 1, (name, text))
        self.rows = dict(order)

    def shows(self, drawing: Drawing) -> bool:
        expected = Panel(drawing)
        rows_agree = list(self.rows.items()) == list(expected.rows.items())
        return rows_agree and self.others == expected.others and self.marks == expected.marks
