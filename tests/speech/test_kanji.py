"""漢字の説明: our own table, its rules, and what is said of everything that is not in it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.speech.kanji import UNREADABLE, explain_kanji, explain_name, is_ideograph
from app.speech.radicals import Shape, radical_kana, rows, shape_of, strokes_kana
from app.speech.utterance import ReadingSource

DATA = Path(__file__).resolve().parents[2] / "app" / "speech" / "data"
ROWS = rows("kanji-names.tsv")
PURE = re.compile("[ァ-ヴー]+")
SAID = re.compile("[ァ-ヺー、。 ]+")

COMMON_SURNAMES = """
佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林
斎藤 清水 山崎 森 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤
村上 遠藤 青木 坂本 斉藤 福田 太田 西村 藤井 金子 岡本 藤原 三浦 中野 中川 原田 松田 竹内
小野 田村 中山 和田 石田 森田 上田 原 内田 柴田 酒井 宮崎 横山 高木 安藤 宮本 大野 小島
工藤 谷口 今井 高田 増田 丸山 杉山 村田 大塚 小山 藤本 平野 新井 河野 上野 武田 野口 松井
千葉 菅原 岩崎 久保 木下 佐野 野村 松尾 菊地 市川 杉本 古川 大西 島田 水野 桜井 渡部 高野
吉川 山内 西田 飯田 菊池 西川 小松 北村 安田 五十嵐 川口 平田 関 中田 久保田 東 服部 川崎
岩田 土屋 福島 本田 辻 樋口 秋山 田口 永井 山中 中西 吉村 川上 石原 大橋 松岡 馬場 浜田
森本 星野 矢野 浅野 松下 大久保 吉岡 荒木 小池 野田 熊谷 松浦 大島 尾崎 片山 永田 内藤 須藤
黒田 西 本間 大石 堀 望月 早川 荒井 鎌田 成田 宮田 栗原 広瀬 大森 大谷 奥村 榎本 三宅 萩原
梶原 桑原 飯塚 篠原 笠原 柳沢 槙原 諏訪 蛯名 薮田 籔内 轟
"""
VARIANTS = "髙﨑𠮷邉邊濵濱𣘺槗栁桺桒曻德齋齊斎斉澤嶋嶌嵜櫻廣國藏龍瀧眞惠條靏鸖鶮圡㐂舘冨埜渕淵邨舩枩龝穐"


def test_table_covers_more_than_the_1200_commonest_characters() -> None:
    assert len(ROWS) >= 3_400


def test_every_character_of_the_commonest_surnames_has_its_own_phrase() -> None:
    written = {row[1] for row in ROWS}
    assert not [one for one in COMMON_SURNAMES if is_ideograph(one) and one not in written]


@pytest.mark.parametrize("character", VARIANTS)
def test_variants_of_names_have_their_own_phrase(character: str) -> None:
    assert explain_kanji(character).source is ReadingSource.TABLE


def test_no_two_characters_share_a_phrase() -> None:
    for column in (0, 1, 2, 3):
        twice = [value for value, times in Counter(row[column] for row in ROWS).items() if times > 1]
        assert not twice


def test_each_phrase_shows_the_character_and_is_pure_short_katakana() -> None:
    for code, character, text, kana, origin in ROWS:
        assert code == f"U+{ord(character):04X}"
        assert character in text, text
        assert PURE.fullmatch(kana), kana
        assert len(kana) <= 30, kana
        assert origin == "own"


def test_phrases_are_more_than_the_bare_character() -> None:
    assert not [text for _, character, text, _, _ in ROWS if len(text) < 3 or text == character]


def test_old_form_is_told_by_its_common_form() -> None:
    assert explain_kanji("澤").text == explain_kanji("沢").text + "の旧字の澤"
    assert explain_kanji("\ufa19").kana == "カミサマノカミノキュウジノカミ"


def test_well_known_words_come_first() -> None:
    assert [one.kana for one in explain_name("髙﨑 𠮷郎")] == [
        "ハシゴダカノタカ",
        "タツサキノサキ",
        "ツチヨシノヨシ",
        "モモタロウノロウ",
    ]


def test_kana_of_a_name_is_one_phrase() -> None:
    assert [one.text for one in explain_name("渡はなこ ﾏﾘｰ")] == ["渡るの渡", "ひらがなで はなこ", "カタカナで マリー"]
    assert explain_name("か\u3099く")[0].kana == "ヒラガナデ ガク"
    assert explain_kanji("ん").text == "ひらがなの ん"
    assert explain_kanji("ャ").kana == "カタカナノ チイサイ ヤ"


def test_letters_digits_and_marks_are_said_as_such() -> None:
    assert [one.kana for one in explain_name("Ｊo ７々ー")] == [
        "オオモジノ ジェー",
        "コモジノ オー",
        "スウジノ ナナ",
        "オナジ ジノ クリカエシ",
        "ノバス キゴウ",
    ]
    assert explain_kanji("ヶ").kana == "カタカナノ チイサイ ケ"


@pytest.mark.parametrize("glyph", ["●", "〓", "？", "?", "\ufffd", "\ue000", "\U000f0000", ""])
def test_glyph_that_cannot_be_shown_is_never_guessed(glyph: str) -> None:
    phrase = explain_kanji(unicodedata.normalize("NFKC", glyph))
    assert phrase == UNREADABLE
    assert phrase.text == "表示できない 漢字。券面を みてください"


def test_variation_selector_is_skipped_and_noted() -> None:
    plain, variant = explain_kanji("葛"), explain_kanji("葛\U000e0100")
    assert (variant.text, variant.kana) == (plain.text + "、異体字", plain.kana + "、イタイジ")
    assert [one.text for one in explain_name("葛\U000e0100城")] == [variant.text, explain_kanji("城").text]


def test_kanji_without_a_phrase_is_told_by_radical_and_strokes() -> None:
    assert explain_kanji("鱻").text == "部首 うおへんの うお、33画"
    assert explain_kanji("鱻").kana == "ブシュ ウオヘンノ ウオ、サンジュウサンカク"
    assert explain_kanji("淼").source is ReadingSource.DICTIONARY


@pytest.mark.parametrize(
    ("character", "radical", "strokes"),
    [
        ("浜", "サンズイ", 10),
        ("泉", "ミズ", 9),
        ("持", "テヘン", 9),
        ("拳", "テ", 10),
        ("情", "リッシンベン", 11),
        ("思", "ココロ", 9),
        ("狩", "ケモノヘン", 9),
        ("球", "オウヘン", 11),
        ("都", "オオザト", 11),
        ("陽", "コザトヘン", 12),
        ("松", "キヘンノ キ", 8),
        ("英", "クサカンムリ", 8),
        ("辺", "シンニョウ", 5),
        ("髙", "タカイ", 11),
        ("龍", "リュウ", 16),
    ],
)
def test_radical_and_strokes_are_those_of_japanese_shapes(character: str, radical: str, strokes: int) -> None:
    shape = shape_of(character)
    assert shape is not None
    assert (radical_kana(shape).removesuffix("ノ クサ"), shape.strokes) == (radical, strokes)


def test_every_radical_has_a_name() -> None:
    assert [int(row[0]) for row in rows("radical-names.tsv")] == list(range(1, 215))
    assert all(SAID.fullmatch(radical_kana(Shape(number, 0, 1))) for number in range(1, 215))


@pytest.mark.parametrize(
    ("count", "kana"),
    [
        (1, "イッカク"),
        (6, "ロッカク"),
        (10, "ジュッカク"),
        (12, "ジュウニカク"),
        (20, "ニジュッカク"),
        (48, "ヨンジュウハッカク"),
    ],
)
def test_strokes_are_counted_in_kana(count: int, kana: str) -> None:
    assert strokes_kana(count) == kana


def test_every_kanji_of_the_name_blocks_is_explained() -> None:
    blocks = [range(0x3400, 0x4DC0), range(0x4E00, 0x9FFD), range(0xF900, 0xFA6E), range(0xFA70, 0xFADA)]
    for block in blocks:
        for code in block:
            phrase = explain_kanji(chr(code))
            assert phrase.source is not ReadingSource.UNREADABLE, hex(code)
            assert SAID.fullmatch(phrase.kana), hex(code)


def test_every_row_says_where_it_comes_from() -> None:
    assert {row[3] for row in rows("kanji-strokes.tsv")} == {"adobe", "unihan"}
    assert {row[5] for row in rows("radical-names.tsv")} == {"own"}
    told = "".join((DATA / name).read_text("utf-8") for name in ("README.md", "SOURCES.md"))
    files = [path.name for path in DATA.iterdir() if path.suffix in {".tsv", ".bin", ".txt"}]
    assert len(files) > 3
    assert [name for name in files if f"`{name}`" not in told] == []
    assert "UNICODE, INC. LICENSE AGREEMENT" in (DATA / "LICENSE-unicode.txt").read_text("utf-8")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_explained_in_kana_without_a_fault(name: str) -> None:
    for phrase in explain_name(name):
        assert phrase.text
        assert SAID.fullmatch(phrase.kana), phrase


@settings(max_examples=300, deadline=None)
@given(st.characters())
def test_any_one_character_is_explained(character: str) -> None:
    assert SAID.fullmatch(explain_kanji(character).kana)
