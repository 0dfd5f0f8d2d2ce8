"""All words that are heard stand in one package, and what is seen and heard of one thing is one sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.speech.phrases import news_words
from app.speech.phrases.desk_words import ANNOUNCED, NOTICES, DeskEvent, Notice

APP = Path(__file__).parents[2] / "app"
JAPANESE = re.compile("[ぁ-ゖァ-ヺー一-鿿]")
MODULES = sorted(
    (
        *APP.glob("speech/desk*.py"),
        *APP.glob("tenkey/*.py"),
        *APP.glob("web/staff/voice*.py"),
        APP / "speech/kiosk_guidance.py",
    )
)


def literals(source: str) -> Iterator[tuple[int, str]]:
    """Strings with Japanese letters and their lines; a string that stands as a statement is documentation."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
        if is_text and JAPANESE.search(node.value):
            yield node.lineno, node.value


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_of_the_desk_has_words_of_its_own(path: Path) -> None:
    assert list(literals(path.read_text("utf-8"))) == []


def test_the_look_for_literals_sees_them() -> None:
    source = '"""説明"""\n# 注\nX = f"{1}件"\ndef f():\n    """説明"""\n    return "a", ("番",)\nY = "、。"\n'
    assert list(literals(source)) == [(3, "件"), (6, "番")]
    assert len(MODULES) > 20


def test_lost_and_found_connection_are_told_in_the_words_of_the_banner() -> None:
    lost, back = ANNOUNCED[DeskEvent.CONNECTION_LOST], ANNOUNCED[DeskEvent.CONNECTION_BACK]
    assert lost.text == "接続が切れています。新しい受付は届きません"
    assert lost.text.startswith(news_words.CONNECTION_LOST.sentence)
    assert lost.braille == news_words.CONNECTION_LOST.short
    assert (back.text, back.braille) == (news_words.CONNECTION_BACK.sentence, news_words.CONNECTION_BACK.short)
    assert (NOTICES[Notice.LOST], NOTICES[Notice.BACK]) == (lost, back)


def test_templates_write_none_of_these_sentences_themselves() -> None:
    sentences = [part for event in (DeskEvent.CONNECTION_LOST, DeskEvent.VOICE_DOWN) for part in _parts(event)]
    for path in sorted((APP / "web/templates/staff").glob("*.html")):
        page = path.read_text("utf-8")
        assert not [one for one in sentences if one in page], path.name


def _parts(event: DeskEvent) -> list[str]:
    return ANNOUNCED[event].text.split("。")
