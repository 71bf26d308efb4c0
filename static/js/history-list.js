// The history: a window of lines in a list of any length. Spacers stand for the lines that are not here; those are
// fetched as they are scrolled to. Also which row is selected, and stepping through them.
import { chosen, listenToChoice, remember } from "./history-choice.js";
import { LINE, listenToSlider, look, point } from "./history-strip.js";
import { htmx, toast } from "./htmx-setup.js";
import { roving } from "./roving.js";

const REST = 60; // milliseconds without a key after which the selected row is opened
const PATIENCE = 3000; // milliseconds for which an opened row is waited for
const MARGIN = 12; // lines kept ready above what is in sight

class HistoryList extends HTMLElement {
  connectedCallback() {
    this.current = document.getElementById("conversation").dataset.checkpoint;
    this.steps = this.fetches = Promise.resolve();
    this.tabIndex = -1;
    this.rove = roving(this, () => this.lines, (lines) => this.selected ?? lines[0], (place) => this.lead(Number(this.list.dataset.first) + place));
    this.reveal("center");
    this.onSettle = ({ target }) => {
      if (target.id === "conversation") this.arrived(target.dataset.checkpoint);
      if (target.id === "history") {
        this.select(this.current, false);
        this.fill(); // a refresh may have brought another window than the one in sight
      }
      look(this);
    };
    document.addEventListener("htmx:afterSettle", this.onSettle);
    document.addEventListener("htmx:pushedIntoHistory", remember);
    this.addEventListener("scroll", () => { this.fill(); look(this); }, { passive: true });
    this.resized = new ResizeObserver(() => look(this));
    this.resized.observe(this);
    listenToChoice(this);
    listenToSlider(this);
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:afterSettle", this.onSettle);
    document.removeEventListener("htmx:pushedIntoHistory", remember);
    this.resized.disconnect();
    clearTimeout(this.opening);
  }

  get list() {
    return this.querySelector("#history");
  }

  get rows() {
    return [...this.querySelectorAll("[data-checkpoint-id]")];
  }

  get lines() {
    return [...this.querySelectorAll("[data-line]")];
  }

  // By its id: a window that has just come may still mark the row that was current when it was asked for.
  get selected() {
    return this.rows.find((row) => row.dataset.checkpointId === this.current);
  }

  // Another choice of lines. Without `from` the window with the selected row comes.
  async choose(button, from = null) {
    await this.fetch(from === null ? "" : `from=${from}`, button);
    if (from === null) this.reveal("center");
    remember();
  }

  // Fetches the lines that are in sight and not here; one request at a time, the last wish counts.
  async fill() {
    const first = Math.floor(this.scrollTop / LINE);
    const last = Math.ceil((this.scrollTop + this.clientHeight) / LINE);
    const { first: from, lines } = this.list.dataset;
    const here = Number(from) + this.lines.length;
    const missing = first < Number(from) || (last > here && here < Number(lines));
    if (!missing || this.filling) return this.filling;
    this.filling = this.fetch(`from=${Math.max(0, first - MARGIN)}`);
    const fresh = await this.filling;
    this.filling = null;
    return fresh ? this.fill() : undefined;
  }

  // One window after the other: two at once could come in the wrong order. Answers whether it came.
  fetch(where, button) {
    const address = this.closest("thread-live").dataset.history;
    this.fetches = this.fetches.then(async () => {
      const at = `checkpoint=${encodeURIComponent(this.current)}&${chosen(button)}&${where}`;
      const response = await fetch(`${address}?${at}`, { headers: { "HX-Request": "true" } });
      if (response.ok) this.swap(await response.text());
      else toast(`The history could not be read (${response.status}).`);
      return response.ok;
    }).catch(() => toast("Studio does not answer; the history is as it was."));
    return this.fetches;
  }

  // The focus stays at its line; when that is not here any more, in the list.
  swap(html) {
    const focused = this.contains(document.activeElement) ? nameOf(document.activeElement) : null;
    htmx.swap("#history", html, { swapStyle: "outerHTML" });
    if (focused !== null) (this.lines.find((line) => nameOf(line) === focused) ?? this).focus({ preventScroll: true });
  }

  select(id, reveal = true) {
    this.current = id;
    for (const row of this.querySelectorAll('[aria-current="true"]')) if (row.dataset.checkpointId !== id) row.removeAttribute("aria-current");
    this.selected?.setAttribute("aria-current", "true");
    const place = this.lines.indexOf(this.selected);
    if (place >= 0) point(this.list, this.selected, Number(this.list.dataset.first) + place);
    this.rove();
    if (reveal) this.reveal("nearest");
  }

  // One row up or down; when the selected one has been scrolled away, or its neighbour is not here, it is fetched first.
  // Steps wait for each other: a key that is held down may ask faster than rows come.
  step(by) {
    this.steps = this.steps.then(async () => {
      if (!this.neighbour(by) && !this.atEnd(by)) {
        await this.fetch("");
        this.reveal("center");
      }
      this.open(this.neighbour(by));
    });
  }

  // Whether the selected row is here, and the last one in this direction.
  atEnd(by) {
    const { first, lines } = this.list.dataset;
    return this.selected && (by < 0 ? Number(first) === 0 : Number(first) + this.lines.length >= Number(lines));
  }

  neighbour(by) {
    const rows = this.rows;
    const place = rows.findIndex((row) => row.dataset.checkpointId === this.current);
    return place < 0 ? null : rows[place + by];
  }

  async end(place) {
    const { first, lines } = this.list.dataset;
    const all = this.rows.length && Number(first) === 0 && this.lines.length === Number(lines);
    if (!all) {
      await this.fetch(`from=${place === 0 ? 0 : lines}`);
      this.scrollTop = place === 0 ? 0 : this.scrollHeight;
    }
    this.open(this.rows.at(place));
  }

  // Gives the focus to a line that may not be here yet.
  async lead(line) {
    const wanted = Math.min(Math.max(line, 0), Number(this.list.dataset.lines) - 1);
    const find = () => this.lines[wanted - Number(this.list.dataset.first)];
    if (!find()) {
      this.scrollTop = wanted * LINE - this.clientHeight / 2;
      await this.fill();
    }
    find()?.focus();
  }

  // Marks the row at once and opens it when the keys come to rest, so that a held key does not load every row it passes.
  open(row, focus = true) {
    if (!row) return;
    if (focus) row.focus({ preventScroll: true });
    this.select(row.dataset.checkpointId);
    clearTimeout(this.opening);
    this.opening = setTimeout(() => {
      this.opening = null;
      this.asked = { id: this.current, at: Date.now() };
      this.selected?.click();
    }, REST);
  }

  // A conversation is on show. While keys are on their way to another row, or that one was asked for, it changes nothing.
  arrived(id) {
    const awaited = this.asked && this.asked.id !== id && Date.now() - this.asked.at < PATIENCE;
    if (this.opening || awaited) return;
    this.asked = null;
    if (id === this.current) { // refreshed only: the list stays where it was scrolled to
      this.select(id, false);
      return;
    }
    const here = this.contains(document.activeElement) || document.activeElement?.matches("[data-scrub]");
    this.select(id, !here);
    if (!this.selected && !here) this.fetch("").then(() => this.reveal("center")); // it came from a link elsewhere
  }

  reveal(block) {
    this.selected?.scrollIntoView({ block, behavior: "instant" });
    look(this);
  }
}

function nameOf(line) {
  return line.dataset.checkpointId ?? `${line.name} ${line.value}`;
}

customElements.define("history-list", HistoryList);
