// Plays a recorded run again: its frames are fetched when they are first asked for, and appear when their time has come.
import { htmx } from "./htmx-setup.js";

const TICK = 40; // milliseconds between two looks at the clock
const PAUSE = 2; // seconds without anything that are worth skipping
const LEAD = 0.3; // seconds before the next frame to which a skip leads
const STRIDES = 20; // presses of an arrow key that lead through a short run; through a long one they are seconds

class RunReplay extends HTMLElement {
  connectedCallback() {
    this.seconds = Number(this.dataset.seconds);
    this.time = 0;
    this.frames = null;
    this.shown = 0; // so many frames are on the stage
    this.leaving = new AbortController();
    const listen = { signal: this.leaving.signal };
    this.part("play").addEventListener("click", () => (this.playing ? this.pause() : this.play()), listen);
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)), listen);
    this.slider.addEventListener("keydown", (event) => this.press(event), listen);
    this.draw();
  }

  disconnectedCallback() {
    this.leaving.abort();
    this.pause();
  }

  part(name) {
    return this.querySelector(`[data-${name}]`);
  }

  get slider() {
    return this.part("seek");
  }

  get stage() {
    return this.querySelector(".stage");
  }

  get playing() {
    return this.hasAttribute("data-playing");
  }

  async play() {
    this.toggleAttribute("data-playing", true);
    if (!(await this.load())) return this.pause();
    if (!this.playing || this.timer) return; // somebody was quicker
    if (this.time >= this.seconds) this.show(0);
    this.before = performance.now();
    this.timer = setInterval(() => this.tick(), TICK);
  }

  pause() {
    this.toggleAttribute("data-playing", false);
    clearInterval(this.timer);
    this.timer = null;
  }

  tick() {
    const now = performance.now();
    let time = this.time + ((now - this.before) / 1000) * Number(this.part("speed").value);
    this.before = now;
    const last = this.frames[this.shown - 1]?.at ?? 0;
    const next = this.frames[this.shown]?.at ?? this.seconds;
    if (this.part("skip").checked && next - last > PAUSE) time = Math.max(time, next - LEAD);
    this.show(time);
    if (this.time >= this.seconds) this.pause();
  }

  // Where the slider was put is where the replay goes on, once there is something to show.
  async seek(time) {
    this.time = time;
    this.draw();
    if (await this.load()) this.show(this.time, true);
  }

  press(event) {
    const direction = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (direction) this.seek(this.within(this.time + direction * Math.min(1, this.seconds / STRIDES)));
    else if (event.key === " ") this.part("play").click();
    else return;
    event.preventDefault();
  }

  // Whether there is something to play; asked for once, and again after a failure.
  async load() {
    this.loading ??= fetch(this.dataset.url, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))))
      .then((replay) => this.take(replay));
    return this.loading.then(() => true, () => {
      this.loading = null;
      this.part("note").textContent = "The replay could not be loaded. Try again in a moment.";
      return false;
    });
  }

  take({ frames, lost }) {
    this.frames = frames;
    const told = [];
    if (lost) told.push(`The first ${lost.toLocaleString("en")} events are not kept any more: the replay begins after them.`);
    if (!frames.length) told.push("Nothing that this run streamed is text or progress; its events are below.");
    this.part("note").textContent = told.join(" ");
    this.stage.hidden = !frames.length;
  }

  // The stage as it was at a time: further frames are added, earlier ones can only be shown by starting over.
  show(time, sought = false) {
    this.time = this.within(time);
    let due = this.shown;
    if (sought || this.time === 0) due = this.frames.findLastIndex(({ at }) => at <= this.time) + 1;
    else while (this.frames[due]?.at <= this.time) due += 1;
    if (due < this.shown) {
      for (const name of ["live", "progress"]) this.querySelector(`#${name}`).replaceChildren();
      this.shown = 0;
    }
    if (due > this.shown) {
      const html = this.frames.slice(this.shown, due).map((frame) => frame.html).join("");
      htmx.swap(document.body, html, { swapStyle: "none" });
      this.stage.scrollTop = this.stage.scrollHeight;
    }
    this.shown = due;
    this.draw();
  }

  within(time) {
    return Math.min(Math.max(time, 0), this.seconds);
  }

  draw() {
    this.toggleAttribute("data-over", this.time >= this.seconds);
    const [time, whole] = [clock(this.time), clock(this.seconds)];
    if (Number(this.slider.value) !== this.time) this.slider.value = this.time;
    this.slider.setAttribute("aria-valuetext", `${time} of ${whole}`);
    this.part("clock").textContent = `${time} / ${whole}`;
  }
}

// "0:03.2", or with hours "1:00:03.2".
function clock(seconds) {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  const [hours, minutes] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60];
  const rest = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

customElements.define("run-replay", RunReplay);
