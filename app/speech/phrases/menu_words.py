"""The spoken menu: its items with the key that chooses each, and in which order they are heard."""

from __future__ import annotations

from dataclasses import dataclass

from app.speech.phrases.desk_captions import PLACES, Place
from app.speech.phrases.desk_words import Words
from app.speech.utterance import Phrase


@dataclass(frozen=True, slots=True)
class MenuItem:
    """``key`` stays with its item for good: fingers know it. ``brief`` is for the menu at once, where time is short."""

    key: str
    place: Place
    brief: Words | None = None

    def short(self, key: Phrase) -> Phrase:
        return _ITEM.filled(key=key, what=(self.brief or PLACES[self.place]).phrase)

    def whole(self, key: Phrase | None) -> Phrase:
        """The name that the place itself bears; without a key where that one steps."""
        name = PLACES[self.place].phrase
        return name if key is None else _ITEM.filled(key=key, what=name)

    @property
    def name(self) -> str:
        """Its name in braille."""
        words = self.brief if self.brief is not None and self.brief.braille else PLACES[self.place]
        return words.braille

    @property
    def line(self) -> str:
        return f"{self.key}{self.name}"


_ITEM = Words("{key} {what}", "{key} {what}")
MENU_AT_ONCE = (
    (
        MenuItem("3", Place.VISUAL, Words("目視", "モクシ", "モクシ")),
        MenuItem("7", Place.CALLS),
        MenuItem("8", Place.ACTS),
        MenuItem("4", Place.PENDING, Words("あとで", "アトデ", "アトデ")),
        MenuItem("*", Place.COUNTER, Words("窓口", "マドグチ", "マドグチ")),
    ),
    (
        MenuItem("1", Place.KANA, Words("なまえ", "ナマエ", "ナマエ")),
        MenuItem("2", Place.DAY, Words("日付", "ヒヅケ", "ヒヅケ")),
        MenuItem("0", Place.NUMBER, Words("番号", "バンゴー", "バンゴウ")),
    ),
)
"""Used most, in groups with a pause between them: what waits for somebody, then what is looked for."""
MENU_ITEMS = (
    *(item for group in MENU_AT_ONCE for item in group),
    MenuItem("9", Place.METHOD),
    MenuItem("+", Place.SETTINGS),
    MenuItem("6", Place.HELP),
)
"""All of them, in the order in which they are heard one by one. 5 repeats here as everywhere."""
ONE_BY_ONE = Words("わるで ほかも 一つずつ", "ワルデ ホカモ ヒトツズツ")
NEXT_OR_OPEN = Words("6で つぎ、決定で ひらく", "ロクデ ツギ、ケッテーデ ヒラク")
IN_MENU: dict[Place, Words] = {
    Place.VISUAL: Words("わる 3で 目視確認", "ワル サンデ モクシ カクニン"),
    Place.CALLS: Words("わる 7で 呼び出し", "ワル ナナデ ヨビダシ"),
    Place.PENDING: Words("わる 4で あとで確認", "ワル ヨンデ アトデ カクニン"),
}
"""Where what was just told is answered, for whoever needs Enter for something else."""
