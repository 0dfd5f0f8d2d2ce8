// The kiosk's sounds: an earcon for each change of the screen, and spoken guidance for who asks for it.
//
// The server says by name what belongs to a screen; names stand for fixed words alone. Which digit was pressed is
// never looked at: all ten keys and 消す make the same sound, and nothing says them.
"use strict";

(function () {
  const LEVELS = [0.15, 0.3, 0.6, 0.8, 1];
  const FIRST_LEVEL = 2;
  const AFTER_EARCON_S = 0.7;
  const SOON_S = 0.01;
  const KEY_MS = 200;
  const FORGOTTEN_MS = 90000;
  const KEEPS_GUIDANCE = ["welcome", "no-pin"]; // a card that is put on these begins a new check of the same person

  const context = new AudioContext({ latencyHint: "interactive" });
  const loudness = context.createGain();
  loudness.connect(context.destination);

  const earcons = new Map();
  const sounding = new Set();
  let level = FIRST_LEVEL;
  let turn = 0;
  let isOn = false;
  let shown = null;
  let reminder = 0;
  let forgotten = 0;
  let keyAt = -KEY_MS;

  const panel = () => document.getElementById("voice-panel");
  const button = () => document.querySelector("#voice-panel .voice");
  const screen = () => document.getElementById("screen");
  const groups = (names) => (names ? names.split(" ").map((group) => group.split(",")) : []);

  async function load(name) {
    const answer = await fetch(`${panel().dataset.address}${name}.wav`);
    if (!answer.ok) throw new Error(name);
    return context.decodeAudioData(await answer.arrayBuffer());
  }

  function earconOf(name) {
    if (!earcons.has(name)) {
      const loading = load(name);
      loading.catch(() => earcons.delete(name));
      earcons.set(name, loading);
    }
    return earcons.get(name);
  }

  async function fetchEarcons() {
    // One after the other: a browser opens six connections, and the page's own questions come first.
    for (const name of panel().dataset.earcons.split(" ")) await earconOf(name);
  }

  function start(buffer, at) {
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(loudness);
    source.start(at);
    return source;
  }

  // A browser that was not touched yet keeps still; what it missed must not sound later.
  async function earcon(name, isPressed) {
    if (!name || (context.state !== "running" && !isPressed)) return;
    if (context.state !== "running") await context.resume();
    start(await earconOf(name), 0);
  }

  function sound(name, isPressed) {
    earcon(name, isPressed).catch(() => {});
  }

  function hush() {
    turn += 1;
    sounding.forEach((source) => source.stop());
    sounding.clear();
  }

  async function say(phrases, wait) {
    hush();
    const mine = turn;
    if (context.state !== "running") await context.resume();
    let at = context.currentTime + (wait || SOON_S);
    for (const phrase of phrases) {
      for (const name of phrase) {
        const buffer = await load(name);
        if (mine !== turn) return;
        at = Math.max(at, context.currentTime + SOON_S);
        const source = start(buffer, at);
        sounding.add(source);
        source.onended = () => sounding.delete(source);
        at += buffer.duration;
      }
      at += Number(panel().dataset.gap);
    }
  }

  function speak(phrases, wait) {
    say(phrases, wait).catch(() => {
      // A clip is gone: the server says whether guidance can be had at all.
      switchTo(false);
      htmx.trigger(panel(), "kiosk:voice");
    });
  }

  function switchTo(isWanted) {
    isOn = isWanted;
    const here = button();
    if (here) here.setAttribute("aria-pressed", String(isOn));
  }

  function guide() {
    if (!button() || screen().hidden || !screen().dataset.guide) {
      sound("earcon-end", true);
      return;
    }
    const first = isOn ? [] : groups(panel().dataset.starts);
    switchTo(true);
    speak([...first, ...groups(screen().dataset.guide)]);
  }

  function louder(step) {
    const next = Math.min(Math.max(level + step, 0), LEVELS.length - 1);
    sound(next === level ? "earcon-end" : "earcon-step", true);
    level = next;
    loudness.gain.value = LEVELS[level];
  }

  function reset() {
    switchTo(false);
    level = FIRST_LEVEL;
    loudness.gain.value = LEVELS[level];
  }

  function restartForgetting() {
    // Somebody who began and went away must not leave the next one a speaking screen.
    window.clearTimeout(forgotten);
    forgotten = window.setTimeout(() => {
      if (screen().dataset.screen === "welcome") {
        hush();
        reset();
      }
    }, FORGOTTEN_MS);
  }

  function isOver(before, now) {
    if (!now.screen) return true;
    if (now.screen === before.screen && now.screen === "welcome") return false;
    if (now.screen === "welcome" || now.screen === "out-of-order") return true;
    return now.visit !== before.visit && !KEEPS_GUIDANCE.includes(before.screen);
  }

  function arrive() {
    const before = shown;
    const now = { ...screen().dataset };
    shown = now;
    if (!before) return;
    if (isOver(before, now)) reset();
    if (now.screen === before.screen && (now.visit === before.visit || now.screen === "welcome")) {
      if (!now.notice || now.notice === before.notice) return;
      sound(now.notice);
      if (isOn) speak(groups(now.noticeGuide), AFTER_EARCON_S);
      return;
    }
    hush();
    window.clearInterval(reminder);
    sound(now.earcon);
    if (now.repeat) reminder = window.setInterval(() => sound(now.earcon), Number(now.repeat) * 1000);
    if (isOn) speak(groups(now.guide), AFTER_EARCON_S);
    restartForgetting();
  }

  function isPinKey(event) {
    return /^(?:Digit|Numpad)\d$/.test(event.code) || /^\d$/.test(event.key)
      || ["Backspace", "Delete", "NumpadDecimal"].includes(event.code);
  }

  function take(event, act) {
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) act();
  }

  document.addEventListener("keydown", (event) => {
    hush();
    restartForgetting();
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const isPin = Boolean(document.getElementById("pin-form"));
    if (event.code === "NumpadAdd") take(event, () => louder(1));
    else if (event.code === "NumpadSubtract") take(event, () => louder(-1));
    else if (event.code === "NumpadMultiply") take(event, guide);
    else if (!isPin && /^(?:Digit|Numpad)5$/.test(event.code)) take(event, guide);
    else if (isPin && isPinKey(event)) {
      if (!event.repeat) sound("earcon-key", true);
    } else keyAt = performance.now();
  }, true);

  document.addEventListener("focusin", (event) => {
    if (isOn && performance.now() - keyAt < KEY_MS) speak(groups(event.target.dataset.clip));
  });

  document.addEventListener("pointerdown", () => {
    hush();
    restartForgetting();
  }, true);

  document.addEventListener("click", (event) => {
    if (event.target.closest(".key, .erase")) sound("earcon-key", true);
    if (!event.target.closest(".voice")) {
      if (context.state !== "running") context.resume(); // the first touch of a browser that keeps still until then
      return;
    }
    if (isOn) {
      switchTo(false);
      speak(groups(panel().dataset.ends));
    } else guide();
    if (event.detail) (document.getElementById("pin-field") || screen()).focus();
  }, true);

  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "screen" || event.detail.elt.id === "screen") arrive();
    switchTo(isOn && Boolean(button()));
  });

  document.addEventListener("DOMContentLoaded", () => {
    arrive();
    reset();
    fetchEarcons().catch(() => {});
    new MutationObserver(() => {
      // The server is gone: what it had is said by the page itself, and so is its sound.
      hush();
      window.clearInterval(reminder);
      if (!document.getElementById("offline").hidden) sound("earcon-unreachable");
    }).observe(document.getElementById("offline"), { attributeFilter: ["hidden"] });
  });
})();
