"""The XML envelope of the OQS messages: bytes to a small tree and back, with every limit in one place.

No namespaces, no attributes (OQS has none). Limits are looked at before or while parsing, never after.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from app.errors import ReplyMalformed

ROOT = "XmlMsg"
MAX_BODY_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_ELEMENTS = 4_000
MAX_TEXT_CHARS = 1_000
MAX_TAG_CHARS = 100

_DECLARATION = re.compile(rb"""<\?xml\s+version\s*=\s*["']1\.0["']([^>]{0,120})\?>""")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CODECS = {"utf-8": "utf-8", "utf8": "utf-8"} | dict.fromkeys(
    ("shift_jis", "shift-jis", "sjis", "cp932", "ms932", "windows-31j"), "cp932"
)
"""Real Shift_JIS messages are code page 932: the codec ``shift_jis`` fails on 髙 and ① (measured 2026-11)."""

TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Direction overrides can make a name or number read as another one."""


@dataclass(slots=True)
class Node:
    """One element: its text without outer white space, or its children."""

    tag: str
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def child(self, tag: str) -> Node | None:
        """Return the only child of that name, or ``None``.

        Raises:
            ReplyMalformed: it is there twice, so that nobody can say which one counts.
        """
        found = [node for node in self.children if node.tag == tag]
        if len(found) > 1:
            raise ReplyMalformed(f"{tag} twice in {self.tag}")
        return found[0] if found else None

    def value(self, tag: str) -> str | None:
        """Return the text of a child; absent and empty are both ``None``.

        Raises:
            ReplyMalformed: it is there twice or holds elements.
        """
        node = self.child(tag)
        return None if node is None else node.leaf_text()

    def leaf_text(self) -> str | None:
        """Return this element's text, ``None`` if empty. Raises ``ReplyMalformed`` if it holds elements."""
        if self.children:
            raise ReplyMalformed(f"{self.tag} holds elements")
        return self.text or None

    def leaves(self, prefix: str = "") -> Iterator[tuple[str, str]]:
        """Yield every non-empty text below as (``Group/Element``, text), in order."""
        path = prefix + self.tag
        if self.text:
            yield path, self.text
        for node in self.children:
            yield from node.leaves(path + "/")


class _TreeMaker:
    """Target of the parser: counts depth and elements while they arrive."""

    def __init__(self, max_text_chars: int) -> None:
        self._max_text_chars = max_text_chars
        self._open: list[tuple[Node, list[str]]] = []
        self._count = 0
        self._root: Node | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH or self._count > MAX_ELEMENTS or len(tag) > MAX_TAG_CHARS:
            raise ReplyMalformed("too deep, too many elements or too long a name")
        node = Node(tag)
        if self._open:
            self._open[-1][0].children.append(node)
        else:
            self._root = node
        self._open.append((node, []))

    def data(self, data: str) -> None:
        if self._open:
            self._open[-1][1].append(data)

    def end(self, tag: str) -> None:
        node, pieces = self._open.pop()
        text = "".join(pieces).strip()
        if text and node.children:
            raise ReplyMalformed(f"{tag} mixes text and elements")
        if len(text) > self._max_text_chars:
            raise ReplyMalformed("a value is too long")
        _check_text(text)
        node.text = text

    def close(self) -> Node:
        if self._root is None:
            raise ReplyMalformed("no element")
        return self._root


def _check_text(text: str) -> None:
    if any(unicodedata.category(char) == "Cc" or char in TURNS for char in text):
        raise ReplyMalformed("a value holds control characters")


def read_message(body: bytes, max_text_chars: int = MAX_TEXT_CHARS) -> Node:
    """Parse one message.

    Args:
        body: at most ``MAX_BODY_BYTES``; UTF-8 (the default) or Shift_JIS (read as cp932) as declared.
        max_text_chars: the longest value allowed.

    Raises:
        ReplyMalformed: anything else: size, encoding, DOCTYPE, entity, depth, count, control characters, XML.
    """
    # Loaded at the first message, not at start-up.
    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import DefusedXMLParser, ParseError  # type: ignore[import-untyped]

    if len(body) > MAX_BODY_BYTES:
        raise ReplyMalformed("larger than the limit")
    parser = DefusedXMLParser(target=_TreeMaker(max_text_chars), forbid_dtd=True)
    try:
        parser.feed(_decode(body))
        tree: Node = parser.close()
    except (ParseError, DefusedXmlException, ValueError):
        # No cause on purpose: the parser's message may quote the document.
        raise ReplyMalformed("not well-formed, or with a DOCTYPE or entity") from None
    if tree.tag != ROOT:
        raise ReplyMalformed(f"the root is not {ROOT}")
    return tree


def _decode(body: bytes) -> str:
    body = body.removeprefix(b"\xef\xbb\xbf")
    name = "utf-8"
    declaration = _DECLARATION.match(body)
    if declaration:
        encoding = _ENCODING.search(declaration[1])
        name = encoding[1].decode("ascii").lower() if encoding else name
        body = body[declaration.end() :]
    if name not in _CODECS:
        raise ReplyMalformed("an encoding that was not agreed")
    if _CODECS[name] == "cp932" and not body.isascii() and _is_utf8(body):
        # Read as declared it would still decode, into other characters: nobody's name.
        raise ReplyMalformed("declared as Shift_JIS, but it is UTF-8")
    try:
        return body.decode(_CODECS[name]).lstrip()
    except UnicodeDecodeError:
        raise ReplyMalformed("bytes that are not in the declared encoding") from None


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def write_message(root: Node, encoding: str = "UTF-8") -> bytes:
    """Return the message as bytes with its declaration.

    Args:
        encoding: ``"UTF-8"`` or ``"Shift_JIS"`` (written as cp932).

    Raises:
        ValueError: another encoding, or a value that XML or the encoding cannot hold (nothing is replaced silently).
    """
    pieces = [f'<?xml version="1.0" encoding="{encoding}" standalone="no"?>\n']
    _write(root, pieces)
    if encoding not in ("UTF-8", "Shift_JIS"):
        raise ValueError(f"unknown encoding {encoding!r}")
    return "".join(pieces).encode(_CODECS[encoding.lower()])


def _write(node: Node, pieces: list[str]) -> None:
    if any(unicodedata.category(char) == "Cc" for char in node.text):
        raise ValueError(f"{node.tag} holds control characters")
    pieces.append(f"<{node.tag}>{escape(node.text)}")
    for child in node.children:
        _write(child, pieces)
    pieces.append(f"</{node.tag}>\n")
