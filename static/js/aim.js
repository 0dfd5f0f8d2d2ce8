// A row that has just moved takes no press: the hand was on its way to what stood there before.
//
// Between seeing where to press and pressing lies a quarter of a second. A row that comes in meanwhile would put another
// patient's buttons under the hand. What moves the page says so beforehand (staff:moves); whole panels are seen by htmx.
"use strict";

(() => {
  const AIM_MS = 350;
  const NOTE_MS = 4_000;
  const SAME_PX = 8; // less does not take a button from under a finger
  const ROWS = ".line, .call, .visual-one, .pending-line";

  const body = document.body;
  if (!body.dataset.events) {
    return;
  }
  const note = document.getElementById("moved-note");
  const marked = new Map(); // key -> row
  let stood = null; // key -> top, before the change at hand
  let settleTimer = 0;
  let noteTimer = 0;

  const keyOf = (row) => row.dataset.key ?? row.id;

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
    if (stood) {
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
    for (const [row, top] of rowsInSight()) {
      const key = keyOf(row);
      const was = before.get(key);
      if (marked.has(key) || was === undefined || Math.abs(was - top) > SAME_PX) {
        marked.set(key, row);
        row.dataset.moved = ""; // the style sheet keeps presses off it
      }
    }
    if (marked.size > 0) {
      clearTimeout(settleTimer);
      settleTimer = setTimeout(settle, AIM_MS);
    }
  }

  function settle() {
    for (const row of marked.values()) {
      delete row.dataset.moved;
    }
    marked.clear();
  }

  function isOnOne({ clientX, clientY }) {
    return [...marked.values()].some((row) => {
      const { left, right, top, bottom } = row.getBoundingClientRect();
      return left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
    });
  }

  document.addEventListener(
    "pointerdown",
    (event) => {
      if (marked.size === 0 || !isOnOne(event)) {
        note.hidden = true;
        return;
      }
      note.hidden = false;
      document.getElementById("status").textContent = note.textContent;
      clearTimeout(noteTimer);
      noteTimer = setTimeout(() => (note.hidden = true), NOTE_MS);
    },
    true,
  );

  body.addEventListener("staff:moves", aboutToMove);
  body.addEventListener("htmx:beforeSwap", aboutToMove);
})();
