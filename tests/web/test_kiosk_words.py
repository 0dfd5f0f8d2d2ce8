"""What every screen says and offers, word for word as screens.md section 1 has it, and where each press leads."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from app.eligibility.ports import Outcome
from app.eligibility.screens import Button, Screen
from tests.fakes import FakeCard
from tests.web.kiosk_site import OPENED, ORIGIN, Kiosk, kiosk
from tests.web.kiosk_steps import reach

__all__ = ["kiosk"]

KEYS = list("1234567890")
CONTRACT: dict[str, tuple[str, list[str], list[str]]] = {
    "welcome": (
        "マイナ保険証で受付します",
        ["カードを置いてください"],
        ["暗証番号がない・わからない", "係員を呼ぶ"],
    ),
    "reading": ("カードを読んでいます", ["カードはそのままで"], ["係員を呼ぶ"]),
    "pin": (
        "暗証番号を入れてください",
        ["カードを受け取ったときに決めた数字4けたです"],
        [*KEYS, "消す", "わからない", "係員を呼ぶ"],
    ),
    "asking": ("確認しています", ["カードはそのままで"], []),
    "accepted": (
        "受付しました",
        ["カードをお取りください", "受付番号 1", "お薬や健診の情報は見ていません"],
        ["おわる"],
    ),
    "pin-wrong": (
        "暗証番号がちがいます",
        ["もう一度入れますか。3回ちがうとカードがロックされます", "残り2回"],
        ["もう一度", "職員に見てもらう"],
    ),
    "pin-last": (
        "職員が確認します",
        ["2回ちがいました。職員がお顔とカードを確認します", "残り1回"],
        ["わかりました", "もう一度だけ"],
    ),
    "pin-locked": (
        "このカードはロックされています",
        ["受付はできます。職員が確認します"],
        ["わかりました"],
    ),
    "no-pin": (
        "職員が確認します",
        ["暗証番号がなくても受付できます。少しお待ちください"],
        ["もどる", "係員を呼ぶ"],  # as on every screen, 係員を呼ぶ stands below what leads on
    ),
    "unreadable": (
        "カードを読めません",
        ["ケースから出ていますか。向きは合っていますか"],
        ["もう一度", "係員を呼ぶ"],
    ),
    "other-card": ("このカードは使えません", ["マイナンバーカードを置いてください"], ["もどる", "係員を呼ぶ"]),
    "counter": ("窓口でお待ちください", ["職員がお呼びします"], ["おわる"]),
    "take-card": ("カードをお取りください", ["カードが残っています"], []),
    "out-of-order": ("ただいま準備中です", ["窓口で受付してください"], ["係員を呼ぶ"]),
}


class Shown(HTMLParser):
    """Heading, sentences and captions of a screen, in the order of the page; what is hidden is left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {"h1": [], "p": [], "button": []}
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("input", "img"):
            return
        named = dict(attrs)
        is_hidden = "hidden" in named or named.get("aria-hidden") == "true" or any(hidden for _, hidden in self._open)
        self._open.append((tag, is_hidden))
        if tag in self.found and not is_hidden:
            self.found[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        tag = next((tag for tag, hidden in reversed(self._open) if tag in self.found and not hidden), None)
        if tag:
            self.found[tag][-1] = " ".join((self.found[tag][-1] + data).split(" ")).strip("\n")


def shown(kiosk: Kiosk) -> tuple[str, list[str], list[str]]:
    found = Shown(kiosk.screen().get_data(as_text=True)).found
    (heading,) = found["h1"]
    return heading, found["p"], found["button"]


def test_contract_names_every_screen() -> None:
    assert set(CONTRACT) == {screen.value for screen in Screen}


@pytest.mark.parametrize("screen", list(Screen))
def test_every_screen_says_and_offers_what_the_contract_has(kiosk: Kiosk, screen: Screen) -> None:
    kiosk.open()
    reach(kiosk.table, screen)
    assert shown(kiosk) == CONTRACT[screen.value]


CALLING = [Screen(name) for name, (_, _, buttons) in CONTRACT.items() if "係員を呼ぶ" in buttons]


@pytest.mark.parametrize("screen", [*CALLING, Screen.ASKING])
def test_call_is_kept_and_confirmed_on_every_screen_that_offers_it(kiosk: Kiosk, screen: Screen) -> None:
    kiosk.open()
    reach(kiosk.table, screen)
    if screen is Screen.ASKING:  # the service thinks: after five seconds help is offered
        kiosk.table.clock.move(5)
        kiosk.table.reception.tick()
        assert shown(kiosk)[2] == ["係員を呼ぶ"]
    view = kiosk.table.reception.view()
    kiosk.post("/press", {"button": "call", "check": view.check_id, "screen": screen.value})
    kiosk.table.jobs.pop()()  # the call alone: it waits for nothing that the check does
    assert kiosk.table.keeper.calls == [("受付1", screen.value)]
    assert "係員を呼びました。少しお待ちください" in shown(kiosk)[1]
    assert kiosk.table.screen is screen


@pytest.mark.parametrize(
    ("screen", "button", "reason"),
    [
        (Screen.PIN_WRONG, Button.STAFF, "check.patient_asked"),
        (Screen.PIN_LAST, Button.UNDERSTOOD, "check.pin_last"),
        (Screen.PIN_LOCKED, Button.UNDERSTOOD, "card.pin_locked"),
    ],
)
def test_those_who_want_staff_wait_for_them_with_a_row(
    kiosk: Kiosk, screen: Screen, button: Button, reason: str
) -> None:
    kiosk.open()
    reach(kiosk.table, screen)
    kiosk.press(button)
    assert kiosk.table.screen is Screen.NO_PIN
    (record,) = kiosk.table.keeper.records.values()
    assert (record.outcome, record.reason) == (Outcome.VISUAL, reason)


@pytest.mark.parametrize(
    ("screen", "button", "follows"),
    [
        (Screen.PIN, Button.NO_PIN, Screen.NO_PIN),
        (Screen.PIN_WRONG, Button.AGAIN, Screen.PIN),
        (Screen.PIN_LAST, Button.ONCE_MORE, Screen.PIN),
        (Screen.NO_PIN, Button.BACK, Screen.WELCOME),
        (Screen.OTHER_CARD, Button.BACK, Screen.TAKE_CARD),
        (Screen.ACCEPTED, Button.DONE, Screen.TAKE_CARD),
        (Screen.COUNTER, Button.DONE, Screen.TAKE_CARD),
    ],
)
def test_other_buttons_lead_where_they_say(kiosk: Kiosk, screen: Screen, button: Button, follows: Screen) -> None:
    kiosk.open()
    reach(kiosk.table, screen)
    kiosk.press(button)
    assert kiosk.table.screen is follows


def test_once_more_reads_an_unreadable_card_again(kiosk: Kiosk) -> None:
    kiosk.open()
    reach(kiosk.table, Screen.UNREADABLE)
    kiosk.table.desk.epoch, kiosk.table.desk.card = 1, FakeCard("A")
    kiosk.press(Button.AGAIN)
    assert kiosk.table.screen is Screen.PIN


def test_address_that_is_none_says_so_and_leads_back(kiosk: Kiosk) -> None:
    page = kiosk.client.get("/no-such-page", base_url=ORIGIN, headers=OPENED)
    text = page.get_data(as_text=True)
    assert page.status_code == 404
    assert "<h1>このページはありません</h1>" in text
    assert '<a class="button" href="/">受付の画面を開く</a>' in text
    assert "ただいま準備中です" not in text
    assert "練習" in text


def test_bug_is_a_kiosk_that_does_not_work(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kiosk.table.reception, "view", lambda: 1 / 0)
    page = kiosk.client.get("/", base_url=ORIGIN, headers=OPENED)
    assert page.status_code == 500
    assert "<h1>ただいま準備中です</h1>" in page.get_data(as_text=True)
