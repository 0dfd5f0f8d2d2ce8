"""From the card to the number, in a real Chromium, with the share of each stage.

The demo runs with ``KIOSK_APDU_LOG=1``: the card's own time is what its commands took, the service's own time is what
it says of itself. All the rest is ours, the browser's and the sockets' between them.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from playwright.sync_api import Browser

from app.card.client import CardClient
from app.clock import TOKYO
from app.eligibility.ports import DeskState
from app.store.visual import decide_request, open_requests
from tests.bench.figures import Bar, heading, line, share
from tests.box.processes import wait_for
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_page import KioskPage

STAGE = re.compile(r"(\w+)_ms=([\d.]+)")
COMMAND = re.compile(r"apdu \w\w (\w\w) .* ms=([\d.]+)")
WORKED = re.compile(r"service\.worked .* ms=([\d.]+)")
SIGNATURE = "2A"
"""INS of the command that ends what a patient waits for; later ones only clean up."""

OBSERVE = """() => {
    window.__shown = [];
    window.__keys = [];
    const now = () => performance.timeOrigin + performance.now();
    const look = () => window.__shown.push([document.getElementById("screen").dataset.screen, now()]);
    new MutationObserver(look).observe(document.querySelector("main"), { childList: true });
    document.addEventListener("keydown", () => window.__keys.push(now()), true);
}"""


class Watch:
    """When the card process first said each state since the last ``clear``, in ms of the wall clock."""

    def __init__(self, client: CardClient) -> None:
        self._client = client
        self._seen = client.status()
        self._ended = False
        self.first: dict[DeskState, float] = {}
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        while not self._ended:
            status = self._client.wait(self._seen, 0.5)
            if status != self._seen:
                self._seen = status
                self.first.setdefault(status.state, time.time() * 1000)

    def end(self) -> None:
        self._ended = True
        self._thread.join()


@contextmanager
def watching(demo: Demo) -> Iterator[Watch]:
    client = CardClient(demo.state / "run" / "card.sock", 10.0)
    client.start()
    watch = Watch(client)
    yield watch
    watch.end()
    client.close()


def has_worked(demo: Demo, since: int) -> bool:
    return WORKED.search(demo.log("service")[since:]) is not None


def measure_visits(demo: Demo, browser: Browser, count: int) -> list[str]:
    """Run ``count`` accepted visits; return the report's lines."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    kiosk = KioskPage(context.new_page(), demo.kiosk_url)
    kiosk.open()
    kiosk.expect("welcome")
    kiosk.page.evaluate(OBSERVE)
    to_pin: list[float] = []
    to_number: list[float] = []
    commands_ms: list[float] = []
    before: dict[str, list[float]] = {}
    after: dict[str, list[float]] = {}
    with watching(demo) as watch:
        for _ in range(count):
            kiosk.page.evaluate("() => { window.__shown.length = 0; window.__keys.length = 0; }")
            watch.first.clear()
            ends = {name: len(demo.log(name)) for name in ("kiosk", "service", "card")}
            start_ms = time.time() * 1000
            demo.tap("employee")
            kiosk.expect("pin")
            commands_before = len(demo.log("card"))
            commands_ms += [float(ms) for _, ms in COMMAND.findall(demo.log("card")[ends["card"] : commands_before])]
            wait_for(partial(has_worked, demo, ends["service"]))  # the nonce is fetched while a patient types
            ends["service"] = len(demo.log("service"))
            kiosk.type("1234")
            kiosk.expect("accepted")
            shown: list[list[object]] = kiosk.page.evaluate("window.__shown")
            keys: list[float] = kiosk.page.evaluate("window.__keys")
            first = {str(screen): float(str(at)) for screen, at in reversed(shown)}
            to_pin.append(first["pin"] - start_ms)
            to_number.append(first["accepted"] - keys[3])
            ready = watch.first[DeskState.READY]
            reading = watch.first.get(DeskState.READING, ready)  # over before the watch looked
            add(before, "put on -> seen (pcscd polls, watcher wakes)", reading - start_ms)
            add(before, "seen -> card read (its commands and ours)", ready - reading)
            add(before, "card read -> PIN screen drawn", first["pin"] - ready)
            spent = dict(STAGE.findall(demo.log("kiosk")[ends["kiosk"] :].split("check.stages")[1].splitlines()[0]))
            for name, text in spent.items():
                add(after, f"stage {name}", float(text))
            add(after, "rest: page, browser, steps between", to_number[-1] - sum(map(float, spent.values())))
            add(after, "(within these: the card's own commands)", card_ms(demo.log("card")[commands_before:]))
            add(after, "(within these: the service's own work)", service_ms(demo.log("service")[ends["service"] :]))
            demo.lift()
            kiosk.press_if_there("done")
            kiosk.expect("welcome")
    context.close()
    foreign = zip(*(after[name] for name in after if name.startswith("(")), strict=True)
    ours = [whole - sum(parts) for whole, parts in zip(to_number, foreign, strict=True)]
    return [
        heading("Visits (virtual card, sandbox answering at once)"),
        line("card put on -> PIN screen", to_pin, bar=Bar(900)),
        *(share(name, values, to_pin) for name, values in before.items()),
        line("one command to the card before the PIN", commands_ms, bar=Bar(10)),
        line("fourth digit -> reception number", to_number, bar=Bar(300)),
        line("  of which ours (without the card's commands and the service's work)", ours, bar=Bar(60)),
        *(share(name, values, to_number) for name, values in after.items()),
    ]


def measure_answers(demo: Demo, browser: Browser, count: int) -> list[str]:
    """Have staff answer ``count`` 目視確認, past their page: from the commit to the kiosk's next screen."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    kiosk = KioskPage(context.new_page(), demo.kiosk_url)
    kiosk.open()
    took_ms: list[float] = []
    for _ in range(count):
        demo.fault("hold", kinds=["visual"])
        demo.tap("face-auth")
        kiosk.expect("no-pin")
        store = demo.open_store()
        try:
            (request,) = open_requests(store)
            decide_request(store, lambda: None, request.request_id, 1, datetime.now(TOKYO), is_confirmed=True)
            start_s = time.monotonic()
        finally:
            store.close()
        kiosk.page.wait_for_selector("#screen[data-screen=asking]")
        took_ms.append((time.monotonic() - start_s) * 1000)
        wait_for(lambda: demo.service()["requests"]["held"] == 1)
        demo.fault(None)
        kiosk.expect("accepted")
        demo.lift()
        kiosk.press_if_there("done")
        kiosk.expect("welcome")
    context.close()
    return [heading("目視確認"), line("answer of staff committed -> the kiosk's screen", took_ms, bar=Bar(1000))]


def add(stages: dict[str, list[float]], name: str, value: float) -> None:
    stages.setdefault(name, []).append(value)


def card_ms(log: str) -> float:
    """What the commands took that a patient waits for, up to the signature."""
    spent = 0.0
    for ins, text in COMMAND.findall(log):
        spent += float(text)
        if ins == SIGNATURE:
            break
    return spent


def service_ms(log: str) -> float:
    return sum(map(float, WORKED.findall(log)))
