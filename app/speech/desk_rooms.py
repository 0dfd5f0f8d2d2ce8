"""Which place a key leads to: items of the menu, searches, and rooms inside others."""

from __future__ import annotations

from typing import TypeGuard

from app.speech.desk_acts import Acts
from app.speech.desk_counter import CounterForm
from app.speech.desk_lists import Calls, Help, Requests
from app.speech.desk_main_menu import Menu
from app.speech.desk_memo import Memo
from app.speech.desk_menus import DaySearch, KanaSearch, NumberSearch, SettingsMenu, Typing
from app.speech.desk_methods import NextMethods
from app.speech.desk_pending import PendingVisits
from app.speech.desk_places import Spot
from app.speech.phrases.desk_captions import Place


def takes_digits(spot: Spot) -> bool:
    """True where digits type or choose, so that 1 and 3 are no keys of a patient."""
    return isinstance(spot, Menu | SettingsMenu) or takes_typing(spot)


ROOMS: dict[Place, type[Spot]] = {
    Place.KANA: KanaSearch,
    Place.DAY: DaySearch,
    Place.VISUAL: Requests,
    Place.PENDING: PendingVisits,
    Place.SETTINGS: SettingsMenu,
    Place.HELP: Help,
    Place.CALLS: Calls,
    Place.ACTS: Acts,
    Place.METHOD: NextMethods,
    Place.NUMBER: NumberSearch,
    Place.COUNTER: CounterForm,
}


def next_room(spot: Spot, over: Spot | None) -> tuple[Spot, Spot | None, bool]:
    """Return where a key of ``spot`` led to, where one returns to from there, and whether it has yet to be entered."""
    match spot:
        case Menu() if spot.chosen is not None:
            return ROOMS[spot.chosen](), None, True
        case CounterForm() if spot.resumes is not None:
            resumed, spot.resumes = spot.resumes, None
            return resumed, over, True
        case PendingVisits() | Acts() if spot.leads_to is not None:
            inner, spot.leads_to = spot.leads_to, None
            return inner, spot, True
        case KanaSearch() | DaySearch() if spot.results is not None:
            return spot.results, over, False
        case Memo() if spot.is_done and over is not None:
            return over, None, False
    return spot, over, False


def takes_typing(spot: Spot) -> TypeGuard[CounterForm | Memo | Typing]:
    """True where Enter ends what is being typed, and comes in the rhythm of typing."""
    return isinstance(spot, CounterForm | Memo | Typing)
