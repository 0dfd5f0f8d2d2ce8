// 「お知らせ」 under the desk: what was said without having been asked for.
"use strict";

const KEPT = 30;

/** Put what the panel says on top of the list. */
export function remember() {
  const list = document.getElementById("news");
  const item = document.createElement("li");
  const words = ["voice-said", "voice-braille"].map((name) => document.getElementById(name).textContent);
  item.textContent = words.join(" ");
  list.prepend(item);
  while (list.childElementCount > KEPT) {
    list.lastElementChild.remove();
  }
  list.hidden = false;
  document.getElementById("news-empty").hidden = true;
}
