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
from app.speech.phrases import VERDICT_UNKNOWN, VERDICTS

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
    "ok": "窓口で確認",
}
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


@dataclass(frozen=True, slots=True)
class Sheet:
    """Counts of a period, and its checks in the order of time."""

    first: date
    last: date
    by_method: Sequence[tuple[str, str, int]]
    """Method, verdict, number of visits."""
    by_day: Sequence[tuple[str, int, int]]
    """Day, visits, of them valid."""
    rows: Sequence[tuple[str, ...]]

    @property
    def count(self) -> int:
        return len(self.rows)


HEADINGS = (
    "日付",
    "時刻",
    "受付番号",
    "確認ID",
    "方法",
    "結果",
    "扱い",
    "照会先の処理日時",
    "操作記録の番号",
    "操作記録の印",
)


def build_sheet(checks: Iterable[Evidence], first: date, last: date) -> Sheet:
    """Count and list the checks of a period."""
    methods: Counter[tuple[str, str]] = Counter()
    days: Counter[str] = Counter()
    valid: Counter[str] = Counter()
    rows = []
    for check in checks:
        day, time = check.at[:10], check.at[11:19]
        method = METHODS.get(check.facts.get("method", ""), "－")
        verdict = _verdict(check.facts.get("validity"))
        methods[method, verdict] += 1
        days[day] += 1
        valid[day] += _is_valid(check.facts.get("validity"))
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
                processed,
                str(check.seq),
                check.seal,
            )
        )
    return Sheet(
        first=first,
        last=last,
        by_method=[(method, verdict, count) for (method, verdict), count in sorted(methods.items())],
        by_day=[(day, count, valid[day]) for day, count in sorted(days.items())],
        rows=rows,
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
    write()
    write("方法", "結果", "延べ人数")
    for method_row in sheet.by_method:
        write(*method_row)
    write()
    write("日付", "延べ人数", "うち資格(有効)")
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


def _verdict(code: str | None) -> str:
    return VERDICTS[Validity(code)] if code in set(Validity) else VERDICT_UNKNOWN


def _is_valid(code: str | None) -> bool:
    return code in set(Validity) and Validity(code).is_valid
