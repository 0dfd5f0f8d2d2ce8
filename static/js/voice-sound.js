// Plays the box's sounds phrase by phrase without a gap, and is silent at once when told.
"use strict";

const EARCON_GAP_S = 0.08;
const LEAD_S = 0.01;
const UNLOCK_MS = 500;

export const HEADERS = { "HX-Request": "true", "HX-Current-URL": location.href };

/** An answer that was none; `problem` is the page's own words for it, where it has some. */
export class Failure extends Error {
  constructor(answer, problem) {
    super(String(answer.status));
    this.problem = problem;
    this.isNobodyThere = !problem && [502, 503, 504].includes(answer.status); // the proxy answered alone
  }
}

/** Leave a session that is over, unless the page has something to say first. */
export function leaveFor(address) {
  if (document.body.dispatchEvent(new CustomEvent("staff:leave", { cancelable: true, detail: address }))) {
    location.replace(address);
  }
}

/** Read the words of a refused answer. A session that is over leaves the page. */
export async function problemOf(answer) {
  if (answer.type === "opaqueredirect" || answer.status === 401) {
    leaveFor(answer.headers.get("HX-Redirect") ?? document.body.dataset.login);
    return null;
  }
  const text = await answer.text().catch(() => "");
  return new DOMParser().parseFromString(text, "text/html").getElementById("problem");
}

export class Player {
  #page;
  #over; // called when an utterance is over, heard or not
  #failed; // called with what went wrong
  #context = null;
  #turn = 0; // grows with every key and every utterance: whatever belongs to an older one is not played
  #fetching = new AbortController();
  #playing = new Set();
  #kept = new Map(); // address -> promise of a sound's bytes that hold nothing of anybody

  constructor(page, over, failed) {
    this.#page = page;
    this.#over = over;
    this.#failed = failed;
    this.#context = new AudioContext();
  }

  get isPlaying() {
    return this.#playing.size > 0;
  }

  /** True where the browser's policy lets this page sound before anybody pressed a key. */
  get isOpen() {
    return this.#context.state === "running";
  }

  stop() {
    this.#turn += 1;
    this.#fetching.abort();
    this.#fetching = new AbortController();
    for (const source of this.#playing) {
      source.onended = null;
      source.stop();
    }
    this.#playing.clear();
    document.body.dataset.voice = "silent";
  }

  async unlock() {
    if (!this.isOpen) {
      await Promise.race([this.#context.resume(), new Promise((done) => setTimeout(done, UNLOCK_MS))]);
    }
    document.getElementById("voice-start").hidden = this.isOpen;
    return this.isOpen;
  }

  // What may have to sound when nothing can be fetched any more is here before it is needed. One at a time: a key's
  // own sounds go first. The farewell leads: a person may lock as soon as the page is there.
  async keepReady() {
    const { earcon, earcons, notice } = this.#page.dataset;
    this.#bytes(earcon, "unreachable").catch(() => {}); // what sounds when a sentence does not come
    const notices = ["num-lock", "lost", "back", "idle", "ending"].map((name) => [notice, name]);
    for (const [pattern, name] of [[notice, "leaving"], ...earcons.split(" ").map((name) => [earcon, name]), ...notices]) {
      await this.#bytes(pattern, name).catch(() => {});
    }
  }

  // Each phrase is asked for as soon as the one before it is there, so that it is made while that one sounds.
  async speak(earcon, addresses) {
    this.stop();
    const mine = this.#turn;
    const { signal } = this.#fetching;
    if (!(await this.unlock())) {
      this.#over(); // nothing is heard, and the page says which key makes it heard
      return;
    }
    let at = 0;
    try {
      if (earcon) {
        const sound = await this.#fixed(this.#page.dataset.earcon, earcon);
        if (mine !== this.#turn) {
          return;
        }
        at = this.#schedule(sound, 0) + EARCON_GAP_S;
      }
      for (const address of addresses) {
        const sound = await this.#context.decodeAudioData(await fetched(address, signal));
        if (mine !== this.#turn) {
          return;
        }
        at = this.#schedule(sound, at);
      }
      document.getElementById("voice-failed").hidden = true;
      this.#overAt(mine, at);
    } catch (error) {
      if (mine === this.#turn && error.name !== "AbortError") {
        await this.fail(error);
      }
    }
  }

  /** Say a sentence that was fetched before it was needed; false when nothing may sound yet. */
  async notice(name) {
    this.stop();
    const mine = this.#turn;
    if (!(await this.unlock())) {
      return false;
    }
    const sound = await this.#fixed(this.#page.dataset.notice, name).catch(() =>
      this.#fixed(this.#page.dataset.earcon, "unreachable"),
    );
    if (mine === this.#turn) {
      this.#overAt(mine, this.#schedule(sound, 0));
    }
    return true;
  }

  /** Say such a sentence to its end, or to the key that ends it. */
  async noticeToTheEnd(name, limitMs) {
    const until = Date.now() + limitMs;
    await Promise.race([this.notice(name), pause(limitMs)]).catch(() => {});
    while (this.isPlaying && Date.now() < until) {
      await pause(50);
    }
  }

  /** Not heard is not spoken: it is shown, and told by the sound for it where that one can still be had. */
  async fail(error) {
    const mine = this.#turn;
    document.getElementById("voice-failed").hidden = false;
    this.#failed(error);
    const sound = await this.#fixed(this.#page.dataset.earcon, "unreachable").catch(() => null);
    if (mine === this.#turn) {
      if (sound && this.isOpen) {
        this.#schedule(sound, 0);
      }
      document.body.dataset.voice = "failed";
      this.#over();
    }
  }

  #schedule(buffer, at) {
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    const start = Math.max(at, this.#context.currentTime + LEAD_S);
    source.start(start);
    source.onended = () => {
      this.#playing.delete(source);
    };
    this.#playing.add(source);
    document.body.dataset.voice = "speaking";
    return start + buffer.duration;
  }

  #overAt(mine, at) {
    setTimeout(
      () => {
        if (mine === this.#turn) {
          document.body.dataset.voice = "silent";
          this.#over();
        }
      },
      Math.max(0, at - this.#context.currentTime) * 1_000,
    );
  }

  #bytes(pattern, name) {
    const address = pattern.replace("NAME", name);
    if (!this.#kept.has(address)) {
      const coming = fetched(address);
      this.#kept.set(address, coming);
      coming.catch(() => this.#kept.delete(address));
    }
    return this.#kept.get(address);
  }

  async #fixed(pattern, name) {
    return this.#context.decodeAudioData((await this.#bytes(pattern, name)).slice(0));
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function fetched(address, signal) {
  const answer = await fetch(address, { cache: "no-store", redirect: "manual", headers: HEADERS, signal });
  if (!answer.ok) {
    throw new Failure(answer, await problemOf(answer));
  }
  return answer.arrayBuffer();
}
