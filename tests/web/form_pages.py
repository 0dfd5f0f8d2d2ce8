"""Pages as a browser reads them: forms, what can be typed into them, and what is said at each field."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

TYPED = frozenset({"text", "search", "password", "date", "email", "tel", "number", "url"})
_VOID = frozenset({"input", "br", "img", "meta", "link", "path", "circle", "rect", "hr", "use", "line"})


@dataclass
class Box:
    """One field of a form. ``kind`` is an input's type, ``textarea`` or ``select``."""

    name: str
    kind: str
    value: str
    described_by: tuple[str, ...] = ()
    is_checked: bool = False
    is_readonly: bool = False

    @property
    def is_typed(self) -> bool:
        """True for what a person writes by hand."""
        return (self.kind in TYPED or self.kind == "textarea") and not self.is_readonly

    @property
    def is_secret(self) -> bool:
        return self.kind == "password"


@dataclass
class Form:
    action: str
    method: str
    boxes: list[Box] = field(default_factory=list)

    def typed(self) -> list[Box]:
        return [box for box in self.boxes if box.is_typed]

    def sent(self) -> dict[str, str]:
        """What a browser would send as the form stands."""
        return {
            box.name: box.value
            for box in self.boxes
            if box.kind not in ("submit", "button") and (box.kind not in ("radio", "checkbox") or box.is_checked)
        }


class FormPage(HTMLParser):
    """``forms`` in their order, ``texts`` of every element that has an id, and all that stands between the tags."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.texts: dict[str, str] = {}
        self.seen = ""
        self._open: list[tuple[str, str | None]] = []
        self._form: Form | None = None
        self._select: Box | None = None
        self._textarea: Box | None = None
        self.feed(markup)

    def boxes(self, action: str, name: str) -> list[Box]:
        return [box for form in self.forms if form.action == action for box in form.boxes if box.name == name]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if found.get("id"):
            self.texts[found["id"]] = ""
        if tag not in _VOID:
            self._open.append((tag, found.get("id")))
        if tag == "form":
            self._form = Form(found.get("action", ""), found.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag in ("input", "textarea", "select") and self._form is not None and found.get("name"):
            kind = found.get("type", "text") if tag == "input" else tag
            described = tuple(found.get("aria-describedby", "").split())
            value = found.get("value", "on" if kind in ("radio", "checkbox") else "")
            box = Box(found["name"], kind, value, described, "checked" in found, "readonly" in found)
            self._form.boxes.append(box)
            if tag == "select":
                self._select = box
            elif tag == "textarea":
                self._textarea = box
        elif tag == "option" and self._select is not None and ("selected" in found or not self._select.is_checked):
            self._select.value, self._select.is_checked = found.get("value", ""), True

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, _ = self._open.pop()
            if name == tag:
                break
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea.value += data.removeprefix("\n")
        self.seen += data
        for _, name in self._open:
            if name:
                self.texts[name] += data
