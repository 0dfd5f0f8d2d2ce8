// 音声端末モード: keys go to the server, which says what is said; the sounds come back phrase by phrase.
//
// Any key silences at once. Keys that come faster than answers travel together, and only the last answer is spoken.
// In スクリーンリーダーモード nothing sounds here: the words go into the page's one live region.
"use strict";

import { EndWatch } from "./voice-idle.js";
import { keyOf } from "./voice-keys.js";
import { remember } from "./voice-list.js";
import { Failure, HEADERS, Player, problemOf } from "./voice-sound.js";

const NUM_LOCK_AFTER_MS = 10_000;
const NEWS_JOIN_MS = 300;
const NEWS_EVERY_MS = 60_000;
const BOUNCE_MS = 400; // an Enter that comes sooner is no answer to what was just drawn
const STATUS_STAYS_MS = 10_000;
const KEYS_MOST = 50;
const FAREWELL_MS = 12_000;
const LEFT = "uketsuke-voice-left";

const page = document.getElementById("voice-page");

function begin() {
  const body = document.body;
  const player = page.dataset.mode === "desk" ? new Player(page, nudgeLater, showProblem) : null;
  const panel = () => document.getElementById("voice-panel");
  // The youngest event when news were looked for last.
  const cursor = () => page.querySelector("[data-live]").dataset.cursor;

  function lookedAt(now) {
    page.querySelectorAll("[data-live]").forEach((one) => (one.dataset.cursor = now));
  }

  const token = JSON.parse(body.getAttribute("hx-headers"))["X-CSRF-Token"];

  // Answers

  let wipeTimer = 0;
  let drawnAt = 0;

  function showProblem(error) {
    if (error.problem) {
      document.getElementById("problem").replaceWith(document.importNode(error.problem, true));
    }
  }

  function draw(text) {
    drawnAt = Date.now();
    const hadFocus = panel().contains(document.activeElement);
    const parsed = new DOMParser().parseFromString(text, "text/html");
    const drawn = parsed.getElementById("voice-panel");
    hasNews ||= drawn.dataset.opening !== panel().dataset.opening; // another desk, which tells what this one missed
    panel().replaceWith(document.importNode(drawn, true));
    document.getElementById("problem").replaceChildren();
    if (hadFocus) {
      panel().focus();
    }
    if (panel().hasAttribute("data-is-news")) {
      remember();
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

  async function fail(error) {
    if (isLeaving) {
      return; // the farewell says why
    }
    const isLost = !(error instanceof Failure) || error.isNobodyThere;
    if (player && isLost && (await player.notice("lost"))) {
      return; // the banner shows the same
    }
    if (player) {
      await player.fail(error);
    } else if (isLost) {
      document.getElementById("status").textContent = document.getElementById("connection").dataset.lost;
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
    ends.acted();
    pressed += 1;
    const isSoon = key === "Enter" && Date.now() - drawnAt < BOUNCE_MS;
    waiting.push({ key, heard: isSoon ? "" : panel().dataset.number });
    hasNews ||= isSoon; // news that it cut off are told again
    if (isSending || isLeaving) {
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
          body: new URLSearchParams({
            keys: keys.map((one) => one.key).join(" "),
            heard: keys[0].heard,
            opening: panel().dataset.opening,
            cursor: cursor(),
            ...("isMuted" in panel().dataset && { muted: "1" }),
          }),
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
        headers: {
          ...HEADERS,
          "X-Voice-Opening": panel().dataset.opening,
          "X-Voice-Heard": panel().dataset.number,
          "X-Voice-Cursor": cursor(),
          ...("isMuted" in panel().dataset && { "X-Voice-Muted": "1" }),
        },
      });
      if (answer.status !== 200 && answer.status !== 204) {
        throw new Failure(answer, await problemOf(answer));
      }
      const text = await answer.text();
      const desk = panel().dataset.opening;
      if (answer.status === 200 && before !== pressed) {
        nudge(); // a key came meanwhile, and its answer wins: the news is told after it
      } else {
        if (answer.status === 200) {
          draw(text);
        }
        if (panel().dataset.opening === desk) {
          lookedAt(answer.headers.get("X-Voice-Cursor")); // a desk that just took over has yet to look
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

  // The end of the session: told in time, and said before the page gives way to the passphrase

  function tellEnd(kind) {
    for (const one of ["idle", "ending"]) {
      document.getElementById(`voice-${one}`).hidden = one !== kind;
    }
    if (kind && player) {
      noticeWhenSilent(kind);
    } else if (kind) {
      document.getElementById("status").textContent = document.getElementById(`voice-${kind}`).textContent;
    }
  }

  function noticeWhenSilent(kind) {
    if (document.getElementById(`voice-${kind}`).hidden) {
      return; // a key came meanwhile
    }
    if (player.isPlaying) {
      setTimeout(() => noticeWhenSilent(kind), NEWS_JOIN_MS);
    } else {
      player.notice(kind);
    }
  }

  const ends = new EndWatch(Number(page.dataset.idleS), tellEnd);
  let isLeaving = false;

  body.addEventListener("staff:leave", async (event) => {
    ends.stop();
    if (!isLeaving) {
      const { opening, isMuted } = panel().dataset;
      const { logIn } = page.dataset;
      sessionStorage.setItem(LEFT, JSON.stringify({ logIn, opening, isMuted, cursor: cursor() }));
    }
    if (!player?.isOpen) {
      return;
    }
    event.preventDefault();
    if (isLeaving) {
      return;
    }
    isLeaving = true;
    body.hidden = true;
    await player.noticeToTheEnd("leaving", FAREWELL_MS);
    location.replace(event.detail);
  });

  // Whoever unlocks goes on where the lock came, and hears what came in meanwhile.
  // A log-in that took the place of that one takes nothing of it over.
  const left = JSON.parse(sessionStorage.getItem(LEFT));
  sessionStorage.removeItem(LEFT);
  if (left?.logIn === page.dataset.logIn) {
    const { opening, isMuted, cursor } = left;
    Object.assign(panel().dataset, { opening, ...(isMuted !== undefined && { isMuted }) });
    lookedAt(cursor);
    nudge();
  }

  // The keyboard

  let hasPad = false;
  function listen(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) {
      return;
    }
    const key = keyOf(event);
    hasPad ||= event.code.startsWith("Numpad");
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
