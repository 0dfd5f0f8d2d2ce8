// 音声端末モード: keys go to the server, which says what is said; the sounds come back phrase by phrase.
//
// Any key silences at once. Keys that come faster than answers travel together, and only the last answer is spoken.
// In スクリーンリーダーモード nothing sounds here: the words go into the page's one live region.
"use strict";

import { Failure, HEADERS, Player, problemOf } from "./voice-sound.js";

const NUM_LOCK_AFTER_MS = 10_000;
const NEWS_JOIN_MS = 300;
const NEWS_EVERY_MS = 60_000;
const STATUS_STAYS_MS = 10_000;
const KEYS_MOST = 50;
const NEWS_KEPT = 30;

const page = document.getElementById("voice-page");

function begin() {
  const body = document.body;
  const player = page.dataset.mode === "desk" ? new Player(page, nudgeLater, showProblem) : null;
  const panel = () => document.getElementById("voice-panel");
  const token = JSON.parse(body.getAttribute("hx-headers"))["X-CSRF-Token"];

  // Answers

  let wipeTimer = 0;

  function parsed(text) {
    return new DOMParser().parseFromString(text, "text/html");
  }

  function showProblem(error) {
    if (error.problem) {
      document.getElementById("problem").replaceWith(document.importNode(error.problem, true));
    }
  }

  function draw(text) {
    const hadFocus = panel().contains(document.activeElement);
    panel().replaceWith(document.importNode(parsed(text).getElementById("voice-panel"), true));
    document.getElementById("problem").replaceChildren();
    if (hadFocus) {
      panel().focus();
    }
    if (panel().hasAttribute("data-is-news")) {
      remember(document);
    }
    if (player) {
      player.speak(panel().dataset.earcon, panel().dataset.sounds.split(" ").filter(Boolean));
      return;
    }
    const status = document.getElementById("status");
    status.textContent = document.getElementById("voice-said").textContent;
    clearTimeout(wipeTimer);
    wipeTimer = setTimeout(() => {
      status.textContent = "";
    }, STATUS_STAYS_MS);
    nudgeLater();
  }

  function remember(drawn) {
    const list = document.getElementById("news");
    const item = document.createElement("li");
    const words = ["voice-said", "voice-braille"].map((name) => drawn.getElementById(name).textContent);
    item.textContent = words.join(" ");
    list.prepend(item);
    while (list.childElementCount > NEWS_KEPT) {
      list.lastElementChild.remove();
    }
    list.hidden = false;
    document.getElementById("news-empty").hidden = true;
  }

  async function fail(error) {
    if (player) {
      await player.fail(error);
    } else {
      showProblem(error);
    }
  }

  // Keys

  let waiting = [];
  let isSending = false;
  let pressed = 0;

  async function press(key) {
    player?.stop();
    pressed += 1;
    waiting.push(key);
    if (isSending) {
      return;
    }
    isSending = true;
    while (waiting.length > 0) {
      const keys = waiting.splice(0, KEYS_MOST);
      try {
        const answer = await fetch(page.dataset.key, {
          method: "POST",
          redirect: "manual",
          headers: { ...HEADERS, "X-CSRF-Token": token },
          body: new URLSearchParams({ keys: keys.join(" "), opening: panel().dataset.opening }),
        });
        if (answer.status !== 200) {
          throw new Failure(answer, await problemOf(answer));
        }
        const text = await answer.text();
        if (waiting.length === 0) {
          draw(text);
        }
      } catch (error) {
        waiting = [];
        await fail(error);
      }
    }
    isSending = false;
  }

  // News: nudges come from the stream; what is new is asked for once and said as one utterance

  let newsTimer = 0;
  let hasNews = false;
  let isAsking = false;

  function nudge() {
    hasNews = true;
    nudgeLater();
  }

  function nudgeLater() {
    newsTimer ||= setTimeout(() => {
      newsTimer = 0;
      lookForNews();
    }, NEWS_JOIN_MS);
  }

  async function lookForNews() {
    if (!hasNews) {
      return;
    }
    if (isAsking || isSending || player?.isPlaying) {
      nudgeLater(); // when the sentence, the key or the question before it is over
      return;
    }
    hasNews = false;
    isAsking = true;
    const before = pressed;
    try {
      const answer = await fetch(page.dataset.news, {
        cache: "no-store",
        redirect: "manual",
        headers: { ...HEADERS, "X-Voice-Opening": panel().dataset.opening },
      });
      if (answer.status !== 200 && answer.status !== 204) {
        throw new Failure(answer, await problemOf(answer));
      }
      const cursor = answer.headers.get("X-Voice-Cursor");
      page.querySelectorAll("[data-live]").forEach((one) => (one.dataset.cursor = cursor));
      if (answer.status === 204) {
        panel().dataset.opening = answer.headers.get("X-Voice-Opening");
      } else {
        const text = await answer.text();
        if (before === pressed) {
          draw(text);
        } else {
          remember(parsed(text)); // a key came meanwhile, and its answer wins: the list still has it
        }
      }
    } catch (error) {
      showProblem(error); // the minute's look, or the next nudge, tries again
    }
    isAsking = false;
  }

  for (const one of page.querySelectorAll("[data-live]")) {
    body.addEventListener(`live:${one.dataset.live}`, nudge);
  }
  setInterval(nudge, NEWS_EVERY_MS);
  body.addEventListener("staff:lost", () => player?.notice("lost"));
  body.addEventListener("staff:back", () => player?.notice("back"));

  // The keyboard, by the place of its keys

  const PAD = { Add: "+", Subtract: "-", Multiply: "*", Divide: "/", Decimal: ".", Enter: "Enter" };
  const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
  const CONTROL = "a[href], button, summary, input, select, textarea";
  let hasPad = false;

  function keyOf(event) {
    const pad = /^Numpad(\w+)$/u.exec(event.code)?.[1];
    if (pad) {
      hasPad = true;
      const key = PAD[pad] ?? pad;
      const isSign = /^[0-9.]$/u.test(key);
      return isSign && event.key.length > 1 ? "NumLock" : /^([0-9+\-*/.]|Enter)$/u.test(key) ? key : null;
    }
    const place = document.activeElement ?? body;
    if (place.closest(TYPING)) {
      return null;
    }
    if (/^Digit[0-9]$/u.test(event.code) && !event.shiftKey) {
      return event.code.at(-1);
    }
    if (event.key === "Enter") {
      return place.closest(CONTROL) && place.id !== "voice-keypad" ? null : "Enter";
    }
    return /^[+\-*/.]$/u.test(event.key) ? event.key : null;
  }

  function listen(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) {
      return;
    }
    const key = keyOf(event);
    player?.stop();
    if (key === null) {
      nudgeLater(); // what waited for the end of the sentence
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat) {
      return;
    }
    clearTimeout(checkTimer);
    showNumLock(key === "NumLock");
    if (key === "NumLock") {
      player?.notice("num-lock");
    } else {
      press(key);
    }
  }

  function showNumLock(isWrong) {
    if (player) {
      document.getElementById("voice-check").hidden = true;
      document.getElementById("voice-numlock").hidden = !isWrong;
    }
  }

  let checkTimer = 0;

  if (!player) {
    document.getElementById("voice-keypad").addEventListener("keydown", listen);
    return;
  }
  document.addEventListener("keydown", listen, true);
  document.getElementById("voice-unlock").addEventListener("click", () => press("5"));
  checkTimer = setTimeout(() => {
    if (!hasPad) {
      document.getElementById("voice-numlock").hidden = false;
      if (player.isOpen) {
        player.notice("num-lock");
      }
    }
  }, NUM_LOCK_AFTER_MS);
  if (player.isOpen) {
    player.notice("press-5");
  }
  player.keepReady();
}

if (page) {
  begin();
}
