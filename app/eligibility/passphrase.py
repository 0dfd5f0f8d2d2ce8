"""Which passphrases are refused: too short, too long, or built of so few guessable pieces that a program tries them.

Length is what protects; no kinds of characters are demanded and nothing expires. A passphrase is cut into the fewest
pieces that can be: a common password, a word of the clinic or the product, the person's own name, a run along a
keyboard or an alphabet, one sign or group repeated, a date; any other sign is a piece by itself. Three pieces or
fewer are refused, however long they are: ``uketsuke-clinic-2026`` is three.
Source: NIST SP 800-63B 3.1.1.2 (length, blocklists, context words); the cut is after Wheeler, zxcvbn, 2016.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from enum import StrEnum

MIN_PASSPHRASE = 15
MAX_PASSPHRASE = 256
FEWEST_PIECES = 4
_FEWEST_SIGNS = 5
"""Different signs in the whole."""
_LONGEST_PIECE = 40
_SHORTEST_RUN = 3

_OWN_WORDS = """
uketsuke uketuke 受付 うけつけ ウケツケ kiosk reception clinic クリニック 診療所 医院 病院 びょういん 接骨院
整骨院 鍼灸院 治療院 sekkotsuin seikotsuin shinkyuin chiryoin sekkotsu seikotsu shinkyu 接骨 整骨 鍼灸 hari
kyu massage マッサージ 整体 seitai マイナ マイナンバー マイナンバーカード マイナ保険証 保険証 保険 資格確認
資格 オンライン 患者 院長 先生 職員 管理者 スタッフ myna mynumber hokensho hoken hokenja shikaku kakunin
online kanja incho sensei staff owner viewer admin administrator 合言葉 合い言葉 あいことば アイコトバ
aikotoba パスワード ぱすわーど パスフレーズ password passphrase passwd login ログイン 暗証番号 ありがとう
ありがとうございます よろしく よろしくお願いします おねがいします こんにちは こんばんは おはよう
おはようございます さくら 桜 nippon nihon japan 日本 東京 tokyo 大阪 osaka 京都 kyoto 令和 reiwa 平成 heisei
昭和 showa arigatou arigatougozaimasu yoroshiku yoroshikuonegaishimasu ohayou konnichiwa sakura himitsu 秘密
ひみつ secret changeme letmein welcome default guest user root test demo sample テスト 試験 見本 サンプル
ながい 長い とても とてもながい とても長い です
"""
_RUNS = (
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "q1w2e3r4t5y6u7i8o9p0",
    "いろはにほへとちりぬるをわかよたれそつねならむうゐのおくやまけふこえてあさきゆめみしゑひもせす",
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん",
    "一二三四五六七八九十",
    "月火水木金土日",
)
_SIGN_LETTERS = str.maketrans({"@": "a", "!": "i", "$": "s"})
_DIGIT_LETTERS = str.maketrans({"4": "a", "3": "e", "1": "i", "0": "o", "5": "s", "7": "t"})
_DATE = re.compile(r"(?:19|20)\d\d(?:(?:0?[1-9]|1[0-2])(?:0?[1-9]|[12]\d|3[01]))?|\d{1,6}")


class Weakness(StrEnum):
    """Why a passphrase is refused. Words: ``phrases.py``, code ``people.<value>``."""

    TOO_SHORT = "passphrase_short"
    TOO_LONG = "passphrase_long"
    GUESSABLE = "passphrase_guessable"


def plain_form(text: str) -> str:
    """One form for what keyboards type differently (full width, composed kana); lone surrogates become ``?``."""
    return unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode())


def weakness_of(passphrase: str, common: Collection[str], context: Iterable[str] = ()) -> Weakness | None:
    """Judge a passphrase; ``None`` when it may be used.

    Args:
        passphrase: as typed, any length.
        common: passwords that everybody tries, lower case.
        context: what others know of the person and the place (own name, clinic's name).
    """
    plain = plain_form(passphrase)
    if len(plain) < MIN_PASSPHRASE:
        return Weakness.TOO_SHORT
    if len(plain) > MAX_PASSPHRASE:
        return Weakness.TOO_LONG
    if len(set(plain)) < _FEWEST_SIGNS:
        return Weakness.GUESSABLE
    words = _words_of(context)
    for form in (_folded(plain), _folded(plain.translate(_SIGN_LETTERS))):
        if _pieces(form, common, words) < FEWEST_PIECES:
            return Weakness.GUESSABLE
    return None


def _folded(text: str) -> str:
    """Small letters, hiragana, without blanks and punctuation between words; other signs (emoji) stay."""
    folded = (chr(ord(sign) - 96) if "ァ" <= sign <= "ヶ" else sign for sign in text.casefold())
    return "".join(sign for sign in folded if unicodedata.category(sign)[0] not in "PZ")


def _words_of(context: Iterable[str]) -> frozenset[str]:
    words = {_folded(word) for word in _OWN_WORDS.split()}
    for text in context:
        plain = plain_form(text)
        words |= {_folded(plain), *(_folded(part) for part in plain.split())}
    return frozenset(word for word in words if len(word) > 1)


def _pieces(text: str, common: Collection[str], words: Collection[str]) -> int:
    """The fewest pieces that make up ``text``; the same piece again costs nothing more than once when adjacent."""
    best = [0, *([len(text) + 1] * len(text))]
    for end in range(1, len(text) + 1):
        best[end] = best[end - 1] + 1
        for start in range(max(0, end - _LONGEST_PIECE), end - 1):
            if best[start] + 1 < best[end] and _is_guessable(text[start:end], common, words):
                best[end] = best[start] + 1
        for period in range(1, end // 2 + 1):
            # One group again and again is the group once: aaaa, abcabc, 受付受付.
            start = end - period
            while start >= period and text[start - period : start] == text[end - period : end]:
                start -= period
            if start < end - period:
                best[end] = min(best[end], best[start] + _pieces_within(text[end - period : end], common, words))
    return best[-1]


def _pieces_within(group: str, common: Collection[str], words: Collection[str]) -> int:
    return 1 if len(group) < 3 or _is_guessable(group, common, words) else len(group)


def _is_guessable(piece: str, common: Collection[str], words: Collection[str]) -> bool:
    spelled = piece.translate(_DIGIT_LETTERS)
    if piece in words or piece in common or spelled in words or spelled in common:
        return True
    if _DATE.fullmatch(piece):
        return True
    return len(piece) >= _SHORTEST_RUN and any(piece in run or piece[::-1] in run for run in _RUNS)
