"""保険者番号 as written on paper: what it is made of and what is odd about it. Pure.

Structure: 法別番号 2 + 都道府県 2 + 保険者別 3 + check digit 1, or the last six of these for 国保.
Findings are warnings: insurers' own data hold wrong transcriptions, and the service's reply outranks arithmetic.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum

LAWS = {
    "01": "全国健康保険協会",
    "02": "船員保険",
    "03": "日雇（一般）",
    "04": "日雇（特別）",
    "06": "健康保険組合",
    "07": "自衛官等",
    "31": "国家公務員共済",
    "32": "地方公務員等共済",
    "33": "警察共済",
    "34": "公立学校・私立学校共済",
    "39": "後期高齢者医療",
    "63": "特例退職（健康保険組合）",
    "67": "退職者国保",
    "72": "特例退職（国家公務員共済）",
    "73": "特例退職（地方公務員等共済）",
    "74": "特例退職（警察共済）",
    "75": "特例退職（学校共済）",
}
LATER_ELDERLY = "39"

_JOINTS = str.maketrans("", "", " \u3000-‐‑‒–—―−ーｰ・･")


class InsurerDoubt(StrEnum):
    """What is odd about a number of the right shape."""

    CHECK_DIGIT = "check_digit"
    LAW = "law"
    PREFECTURE = "prefecture"


def insurer_digits(typed: str) -> str | None:
    """Return the six or eight ASCII digits that were meant; ``None`` when it is no such number.

    Width, blanks and hyphens do not matter; ``00`` before six digits is the padding of 国保.
    """
    text = unicodedata.normalize("NFKC", typed).translate(_JOINTS)
    if not (text.isascii() and text.isdigit() and len(text) in (6, 8)):
        return None
    return text[2:] if len(text) == 8 and text.startswith("00") else text


def insurer_doubts(digits: str) -> tuple[InsurerDoubt, ...]:
    """Return what is odd about six or eight digits."""
    doubts = []
    if check_digit(digits[:-1]) != digits[-1]:
        doubts.append(InsurerDoubt.CHECK_DIGIT)
    if len(digits) == 8 and digits[:2] not in LAWS:
        doubts.append(InsurerDoubt.LAW)
    if not 1 <= int(digits[-6:-4]) <= 47:
        doubts.append(InsurerDoubt.PREFECTURE)
    return tuple(doubts)


def check_digit(body: str) -> str:
    """Return the digit after ``body``: weights 2, 1, 2, 1 … from its right end, digits of products added.

    Source: the official worked example 33120015; zeros in front change nothing.
    """
    total = 0
    for place, sign in enumerate(reversed(body)):
        product = int(sign) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return str((10 - total % 10) % 10)
