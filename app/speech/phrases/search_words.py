"""Words of 資格確認結果検索: why a text cannot be searched, and how a search was understood."""

from __future__ import annotations

from datetime import date

from app.eligibility.search_query import (
    MAX_TERMS,
    MAX_TYPED,
    BornIn,
    CheckedBetween,
    CheckedIn,
    Named,
    Numbered,
    QueryFault,
    QueryRefused,
    Reading,
    SearchQuery,
)
from app.eligibility.wareki import both_calendars, month_words, parse_day, wareki

FAULT_WORDS: dict[QueryFault, str] = {
    QueryFault.EMPTY: "氏名・カナ・番号・生年月日・受付した日のどれかを入れてください",
    QueryFault.TOO_LONG: f"長すぎます。{MAX_TYPED}文字までにしてください",
    QueryFault.TOO_MANY: f"ことばが多すぎます。{MAX_TERMS}個までにしてください",
    QueryFault.NOTHING_TO_FIND: "記号だけでは検索できません。文字か数字を入れてください",
    QueryFault.NO_SUCH_DAY: "「{part}」という日付はありません",
    QueryFault.WRONG_ERA: "「{part}」という日付はありません。{meant}のことですか",
    QueryFault.ENDS_BEFORE_START: "「{part}」は、終わりの日が始まりの日より前です",
}
TOO_MANY_TO_EXPORT = "一度に書き出せるのは{limit:,}件までです。日付などを足して、しぼってください"
NOTHING_TO_EXPORT = "書き出せる有効な結果がありません。有効でない結果も入れるときは、印をつけてください"


def fault_words(refused: QueryRefused) -> str:
    """Return the sentence for beside the box."""
    meant = "" if refused.meant is None else wareki(refused.meant) or refused.meant.isoformat()
    return FAULT_WORDS[refused.fault].format(part=refused.part, meant=meant)


def understood(query: SearchQuery) -> tuple[str, ...]:
    """Say how days and numbers were read; names are what was typed and need no words."""
    said = []
    for term in query.terms:
        if isinstance(term, CheckedBetween):
            said.append(f"受付した日 {_range(term.first, term.last)}")
            continue
        words = [text for reading in term if (text := _reading(reading))]
        if any(not isinstance(reading, (Named, Numbered)) for reading in term) or not _has_name(term):
            said.append(" または ".join(words))
    return tuple(said)


def _has_name(term: tuple[Reading, ...]) -> bool:
    return any(isinstance(reading, Named) for reading in term)


def _reading(reading: Reading) -> str:
    match reading:
        case Named(_):
            return "氏名"
        case Numbered(key):
            return f"番号 {key}"
        case BornIn(digits):
            return f"生年月日 {_when(digits)}"
        case CheckedIn(digits):
            return f"受付した日 {_when(digits)}"


def _when(digits: str) -> str:
    day = parse_day(digits)
    if day is not None:
        return both_calendars(day)
    return month_words(digits) if len(digits) == 6 else f"{digits}年"


def _range(first: date | None, last: date | None) -> str:
    if first == last and first is not None:
        return both_calendars(first)
    start = "" if first is None else f"{_western(first)}から"
    return start if last is None else f"{start}{_western(last)}まで"


def _western(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
