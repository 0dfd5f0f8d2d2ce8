// Keeps staff pages live: holds the stream of nudges, its cursor and its watchdog, and lets panels fetch themselves.
// What came in is told by news.js.
//
// A nudge is an event's id and a panel's name. The cursor lives here and goes into the address of every new
// stream: EventSource gives up for good after a proxy's 502, and a fresh one would have forgotten it.
"use strict";

(() => {
  const HEARTBEAT_LIMIT_MS = 25_000; // two and a half heartbeats
  const BANNER_AFTER_MS = 3_000; // a restart that is over sooner shows nothing
  const SESSION_LOOK_MS = 15_000;

  // htmx notes the page's address at load, history or not. Nothing of a visit stays in the browser.
  sessionStorage.removeItem("htmx-current-path-for-history");

  // A page out of the back-forward cache may belong to a session that is over.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      document.body.hidden = true;
      location.reload();
    }
  });

  const body = document.body;
  if (!body.dataset.events) {
    return;
  }
  const banner = document.querySelector("#connection > p");
  const newest = new Map(); // panel name -> id of its newest nudge
  let cursor = 0;
  let source = null;
  let lastSign = 0;
  let retryTimer = 0;
  let bannerTimer = 0;
  let isLeaving = false;

  const panels = () => [...document.querySelectorAll("[data-live]")];

  // The stream

  function connect() {
    const mine = new EventSource(`${body.dataset.events}?after=${cursor}`);
    source = mine;
    lastSign = Date.now();
    let hasSpoken = false;
    const heard = (event) => {
      hasSpoken = true;
      lastSign = Date.now();
      if (event.lastEventId) {
        cursor = Number(event.lastEventId);
      }
      showConnected();
    };
    for (const name of body.dataset.panels.split(" ")) {
      mine.addEventListener(name, (event) => {
        heard(event);
        newest.set(name, cursor);
        refreshStale();
      });
    }
    mine.addEventListener("hb", heard);
    mine.addEventListener("bye", () => leave());
    mine.onerror = () => {
      if (source === mine) {
        lose(hasSpoken);
      }
    };
  }

  function lose(hadSpoken) {
    source.close();
    source = null;
    bannerTimer ||= setTimeout(showLost, BANNER_AFTER_MS);
    if (!hadSpoken) {
      leaveIfSessionIsOver();
    }
    clearTimeout(retryTimer);
    retryTimer = setTimeout(connect, 500 + Math.random() * 1_000);
  }

  const sayMoves = () => body.dispatchEvent(new CustomEvent("staff:moves")); // aim.js looks where things stand

  // The banner is for the eye; news.js says loss and return in the status region. As an alert Orca spoke it twice.
  function showLost() {
    if (banner.hidden) {
      sayMoves();
      banner.hidden = false;
      body.dispatchEvent(new CustomEvent("staff:lost"));
    }
  }

  function showConnected() {
    clearTimeout(bannerTimer);
    bannerTimer = 0;
    if (!banner.hidden) {
      sayMoves();
      banner.hidden = true;
      body.dispatchEvent(new CustomEvent("staff:back"));
      clearProblem();
      panels().forEach(refresh);
    }
  }

  async function leaveIfSessionIsOver() {
    try {
      const answer = await fetch(body.dataset.session, { cache: "no-store", redirect: "manual" });
      if (answer.status === 401) {
        leave();
      }
    } catch {
      // No connection at all: the retries go on.
    }
  }

  function leave(to = body.dataset.login) {
    if (isLeaving) {
      return;
    }
    isLeaving = true;
    source?.close();
    clearTimeout(retryTimer);
    body.hidden = true;
    const leaving = new CustomEvent("staff:leave", { cancelable: true, detail: to });
    if (body.dispatchEvent(leaving)) {
      location.replace(to); // a page with a voice says it first
    }
  }

  setInterval(() => {
    if (source && Date.now() - lastSign > HEARTBEAT_LIMIT_MS) {
      showLost(); // silence for that long is a loss, whatever the socket says
      lose(true);
    }
  }, 1_000);

  window.addEventListener("pagehide", () => {
    clearTimeout(retryTimer);
    source?.close();
  });

  // The panels

  function refresh(panel) {
    body.dispatchEvent(new CustomEvent(`live:${panel.dataset.nudge ?? panel.dataset.live}`));
  }

  const newestOf = (panel) => Math.max(...panel.dataset.live.split(" ").map((name) => newest.get(name) ?? 0));

  // A panel is stale while it was drawn before its newest nudge. This also repeats a fetch whose answer was
  // thrown away because another swap had replaced the panel meanwhile.
  function refreshStale() {
    for (const panel of panels()) {
      if (newestOf(panel) > Number(panel.dataset.cursor)) {
        refresh(panel);
      }
    }
  }

  function clearProblem() {
    const problem = document.getElementById("problem");
    if (problem?.firstChild) {
      sayMoves();
      problem.replaceChildren();
    }
  }

  // A pressed button leaves with its panel, and a nudge's fetch may overtake the answer to the press. Whichever
  // swap takes the focus away, it moves to the place that the button names, until the person does something else.
  let focusNext = "";

  for (const act of ["keydown", "pointerdown"]) {
    document.addEventListener(act, () => (focusNext = ""), true);
  }

  // An idle screen locks. What a person does keeps it open, and only that: a request that follows from a person's
  // own event is marked, and somebody who only reads or types is reported at most once a minute.
  const ACT_EVERY_MS = 60_000;
  let reportedActAt = Date.now(); // opening the page was an act

  body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.triggeringEvent?.isTrusted) {
      event.detail.headers["X-Acted"] = "1";
    }
  });

  for (const act of ["keydown", "pointerdown", "wheel"]) {
    document.addEventListener(act, reportAct, { capture: true, passive: true });
  }

  function reportAct(event) {
    if (event.isTrusted && Date.now() - reportedActAt > ACT_EVERY_MS) {
      reportedActAt = Date.now();
      fetch(body.dataset.session, { cache: "no-store", redirect: "manual", headers: { "X-Acted": "1" } }).catch(() => {});
    }
  }

  body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb !== "get") {
      clearProblem();
      focusNext = event.detail.elt.dataset.then ?? "";
    }
  });

  function keepFocus() {
    if (focusNext && document.activeElement === body) {
      document.getElementById(focusNext)?.focus();
    }
  }

  // An error page of the proxy must not take a panel's place; our own errors say where they belong.
  body.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && !xhr.getResponseHeader("HX-Retarget")) {
      event.detail.shouldSwap = false;
    }
  });

  // pieces.js brings the board's pieces by itself, and asks before it touches the page.
  body.addEventListener("staff:take", (event) => {
    if (isLeaving) {
      event.preventDefault();
    }
  });
  body.addEventListener("staff:taken", settled);
  body.addEventListener("staff:over", (event) => leave(event.detail));

  body.addEventListener("staff:stale", () => setTimeout(refreshStale, 50));
  body.addEventListener("staff:anew", () => panels().forEach(refresh));

  // htmx says it once for each element of an answer; everybody here wants to hear it once for the answer.
  let hasSettled = false;

  body.addEventListener("htmx:afterSettle", () => {
    if (!hasSettled) {
      hasSettled = true;
      queueMicrotask(settled);
    }
  });

  function settled() {
    hasSettled = false;
    keepFocus();
    setTimeout(refreshStale, 50);
    body.dispatchEvent(new CustomEvent("staff:settled"));
  }

  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    body.addEventListener(failure, (event) => {
      const isPressed = event.detail.requestConfig?.verb !== "get";
      if (event.detail.xhr?.status === 409 || (event.detail.xhr?.status === 404 && isPressed)) {
        panels().forEach(refresh); // somebody was faster, or it is gone: show what is there now
      }
      setTimeout(refreshStale, 1_500);
    });
  }

  // The page shows every event up to the oldest of its panels' cursors; from there the stream goes on.
  cursor = Math.min(...panels().map((panel) => Number(panel.dataset.cursor)), Number.MAX_SAFE_INTEGER);
  if (cursor === Number.MAX_SAFE_INTEGER) {
    setInterval(leaveIfSessionIsOver, SESSION_LOOK_MS); // a page without panels has no stream that could say goodbye
    return;
  }
  connect();
})();
