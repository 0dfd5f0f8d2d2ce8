"""Compares what was said with what should be said, and looks for digits where none may be."""

from __future__ import annotations

import re
from pathlib import Path

EXPECTED = Path(__file__).parent / "expected.txt"
NAMES = {
    "0": ("zero", "ゼロ", "れい"),
    "1": ("one", "いち", "イチ", "一"),
    "2": ("two", "に", "ニ", "二"),
    "3": ("three", "さん", "サン", "三"),
    "4": ("four", "よん", "ヨン", "四"),
    "5": ("five", "ご", "ゴ", "五"),
    "6": ("six", "ろく", "ロク", "六"),
    "7": ("seven", "なな", "ナナ", "七"),
    "8": ("eight", "はち", "ハチ", "八"),
    "9": ("nine", "きゅう", "キュウ", "九"),
}
_ENTRY = re.compile(r"kiosk: (?:top row|numpad|touch|mouse) [1-4]")
_NEXT_SCREEN = ("確認しています", "受付しました")
"""What follows the fourth key belongs to the next screen; its reception number is no digit of the PIN."""

_ORCAS_OWN = frozenset({"Focus mode", "Browse mode", "clickable.", "blank", "form", "return"})
_PASSING = frozenset({"確認しています panel.", "カードはそのままで."})
"""A screen that is over before it is read; whether it is heard depends on the machine."""
_MARKS = re.compile("•+")
_LAST_KEY = re.compile(r"kiosk: .* 4")

Step = tuple[str, list[str]]


def essential(step: Step) -> Step:
    """Leave out what differs from run to run: Orca's own remarks, a screen in passing, how marks are counted."""
    name, said = step
    kept = [words for words in said if words not in _ORCAS_OWN and words not in _PASSING]
    if not _ENTRY.fullmatch(name):
        return name, kept
    marks = ["•"] if kept and _MARKS.fullmatch(kept[0]) and not _LAST_KEY.fullmatch(name) else []
    return name, marks + [words for words in kept if not _MARKS.fullmatch(words)]


def written(steps: list[Step]) -> str:
    """One step a line with its utterances below it, as ``expected.txt`` holds them."""
    return "".join(f"{name}\n" + "".join(f"    {words}\n" for words in said) for name, said in steps)


def read(text: str) -> list[Step]:
    steps: list[Step] = []
    for line in text.splitlines():
        if line.startswith("    "):
            steps[-1][1].append(line[4:])
        elif line and not line.startswith("#"):
            steps.append((line, []))
    return steps


def differences(steps: list[Step], half: str | None = None) -> list[str]:
    """Say where the day differs from the expectation; an utterance too many is as wrong as one too few."""
    if not EXPECTED.exists():
        return ["there is no expectation yet"]
    expected = [step for step in read(EXPECTED.read_text("utf-8")) if half is None or step[0].startswith(half + ":")]
    found = [
        f"{name}: said {said}, expected {wanted}"
        for (name, said), (_, wanted) in zip(steps, expected, strict=False)
        if said != wanted
    ]
    if [name for name, _ in steps] != [name for name, _ in expected]:
        found.append("the steps themselves differ")
    return found


def spoken_digits(steps: list[Step], pin: str) -> list[str]:
    """Return every utterance during PIN entry that holds a digit, or the name of one of the PIN's."""
    found = []
    for name, said in steps:
        if not _ENTRY.fullmatch(name):
            continue
        for words in said:
            if any(words.startswith(heading) for heading in _NEXT_SCREEN):
                break
            digits = re.findall(r"\d", words)
            if digits or any(word in words.lower() for digit in pin for word in NAMES[digit]):
                found.append(f"{name}: a digit was spoken: {words}")
    return found
