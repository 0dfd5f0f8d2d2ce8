"""The kiosk's requests: whole page, watched screen, presses, tokens, and everything that is refused."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app.eligibility.screens import Button, Screen
from app.eligibility.view import ScreenView
from app.speech.phrases import SCREENS
from app.web.kiosk.app import create_kiosk_app
from tests.eligibility.desk import Table, put
from tests.fakes import FakeCard
from tests.web.kiosk_site import OPENED, ORIGIN, Kiosk, kiosk, settings_in

__all__ = ["kiosk"]


def test_whole_page_holds_the_screen_and_the_practice_sign(kiosk: Kiosk) -> None:
    text = kiosk.open()
    assert '<html lang="ja" translate="no"' in text
    assert SCREENS[Screen.WELCOME].heading in text
    assert "練習" in text
    assert text.count('id="screen"') == 1


def test_fragment_is_exactly_the_screen(kiosk: Kiosk) -> None:
    kiosk.open()
    text = kiosk.screen().get_data(as_text=True).strip()
    assert text.startswith('<section id="screen"')
    assert text.endswith("</section>")
    assert "<html" not in text


def test_unchanged_screen_is_answered_with_nothing_to_swap(kiosk: Kiosk) -> None:
    kiosk.open()
    version = kiosk.screen().headers["X-Screen-Version"]
    answer = kiosk.screen(version)
    assert (answer.status_code, answer.data, answer.headers["HX-Reswap"]) == (200, b"", "none")


@dataclass
class HeldKiosk:
    """A kiosk, its page with a question that the server holds, and how often that one was held."""

    kiosk: Kiosk
    page: Kiosk
    held: threading.Semaphore
    pool: ThreadPoolExecutor

    def ask(self) -> Future[TestResponse]:
        """Have the page ask "anything new?"; returns once the server holds that."""
        version = self.kiosk.screen().headers["X-Screen-Version"]
        question = self.pool.submit(self.page.screen, version)
        self.until_held()
        return question

    def until_held(self) -> None:
        assert self.held.acquire(timeout=30)

    def type_pin(self) -> TestResponse:
        keypad = self.kiosk.table.reception.view().keypad
        assert keypad is not None
        check_id = self.kiosk.table.reception.view().check_id
        return self.kiosk.post(
            "/pin", {"check": check_id, "keypad": keypad.keypad_id, "token": list(keypad.tokens[:4])}
        )


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldKiosk]:
    table, times = Table(), threading.Semaphore(0)
    wait = table.reception.wait_view

    def wait_view(seen: str, timeout_s: float) -> ScreenView:
        times.release()
        return wait(seen, timeout_s)

    monkeypatch.setattr(table.reception, "wait_view", wait_view)
    app = create_kiosk_app(settings_in(tmp_path), table.reception, lambda environ: True, watch_s=60)
    monkeypatch.setattr("app.web.kiosk.app.WATCH_SLICE_S", 60.0)
    kiosk, page = Kiosk(table, app.test_client()), Kiosk(table, app.test_client())
    kiosk.open()
    page.headers = kiosk.headers
    with ThreadPoolExecutor(1) as pool:
        yield HeldKiosk(kiosk, page, times, pool)
        table.reception.close()


def test_press_is_answered_by_the_question_that_the_page_has_open(held: HeldKiosk) -> None:
    question = held.ask()
    answer = held.kiosk.press(Button.NO_PIN)
    shown = question.result(30)
    assert (answer.status_code, answer.data, answer.headers["HX-Reswap"]) == (200, b"", "none")
    assert 'data-screen="no-pin"' in shown.get_data(as_text=True)
    assert 'data-screen="welcome"' in held.kiosk.press(Button.BACK).get_data(as_text=True), (
        "nobody asks: the press is answered"
    )


@pytest.mark.parametrize(("pin_of_card", "follows"), [("1234", "accepted"), ("5678", "pin-wrong")])
def test_asking_that_is_over_at_a_glance_is_not_drawn(
    held: HeldKiosk, monkeypatch: pytest.MonkeyPatch, pin_of_card: str, follows: str
) -> None:
    monkeypatch.setattr("app.web.kiosk.app.GLANCE_S", 60.0)
    put(held.kiosk.table, FakeCard("A", pin=pin_of_card))
    question = held.ask()
    assert held.type_pin().data == b""
    held.until_held()
    assert held.kiosk.table.screen is Screen.ASKING
    held.kiosk.table.settle()
    assert f'data-screen="{follows}"' in question.result(30).get_data(as_text=True)


def test_asking_that_lasts_is_drawn(held: HeldKiosk) -> None:
    put(held.kiosk.table, FakeCard("A"))
    question = held.ask()
    held.type_pin()
    assert 'data-screen="asking"' in question.result(30).get_data(as_text=True)
    held.until_held()  # for a glance
    question = held.ask()
    held.kiosk.table.settle()
    assert 'data-screen="accepted"' in question.result(30).get_data(as_text=True)


def test_news_on_asking_that_is_seen_already_waits_for_no_glance(
    held: HeldKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(held.kiosk.table, FakeCard("A"))
    held.type_pin()
    monkeypatch.setattr("app.web.kiosk.app.GLANCE_S", 60.0)
    question = held.ask()
    held.kiosk.table.pass_time(5.1, settle=False)
    shown = question.result(30).get_data(as_text=True)
    assert 'data-screen="asking"' in shown
    assert "係員を呼ぶ" in shown


def test_every_answer_is_closed_and_not_stored(kiosk: Kiosk) -> None:
    kiosk.open()
    for answer in (kiosk.client.get("/", base_url=ORIGIN), kiosk.screen(), kiosk.client.get("/no", base_url=ORIGIN)):
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "HX-Request" in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers


def test_four_tokens_bring_the_reception_number(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.table.desk.insert(FakeCard("A"))
    kiosk.table.settle()
    text = kiosk.screen().get_data(as_text=True)
    tokens = re.findall(r'class="key" value="(\w+)">(\d)<', text)
    assert [digit for _, digit in tokens] == list("1234567890")
    view = kiosk.table.reception.view()
    answer = kiosk.post(
        "/pin",
        {"check": view.check_id, "keypad": view.keypad.keypad_id, "token": [tokens[i][0] for i in (0, 1, 2, 3)]},
    )
    assert SCREENS[Screen.ASKING].heading in answer.get_data(as_text=True)
    kiosk.table.settle()
    text = kiosk.screen().get_data(as_text=True)
    assert SCREENS[Screen.ACCEPTED].heading in text
    assert "<strong>1</strong>" in text


def test_digits_are_only_labels_of_keys(kiosk: Kiosk) -> None:
    kiosk.open()
    kiosk.table.desk.insert(FakeCard("A"))
    kiosk.table.settle()
    text = kiosk.screen().get_data(as_text=True)
    form = text[text.index('<form id="pin-form"') : text.index("</form>", text.index('<form id="pin-form"'))]
    attributes = " ".join(re.findall(r'="([^"]*)"', form))
    assert not re.search(r"\d", attributes.replace(" 4 ", " ", 1)), "only maxlength may hold a digit"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": None}, 403),
        ({"Sec-Fetch-Site": None, "Origin": ORIGIN}, 200),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "null"}, 200),
        ({"Origin": "null", "Sec-Fetch-Site": None}, 403),
        ({"X-CSRF-Token": "wrong"}, 403),
        ({"X-CSRF-Token": None}, 403),
    ],
)
def test_state_changes_only_from_the_page_itself(kiosk: Kiosk, headers: dict[str, str | None], status: int) -> None:
    kiosk.open()
    view = kiosk.table.reception.view()
    data = {"button": "call", "check": view.check_id, "screen": "welcome"}
    assert kiosk.post("/press", data, **headers).status_code == status
    kiosk.table.settle()
    assert len(kiosk.table.keeper.calls) == (1 if status == 200 else 0)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:9", "192.168.1.5:8101", "kiosk.local:8101"])
def test_other_hosts_are_refused(kiosk: Kiosk, host: str) -> None:
    assert kiosk.client.get("/", base_url=f"http://{host}").status_code == 400


def test_state_never_changes_by_get(kiosk: Kiosk) -> None:
    kiosk.open()
    for path in ("/press", "/pin"):
        assert kiosk.client.get(path, base_url=ORIGIN).status_code == 405


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"button": "open-sesame", "screen": "welcome"},
        {"button": "call", "screen": "nowhere"},
        {"button": "call" * 200, "screen": "welcome"},
    ],
)
def test_bad_presses_get_a_clear_answer_and_change_nothing(kiosk: Kiosk, data: dict[str, str]) -> None:
    kiosk.open()
    answer = kiosk.post("/press", data)
    assert answer.status_code == 403
    assert answer.headers["HX-Retarget"] == "#problem"
    assert kiosk.table.screen is Screen.WELCOME


@pytest.mark.parametrize("count", [0, 1, 3, 5, 100])
def test_other_than_four_tokens_never_reach_the_card(kiosk: Kiosk, count: int) -> None:
    kiosk.open()
    kiosk.table.desk.insert(FakeCard("A"))
    kiosk.table.settle()
    view = kiosk.table.reception.view()
    answer = kiosk.post("/pin", {"check": view.check_id, "keypad": view.keypad.keypad_id, "token": ["a"] * count})
    assert answer.status_code in (403, 413)
    kiosk.table.settle()
    assert kiosk.table.desk.signs == 0


def test_oversized_body_is_refused(kiosk: Kiosk) -> None:
    kiosk.open()
    assert kiosk.post("/press", {"button": "call", "x": "y" * 10_000}).status_code == 413


def test_newest_page_wins_and_the_older_one_says_so(kiosk: Kiosk) -> None:
    kiosk.open()
    old = dict(kiosk.headers)
    kiosk.open()
    new = dict(kiosk.headers)
    kiosk.headers = old
    assert "別の画面で受付しています" in kiosk.screen().get_data(as_text=True)
    assert kiosk.screen("other").headers["HX-Reswap"] == "none"
    kiosk.press(Button.NO_PIN)
    assert kiosk.table.screen is Screen.WELCOME
    kiosk.headers = new
    kiosk.press(Button.NO_PIN)
    assert kiosk.table.screen is Screen.NO_PIN


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site"},
        {**OPENED, "Sec-Fetch-Site": "cross-site"},
        {**OPENED, "Sec-Purpose": "prefetch"},
    ],
)
def test_only_a_page_that_somebody_opens_takes_the_kiosk_over(kiosk: Kiosk, headers: dict[str, str]) -> None:
    kiosk.open()
    assert kiosk.client.get("/", base_url=ORIGIN, headers=headers).status_code == 200
    assert kiosk.client.head("/", base_url=ORIGIN, headers=OPENED).status_code == 200
    kiosk.press(Button.NO_PIN)
    assert kiosk.table.screen is Screen.NO_PIN


def test_browser_of_another_user_is_refused(kiosk: Kiosk, tmp_path: Path) -> None:
    app = create_kiosk_app(settings_in(tmp_path), kiosk.table.reception, lambda environ: False)
    for path in ("/", "/screen", "/healthz"):
        assert app.test_client().get(path, base_url=ORIGIN, headers=OPENED).status_code == 403


def test_versions_of_screens_grow_and_hold_no_digit(kiosk: Kiosk) -> None:
    kiosk.open()
    seen = [kiosk.table.reception.view().version]
    for _ in range(30):
        kiosk.press(Button.NO_PIN)
        seen.append(kiosk.table.reception.view().version)
        kiosk.press(Button.BACK)
        seen.append(kiosk.table.reception.view().version)
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen)
    assert all(version.isalpha() and version[:8] == seen[0][:8] for version in seen)


def taken_over(caplog: pytest.LogCaptureFixture) -> int:
    return caplog.messages.count("kiosk.taken_over code=kiosk.other_page")


def test_page_that_lives_on_after_it_was_taken_over_is_told_once(
    kiosk: Kiosk, caplog: pytest.LogCaptureFixture
) -> None:
    kiosk.open()
    old = dict(kiosk.headers)
    kiosk.open()
    new = dict(kiosk.headers)
    assert taken_over(caplog) == 0, "as yet the older page may just have been reloaded"
    kiosk.headers = old
    for _ in range(3):
        kiosk.screen("other")
    kiosk.press(Button.NO_PIN)
    kiosk.post("/pin", {"token": list("abcd")})
    assert taken_over(caplog) == 1
    kiosk.headers = new
    kiosk.screen()
    assert taken_over(caplog) == 1
    kiosk.headers = old
    kiosk.open()  # 「この画面で受付する」
    kiosk.headers = new
    kiosk.screen()
    assert taken_over(caplog) == 2


def test_reloading_the_page_takes_nothing_over(kiosk: Kiosk, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(40):
        kiosk.open()
        kiosk.screen()
    assert taken_over(caplog) == 0
    kiosk.headers["X-Kiosk-Page"] = "neverseen"
    assert "別の画面で受付しています" in kiosk.screen().get_data(as_text=True)
    assert taken_over(caplog) == 0, "no name that was never given is told"
