// Tells in good time that the screen will lock, or that the log-in ends: the server knows when, and is asked then.
"use strict";

const LEAD_S = 60;
const SLACK_S = 20; // the server notes acts that coarsely
const AGAIN_MS = 15_000;

export class EndWatch {
  #idleS;
  #tell; // called with "idle" or "ending" when it is near, with null when it is not any more
  #timer = 0;
  #told = null;

  constructor(idleS, tell) {
    this.#idleS = idleS;
    this.#tell = tell;
    this.#look();
  }

  /** Somebody acted here: nothing can be near for a while. */
  acted() {
    this.#say(null);
    this.#lookIn(this.#idleS - SLACK_S - this.#lead);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = -1;
  }

  get #lead() {
    return Math.min(LEAD_S, this.#idleS / 3);
  }

  #lookIn(seconds) {
    if (this.#timer !== -1) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#look(), Math.max(1, seconds) * 1_000);
    }
  }

  async #look() {
    let answer;
    try {
      answer = await fetch(document.body.dataset.session, { cache: "no-store", redirect: "manual" });
    } catch {
      this.#lookIn(AGAIN_MS / 1_000); // no connection: that is told by others
      return;
    }
    if (answer.status !== 204) {
      return; // over: the stream says goodbye
    }
    const idle = Number(answer.headers.get("X-Idle-Left"));
    const whole = Number(answer.headers.get("X-Session-Left"));
    const left = Math.min(idle, whole);
    if (left > this.#lead) {
      this.#say(null);
      this.#lookIn(left - this.#lead);
    } else {
      this.#say(idle <= whole ? "idle" : "ending");
      this.#lookIn(Math.min(left + 1, AGAIN_MS / 1_000)); // another page of this person may have been used
    }
  }

  #say(kind) {
    if (kind !== this.#told) {
      this.#told = kind;
      this.#tell(kind);
    }
  }
}
