"""統計: counts of a day and its month, waiting times and failures. Nothing personal is read, let alone shown."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template, request

from app.clock import TOKYO, Clock
from app.eligibility.model import Validity
from app.eligibility.numbers import NO_VERDICT, OTHER, STEPS_S, Measure, ReasonClass
from app.eligibility.people import Role
from app.eligibility.ports import Method
from app.eligibility.wareki import both_calendars
from app.speech.phrases import VERDICT_AT_COUNTER, VERDICT_UNKNOWN, reason_words, verdict_words
from app.store.numbers import Period, read_period
from app.web.staff.charts import Columns, columns, share
from app.web.staff.lines import METHODS, NO_METHOD
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import needs

_OPEN_HOURS = range(8, 20)
_FEWEST_STEPS = 8
"""A chart of one lonely bar says nothing."""
_CLASSES = {
    ReasonClass.CARD: "カードと読み取り",
    ReasonClass.GATEWAY: "照会先とのやりとり",
    ReasonClass.STORE: "記録の保存",
    ReasonClass.CHECK: "受付の途中",
    ReasonClass.COUNTER: "窓口での確認",
}


@dataclass(frozen=True, slots=True)
class Share:
    """One line of a table with its bar. ``percent`` is of the table's total."""

    label: str
    count: int
    percent: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """A waiting time: its median in words and, where anything was measured, how many waited how long."""

    key: str
    label: str
    median: str
    chart: Columns | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A day or a month, in words."""

    title: str
    total: int
    chart: Columns
    verdicts: tuple[Share, ...]
    methods: tuple[Share, ...]
    classes: tuple[Share, ...]
    failures: tuple[Share, ...]
    waits: tuple[Wait, ...]
    is_stepped: bool


def add_numbers(staff: Blueprint, desk: StaffDesk, clock: Clock) -> None:
    """Add the routes to the blueprint."""

    @staff.get("/numbers")
    @needs(Role.VIEWER)
    def numbers_page() -> str:
        now = clock.now()
        today = now.astimezone(TOKYO).date()
        day, error = _asked_day(request.args.get("day", ""), today)
        first = day.replace(day=1)
        last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        of_day = read_period(desk.store, day, day, now)
        of_month = read_period(desk.store, first, last, now)
        return render_template(
            "staff/numbers.html",
            day=day.isoformat(),
            typed=request.args.get("day", "") if error else day.isoformat(),
            error=error,
            today=today.isoformat(),
            before=(day - timedelta(days=1)).isoformat(),
            after=(day + timedelta(days=1)).isoformat() if day < today else None,
            sheets=[
                _sheet(f"{both_calendars(day)}", of_day, _hours(of_day)),
                _sheet(f"{day.year}年{day.month}月", of_month, _days(of_month, first, last)),
            ],
        )


def _asked_day(text: str, today: date) -> tuple[date, str | None]:
    if not text:
        return today, None
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        day = date.fromisoformat(text)
    except ValueError:
        return today, "この日付はこよみにありません。今日の数を表示しています"
    if day > today:
        return today, "今日より後の日です。今日の数を表示しています"
    return day, None


def _sheet(title: str, period: Period, chart: Columns) -> Sheet:
    numbers = period.numbers
    total = numbers.total()
    verdicts = numbers.verdicts()
    methods = numbers.methods()
    classes = numbers.reason_classes()
    failures = {
        code: count
        for code, count in numbers.labels(Measure.REASON).items()
        if not code.startswith("counter.") and code != "check.not_valid"
    }
    return Sheet(
        title=title,
        total=total,
        chart=chart,
        verdicts=_shares([(_verdict_words(code), code, verdicts[code]) for code in _VERDICT_ORDER], total),
        methods=_shares([*((METHODS[one], one.value, methods[one.value]) for one in Method),
                         (NO_METHOD, NO_VERDICT, methods[NO_VERDICT])], total),
        classes=_shares([(_CLASSES[one], one.value, classes[one.value]) for one in ReasonClass], total),
        failures=_shares(
            [
                ("そのほか" if code == OTHER else reason_words(code).staff, code, count)
                for code, count in sorted(failures.items(), key=lambda item: (-item[1], item[0]))
            ],
            total,
        ),
        waits=(
            _wait("told", "カードを置いてから結果まで", period, Measure.TOLD_S, period.told_s),
            _wait("handled", "結果から職員の対応済みまで", period, Measure.HANDLED_S, period.handled_s),
        ),
        is_stepped=period.is_stepped,
    )  # fmt: skip


_VERDICT_ORDER = ("1", "6", "2", "3", "4", "5", "counter", NO_VERDICT)


def _verdict_words(code: str) -> str:
    if code == "counter":
        return VERDICT_AT_COUNTER
    if code == NO_VERDICT:
        return VERDICT_UNKNOWN
    return verdict_words(Validity(code))


def _shares(lines: list[tuple[str, str, int]], total: int) -> tuple[Share, ...]:
    return tuple(Share(label, count, share(count, total), code) for label, code, count in lines if count)


def _hours(period: Period) -> Columns:
    found = period.numbers.labels(Measure.HOUR)
    seen = [int(hour) for hour in found]
    hours = range(min([_OPEN_HOURS.start, *seen]), max([_OPEN_HOURS.stop - 1, *seen]) + 1)
    return columns("時刻ごとの受付", [(str(hour), found[str(hour)]) for hour in hours], "時台", every=2)


def _days(period: Period, first: date, last: date) -> Columns:
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    points = [(str(day.day), period.days.get(day.isoformat(), 0)) for day in days]
    return columns("日ごとの受付", points, "日", every=5)


def _wait(key: str, label: str, period: Period, measure: Measure, median_s: float | None) -> Wait:
    found = {int(step): count for step, count in period.numbers.labels(measure).items()}
    words = _duration(median_s, is_stepped=period.is_stepped)
    if not found:
        return Wait(key, label, words, None)
    ends = (STEPS_S.index(min(found)), STEPS_S.index(max(found)))
    steps = STEPS_S[max(0, ends[0] - 1) : max(ends[1] + 2, ends[0] + _FEWEST_STEPS)]
    points = [(_step_words(step), found.get(step, 0)) for step in steps]
    return Wait(key, label, words, columns(label, points, "", every=3, names=[_step_name(step) for step in steps]))


def _step_name(step: int) -> str:
    """From which time to which: a step is named by its end, and the last one has none."""
    place = STEPS_S.index(step)
    if place == 0:
        return f"{_step_words(step)}まで"
    before = _step_words(STEPS_S[place - 1])
    return f"{before}より長い" if place == len(STEPS_S) - 1 else f"{before}から{_step_words(step)}"


def _step_words(step: int) -> str:
    if step < 60 or step % 60:
        return f"{step}秒"
    return f"{step // 60}分" if step < 3600 else f"{step // 3600}時間"


def _duration(seconds: float | None, *, is_stepped: bool) -> str:
    if seconds is None:
        return "まだ測れていません"
    about = "約" if is_stepped else ""
    if seconds < 60:
        return f"{about}{seconds:.1f}秒" if seconds < 10 and not is_stepped else f"{about}{seconds:.0f}秒"
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{about}{minutes // 60}時間{minutes % 60}分"
    return f"{about}{minutes}分{rest}秒" if rest else f"{about}{minutes}分"
