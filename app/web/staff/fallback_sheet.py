"""窓口での確認 as label and words: the preview of a form, and the sheet of a kept entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.eligibility.counter import CounterEntry, Seen
from app.eligibility.model import Qualification, Source
from app.eligibility.oqs_words import has_hidden_signs, ratio_words
from app.eligibility.pending import CloseReason
from app.eligibility.wareki import both_calendars, day_words
from app.speech.counter_words import CLOSE_REASONS, RATIO_UNKNOWN, SEEN
from app.store.counter_proofs import CounterProof, Settlement
from app.web.staff.lines import HIDDEN_SIGNS, clock_time
from app.web.staff.sheet import ABSENT, SOURCES
from app.web.staff.text import shown, shown_kana

LATER = "あとで入力"


@dataclass(frozen=True, slots=True)
class Row:
    """Nothing of it is copied into a receipt program by itself: it is no answer of a service."""

    label: str
    text: str
    is_number: bool = False
    hint: str | None = None


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
    return (
        Row("氏名", shown(one.name) if one.name else ABSENT, hint=HIDDEN_SIGNS if has_hidden_signs(one.name) else None),
        Row("氏名カナ", shown_kana(one.name_kana) if one.name_kana else ABSENT),
        Row("生年月日", day_words(one.birthdate) if one.birthdate else ABSENT),
    )


def _numbers(one: Qualification, *, later: bool) -> tuple[Row, ...]:
    absent = LATER if later else ABSENT

    def number(label: str, text: str | None) -> Row:
        return Row(label, shown(text) if text else absent, is_number=bool(text))

    return (
        number("保険者番号", one.insurer_number),
        number("記号", one.symbol),
        number("番号", one.number),
        number("枝番", one.branch_number),
        Row("有効開始年月日", day_words(one.card_valid_from) if one.card_valid_from else absent),
        Row("有効期限", day_words(one.card_valid_to) if one.card_valid_to else absent),
        Row("負担割合", ratio_words(one.contribution_ratio) if one.contribution_ratio else RATIO_UNKNOWN),
    )


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
