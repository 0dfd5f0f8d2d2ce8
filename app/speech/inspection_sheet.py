"""確認の実績: what an inspection asks for, as a table for spreadsheets. Nothing of a patient is in it.

Each check stands with its day, time, number of the day, method, outcome, the service's own time of processing and
the seal of its entry in 操作記録, so that the sheet can be compared with the record itself.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from app.eligibility.model import Validity
from app.eligibility.pending import CloseReason
from app.eligibility.ports import Outcome
from app.speech.phrases import VERDICT_UNKNOWN, VERDICTS
from app.speech.phrases.counter_words import CLOSE_REASONS

METHODS = {
    "pin": "4桁の暗証番号",
    "visual": "目視確認",
    "certificate": "窓口での確認（資格確認書）",
    "card_and_notice": "窓口での確認（カードと資格情報のお知らせ）",
    "card_and_portal": "窓口での確認（カードとマイナポータル）",
    "statement": "被保険者資格申立書の受け取り",
    "emergency": "緊急やむを得ない受付",
}
OUTCOMES = {
    "accepted": "受付",
    "counter": "窓口で対応",
    "visual": "目視確認待ち",
    "unknown": "結果不明",
    "ok": "窓口で入力",
    "withdrawn": "受付機で取り下げ",
}
SEEN_AT_COUNTER = frozenset({"certificate", "card_and_notice", "card_and_portal"})
"""Methods by which staff see a document that says the right."""
AT_COUNTER = SEEN_AT_COUNTER | {"statement", "emergency"}
CONFIRMED_WORDS = "窓口で確認"
OPEN_WORDS = "未確認"
SETTLED_WORDS = "あとで確認できた"
NOBODY = frozenset({CloseReason.TWICE, CloseReason.NO_VISIT})
"""Visits closed for these reasons were no patient's, or another visit's."""
COUNTING = (
    "同じ日に窓口での確認などで引き継いだ受付は、引き継いだほうの1人として数えています。"
    "あとから届いた答えは、受付した日の1人の結果です。"
    "「同じ受付が2つある」「受診せずに帰った」として閉じた受付と、患者さんが受付機で取り下げた受付は数えません。"
    "ほかの理由で閉じた受付は、その理由を結果に示し、「確認できた」には入れません。"
    "「確認できた」は資格(有効)、窓口で確認、あとで確認できた、の合計です。"
)
"""How people are counted; stands on page and sheet."""

BOM = "\ufeff"
"""Excel takes a file without it for Shift_JIS."""


class Evidence(Protocol):
    """One check as the record proves it."""

    @property
    def seq(self) -> int: ...
    @property
    def at(self) -> str: ...
    @property
    def check_id(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, str]: ...
    @property
    def seal(self) -> str: ...
    @property
    def settled(self) -> Settling | None: ...
    @property
    def is_late(self) -> bool: ...
    @property
    def closed(self) -> str | None: ...


class Settling(Protocol):
    """The check that an unconfirmed visit was settled by."""

    @property
    def by_check(self) -> str: ...
    @property
    def day(self) -> str: ...
    @property
    def is_confirmed(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """Counts of a period, and its checks in the order of time."""

    first: date
    last: date
    by_method: Sequence[tuple[str, str, int]]
    """Method, verdict, number of people."""
    by_day: Sequence[tuple[str, int, int]]
    """Day, people, of them confirmed."""
    rows: Sequence[tuple[str, ...]]
    """Every visit that the record proves, also those that another one took over and that count for nobody."""
    count: int
    """People: a visit that another one of the same day took over, or that was no patient's, does not count."""
    confirmed: int
    """People whose right was confirmed: online, by a document at the counter, or later."""


HEADINGS = (
    "日付",
    "時刻",
    "受付番号",
    "確認ID",
    "方法",
    "結果",
    "扱い",
    "人数",
    "確認できた",
    "引き継いだ確認ID",
    "照会先の処理日時",
    "操作記録の番号",
    "操作記録の印",
)


def build_sheet(checks: Iterable[Evidence], first: date, last: date) -> Sheet:
    """Count and list the checks of a period."""
    methods: Counter[tuple[str, str]] = Counter()
    days: Counter[str] = Counter()
    confirmed: Counter[str] = Counter()
    rows = []
    for check in checks:
        day, time = check.at[:10], check.at[11:19]
        method = METHODS.get(check.facts.get("method", ""), "－")
        verdict = _verdict(check)
        counts = _counts(check, day)
        if counts:
            methods[method, verdict] += 1
            days[day] += 1
            confirmed[day] += _is_confirmed(check)
        processed = check.facts.get("processed", "").replace("T", " ")[:19]
        rows.append(
            (
                day,
                time,
                check.facts.get("number", ""),
                check.check_id,
                method,
                verdict,
                OUTCOMES.get(check.outcome, check.outcome),
                "1" if counts else "0",
                "1" if counts and _is_confirmed(check) else "0",
                "" if check.settled is None else check.settled.by_check,
                processed,
                str(check.seq),
                check.seal,
            )
        )
    return Sheet(
        first=first,
        last=last,
        by_method=[(method, verdict, count) for (method, verdict), count in sorted(methods.items())],
        by_day=[(day, count, confirmed[day]) for day, count in sorted(days.items())],
        rows=rows,
        count=days.total(),
        confirmed=confirmed.total(),
    )


def sheet_csv(sheet: Sheet, institution_code: str, made_at: datetime, record: str) -> str:
    """Return the sheet as CSV with a byte order mark and CRLF, safe to open in Excel.

    Args:
        record: what the look at 操作記録 found, in words.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")

    def write(*cells: object) -> None:
        writer.writerow([safe_cell(str(cell)) for cell in cells])

    write("資格確認の実績")
    write("期間", sheet.first.isoformat(), sheet.last.isoformat())
    write("医療機関コード", f"［{institution_code}］")
    write("作成日時", f"{made_at:%Y-%m-%d %H:%M:%S}")
    write("操作記録の検証", record)
    write("延べ人数", sheet.count)
    write("うち確認できた", sheet.confirmed)
    write("数え方", COUNTING)
    write()
    write("方法", "結果", "延べ人数")
    for method_row in sheet.by_method:
        write(*method_row)
    write()
    write("日付", "延べ人数", "うち確認できた")
    for day_row in sheet.by_day:
        write(*day_row)
    write()
    write(*HEADINGS)
    for row in sheet.rows:
        write(*row)
    return BOM + out.getvalue()


def safe_cell(text: str) -> str:
    """Keep spreadsheets from taking a text for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _counts(check: Evidence, day: str) -> bool:
    """True when the visit stands for a person of its own."""
    if check.outcome == Outcome.WITHDRAWN:
        return False
    return check.closed not in NOBODY and (check.settled is None or check.settled.day != day)


def _verdict(check: Evidence) -> str:
    if check.settled is not None and check.settled.is_confirmed:
        return SETTLED_WORDS
    if check.closed in set(CloseReason):
        return CLOSE_REASONS[CloseReason(check.closed)]
    if check.is_late and _is_confirmed(check):
        return SETTLED_WORDS
    if check.facts.get("method") in AT_COUNTER and "validity" not in check.facts:
        return CONFIRMED_WORDS if _is_confirmed(check) else OPEN_WORDS
    code = check.facts.get("validity")
    return VERDICTS[Validity(code)] if code in set(Validity) else VERDICT_UNKNOWN


def _is_confirmed(check: Evidence) -> bool:
    """True when somebody's right is proved: by a valid answer, a document at the counter, or a later check."""
    if check.settled is not None and check.settled.is_confirmed:
        return True
    code = check.facts.get("validity")
    if code in set(Validity):
        return Validity(code).is_valid
    return check.facts.get("method") in SEEN_AT_COUNTER and check.facts.get("confirmed") != "no"
