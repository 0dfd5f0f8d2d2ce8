// What staff do with a board all day: its title, sounds and notifications for news, copying, and keys.
//
// Nothing is kept here: what this browser wants stands in data-desk, drawn by the server from a cookie.
"use strict";

(() => {
  const body = document.body;
  const wants = new Set((body.dataset.desk ?? "").split(" "));
  const status = document.getElementById("status");
  const STATUS_STAYS_MS = 10_000;

  let wipeTimer = 0;

  function say(sentence) {
    status.textContent = sentence;
    clearTimeout(wipeTimer);
    wipeTimer = setTimeout(() => {
      status.textContent = "";
    }, STATUS_STAYS_MS);
  }

  // The title counts what waits, so that another tab shows it; a dot says that something new came meanwhile

  const plainTitle = document.title.replace(/^(● )?(\(\d+\) )?/u, "");
  let hasUnseen = false;

  function drawTitle() {
    const board = document.getElementById("board-head");
    if (!board) {
      return;
    }
    const count = Number(board.dataset.waiting) + document.querySelectorAll("#calls-panel .call").length;
    document.title = `${hasUnseen ? "● " : ""}${count > 0 ? `(${count}) ` : ""}${plainTitle}`;
  }

  body.addEventListener("staff:settled", drawTitle);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      hasUnseen = false;
      drawTitle();
    }
  });

  // Sounds: a browser plays none before somebody pressed a key or clicked on this page

  const NAMES = ["arrival", "waiting", "call"]; // the last one that came wins
  const sounds = new Map();
  let player = null;

  async function unlockSounds() {
    player ??= new AudioContext();
    await player.resume();
    const locked = document.getElementById("sound-locked");
    if (locked && !locked.hidden) {
      body.dispatchEvent(new CustomEvent("staff:moves"));
      locked.hidden = true;
    }
    await Promise.all(
      NAMES.filter((name) => !sounds.has(name)).map(async (name) => {
        const answer = await fetch(`${body.dataset.sounds}${name}.wav`);
        sounds.set(name, await player.decodeAudioData(await answer.arrayBuffer()));
      }),
    );
  }

  function play(name) {
    if (player?.state !== "running" || !sounds.has(name)) {
      return false;
    }
    const source = player.createBufferSource();
    source.buffer = sounds.get(name);
    source.connect(player.destination);
    source.start();
    body.dataset.played = name;
    return true;
  }

  if (wants.has("sound") && document.getElementById("board-panel")) {
    document.getElementById("sound-locked").hidden = false;
    for (const act of ["keydown", "pointerdown"]) {
      document.addEventListener(act, () => unlockSounds().catch(() => {}), { once: true, capture: true });
    }
  }

  // Notifications: number and verdict alone, and only while nobody looks at the page

  const mayNotify = () => "Notification" in window && Notification.permission === "granted";

  function notify(sentences) {
    const words = sentences.length > 3 ? `新しい知らせが${sentences.length}件あります` : sentences.join("。");
    try {
      const shown = new Notification("本日の受付", { body: words, tag: "uketsuke-board", lang: "ja", silent: true });
      shown.onclick = () => {
        window.focus();
        shown.close();
      };
    } catch {
      // A phone's browser has the permission and not the constructor.
    }
  }

  body.addEventListener("staff:news", (event) => {
    const { sentences, sounds: kinds } = event.detail;
    if (document.hidden) {
      hasUnseen = true;
      drawTitle();
      if (wants.has("notify") && mayNotify()) {
        notify(sentences);
      }
    }
    if (wants.has("sound")) {
      play(NAMES.findLast((name) => kinds.includes(name)) ?? "arrival");
    }
  });

  // Copying: the server noted it and gave the text; it leaves the page as soon as it is in the clipboard

  body.addEventListener("htmx:afterSettle", async () => {
    const given = document.querySelector("[data-copied][hidden]");
    if (!given || given.dataset.tried) {
      return;
    }
    given.dataset.tried = "1";
    const text = given.querySelector("textarea");
    try {
      await navigator.clipboard.writeText(text.value);
      const panel = document.getElementById("copied-panel");
      const done = document.createElement("p");
      done.className = "copied-done";
      done.textContent = `コピーしました：${given.dataset.copied}`;
      panel.replaceChildren(done);
      say(`コピーしました。${given.dataset.copied}`);
      setTimeout(() => done.remove(), STATUS_STAYS_MS);
    } catch {
      given.hidden = false;
      text.focus();
      text.select();
      say("コピーできませんでした。選ばれた文字を Ctrl と C でコピーしてください");
    }
  });

  // Keys, outside of fields alone, and only where they are wanted

  const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";

  function moveLine(step) {
    const lines = [...document.querySelectorAll("#board-panel .line-body")];
    if (lines.length === 0) {
      return false;
    }
    const here = lines.indexOf(document.activeElement?.closest("#board-panel .line-body"));
    const next = here < 0 ? (step > 0 ? 0 : lines.length - 1) : here + step;
    lines[Math.min(Math.max(next, 0), lines.length - 1)].focus();
    return true;
  }

  function press(selector) {
    const found = document.querySelector(selector);
    found?.click();
    return Boolean(found);
  }

  const onLine = () => document.activeElement?.matches("#board-panel .line-body") ?? false;

  function act(event) {
    if (event.key === "?") {
      location.assign(body.dataset.device);
      return true;
    }
    switch (event.code) {
      case "KeyJ":
        return moveLine(1);
      case "KeyK":
        return moveLine(-1);
      case "ArrowDown":
        return onLine() && moveLine(1);
      case "ArrowUp":
        return onLine() && moveLine(-1);
      case "Enter":
        if (!onLine()) {
          return false;
        }
        document.activeElement.querySelector(".name a").click();
        return true;
      case "KeyC":
        return press("#copy-all");
      case "KeyP":
        return press("#print") || press("#print-now");
      case "Escape":
        return press("#back");
      default:
        return false;
    }
  }

  if (wants.has("keys")) {
    document.addEventListener("keydown", (event) => {
      const hasModifier = event.ctrlKey || event.altKey || event.metaKey || (event.shiftKey && event.key !== "?");
      if (hasModifier || event.isComposing || event.defaultPrevented || event.repeat && event.code === "KeyC") {
        return;
      }
      if (event.target instanceof Element && event.target.closest(TYPING)) {
        return;
      }
      if (act(event)) {
        event.preventDefault();
      }
    });
  }

  // The page for paper

  const printNow = document.getElementById("print-now");
  if (printNow) {
    printNow.hidden = false;
    printNow.addEventListener("click", () => window.print());
    printNow.focus();
  }

  // キー操作・音・通知: trying sounds, asking for the permission

  const trySounds = document.getElementById("try-sounds");
  if (trySounds) {
    trySounds.hidden = false;
    trySounds.addEventListener("click", async (event) => {
      const name = event.target.dataset.try;
      if (name) {
        await unlockSounds().catch(() => {});
        say(play(name) ? "音を鳴らしました" : "音を鳴らせません。音の出る機器がつながっているか確かめてください");
      }
    });
  }

  const askNotify = document.getElementById("ask-notify");
  if (askNotify) {
    const state = document.getElementById("notify-state");
    const draw = () => {
      const answer = "Notification" in window ? Notification.permission : "none";
      askNotify.hidden = answer !== "default";
      state.hidden = answer === "default";
      state.textContent = {
        granted: "このブラウザーは通知を許可しています。",
        denied: "このブラウザーは通知を止めています。アドレスの左の印から許可できます。",
        none: "このブラウザーは通知を出せません。",
        default: "",
      }[answer];
    };
    draw();
    document.getElementById("allow-notify").addEventListener("click", async () => {
      await Notification.requestPermission();
      draw();
      say(state.textContent);
    });
  }
})();
