// Keeps the board new: fetches what its drawing lacks and puts each piece in its place, touching nothing else.
//
// Every open board does this at every arrival, so it is the one panel whose nudges htmx does not answer: it would tell
// each element of its coming and going, and ask the browser's cache. htmx puts in whole panels, here and after a press.
"use strict";

(() => {
  const RETRY_MS = 1_500;
  const TIMEOUT_MS = 10_000;
  const EVERY_MS = 60_000; // how many days a record stays is said on the board, and a day ends without an event

  const body = document.body;
  const byId = (id) => document.getElementById(id);
  if (!byId("board-head")) {
    return;
  }
  let isAsking = false;
  let nextLook = 0;
  let told = null; // what stands in #problem because the board could not be read

  // Where a piece goes, by the word in data-piece. Without its place it is an error.
  const WAYS = {
    marks(piece) {
      const head = byId("board-head");
      for (const name of ["cursor", "waiting", "shown"]) {
        head.dataset[name] = piece.dataset[name];
      }
    },
    gone: (piece) => byId(piece.id).remove(),
    anew: (piece) => byId(piece.id).replaceWith(piece),
    first: (piece, list) => byId(list).prepend(piece),
    after: (piece, row) => byId(row).after(piece),
  };

  function put(piece) {
    const [way, place] = piece.dataset.piece.split(" ");
    piece.removeAttribute("data-piece");
    WAYS[way](piece, place);
    if (piece.querySelector("[hx-get], [hx-post]")) {
      htmx.process(piece);
    }
  }

  function putAll(pieces) {
    const focused = document.activeElement;
    pieces.forEach(put);
    if (focused && !focused.isConnected) {
      byId(focused.id)?.focus({ preventScroll: true });
    }
  }

  const sayMoves = () => body.dispatchEvent(new CustomEvent("staff:moves"));

  function take(goesTo, text) {
    sayMoves();
    if (goesTo) {
      htmx.swap(goesTo, text, { swapStyle: "outerHTML", settleDelay: 0 });
      return;
    }
    const read = document.createElement("template");
    read.innerHTML = text;
    try {
      putAll([...read.content.children]);
    } catch {
      // A piece without its place: this page does not show what the server thinks. Better all anew than a wrong row.
      location.reload();
      return;
    }
    body.dispatchEvent(new CustomEvent("staff:taken"));
  }

  // Not while a hand is on a button, and not on a page that is left. hand.js asks again.
  const mayTouch = () => body.dispatchEvent(new CustomEvent("staff:take", { cancelable: true }));

  // An error of ours has words, and is told once until the board can be read again; one of the proxy has none.
  function tell(goesTo, text) {
    if (goesTo && !told?.isConnected && mayTouch()) {
      const read = document.createElement("template");
      read.innerHTML = text;
      told = read.content.firstElementChild;
      sayMoves();
      document.querySelector(goesTo).replaceWith(told);
    }
  }

  async function ask(address) {
    const answer = await fetch(address, {
      cache: "no-store", // the answer says so too; said beforehand, the browser does not look into its cache either
      headers: { "HX-Request": "true", "HX-Current-URL": location.href },
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.text();
    if (answer.headers.has("HX-Redirect")) {
      body.dispatchEvent(new CustomEvent("staff:over", { detail: answer.headers.get("HX-Redirect") }));
      return;
    }
    const goesTo = answer.headers.get("HX-Retarget");
    if (!answer.ok) {
      tell(goesTo, text);
      throw new Error(`board ${answer.status}`);
    }
    others?.postMessage({ address, goesTo, text });
    takeFor(address, goesTo, text);
  }

  const sayStale = () => body.dispatchEvent(new CustomEvent("staff:stale"));

  function takeFor(address, goesTo, text) {
    lookLater();
    if (told) {
      sayMoves();
      told.replaceChildren();
      told = null;
    }
    if (addressNow() !== address) {
      sayStale(); // a press has drawn the panel anew meanwhile
    } else if (mayTouch()) {
      take(goesTo, text);
    }
  }

  // Open boards of one browser ask once. An address names the drawing that a page shows, and its answer leads from that
  // one to the newest: it fits every page of this log-in with this address, and no other page. A turn ends with the page
  // that has it, and after an error the next one asks for itself. Who waits too long, behind a page that the browser has
  // stopped, asks without a turn.
  const TOLD = "told by another page";
  const TURN_MS = 2_000;
  const seat = body.getAttribute("hx-headers"); // bears the log-in's own token
  const others = navigator.locks && window.BroadcastChannel ? new BroadcastChannel(`board ${seat}`) : null;
  let turn = null;

  others?.addEventListener("message", ({ data }) => {
    if (data.address === addressNow()) {
      takeFor(data.address, data.goesTo, data.text);
      turn?.abort(TOLD);
    }
  });

  async function askInTurn(address) {
    if (!others) {
      return ask(address);
    }
    const waiting = new AbortController();
    const tooLong = setTimeout(() => waiting.abort(), TURN_MS);
    let isMine = false;
    turn = waiting;
    try {
      await navigator.locks.request(`board ${seat} ${address}`, { signal: waiting.signal }, () => {
        isMine = true;
        return askStill(address);
      });
    } catch (error) {
      if (isMine) {
        throw error;
      }
      if (waiting.signal.reason !== TOLD) {
        await askStill(address);
      }
    } finally {
      clearTimeout(tooLong);
    }
  }

  const askStill = (address) => (address === addressNow() ? ask(address) : sayStale());

  function addressNow() {
    const head = byId("board-head");
    return head && `${head.dataset.pieces}&shown=${head.dataset.shown}`;
  }

  async function refresh() {
    const address = addressNow();
    lookLater();
    if (isAsking || !address) {
      return; // the cursor of what comes is older than this nudge's, and live.js asks again once that is in place
    }
    isAsking = true;
    try {
      await askInTurn(address);
    } catch {
      setTimeout(sayStale, RETRY_MS);
    } finally {
      isAsking = false;
    }
  }

  function lookLater() {
    clearTimeout(nextLook);
    nextLook = setTimeout(refresh, EVERY_MS);
  }

  body.addEventListener("live:board-head", refresh);
  lookLater();
})();
