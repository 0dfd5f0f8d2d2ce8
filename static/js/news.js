// Says what came in: once in the page's status region, and for good in the list 「お知らせ」. The focus never moves.
//
// A row that may be told bears data-key. In スクリーンリーダーモード #news-panel brings them to every page, with the
// words that this listener chose (data-said) and a line for braille (data-short); elsewhere the panels bear them.
"use strict";

(() => {
  const JOIN_MS = 500;
  const STAY_MS = 10_000;
  const KEPT = 30;
  const AT_ONCE = 3; // more than that is counted, not read

  const body = document.body;
  if (!body.dataset.events) {
    return;
  }
  const status = document.getElementById("status");
  const connection = document.getElementById("connection").dataset;
  const known = new Map(); // key -> what is said when it goes, or null
  const pressed = new Set(); // addresses that this page posted to
  let waiting = [];
  let tellTimer = 0;
  let wipeTimer = 0;

  const rows = () => [...(document.getElementById("news-panel") ?? document).querySelectorAll("[data-key]")];

  function learn(row) {
    const { key, over, overShort } = row.dataset;
    known.set(key, over ? { said: over, short: overShort } : null);
  }

  function tellSoon(items) {
    waiting.push(...items);
    tellTimer ||= setTimeout(tell, JOIN_MS);
  }

  function collect() {
    const there = rows();
    const came = there.filter((row) => !known.has(row.dataset.key)).reverse();
    came.forEach(learn);
    const items = came
      .filter((row) => row.dataset.by === undefined || row.dataset.by !== body.dataset.staff)
      .map(({ dataset }) => ({ said: dataset.said ?? dataset.announce, short: dataset.short, time: dataset.time }));
    const went = gone(new Set(there.map((row) => row.dataset.key)));
    if (items.length + went.length > 0) {
      tellSoon([...items, ...went]);
    }
    const heard = came.filter((row) => row.dataset.by === undefined);
    if (heard.length > 0) {
      const sentences = waitingSentences(heard);
      const sounds = heard.map((row) => row.dataset.sound);
      body.dispatchEvent(new CustomEvent("staff:news", { detail: { sentences, sounds } }));
    }
  }

  // What others see of it (notifications) never holds a name.
  let plain = [];

  function waitingSentences(came) {
    plain.push(...came.map((row) => row.dataset.announce));
    return [...plain];
  }

  function gone(keys) {
    const went = [];
    for (const [key, over] of known) {
      if (over && !keys.has(key)) {
        known.set(key, null);
        const id = key.split(" ").at(-1);
        if (![...pressed].some((address) => address.includes(id))) {
          went.push({ ...over });
        }
      }
    }
    return went;
  }

  function tell() {
    tellTimer = 0;
    plain = [];
    const items = waiting;
    waiting = [];
    const first = items.filter((item) => item.isAboutUs).map((item) => item.said); // said at every privacy level
    const others = items.filter((item) => !item.isAboutUs).map((item) => item.said);
    const rest = others.length > AT_ONCE ? [`新しい知らせが${others.length}件あります`] : others;
    say([...first, ...(body.dataset.unsaid === undefined ? rest : [])].join("。"));
    items.forEach(keep);
  }

  function say(words) {
    if (!words) {
      return;
    }
    clearTimeout(wipeTimer);
    wipeTimer = setTimeout(() => {
      if (status.textContent === words) {
        status.textContent = "";
      }
    }, STAY_MS);
    if (status.textContent !== words) {
      status.textContent = words;
      return;
    }
    status.textContent = ""; // the same words twice would be no change
    setTimeout(() => (status.textContent = words), 100);
  }

  function keep(item) {
    const list = document.getElementById("news");
    if (!list) {
      return;
    }
    const entry = document.createElement("li");
    entry.textContent = item.time ? `${item.time} ${item.said}` : item.said;
    if (item.short && document.getElementById("news-panel")) {
      const line = document.createElement("span");
      line.className = "braille-line";
      line.textContent = item.short;
      entry.append(line);
    }
    list.prepend(entry);
    while (list.childElementCount > KEPT) {
      list.lastElementChild.remove();
    }
    list.hidden = false;
    document.getElementById("news-empty").hidden = true;
  }

  body.addEventListener("staff:settled", collect);
  body.addEventListener("staff:say", (event) => say(event.detail));
  body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb !== "get") {
      pressed.add(event.detail.requestConfig.path);
    }
  });
  body.addEventListener("staff:lost", () => {
    tellSoon([{ said: connection.lost, short: connection.lostShort, isAboutUs: true }]);
  });
  body.addEventListener("staff:back", () => {
    tellSoon([{ said: connection.back, short: connection.backShort, isAboutUs: true }]);
  });

  for (const key of document.getElementById("told")?.dataset.keys.split("\n") ?? []) {
    known.set(key, null);
  }
  rows().forEach(learn);
})();
