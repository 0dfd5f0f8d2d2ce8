// A row that has just moved takes no press: the hand was on its way to what stood there before.
//
// Between seeing where to press and pressing lies a quarter of a second. A row that comes in meanwhile would put another
// patient's buttons under the hand. What moves the page says so beforehand (staff:moves); whole panels are seen by htmx.
"use strict";

(() => {
  const AIM_MS = 350;
  const NOTE_MS = 4_000;
  const SAME_PX = 8; // less does not take a button from under a finger
  const ROWS = ".line, .call, .visual-one, .pending-line, .method-kiosk";

  const body = document.body;
  if (!body.dataset.events) {
    return;
  }
  const note = document.getElementById("moved-note");
  const moved = new Set(); // keys of the rows that take no press
  let stood = null; // key -> top, before the change at hand
  let settleTimer = 0;
  let noteTimer = 0;
  let isRefused = false;
  let isPointedAt = false;

  const keyOf = (row) => row.dataset.key || row.dataset.row || row.id || row;
  // A finger comes from nowhere, a mouse is on the page before it presses. A board that nobody points at measures nothing.
  const mayBePressed = () => navigator.maxTouchPoints > 0 || isPointedAt;
  const marked = () => document.querySelectorAll("[data-moved]");

  // Those from the first to the lower edge of the window.
  function* rowsInSight() {
    let parent = null;
    let isBelow = false;
    for (const row of document.querySelectorAll(ROWS)) {
      if (row.parentElement !== parent) {
        parent = row.parentElement;
        isBelow = false;
      }
      if (isBelow) {
        continue;
      }
      const { top, bottom } = row.getBoundingClientRect();
      isBelow = top > innerHeight;
      if (!isBelow && bottom > 0 && bottom > top) {
        yield [row, top];
      }
    }
  }

  function aboutToMove() {
    if (stood || document.hidden || !mayBePressed()) {
      return;
    }
    stood = new Map();
    for (const [row, top] of rowsInSight()) {
      stood.set(keyOf(row), top);
    }
    queueMicrotask(mark); // the change itself comes in the same turn
  }

  function mark() {
    const before = stood;
    stood = null;
    compare(before);
    // A line that was out of sight has its height, and the page its place, two frames later.
    requestAnimationFrame(() => requestAnimationFrame(() => compare(before)));
  }

  function compare(before) {
    let hasMoved = false;
    for (const [row, top] of rowsInSight()) {
      const key = keyOf(row);
      const was = before.get(key);
      const isElsewhere = was === undefined || Math.abs(was - top) > SAME_PX;
      if (isElsewhere) {
        moved.add(key);
        hasMoved = true;
      }
      if (moved.has(key)) {
        row.dataset.moved = ""; // the style sheet keeps presses off it
      }
    }
    if (hasMoved) {
      clearTimeout(settleTimer);
      settleTimer = setTimeout(settle, AIM_MS);
    }
  }

  function settle() {
    moved.clear();
    for (const row of marked()) {
      delete row.dataset.moved;
    }
  }

  function isOnOne({ clientX, clientY }) {
    return [...marked()].some((row) => {
      const { left, right, top, bottom } = row.getBoundingClientRect();
      return left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
    });
  }

  document.addEventListener(
    "pointerdown",
    (event) => {
      isRefused = moved.size > 0 && isOnOne(event);
      note.hidden = !isRefused;
      if (isRefused) {
        body.dispatchEvent(new CustomEvent("staff:say", { detail: note.textContent }));
        clearTimeout(noteTimer);
        noteTimer = setTimeout(() => (note.hidden = true), NOTE_MS);
      }
    },
    true,
  );

  // A finger may lift when the row takes presses again, and the browser looks only then what is under it. A click by
  // key has no detail.
  document.addEventListener(
    "click",
    (event) => {
      if (isRefused && event.isTrusted && event.detail > 0) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    true,
  );

  // Chromium tells a page without a mouse of one that rests at 0, 0.
  function pointedAt({ clientX, clientY }) {
    isPointedAt ||= clientX > 0 || clientY > 0;
  }

  document.addEventListener("pointermove", pointedAt, { capture: true, passive: true });
  document.documentElement.addEventListener("pointerleave", () => (isPointedAt = false));

  body.addEventListener("staff:moves", aboutToMove);
  body.addEventListener("htmx:beforeSwap", aboutToMove);

  // A page that loads itself anew stands where the old one did, with other rows.
  if (performance.getEntriesByType("navigation")[0]?.type === "reload") {
    compare(new Map());
  }
})();
