// Answers that come late: another swap took away what asked, while the answer was on its way.
//
// htmx tells an element outside the page all that happens to it, and the page nothing. So the elements themselves listen.
"use strict";

(() => {
  const body = document.body;
  if (!body.dataset.events) {
    return;
  }
  const heeded = new WeakSet();

  // What leads on from what a panel showed fits no more once another panel stands there. What was copied fits always: it
  // is the text that was asked for, and noted.
  function heedPanels() {
    for (const panel of document.querySelectorAll("[data-live]")) {
      if (!heeded.has(panel)) {
        heeded.add(panel);
        panel.addEventListener("htmx:beforeOnLoad", dropLateAnswer);
      }
    }
  }

  function dropLateAnswer(event) {
    const { elt, target } = event.detail;
    if (!elt.isConnected && !(target.id === "copied-panel" && target.isConnected)) {
      event.preventDefault();
      body.dispatchEvent(new CustomEvent("staff:stale"));
    }
  }

  // A refusal is told even when the pressed row was drawn anew meanwhile, by the very press that was faster.
  function tellLateRefusal(event) {
    const { elt, xhr } = event.detail;
    if (!elt.isConnected && xhr.getResponseHeader("HX-Retarget") === "#problem") {
      event.preventDefault();
      body.dispatchEvent(new CustomEvent("staff:moves"));
      htmx.swap("#problem", xhr.response, { swapStyle: "outerHTML" });
      body.dispatchEvent(new CustomEvent("staff:anew"));
    }
  }

  body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb !== "get") {
      event.detail.elt.addEventListener("htmx:beforeOnLoad", tellLateRefusal);
    }
  });

  // A part of an answer without its place: this page does not show what the server thinks. Better all anew.
  body.addEventListener("htmx:oobErrorNoTarget", () => location.reload());

  body.addEventListener("staff:settled", heedPanels);
  heedPanels();
})();
