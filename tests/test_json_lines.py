"""Messages between processes: one object a line."""

from __future__ import annotations

import pytest

from app.json_lines import decode, encode


def test_message_is_one_ascii_line_and_comes_back() -> None:
    message = {"text": "菅原\n髙", "list": [1, None, True], "deep": {"a": {}}}
    line = encode(message)
    assert line.isascii()
    assert line.index(b"\n") == len(line) - 1
    assert decode(line) == message


@pytest.mark.parametrize("line", [b"", b"1", b"[]", b'"x"', b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(line)
