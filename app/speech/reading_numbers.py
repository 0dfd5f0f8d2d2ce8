"""Whole numbers in kana, and with the words that count: how the end of the number and the counter change each other.

Our own tables. Long vowels are written out (ジュウ, キュウ); single digits said one by one are another matter
(``reading_digits.py``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

LONGEST = 16
"""Digits of the longest number read as a number (千兆); longer ones are said digit by digit."""

_ONES = ("", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ")
_TENS = (
    "",
    "ジュウ",
    "ニジュウ",
    "サンジュウ",
    "ヨンジュウ",
    "ゴジュウ",
    "ロクジュウ",
    "ナナジュウ",
    "ハチジュウ",
    "キュウジュウ",
)
_HUNDREDS = (
    "",
    "ヒャク",
    "ニヒャク",
    "サンビャク",
    "ヨンヒャク",
    "ゴヒャク",
    "ロッピャク",
    "ナナヒャク",
    "ハッピャク",
    "キュウヒャク",
)
_THOUSANDS = ("", "セン", "ニセン", "サンゼン", "ヨンセン", "ゴセン", "ロクセン", "ナナセン", "ハッセン", "キュウセン")
_MYRIADS = ("", "マン", "オク", "チョウ")


def number_kana(number: int) -> str:
    """Return a whole number in kana: ``57600`` → ``ゴマンナナセンロッピャク``.

    Raises:
        ValueError: negative, or more than ``LONGEST`` digits.
    """
    if not 0 <= number < 10**LONGEST:
        raise ValueError("not a number that is read as one")
    if number == 0:
        return "ゼロ"
    parts: list[str] = []
    for myriad in _MYRIADS:
        number, four = divmod(number, 10_000)
        if four:
            parts.append(_four(four, myriad) + myriad)
    return "".join(reversed(parts))


def alone(number: int) -> str:
    """A number that no counter follows: a short last digit is drawn out, since ニ alone sounds like the particle.

    ``2`` → ニー, ``15`` → ジュウゴー. Raises ``ValueError`` as ``number_kana`` does.
    """
    said = number_kana(number)
    return f"{said}ー" if number % 10 in (2, 5) else said


def _four(four: int, myriad: str) -> str:
    thousands, hundreds, tens, ones = (four // 10**place % 10 for place in (3, 2, 1, 0))
    start = "イッセン" if thousands == 1 and myriad else _THOUSANDS[thousands]
    end = _ONES[ones]
    if myriad == "チョウ" and ones in (1, 8):
        end = "イッ" if ones == 1 else "ハッ"
    ten = _TENS[tens]
    if myriad == "チョウ" and tens and not ones:
        ten = ten.removesuffix("ウ") + "ッ"
    return start + _HUNDREDS[hundreds] + ten + end


@dataclass(frozen=True, slots=True)
class Counter:
    """``plain`` follows any number; ``ends`` says what the last digit (or 10 for a full ten) and it become together.

    ``whole`` are readings of the number alone: ヒトリ, ハタチ, ツイタチ.
    """

    plain: str
    ends: dict[int, str] = field(default_factory=dict)
    whole: dict[int, str] = field(default_factory=dict)

    def read(self, number: int) -> str:
        """Return number and counter in kana; raises ``ValueError`` as ``number_kana`` does."""
        if number in self.whole:
            return self.whole[number]
        last = number % 10
        said = number_kana(number)
        if last and last in self.ends:
            return said.removesuffix(_ONES[last]) + self.ends[last]
        if number and not last:
            hundred, ten = number % 100 == 0, number % 100 // 10
            if not hundred and ten and 10 in self.ends:
                return said.removesuffix("ジュウ") + self.ends[10]
            if hundred and number % 1000 and 100 in self.ends:
                return _hundred(said) + self.ends[100]
        return said + self.plain


def _hundred(said: str) -> str:
    """The number without its last ク: ヒャク → ヒャッ, where the counter doubles its consonant."""
    return said.removesuffix("ク")


def _doubling(plain: str, voiced: str | None = None) -> Counter:
    """The カ row: イッカイ, ロッカイ, ハッカイ, ジュッカイ, ヒャッカイ; ``voiced`` after three (サンガイ)."""
    ends = {1: "イッ" + plain, 6: "ロッ" + plain, 8: "ハッ" + plain, 10: "ジュッ" + plain, 100: "ッ" + plain}
    if voiced:
        ends[3] = "サン" + voiced
    return Counter(plain, ends)


DAYS_OF_MONTH = {
    1: "ツイタチ",
    2: "フツカ",
    3: "ミッカ",
    4: "ヨッカ",
    5: "イツカ",
    6: "ムイカ",
    7: "ナノカ",
    8: "ヨウカ",
    9: "ココノカ",
    10: "トオカ",
    14: "ジュウヨッカ",
    17: "ジュウシチニチ",
    19: "ジュウクニチ",
    20: "ハツカ",
    24: "ニジュウヨッカ",
    27: "ニジュウシチニチ",
    29: "ニジュウクニチ",
}

COUNTERS: dict[str, Counter] = {
    "割": Counter("ワリ"),
    "円": Counter("エン", {4: "ヨエン"}),
    "歳": Counter("サイ", {1: "イッサイ", 8: "ハッサイ", 10: "ジュッサイ"}, {20: "ハタチ"}),
    "年": Counter("ネン", {4: "ヨネン"}),
    "年間": Counter("ネンカン", {4: "ヨネンカン"}),
    "月": Counter("ガツ", {4: "シガツ", 7: "シチガツ", 9: "クガツ"}),
    "日": Counter("ニチ", {}, DAYS_OF_MONTH),
    "日間": Counter("ニチカン", {}, {day: said + "カン" for day, said in DAYS_OF_MONTH.items()} | {1: "イチニチカン"}),
    "時": Counter("ジ", {4: "ヨジ", 7: "シチジ", 9: "クジ"}, {0: "レイジ"}),
    "時間": Counter("ジカン", {4: "ヨジカン", 7: "ナナジカン", 9: "クジカン"}),
    "分": Counter(
        "フン",
        {
            1: "イップン",
            3: "サンプン",
            4: "ヨンプン",
            6: "ロップン",
            8: "ハップン",
            10: "ジュップン",
            100: "ップン",
        },
    ),
    "秒": Counter("ビョウ"),
    "番": Counter("バン"),
    "番目": Counter("バンメ"),
    "番地": Counter("バンチ"),
    "号": Counter("ゴウ"),
    "号室": Counter("ゴウシツ"),
    "号棟": Counter("ゴウトウ"),
    "棟": Counter("トウ", {1: "イットウ", 8: "ハットウ", 10: "ジュットウ"}),
    "丁目": Counter("チョウメ", {1: "イッチョウメ", 8: "ハッチョウメ", 10: "ジュッチョウメ"}),
    "地割": Counter("チワリ"),
    "条": Counter("ジョウ", {4: "ヨジョウ", 9: "クジョウ"}),
    "線": Counter("セン"),
    "区": Counter("ク"),
    "階": _doubling("カイ", "ガイ"),
    "件": _doubling("ケン"),
    "回": _doubling("カイ"),
    "個": _doubling("コ"),
    "か月": _doubling("カゲツ"),
    "文字": Counter("モジ", {4: "ヨンモジ"}),
    "けた": _doubling("ケタ"),
    "人": Counter("ニン", {4: "ヨニン"}, {1: "ヒトリ", 2: "フタリ"}),
    "名": Counter("メイ"),
    "枚": Counter("マイ"),
    "度": Counter("ド"),
    "本": Counter(
        "ホン",
        {1: "イッポン", 3: "サンボン", 6: "ロッポン", 8: "ハッポン", 10: "ジュッポン", 100: "ッポン"},
    ),
    "週間": Counter("シュウカン", {1: "イッシュウカン", 8: "ハッシュウカン", 10: "ジュッシュウカン"}),
    "つ": Counter(
        "コ",
        {},
        {
            1: "ヒトツ",
            2: "フタツ",
            3: "ミッツ",
            4: "ヨッツ",
            5: "イツツ",
            6: "ムッツ",
            7: "ナナツ",
            8: "ヤッツ",
            9: "ココノツ",
            10: "トオ",
        },
    ),
}
COUNTERS |= {"才": COUNTERS["歳"], "桁": COUNTERS["けた"]} | dict.fromkeys(("ヶ月", "カ月", "ケ月"), COUNTERS["か月"])


def counted(number: int, counter: str) -> str:
    """Return ``3``, ``件`` → ``サンケン``.

    Raises:
        KeyError: no such counter.
        ValueError: as ``number_kana``.
    """
    return COUNTERS[counter].read(number)
