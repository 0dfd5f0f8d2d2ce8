// Keeps what a hand is on: a button under a press, and what somebody opened.
"use strict";

(() => {
  const body = document.body;
  if (!body.dataset.events) {
    return;
  }

  // A button that is drawn anew between press and release would get no click: a panel waits until the hand is off.
  // What a nudge brought is fetched again then; the answer to an earlier press cannot be, and is kept.
  const TAP_MS = 300; // after a touch or a pen the click comes by itself, later than the release
  let isPressing = false;
  let letGoTimer = 0;
  let hasMissed = false;
  let kept = []; // { elt, target (an id), text }

  document.addEventListener("pointerdown", hold, true);
  for (const end of ["pointerup", "pointercancel", "contextmenu", "keydown"]) {
    window.addEventListener(end, (event) => letGoSoon(["touch", "pen"].includes(event.pointerType) ? TAP_MS : 0), true);
  }
  window.addEventListener("blur", () => letGoSoon(0)); // the window's own: a press moves the focus, too

  function hold(event) {
    if (event.button === 0) {
      clearTimeout(letGoTimer);
      isPressing = true;
    }
  }

  function letGoSoon(ms) {
    if (isPressing) {
      clearTimeout(letGoTimer);
      letGoTimer = setTimeout(letGo, ms);
    }
  }

  function letGo() {
    isPressing = false;
    if (kept.length > 0) {
      body.dispatchEvent(new CustomEvent("staff:moves"));
    }
    for (const { target, text } of kept.splice(0)) {
      const panel = document.getElementById(target);
      if (panel) {
        noteOpened(panel);
        htmx.swap(`#${target}`, text, { swapStyle: "outerHTML", settleDelay: 0 });
      }
    }
    if (hasMissed) {
      hasMissed = false;
      body.dispatchEvent(new CustomEvent("staff:anew"));
    }
  }

  body.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, serverResponse, target } = event.detail;
    if (!isPressing || !event.detail.shouldSwap || target.id === "copied-panel") {
      return; // what was copied is told beside the page's content and moves nothing
    }
    event.detail.shouldSwap = false;
    if (requestConfig.verb === "get") {
      hasMissed = true;
    } else {
      kept.push({ elt: requestConfig.elt, target: target.id, text: serverResponse });
    }
  });

  // The second click of two finds a row whose answer is kept. Sent once more with the version of before, it would be
  // told that a colleague was faster. Buttons without a version share data-then with those of other patients.
  const isOfTheSame = (one, other) =>
    one === other || (one.name === "version" && one.dataset.then === other.dataset.then);

  body.addEventListener("htmx:beforeRequest", (event) => {
    if (kept.some(({ elt }) => isOfTheSame(event.detail.elt, elt))) {
      event.preventDefault();
    }
  });

  // pieces.js asks before it touches the page.
  body.addEventListener("staff:take", (event) => {
    if (isPressing) {
      hasMissed = true;
      event.preventDefault();
    }
  });

  body.addEventListener("staff:leave", () => (kept = [])); // nothing more is drawn on a page that is left

  // What somebody opened stays open when its panel is drawn anew.
  let opened = [];

  body.addEventListener("htmx:beforeSwap", (event) => noteOpened(event.detail.target));

  function noteOpened(panel) {
    opened = [...panel.querySelectorAll("details[open][id]")].map((one) => one.id);
  }

  body.addEventListener("htmx:afterSwap", () => {
    for (const id of opened) {
      document.getElementById(id)?.setAttribute("open", "");
    }
    opened = [];
  });
})();
