// The kiosk page's own behaviour: watching for the next screen, and turning keys into tokens.
//
// Digits never become data here: a key, touched or pressed on a keyboard, only picks the button that shows
// the same caption, and what is kept and sent is that button's opaque token. The password field holds filler.
"use strict";

(function () {
  const PIN_LENGTH = 4;
  const FILLER = "\u25cf";
  const RETRY_MS = 500;
  const QUICK_MS = 200;
  const ENTER_MS = 500;

  // htmx notes the page's address at load, history or not. Nothing of a visit stays in the browser.
  sessionStorage.removeItem("htmx-current-path-for-history");

  let tokens = [];
  let keypad = "";
  let shown = "";
  let focused = "";
  let asked = 0;
  let lost = false;

  const screen = () => document.getElementById("screen");
  const field = () => document.getElementById("pin-field");

  function watch() {
    asked = performance.now();
    htmx.trigger("#watch", "kiosk:watch");
  }

  function watchSoon(wait) {
    window.setTimeout(watch, wait);
  }

  function showLost(isLost) {
    if (isLost === lost) return;
    lost = isLost;
    forget();
    screen().hidden = isLost;
    document.getElementById("offline").hidden = !isLost;
  }

  function forget() {
    tokens = [];
    draw();
  }

  function draw() {
    const input = field();
    if (!input) return;
    input.value = FILLER.repeat(tokens.length);
    document.querySelectorAll(".mark-row span").forEach((mark, place) => {
      mark.classList.toggle("filled", place < tokens.length);
    });
  }

  function add(button) {
    if (!button || tokens.length >= PIN_LENGTH) return;
    tokens.push(button.value);
    draw();
    if (tokens.length === PIN_LENGTH) submit();
  }

  function erase() {
    if (tokens.length >= PIN_LENGTH) return;
    tokens.pop();
    draw();
  }

  function submit() {
    const form = document.getElementById("pin-form");
    const values = { keypad: form.keypad.value, check: form.check.value, token: tokens.slice() };
    htmx.ajax("POST", form.dataset.address, { target: "#screen", swap: "outerHTML", values: values });
  }

  function captionOf(event) {
    const match = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
    if (match) return match[1];
    return /^[0-9]$/.test(event.key) ? event.key : "";
  }

  function keyWith(form, caption) {
    // By what stands on it, not by its place: the keys may be shuffled.
    return Array.from(form.querySelectorAll(".key")).find((key) => key.textContent === caption);
  }

  function moveFocus(step) {
    const places = Array.from(screen().querySelectorAll("button:not(.key), a[href], input[type=password]"));
    const now = places.indexOf(document.activeElement);
    const next = now < 0 ? (step > 0 ? 0 : places.length - 1) : (now + step + places.length) % places.length;
    if (places.length) places[next].focus();
  }

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const form = document.getElementById("pin-form");
    if (form) {
      const caption = captionOf(event);
      if (caption) {
        event.preventDefault();
        if (!event.repeat) add(keyWith(form, caption));
        return;
      }
      if (["Backspace", "Delete", "NumpadDecimal"].includes(event.code)) {
        event.preventDefault();
        erase();
        return;
      }
    } else if (/^Numpad[2468]$/.test(event.code)) {
      event.preventDefault();
      moveFocus(/[26]$/.test(event.code) ? 1 : -1);
      return;
    }
    if (event.code === "NumpadDivide") {
      event.preventDefault();
      moveFocus(1);
    }
  }

  function stay() {
    // Any key or touch while a limit warns starts the limit anew.
    const form = document.querySelector(".press-stay");
    if (form && !form.dataset.sent) {
      form.dataset.sent = "yes";
      form.requestSubmit();
    }
  }

  function isNewer(version, shown) {
    // Answers overtake each other: the same screen again must not wipe what was begun, an older one not come back.
    // Eight letters name the server's life, the rest grows.
    if (!shown || shown.slice(0, 8) !== version.slice(0, 8)) return version !== shown;
    return version > shown;
  }

  function arrive() {
    const form = document.getElementById("pin-form");
    const name = screen().dataset.screen;
    const isNew = name !== shown;
    const again = !isNew && focused ? screen().querySelector(`button[value="${focused}"]`) : null;
    shown = name;
    // A notice on the same keypad keeps what was entered; any other keypad starts empty.
    if (!form || form.keypad.value !== keypad) tokens = [];
    keypad = form ? form.keypad.value : "";
    draw();
    if (isNew && form) {
      // A field that takes the focus in the turn of the swap is passed over by Orca: it stays silent and in browse
      // mode, where 1 to 6 jump between headings and digits are spoken. The group first, then the field, is heard.
      screen().focus();
      window.setTimeout(enterField, ENTER_MS, screen());
      return;
    }
    (again || field() || screen()).focus();
  }

  function enterField(group) {
    if (document.activeElement === group) field().focus();
  }

  document.addEventListener("click", (event) => {
    const key = event.target.closest(".key, .erase");
    if (!key) {
      if (field() && !event.target.closest("button, a")) field().focus();
      return;
    }
    if (key.classList.contains("erase")) erase();
    else add(key);
    field().focus();
  });

  document.addEventListener("keydown", (event) => {
    if (!document.activeElement || document.activeElement === document.body) screen().focus();
  }, true);

  document.addEventListener("beforeinput", (event) => {
    // Paste, drop, voice or an input method: nothing but our filler ever enters the field.
    if (event.target === field()) event.preventDefault();
  });

  for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, stay, true);
  document.querySelector("main").addEventListener("keydown", onKey);

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const version = event.detail.xhr.getResponseHeader("X-Screen-Version");
    if (version && !isNewer(version, screen().dataset.version)) event.detail.shouldSwap = false;
    const active = document.activeElement;
    focused = active && active.matches(".press button") ? active.value : "";
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    // The settle delay is 0: this is the same turn as the swap, so that a key pressed right after it finds the
    // new screen ready, and the new screen's own attributes stand on it (before, htmx shows the old ones).
    if (event.detail.target.id === "screen" || event.detail.elt.id === "screen") arrive();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr.status;
    if (status === 403) {
      // The server was restarted: its token is another one.
      window.location.reload();
      return;
    }
    if (event.detail.elt.id !== "watch") {
      if (!event.detail.successful) showLost(true);
      return;
    }
    if (!event.detail.successful) {
      showLost(true);
      watchSoon(RETRY_MS);
      return;
    }
    if (lost) {
      window.location.reload();
      return;
    }
    const quick = performance.now() - asked < QUICK_MS && !event.detail.xhr.responseText;
    watchSoon(quick ? RETRY_MS : 0);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });

  document.addEventListener("DOMContentLoaded", () => {
    // htmx takes up the page in its own listener, which was there before this one.
    arrive();
    watch();
  });
})();
