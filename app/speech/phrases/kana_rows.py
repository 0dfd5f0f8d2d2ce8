"""What pairs of digits mean: kana by row and column, the forms that ``*`` turns a sign through, and days."""

from __future__ import annotations

ROWS = {
    "1": "アイウエオ",
    "2": "カキクケコ",
    "3": "サシスセソ",
    "4": "タチツテト",
    "5": "ナニヌネノ",
    "6": "ハヒフヘホ",
    "7": "マミムメモ",
    "8": "ヤユヨ",
    "9": "ラリルレロ",
    "0": "ワヲンー",
}
FORMS = (
    *("カガ", "キギ", "クグ", "ケゲ", "コゴ", "サザ", "シジ", "スズ", "セゼ", "ソゾ", "タダ", "チヂ", "ツヅッ", "テデ"),
    *("トド", "ハバパ", "ヒビピ", "フブプ", "ヘベペ", "ホボポ", "アァ", "イィ", "ウゥヴ", "エェ", "オォ"),
    *("ヤャ", "ユュ", "ヨョ", "ワヮ"),
)
SMALL = dict(zip("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ", strict=True))
LONG_SIGN = "ー"
LONG_SIGN_KANA = "ノバス"
ERA_DIGITS = {"1": "明治", "2": "大正", "3": "昭和", "4": "平成", "5": "令和"}
"""The era's number on claims and certificates."""
TYPED_DAY = "{month}月{day}日"
"""As the search understands it."""
TYPED_MONTH = "{year}年{month}月"
