"""窓口での確認 as label and words: the preview of a form, and the sheet of a kept entry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from app.eligibility.counter import CounterEntry, Seen
from app.eligibility.model import Qualification, Source
from app.eligibility.oqs_words import has_hidden_signs, ratio_words
from app.eligibility.pending import CloseReason
from app.eligibility.wareki import both_calendars, day_words, parse_day
from app.speech.phrases import VERDICT_AT_COUNTER
from app.speech.phrases.counter_words import CLOSE_REASONS, RATIO_UNKNOWN, SEEN
from app.store.counter_proofs import CounterProof, Settlement
from app.web.staff.lines import HIDDEN_SIGNS, clock_time
from app.web.staff.sheet import SOURCES
from app.web.staff.sheet_fields import ABSENT, one_calendar
from app.web.staff.text import shown, shown_kana

LATER = "あとで入力"


@dataclass(frozen=True, slots=True)
class Row:
    """One line. ``key`` names what staff may copy; what is of the confirmation and not of the person has none."""

    label: str
    text: str
    is_number: bool = False
    hint: str | None = None
    key: str = ""
    copied: str | None = None
    """What 「コピー」 gives, where it is not ``text``; empty where nothing was entered."""
    mark: str | None = None
    note: str | None = None
    is_reference: bool = False

    @property
    def copy_text(self) -> str:
        if not self.key:
            return ""
        return self.text if self.copied is None else self.copied


@dataclass(frozen=True, slots=True)
class RowGroup:
    title: str
    fields: tuple[Row, ...]


def entry_fields(entry: CounterEntry, looked_by: str) -> tuple[Row, ...]:
    """What a form would keep, for its preview."""
    return (
        *_person(entry.qualification),
        *(_numbers(entry.qualification, later=entry.numbers_later) if entry.method.is_seen_at_counter else ()),
        *_proof(entry.seen, entry.received_on, entry.reason_text, looked_by),
    )


def counter_sections(proof: CounterProof, *, is_seen: bool) -> tuple[RowGroup, ...]:
    """A kept entry. ``is_seen`` is False for what holds no document: its numbers do not exist."""
    sections = [RowGroup("本人", _person(proof.qualification))]
    if is_seen:
        sections.append(RowGroup("資格", _numbers(proof.qualification, later=proof.numbers_later)))
    fields = list(_proof(proof.seen, proof.received_on, proof.reason_text, proof.looked_by))
    if proof.entered_by != proof.looked_by:
        fields.append(Row("入力した人", shown(proof.entered_by)))
    if proof.settles_number is not None:
        fields.append(Row("もとの受付", f"受付番号{proof.settles_number}"))
    fields.append(Row("結果の出どころ", f"{SOURCES[Source.MANUAL]}（オンラインの照会ではありません）"))
    sections.append(RowGroup("窓口での確認", tuple(fields)))
    return tuple(sections)


def counter_row(sections: tuple[RowGroup, ...], key: str) -> Row | None:
    """Return the line of that key, if there is something to copy."""
    return next((row for section in sections for row in section.fields if row.key == key and row.copy_text), None)


def counter_text(sections: tuple[RowGroup, ...], method: str, day: str) -> str:
    """Return the whole of what was entered, for people; empty without numbers.

    A line is label, TAB, value as in the official app's text, but the first line says what it is: a receipt program
    that looks for the official one takes nothing over as an online answer.
    """
    rows = [row for section in sections for row in section.fields if row.copy_text]
    if not any(row.is_number for row in rows):
        return ""
    lines = [f"{VERDICT_AT_COUNTER}：{method}（オンラインの照会ではありません）", f"確認日\t{day}"]
    return "\n".join([*lines, *(f"{row.label}\t{_on_one_line(row.copy_text)}" for row in rows)]) + "\n"


def settled_words(settlement: Settlement | None) -> str | None:
    """Say how an open visit was settled; ``None`` for one that was not."""
    if settlement is None:
        return None
    at = f"{settlement.settled_at.month}月{settlement.settled_at.day}日{clock_time(settlement.settled_at)}"
    who = shown(settlement.settled_by)
    if settlement.reason is not None:
        note = f"「{shown(settlement.note)}」" if settlement.note else ""
        return f"あとで確認を閉じました：{CLOSE_REASONS[CloseReason(settlement.reason)]}{note}（{who} {at}）"
    number = "" if settlement.by_number is None else f"受付番号{settlement.by_number}の記録で"
    return f"{number}確認しました（{who} {at}）"


def _person(one: Qualification) -> tuple[Row, ...]:
    hint = HIDDEN_SIGNS if has_hidden_signs(one.name) else None
    return (
        _row("name", "氏名", shown(one.name) if one.name else None, ABSENT, hint=hint),
        _row("name_kana", "氏名カナ", shown_kana(one.name_kana) if one.name_kana else None, ABSENT),
        _day("birthdate", "生年月日", one.birthdate, ABSENT),
    )


def _numbers(one: Qualification, *, later: bool) -> tuple[Row, ...]:
    absent = LATER if later else ABSENT
    ratio = ratio_words(one.contribution_ratio) if one.contribution_ratio else None
    return (
        _number("insurer_number", "保険者番号", one.insurer_number, absent),
        _number("symbol", "記号", one.symbol, absent),
        _number("number", "番号", one.number, absent),
        _number("branch_number", "枝番", one.branch_number, absent),
        _day("card_valid_from", "有効開始年月日", one.card_valid_from, absent),
        _day("card_valid_to", "有効期限", one.card_valid_to, absent),
        _row("contribution", "負担割合", ratio, RATIO_UNKNOWN),
    )


def _row(
    key: str, label: str, text: str | None, absent: str, *, is_number: bool = False, hint: str | None = None
) -> Row:
    if text is None:
        return Row(label, absent, hint=hint, key=f"counter.{key}", copied="")
    return Row(label, text, is_number, hint, f"counter.{key}")


def _number(key: str, label: str, text: str | None, absent: str) -> Row:
    return _row(key, label, shown(text) if text else None, absent, is_number=True)


def _day(key: str, label: str, text: str | None, absent: str) -> Row:
    if not text:
        return _row(key, label, None, absent)
    day = parse_day(text)
    return replace(_row(key, label, day_words(text), absent), copied=None if day is None else one_calendar(day))


def _on_one_line(text: str) -> str:
    return " ".join(text.split("\t"))


def _proof(
    seen: tuple[Seen, ...], received_on: date | None, reason_text: str | None, looked_by: str
) -> tuple[Row, ...]:
    fields = [Row("確かめた人", shown(looked_by))]
    if seen:
        fields.insert(0, Row("確かめたこと", "、".join(SEEN[one] for one in seen)))
    if received_on is not None:
        fields.insert(0, Row("申立書を受け取った日", both_calendars(received_on)))
    if reason_text is not None:
        fields.insert(0, Row("緊急の理由", shown(reason_text)))
    return tuple(fields)
