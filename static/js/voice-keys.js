// The keys of 音声端末モード, told by their place on the keyboard.
"use strict";

const PAD = { Add: "+", Subtract: "-", Multiply: "*", Divide: "/", Decimal: ".", Enter: "Enter" };
const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
const CONTROL = "a[href], button, summary, input, select, textarea";

/** Which key of the desk a press is: a numpad's, or the same sign elsewhere on the keyboard; `null` for others. */
export function keyOf(event) {
  const pad = /^Numpad(\w+)$/u.exec(event.code)?.[1];
  if (pad) {
    const key = PAD[pad] ?? pad;
    const isSign = /^[0-9.]$/u.test(key);
    return isSign && event.key.length > 1 ? "NumLock" : /^([0-9+\-*/.]|Enter)$/u.test(key) ? key : null;
  }
  const place = document.activeElement ?? document.body;
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
