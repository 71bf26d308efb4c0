// What a run is doing right now, beside what its steps tell: tokens per second, time since its last event, clocks that
// run while the page hears from the deployment and stand still while it does not.
const WINDOW = 5; // seconds over which tokens are counted
const SILENCE = 3; // seconds after which it is worth saying that nothing came

export class Pulse {
  samples = [];
  heard = performance.now();

  // A frame: so many tokens had come when the run had streamed for so many seconds.
  frame({ tokens, at }) {
    this.heard = performance.now();
    if (tokens === undefined) return;
    this.samples.push({ tokens, at });
    while (this.samples.length > 2 && at - this.samples[1].at > WINDOW) this.samples.shift();
  }

  quiet(seconds) {
    this.heard = performance.now() - seconds * 1000;
  }

  begin() {
    this.samples = [];
    this.heard = performance.now();
  }

  get text() {
    const silence = Math.floor((performance.now() - this.heard) / 1000);
    if (silence >= SILENCE) return `last event ${clock(silence)} ago`;
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    const seconds = last ? last.at - first.at : 0;
    return seconds >= 0.5 && last.tokens > first.tokens ? `${((last.tokens - first.tokens) / seconds).toFixed(0)} tokens/s` : "";
  }
}

function clock(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// Each clock counts from what the server said when it was put on the page.
const begun = new WeakMap();

export function tick(root) {
  for (const element of root.querySelectorAll("[data-elapsed]")) {
    let start = begun.get(element);
    if (start?.said !== element.dataset.elapsed) {
      start = { said: element.dataset.elapsed, at: performance.now() - Number(element.dataset.elapsed) * 1000 };
      begun.set(element, start);
    }
    const text = clock(Math.floor((performance.now() - start.at) / 1000));
    if (element.textContent !== text) element.textContent = text;
  }
}
