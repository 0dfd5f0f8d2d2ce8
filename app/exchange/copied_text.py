"""The text behind the official app's 「コピー」, which receipt programs read from the clipboard.

Nobody published it; its shape is known from programs that parse it. A line is label, TAB, value; a line of a heading
alone opens a section, in which a label means what it means there. 照会番号 and 未就学区分 stand before the first
heading. The day's label is literally ``確認日 : ``. Lines end with LF here; a browser on Windows writes CRLF.

How values are written is not documented. Days are 和暦 with digits throughout (令和1年, as programs convert by their
digits), kana full width, shares in words. 住所 is left out: programs that read the text warn of it. What the official
text does not hold (資格有効性, reasons of loss, consents) is not here either, and a share that was derived by law is
not, as nobody sent it. No label of 医療扶助's own numbers is known: those two are this product's.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.eligibility.model import EligibilityResult, Qualification
from app.eligibility.oqs_words import CARD_CLASSIFICATION, PERSONAL_FAMILY, SEX, code_words, ratio_words
from app.eligibility.wareki import parse_day, wareki

WELFARE = "A1"
DAY_LABEL = "確認日 : "
PRESCHOOL_WORDS = "義務教育就学前"
ELDERLY_HEADING = "高齢受給者証"

_INSURED_CARDS = frozenset({"01", "02", "03", "04", "06"})


class Layout(StrEnum):
    """Which headings: those since 2025-04, when the app began to tell 医療保険 from 医療扶助, or those before."""

    SECTIONED = "sectioned"
    PLAIN = "plain"

    def heading(self, words: str, is_welfare: bool) -> str:
        if self is Layout.PLAIN and not is_welfare:
            return words
        return f"{words}({'医療扶助' if is_welfare else '医療保険'})"


@dataclass(frozen=True, slots=True)
class CopiedSection:
    """A heading and its pairs in order; ``heading`` is empty for what stands before the first one."""

    heading: str
    pairs: tuple[tuple[str, str], ...]


def write_copied_text(result: EligibilityResult, layout: Layout = Layout.SECTIONED, mark: str | None = None) -> str:
    """Return the text for all qualifications of ``result``.

    Args:
        mark: a line in front of everything, for a right that is not valid. Programs look for a known first line, so
            a marked text is read by people and taken over by none of them.
    """
    lines = [] if mark is None else [clean(mark)]
    for section in copied_sections(result, layout):
        lines += [section.heading] if section.heading else []
        lines += [f"{label}\t{text}" for label, text in section.pairs]
    return "\n".join(lines) + "\n" if lines else ""


def copied_sections(result: EligibilityResult, layout: Layout = Layout.SECTIONED) -> tuple[CopiedSection, ...]:
    """Return what ``write_copied_text`` writes: the shape that a reader of such a text gives back."""
    sections: list[CopiedSection] = []
    for one in result.qualifications:
        is_welfare = one.card_classification == WELFARE
        sections.append(CopiedSection("", _ahead(one)))
        sections.append(
            CopiedSection(
                layout.heading("資格情報", is_welfare),
                ((DAY_LABEL, f"{result.confirmed_on:%Y/%m/%d}"), *(_welfare(one) if is_welfare else _insured(one))),
            )
        )
        sections.append(CopiedSection(layout.heading("裏面記載情報", is_welfare), _reverse(one)))
        sections.append(CopiedSection(ELDERLY_HEADING, _elderly(one)))
    return tuple(section for section in sections if section.pairs)


def clean(text: str | None) -> str:
    """Keep a value on its line and in its column: every control sign and line or column separator is one space."""
    return "".join(" " if _separates(sign) else sign for sign in text or "").strip()


def day_text(text: str | None) -> str:
    """Write ``yyyyMMdd`` as ``昭和29年3月11日``; the first year is 1年; what is not a day as received."""
    day = parse_day(text)
    return clean(text) if day is None else numbered_wareki(day)


def numbered_wareki(day: date) -> str:
    """和暦 in digits alone; before Meiji the western day."""
    return (wareki(day) or f"{day.year}年{day.month}月{day.day}日").replace("元年", "1年")


def wide_kana(text: str | None) -> str:
    return clean(unicodedata.normalize("NFKC", text or "")).replace(" ", "　")


def _ahead(one: Qualification) -> tuple[tuple[str, str], ...]:
    pairs = []
    if one.reference_number:
        pairs.append(("照会番号", clean(one.reference_number)))
    if one.preschool == "1":
        pairs.append(("未就学区分", PRESCHOOL_WORDS))
    return tuple(pairs)


def _insured(one: Qualification) -> tuple[tuple[str, str], ...]:
    pairs = [
        ("保険者番号", clean(one.insurer_number)),
        ("保険者名", clean(one.insurer_name)),
        ("記号", clean(one.symbol)),
        ("番号", clean(one.number)),
        ("枝番", clean(one.branch_number)),
        *_person(one),
        ("証区分", _card_words(one.card_classification)),
        ("資格取得年月日", day_text(one.qualified_on)),
        ("有効開始日", day_text(one.card_valid_from)),
        ("有効終了日", day_text(one.card_valid_to)),
        ("本人・家族の別", clean(code_words(PERSONAL_FAMILY, one.personal_family or ""))),
        ("被保険者氏名", clean(one.insured_name)),
    ]
    if one.contribution_ratio:
        pairs.append(("負担割合", clean(ratio_words(one.contribution_ratio))))
    return tuple(pairs)


def _welfare(one: Qualification) -> tuple[tuple[str, str], ...]:
    return (
        ("公費負担者番号", clean(one.insurer_number)),
        ("受給者番号", clean(one.number)),
        *_person(one),
        ("有効開始日", day_text(one.card_valid_from)),
        ("有効終了日", day_text(one.card_valid_to)),
    )


def _person(one: Qualification) -> tuple[tuple[str, str], ...]:
    return (
        ("フリガナ", wide_kana(one.name_kana)),
        ("氏名", clean(one.name)),
        ("生年月日", day_text(one.birthdate)),
        ("性別", clean(code_words(SEX, one.sex1 or ""))),
    )


def _reverse(one: Qualification) -> tuple[tuple[str, str], ...]:
    if not (one.name_of_other or one.name_of_other_kana or one.sex2):
        return ()
    return (
        ("氏名", clean(one.name_of_other)),
        ("氏名カナ", wide_kana(one.name_of_other_kana)),
        ("性別", clean(code_words(SEX, one.sex2 or ""))),
    )


def _elderly(one: Qualification) -> tuple[tuple[str, str], ...]:
    elderly = one.elderly_recipient
    if elderly is None or not (elderly.valid_from or elderly.valid_to or elderly.contribution_ratio):
        return ()
    return (
        ("有効開始日", day_text(elderly.valid_from)),
        ("有効終了日", day_text(elderly.valid_to)),
        ("負担割合", clean(ratio_words(elderly.contribution_ratio or ""))),
    )


def _card_words(code: str | None) -> str:
    words = clean(code_words(CARD_CLASSIFICATION, code or ""))
    return f"被保険者証（{words}）" if code in _INSURED_CARDS else words


def _separates(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Zl", "Zp", "Cs")
