// 「読み上げ」 on 資格情報: one press reads, the next one or Escape stops; nothing sounds unasked.
"use strict";

import { Failure, HEADERS, Player, problemOf } from "./voice-sound.js";

const page = document.getElementById("aloud");

if (page) {
  const button = document.getElementById("aloud-button");
  const caption = button.textContent;
  let player = null;
  let turn = 0; // grows with every press: an answer to an older one is not read
  let isReading = false;

  function show(reads) {
    isReading = reads;
    button.textContent = reads ? button.dataset.stop : caption;
  }

  function showProblem(error) {
    show(false);
    if (error.problem) {
      document.getElementById("problem").replaceWith(document.importNode(error.problem, true));
    }
  }

  function stop() {
    turn += 1;
    player.stop();
    show(false);
  }

  async function read() {
    turn += 1;
    const mine = turn;
    player ??= new Player(page, () => show(false), showProblem);
    show(true);
    document.getElementById("voice-failed").hidden = true;
    document.getElementById("problem").replaceChildren();
    try {
      const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"];
      const answer = await fetch(page.dataset.address, {
        method: "POST",
        redirect: "manual",
        headers: { ...HEADERS, "X-CSRF-Token": token },
      });
      if (answer.status !== 200) {
        throw new Failure(answer, await problemOf(answer));
      }
      const drawn = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("aloud-panel");
      if (mine === turn) {
        document.getElementById("aloud-panel").replaceWith(document.importNode(drawn, true));
        await player.speak(drawn.dataset.earcon, drawn.dataset.sounds.split(" ").filter(Boolean));
      }
    } catch (error) {
      if (mine === turn) {
        await player.fail(error);
      }
    }
  }

  button.addEventListener("click", () => (isReading ? stop() : read()));
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape" && isReading) {
        event.preventDefault();
        event.stopImmediatePropagation(); // the page's own Escape leads away
        stop();
      }
    },
    true,
  );
  page.hidden = false;
}
