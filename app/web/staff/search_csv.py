"""Found checks as a table that Excel opens as it is: UTF-8 with a byte order mark, CRLF, every cell quoted.

A cell that a spreadsheet would calculate gets an apostrophe in front, and so does every number of a person or an
insurer: Excel would take its leading zeros, or make a date of a number with a hyphen.
Source: OWASP, CSV Injection (first signs ``= + - @`` tab and CR; Japanese Excel takes their full-width forms too).
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable

from app.clock import TOKYO
from app.eligibility.model import Qualification
from app.eligibility.oqs_words import PERSONAL_FAMILY, SEX, code_words, ratio_words
from app.eligibility.wareki import parse_day
from app.store.search import ExportRow, FoundRow
from app.web.staff.lines import METHODS, verdict_of

FILE_NAME = "shikaku-kakunin.csv"
REFERENCE = "参考"
HEAD = (
    "受付日時", "受付番号", "資格", "参考", "確認方法", "氏名", "氏名カナ", "生年月日", "性別", "保険者番号",
    "保険者名", "記号", "番号", "枝番", "本人・家族", "負担割合", "高齢受給者証の負担割合", "資格取得日", "資格喪失日",
)  # fmt: skip

_BOM = "\ufeff"
_CALCULATED = "=+-@\u2212"


def build_csv(rows: Iterable[ExportRow]) -> bytes:
    """Return the whole file, its heading first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(HEAD)
    for row in rows:
        writer.writerow(_cells(row))
    return (_BOM + text.getvalue()).encode("utf-8")


def is_reference(row: FoundRow | ExportRow) -> bool:
    """True where nothing says that the numbers may be used: no valid answer, and no document seen at the counter."""
    if row.validity is None:
        return not row.method.is_seen_at_counter
    return not row.validity.is_valid


def plain(text: str | None) -> str:
    """Return a cell of words: one line, and nothing that would be calculated."""
    line = "".join(" " if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") else sign for sign in text or "")
    visible = (sign for sign in line if not sign.isspace() and unicodedata.category(sign) != "Cf")
    first = unicodedata.normalize("NFKC", next(visible, ""))[:1]
    return f"'{line}" if first and first in _CALCULATED else line


def number(text: str | None) -> str:
    """Return a cell of a number that stays text as it is, zeros and hyphens too."""
    line = plain(text)
    return line if not line or line.startswith("'") else f"'{line}"


def _cells(row: ExportRow) -> list[str]:
    found = row.qualification or Qualification()
    elderly = found.elderly_recipient.contribution_ratio if found.elderly_recipient else None
    return [
        f"{row.at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
        "" if row.reception_number is None else str(row.reception_number),
        verdict_of(row.validity, row.method).words,
        REFERENCE if is_reference(row) else "",
        METHODS[row.method] if row.validity is not None or row.method.is_at_counter else "",
        plain(found.name),
        plain(unicodedata.normalize("NFKC", found.name_kana or "")),
        _day(found.birthdate),
        plain(code_words(SEX, found.sex1)) if found.sex1 else "",
        number(found.insurer_number),
        plain(found.insurer_name),
        number(found.symbol),
        number(found.number),
        number(found.branch_number),
        plain(code_words(PERSONAL_FAMILY, found.personal_family)) if found.personal_family else "",
        plain(ratio_words(found.contribution_ratio)) if found.contribution_ratio else "",
        plain(ratio_words(elderly)) if elderly else "",
        _day(found.qualified_on),
        _day(found.disqualified_on),
    ]


def _day(text: str | None) -> str:
    day = parse_day(text)
    return number(text) if day is None else day.isoformat()
