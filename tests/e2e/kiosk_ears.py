"""A kiosk page that remembers every sound that it started, by the name of its clip."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Browser

from tests.box.processes import wait_for
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_page import PANEL_SIZE, KioskPage

HEARD = """(() => {
    const names = new WeakMap();
    window.heard = [];
    window.decoded = new Set();
    const fetched = window.fetch;
    window.fetch = async (address, ...rest) => {
        const answer = await fetched(address, ...rest);
        const read = answer.arrayBuffer.bind(answer);
        answer.arrayBuffer = async () => {
            const bytes = await read();
            names.set(bytes, String(address).replace(/.*\\/|\\.wav/g, ""));
            return bytes;
        };
        return answer;
    };
    const decode = BaseAudioContext.prototype.decodeAudioData;
    BaseAudioContext.prototype.decodeAudioData = async function (bytes, ...rest) {
        const name = names.get(bytes);
        const buffer = await decode.call(this, bytes, ...rest);
        names.set(buffer, name);
        window.decoded.add(name);
        return buffer;
    };
    const gain = BaseAudioContext.prototype.createGain;
    BaseAudioContext.prototype.createGain = function () { return (window.gain = gain.call(this)); };
    const start = AudioBufferSourceNode.prototype.start;
    AudioBufferSourceNode.prototype.start = function (at, ...rest) {
        const one = { name: names.get(this.buffer), now: performance.now(), stopped: 0,
                      at: at || this.context.currentTime, length: this.buffer.duration };
        window.heard.push(one);
        window.audio = this.context;
        if (!window.meter) {
            window.meter = this.context.createAnalyser();
            window.meter.fftSize = 256;
        }
        this.connect(window.meter);
        const stop = this.stop.bind(this);
        this.stop = (...rest) => { one.stopped = performance.now(); stop(...rest); };
        return start.call(this, at, ...rest);
    };
    window.loudness = () => {
        const samples = new Float32Array(256);
        window.meter.getFloatTimeDomainData(samples);
        return Math.max(...samples.map(Math.abs));
    };
})()"""


class Ears(KioskPage):
    """A kiosk page and every sound that it started."""

    def heard(self) -> list[str]:
        names: list[str] = self.page.evaluate("window.heard.map(one => one.name)")
        return names

    def volume(self) -> float:
        value: float = self.page.evaluate("window.gain.gain.value")
        return value

    def wait_for_earcons(self) -> None:
        """Each earcon can sound at once: one that is fetched still sounds after those that were asked for later."""
        self.page.wait_for_function(
            """() => document.getElementById("voice-panel").dataset.earcons.split(" ")
                .every(one => window.decoded.has(one))"""
        )

    def forget(self) -> None:
        self.page.evaluate("window.heard.length = 0")

    def expect_heard(self, *names: str, timeout_s: float = 30.0) -> None:
        wait_for(lambda: self.heard()[: len(names)] == list(names), timeout_s)


def listen(demo: Demo, browser: Browser) -> Iterator[Ears]:
    demo.fresh_cards()
    context = browser.new_context(viewport=PANEL_SIZE, has_touch=True)
    context.add_init_script(HEARD)
    ears = Ears(context.new_page(), demo.kiosk_url)
    ears.open()
    ears.home()
    ears.wait_for_earcons()
    yield ears
    assert ears.violations == []
    context.close()
    demo.lift()
