// Hears what a page plays: every sound on its way to the loudspeaker passes an analyser. For tests alone.
(() => {
  const THRESHOLD = 0.002;
  const connect = AudioNode.prototype.connect;
  const taps = new Map();
  let pressedAt = 0;

  AudioNode.prototype.connect = function (to, ...rest) {
    if (!(to instanceof AudioDestinationNode) || this instanceof AnalyserNode) {
      return connect.call(this, to, ...rest);
    }
    if (!taps.has(this.context)) {
      const tap = this.context.createAnalyser();
      tap.fftSize = 256; // 5 ms
      connect.call(tap, to);
      taps.set(this.context, tap);
    }
    return connect.call(this, taps.get(this.context));
  };

  const level = () => {
    let loudest = 0;
    for (const tap of taps.values()) {
      const samples = new Float32Array(tap.fftSize);
      tap.getFloatTimeDomainData(samples);
      loudest = Math.max(loudest, ...samples.map(Math.abs));
    }
    return loudest;
  };
  // Each state that the page takes is told, however short: a sentence may be over before anybody looks.
  let told = "";
  new MutationObserver(() => {
    const { body } = document;
    const state = `${body?.hidden ? "hidden " : ""}${body?.dataset.voice ?? ""}`;
    if (state !== told) {
      told = state;
      window.earState(state);
    }
  }).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-voice", "hidden"] });

  const pause = () => new Promise((done) => setTimeout(done, 2));

  window.addEventListener("keydown", () => (pressedAt = performance.now()), true);

  window.ear = {
    level,
    listen() {
      pressedAt = 0;
    },
    async loud(limitMs) {
      const until = performance.now() + limitMs;
      while (level() < 0.02) {
        if (performance.now() > until) {
          throw new Error("nothing was loud");
        }
        await pause();
      }
    },
    async first(limitMs) {
      const until = performance.now() + limitMs;
      while (!pressedAt || level() < THRESHOLD) {
        if (performance.now() > until) {
          throw new Error("nothing was heard");
        }
        await pause();
      }
      return performance.now() - pressedAt;
    },
    async last(forMs) {
      const until = performance.now() + forMs;
      let lastAt = pressedAt;
      while (performance.now() < until) {
        if (level() >= THRESHOLD) {
          lastAt = performance.now();
        }
        await pause();
      }
      return lastAt - pressedAt;
    },
  };
})();
