// 音声端末モード: keys go to the server, which says what is said; the sounds come back phrase by phrase.
//
// Any key silences at once. Keys that come faster than answers travel together, and only the last answer is spoken.
// In スクリーンリーダーモード nothing sounds here: the words go into the page's one live region.
"use strict";

(() => {
  const page = document.getElementById("voice-page");
  if (!page) {
    return;
  }
  const body = document.body;
  const speaks = page.dataset.mode === "desk";
  const NUM_LOCK_AFTER_MS = 10_000;
  const NEWS_JOIN_MS = 300;
  const NEWS_EVERY_MS = 60_000;
  const STATUS_STAYS_MS = 10_000;
  const EARCON_GAP_S = 0.08;
  const LEAD_S = 0.01;
  const HEADERS = { "HX-Request": "true", "HX-Current-URL": location.href };

  const panel = () => document.getElementById("voice-panel");
  const token = JSON.parse(body.getAttribute("hx-headers"))["X-CSRF-Token"];

  // Sound

  let context = null;
  let turn = 0; // grows with every key and every utterance: whatever belongs to an older one is not played
  let fetching = new AbortController();
  const playing = new Set();
  const kept = new Map(); // address -> promise of a sound's bytes that hold nothing of anybody

  function stop() {
    turn += 1;
    fetching.abort();
    fetching = new AbortController();
    for (const source of playing) {
      source.onended = null;
      source.stop();
    }
    playing.clear();
    if (speaks) {
      body.dataset.voice = "silent";
    }
  }

  async function unlock() {
    if (!speaks) {
      return false;
    }
    context ??= new AudioContext();
    if (context.state !== "running") {
      await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 500))]);
    }
    const isOpen = context.state === "running";
    document.getElementById("voice-start").hidden = isOpen;
    return isOpen;
  }

  // What may have to sound when nothing can be fetched any more is here before it is needed. One at a time: a key's
  // own sounds go first.
  async function keepReady() {
    const names = page.dataset.earcons.split(" ").map((name) => [page.dataset.earcon, name]);
    names.push(...["num-lock", "lost", "back"].map((name) => [page.dataset.notice, name]));
    for (const [pattern, name] of names) {
      await bytes(pattern, name).catch(() => {});
    }
  }

  function bytes(pattern, name) {
    const address = pattern.replace("NAME", name);
    if (!kept.has(address)) {
      const coming = fetched(address);
      kept.set(address, coming);
      coming.catch(() => kept.delete(address));
    }
    return kept.get(address);
  }

  async function fixed(pattern, name) {
    return context.decodeAudioData((await bytes(pattern, name)).slice(0));
  }

  async function load(address, signal) {
    return context.decodeAudioData(await fetched(address, signal));
  }

  async function fetched(address, signal) {
    const answer = await fetch(address, { cache: "no-store", redirect: "manual", headers: HEADERS, signal });
    if (!answer.ok) {
      throw new Failure(answer, await problemOf(answer));
    }
    return answer.arrayBuffer();
  }

  function schedule(buffer, at) {
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    const start = Math.max(at, context.currentTime + LEAD_S);
    source.start(start);
    source.onended = () => {
      playing.delete(source);
    };
    playing.add(source);
    body.dataset.voice = "speaking";
    return start + buffer.duration;
  }

  // Each phrase is asked for as soon as the one before it is there, so that it is made while that one sounds.
  async function speak(earcon, addresses) {
    stop();
    const mine = turn;
    const { signal } = fetching;
    if (!(await unlock())) {
      finish(mine); // nothing is heard, and the page says which key makes it heard
      return;
    }
    let at = 0;
    try {
      if (earcon) {
        const sound = await fixed(page.dataset.earcon, earcon);
        if (mine !== turn) {
          return;
        }
        at = schedule(sound, 0) + EARCON_GAP_S;
      }
      for (const address of addresses) {
        const sound = await load(address, signal);
        if (mine !== turn) {
          return;
        }
        at = schedule(sound, at);
      }
      document.getElementById("voice-failed").hidden = true;
      setTimeout(() => finish(mine), Math.max(0, at - context.currentTime) * 1_000);
    } catch (error) {
      if (mine === turn && error.name !== "AbortError") {
        await fail(mine, error);
      }
    }
  }

  function finish(mine) {
    if (mine === turn) {
      body.dataset.voice = "silent";
      lookForNews();
    }
  }

  // Not heard is not spoken: it is shown, and told by the sound for it where that one can still be had.
  async function fail(mine, error) {
    body.dataset.voice = "failed";
    document.getElementById("voice-failed").hidden = false;
    showProblem(error);
    const sound = await fixed(page.dataset.earcon, "unreachable").catch(() => null);
    if (sound && mine === turn) {
      schedule(sound, 0);
      body.dataset.voice = "failed";
    }
    nudgeLater();
  }

  async function notice(name) {
    stop();
    const mine = turn;
    if (!(await unlock())) {
      return;
    }
    const sound = await fixed(page.dataset.notice, name).catch(() => fixed(page.dataset.earcon, "unreachable"));
    if (mine === turn) {
      const end = schedule(sound, 0);
      setTimeout(() => finish(mine), Math.max(0, end - context.currentTime) * 1_000);
    }
  }

  // Answers

  class Failure extends Error {
    constructor(answer, problem) {
      super(String(answer.status));
      this.problem = problem;
    }
  }

  async function problemOf(answer) {
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      location.replace(answer.headers.get("HX-Redirect") ?? body.dataset.login);
      return null;
    }
    const text = await answer.text().catch(() => "");
    return new DOMParser().parseFromString(text, "text/html").getElementById("problem");
  }

  function showProblem(error) {
    if (error.problem) {
      document.getElementById("problem").replaceWith(document.importNode(error.problem, true));
    }
  }

  let wipeTimer = 0;

  function draw(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("voice-panel");
    const hadFocus = panel().contains(document.activeElement);
    panel().replaceWith(document.importNode(fresh, true));
    document.getElementById("problem").replaceChildren();
    if (hadFocus) {
      panel().focus();
    }
    const said = document.getElementById("voice-said").textContent;
    if (panel().hasAttribute("data-is-news")) {
      remember(`${said} ${document.getElementById("voice-braille").textContent}`);
    }
    if (speaks) {
      speak(panel().dataset.earcon, panel().dataset.sounds.split(" ").filter(Boolean));
    } else {
      const status = document.getElementById("status");
      status.textContent = said;
      clearTimeout(wipeTimer);
      wipeTimer = setTimeout(() => {
        status.textContent = "";
      }, STATUS_STAYS_MS);
      nudgeLater();
    }
  }

  function remember(sentence) {
    const list = document.getElementById("news");
    const item = document.createElement("li");
    item.textContent = sentence;
    list.prepend(item);
    while (list.childElementCount > 30) {
      list.lastElementChild.remove();
    }
    list.hidden = false;
    document.getElementById("news-empty").hidden = true;
  }

  function moveCursor(answer) {
    const cursor = answer.headers.get("X-Voice-Cursor");
    if (cursor) {
      page.querySelectorAll("[data-live]").forEach((one) => (one.dataset.cursor = cursor));
    }
  }

  // Keys

  let waiting = [];
  let isSending = false;

  async function press(key) {
    stop();
    waiting.push(key);
    if (isSending) {
      return;
    }
    isSending = true;
    while (waiting.length > 0) {
      const keys = waiting.splice(0, 50);
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
        await fail(turn, error);
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
    if (isAsking || isSending || playing.size > 0) {
      nudgeLater(); // when the sentence, the key or the question before it is over
      return;
    }
    hasNews = false;
    isAsking = true;
    const mine = turn;
    try {
      const answer = await fetch(page.dataset.news, {
        cache: "no-store",
        redirect: "manual",
        headers: { ...HEADERS, "X-Voice-Opening": panel().dataset.opening },
      });
      if (answer.status === 200) {
        moveCursor(answer);
        const text = await answer.text();
        if (mine === turn && !isSending) {
          draw(text);
        } else {
          rememberPanel(text); // a key came meanwhile: it is in the list, and the earcon is not missed
        }
      } else if (answer.status === 204) {
        moveCursor(answer);
      } else {
        throw new Failure(answer, await problemOf(answer));
      }
    } catch (error) {
      showProblem(error); // the minute's look, or the next nudge, tries again
    }
    isAsking = false;
  }

  function rememberPanel(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    remember(`${fresh.getElementById("voice-said").textContent} ${fresh.getElementById("voice-braille").textContent}`);
  }

  for (const one of page.querySelectorAll("[data-live]")) {
    body.addEventListener(`live:${one.dataset.live}`, nudge);
  }
  setInterval(nudge, NEWS_EVERY_MS);

  for (const [heard, name] of [["staff:lost", "lost"], ["staff:back", "back"]]) {
    body.addEventListener(heard, () => {
      if (speaks) {
        notice(name);
      }
    });
  }

  // The keyboard

  const PAD = { Add: "+", Subtract: "-", Multiply: "*", Divide: "/", Decimal: ".", Enter: "Enter" };
  const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
  const CONTROL = "a[href], button, summary, input, select, textarea";

  let hasPad = false;

  function keyOf(event) {
    const pad = /^Numpad(\w+)$/u.exec(event.code)?.[1];
    if (pad) {
      hasPad = true;
      const key = PAD[pad] ?? pad;
      const isSign = /^[0-9]$/u.test(key) || key === ".";
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
    if (speaks) {
      stop();
    }
    if (key === null) {
      nudgeLater(); // what waited for the end of the sentence
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat) {
      return;
    }
    if (key === "NumLock") {
      askForNumLock();
      return;
    }
    clearTimeout(checkTimer);
    if (speaks) {
      document.getElementById("voice-check").hidden = true;
      document.getElementById("voice-numlock").hidden = true;
    }
    press(key);
  }

  function askForNumLock() {
    document.getElementById("voice-numlock")?.removeAttribute("hidden");
    if (speaks) {
      notice("num-lock");
    }
  }

  let checkTimer = 0;

  if (speaks) {
    document.addEventListener("keydown", listen, true);
    document.getElementById("voice-unlock").addEventListener("click", () => {
      press("5");
    });
    checkTimer = setTimeout(() => {
      if (!hasPad) {
        document.getElementById("voice-numlock").hidden = false;
        if (context?.state === "running") {
          notice("num-lock");
        }
      }
    }, NUM_LOCK_AFTER_MS);
    // Where the browser's policy lets this page sound by itself, the start check is spoken too.
    context = new AudioContext();
    if (context.state === "running") {
      notice("press-5");
    }
    keepReady();
  } else {
    document.getElementById("voice-keypad").addEventListener("keydown", listen);
  }
})();
