"""What the kiosk says of each screen to who asked for spoken guidance: what stands there, then what the keys do.

Everything is a fixed phrase, or a reception number joined of fixed pieces: nothing of a patient is ever said in the
waiting room. The words of screens and buttons are those that are seen; only what the keys do is said here alone
(``guidance_words.py``), since who sees the screen needs none of it. Digits of a PIN have no words.
"""

from __future__ import annotations

from functools import cache

from app.eligibility.screens import Button, Screen
from app.eligibility.view import ScreenView
from app.speech import phrases
from app.speech.phrases.guidance_words import (
    ENDS,
    KEYS_AGAIN,
    KEYS_CHOOSE,
    KEYS_ERASE,
    KEYS_PIN,
    KEYS_PIN_MORE,
    KEYS_VOLUME,
    LEFT,
    LONG_U,
    PIN_LABEL,
    STARTS,
)
from app.speech.reading_digits import groups_of
from app.speech.reading_letters import DIGITS
from app.speech.reading_numbers import alone
from app.speech.spoken_words import caption_phrase
from app.speech.utterance import Phrase, ReadingSource

RATE = 5.0
"""Morae a second: what older listeners found easiest."""
GAP_S = 0.6
"""Between two phrases."""
MOST = 9_999
"""The largest reception number that is said as a number; above it digits are said, in groups of at most four."""

_CALL_ALWAYS = frozenset(
    {
        Screen.WELCOME,
        Screen.READING,
        Screen.PIN,
        Screen.NO_PIN,
        Screen.UNREADABLE,
        Screen.OTHER_CARD,
        Screen.OUT_OF_ORDER,
    }
)
_CHOICES: dict[Screen, tuple[Button, ...]] = {
    Screen.WELCOME: (Button.NO_PIN,),
    Screen.PIN: (Button.NO_PIN,),
    Screen.PIN_WRONG: (Button.AGAIN, Button.STAFF),
    Screen.PIN_LAST: (Button.UNDERSTOOD, Button.ONCE_MORE),
    Screen.PIN_LOCKED: (Button.UNDERSTOOD,),
    Screen.UNREADABLE: (Button.AGAIN,),
    Screen.NO_PIN: (Button.BACK,),
    Screen.OTHER_CARD: (Button.BACK,),
    Screen.ACCEPTED: (Button.DONE,),
    Screen.COUNTER: (Button.DONE,),
}

Group = tuple[Phrase, ...]
"""Pieces that are said as one phrase, without a pause."""


def guide(view: ScreenView) -> tuple[Group, ...]:
    """Return all that is said of a screen, in order, ``GAP_S`` between the groups."""
    words = phrases.SCREENS[view.screen]
    said = [*sentences(words.heading), *sentences(words.says)]
    if view.reception_number is not None:
        said += [*number_groups(view.reception_number), *sentences(phrases.ONLY_QUALIFICATION)]
    if view.attempts_remaining in LEFT:
        said += sentences(LEFT[view.attempts_remaining])
    notice = notice_of(view)
    captions = [caption_of(view.screen, button) for button in buttons_of(view)]
    return tuple(group for group in (*said, *sentences(notice), *_keys(view.screen, captions)) if group)


def notice_of(view: ScreenView) -> str:
    """Return the one notice that stands under the screen's words, or nothing."""
    if view.warned:
        return phrases.STILL_THERE
    if view.call_failed:
        return phrases.CALL_FAILED
    if view.called:
        return phrases.CALLED
    return phrases.RETYPE if view.must_retype else ""


def buttons_of(view: ScreenView) -> tuple[Button, ...]:
    """Return the buttons of a screen in the order in which the keys reach them."""
    has_call = view.screen in _CALL_ALWAYS or (view.screen is Screen.ASKING and view.help_offered)
    return (*_CHOICES.get(view.screen, ()), *((Button.CALL,) if has_call else ()))


def caption_of(screen: Screen, button: Button) -> str:
    """Return what stands on a button."""
    return phrases.PIN_UNKNOWN if (screen, button) == (Screen.PIN, Button.NO_PIN) else phrases.BUTTONS[button]


def number_groups(number: int) -> tuple[Group, ...]:
    """「受付番号 N」 of fixed pieces: as one phrase up to ``MOST``, above it a phrase for each group of digits."""
    label = caption_phrase(phrases.RECEPTION_NUMBER)
    if 0 < number <= MOST:
        return ((label, *number_pieces(number)),)
    first, *rest = [tuple(_digit(sign) for sign in group) for group in groups_of(str(abs(number)))]
    return ((label, *first), *rest)


def number_pieces(number: int) -> Group:
    """Cut 1 to ``MOST`` into its thousands, hundreds, tens and ones: 325 → サンビャク, ニジュー, ゴー."""
    values = [number // 10**place % 10 * 10**place for place in (3, 2, 1, 0)]
    return tuple(_number(value) for value in values if value)


@cache
def all_phrases() -> tuple[Phrase, ...]:
    """Everything that can be said, each phrase once."""
    screens = [text for words in phrases.SCREENS.values() for text in (words.heading, words.says)]
    notices = [phrases.STILL_THERE, phrases.CALL_FAILED, phrases.CALLED, phrases.RETYPE]
    captions = [text for button, text in phrases.BUTTONS.items() if button is not Button.STAY]
    captions += [phrases.PIN_UNKNOWN, phrases.ERASE, PIN_LABEL, STARTS, ENDS]
    keys = [KEYS_CHOOSE, KEYS_AGAIN, KEYS_VOLUME, KEYS_PIN, KEYS_ERASE, KEYS_PIN_MORE]
    others = [phrases.ONLY_QUALIFICATION, phrases.RECEPTION_NUMBER, *LEFT.values()]
    groups = [group for text in (*screens, *notices, *captions, *keys, *others) for group in sentences(text)]
    numbers = [_number(digit * 10**place) for place in range(4) for digit in range(1, 10)]
    pieces = (*(one for group in groups for one in group), *numbers, *(_digit(sign) for sign in DIGITS))
    return tuple({phrase.kana: phrase for phrase in pieces}.values())


def _keys(screen: Screen, captions: list[str]) -> list[Group]:
    """What can be pressed; on the PIN screen digits are digits, so that the other keys do the rest."""
    if screen is Screen.PIN:
        return [group for text in (KEYS_PIN, KEYS_ERASE, *captions, KEYS_PIN_MORE) for group in sentences(text)]
    texts = [*captions, KEYS_CHOOSE] if captions else []
    if screen is Screen.WELCOME:
        texts += [KEYS_AGAIN, KEYS_VOLUME]
    return [group for text in texts for group in sentences(text)]


def sentences(text: str) -> tuple[Group, ...]:
    """Cut a caption of ours at 。, a phrase each."""
    return tuple((caption_phrase(sentence),) for sentence in text.split("。") if sentence.strip())


def _number(value: int) -> Phrase:
    return Phrase(str(value), alone(value).replace(*LONG_U), ReadingSource.TABLE)


def _digit(sign: str) -> Phrase:
    return Phrase(sign, DIGITS[sign], ReadingSource.TABLE)
