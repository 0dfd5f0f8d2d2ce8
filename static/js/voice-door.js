// Log-in and the locked screen by ear: what the page wants, what was refused, and the name of the field one is in.
//
// Only fixed sentences sound here; what is typed is never spoken.
"use strict";

import { Player } from "./voice-sound.js";

const FIELDS = { name: "field-name", passphrase: "field-passphrase", code: "field-code" };

const page = document.getElementById("voice-door");

if (page) {
  const player = new Player(page, () => {}, () => {});
  let hasSaid = false;

  async function greet() {
    hasSaid = await player.notice(page.dataset.says);
  }

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat) {
        return;
      }
      player.stop(); // whoever types has heard enough
      if (!hasSaid) {
        greet();
      }
    },
    true,
  );
  document.addEventListener("focusin", (event) => {
    const field = FIELDS[event.target.id];
    if (field && hasSaid) {
      player.notice(field);
    }
  });
  greet();
}
