"""Words of the kiosk besides its screens: pages that are none of them."""

from __future__ import annotations

from app.eligibility.screens import Screen
from app.speech.phrases import SCREENS, ScreenWords

PROBLEMS: dict[str, ScreenWords] = {
    "web.not_found": ScreenWords("このページはありません", "受付の画面を開いてください"),
    "web.request_refused": ScreenWords("この操作は受け付けられません", "受付の画面を開き直してください"),
    "web.other_user": ScreenWords("この受付機の利用者だけが開けます", "窓口で受付してください"),
}
OPEN_KIOSK = "受付の画面を開く"

KIOSK_OUT = "受付機が使えません"


def problem_words(code: str) -> ScreenWords:
    """What a whole page says in place of a screen; what has no words of its own is a kiosk that does not work."""
    return PROBLEMS.get(code, SCREENS[Screen.OUT_OF_ORDER])


def may_open_kiosk(code: str) -> bool:
    """True where the page may offer the way to the kiosk: not to a browser of somebody else."""
    return code != "web.other_user"
