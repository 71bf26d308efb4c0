// The history: a window of lines in a list of any length. Spacers stand for the lines that are not here; those are
// fetched as they are scrolled to. Also which row is selected, stepping through them, and the slider over all of them.
import { htmx, toast } from "./htmx-setup.js";

const LINE = 28; // height of a line, as in the style sheet
const TYPING = 200; // milliseconds after the last letter until the list is asked for
const REST = 60; // milliseconds without a key after which the selected row is opened
const PATIENCE = 3000; // milliseconds for which an opened row is waited for
const MARGIN = 12; // lines kept ready above what is in sight
const CHOICES = ["find", "view", "fold", "flipped", "run"]; // what the address remembers of the choice

// Which lines are listed: the words that are looked for, the view, what is folded, the run that is marked. `button` is
// the one that was pressed, which says what changes.
export function chosen(button) {
  const form = document.getElementById("choice");
  return new URLSearchParams(button ? new FormData(form, button) : new FormData(form)).toString();
}

class HistoryList extends HTMLElement {
  connectedCallback() {
    this.current = document.getElementById("conversation").dataset.checkpoint;
    this.steps = this.fetches = Promise.resolve();
    this.reveal("center");
    this.onSettle = ({ target }) => {
      if (target.id === "conversation") this.arrived(target.dataset.checkpoint);
      if (target.id === "history") {
        this.select(this.current, false);
        this.fill(); // a refresh may have brought another window than the one in sight
      }
      this.look();
    };
    this.onPush = () => this.remember();
    document.addEventListener("htmx:afterSettle", this.onSettle);
    document.addEventListener("htmx:pushedIntoHistory", this.onPush);
    this.addEventListener("scroll", () => { this.fill(); this.look(); }, { passive: true });
    this.resized = new ResizeObserver(() => this.look());
    this.resized.observe(this);
    this.listenToChoice(document.getElementById("choice"));
    this.listenToSlider(this.parentElement);
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:afterSettle", this.onSettle);
    document.removeEventListener("htmx:pushedIntoHistory", this.onPush);
    this.resized.disconnect();
    clearTimeout(this.opening);
  }

  listenToChoice(form) {
    form.addEventListener("input", () => {
      clearTimeout(this.choosing);
      this.choosing = setTimeout(() => this.choose(), TYPING);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      clearTimeout(this.choosing);
      const button = event.submitter?.name ? event.submitter : null; // Enter presses the first one, which says nothing
      const from = button?.closest("#history") ? this.list.dataset.first : null; // a fold leaves the list where it is
      await this.choose(button, from);
      if (!button && form.elements.find.value) this.open(this.rows[0]); // Enter goes to what was found first
    });
  }

  listenToSlider(pane) {
    pane.addEventListener("input", ({ target }) => {
      if (!target.matches("[data-scrub]")) return;
      this.scrubbed = Number(this.list.dataset.lines) - Number(target.value);
      this.scrollTop = this.scrubbed * LINE - this.clientHeight / 2;
      this.newer = Number(this.list.dataset.first) + this.lines.indexOf(this.selected) > this.scrubbed;
      this.tell(this.rowAt(this.scrubbed, this.newer));
    });
    pane.addEventListener("change", ({ target }) => {
      if (target.matches("[data-scrub]")) this.goTo(this.scrubbed);
    });
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
    this.remember();
  }

  // The address has the choice too, so that a reload and a bookmark show what was seen.
  remember() {
    const address = new URL(location.href);
    const choice = new FormData(document.getElementById("choice"));
    for (const name of CHOICES) {
      if (choice.get(name)) address.searchParams.set(name, choice.get(name));
      else address.searchParams.delete(name);
    }
    if (address.href !== location.href) history.replaceState(history.state, "", address);
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
      if (response.ok) htmx.swap("#history", await response.text(), { swapStyle: "outerHTML" });
      else toast(`The history could not be read (${response.status}).`);
      return response.ok;
    }).catch(() => toast("Studio does not answer; the history is as it was."));
    return this.fetches;
  }

  select(id, reveal = true) {
    this.current = id;
    for (const row of this.querySelectorAll('[aria-current="true"]')) if (row.dataset.checkpointId !== id) row.removeAttribute("aria-current");
    this.selected?.setAttribute("aria-current", "true");
    const slider = document.getElementById("scrubber");
    const place = this.lines.indexOf(this.selected);
    if (slider && place >= 0 && !slider.matches(":active")) {
      slider.value = Number(this.list.dataset.lines) - Number(this.list.dataset.first) - place;
      this.tell(this.selected);
    }
    if (reveal) this.reveal("nearest");
  }

  // What the slider stands at, in words.
  tell(row) {
    if (!row) return;
    const words = `step ${row.dataset.step || "?"}`;
    document.getElementById("scrubbed").textContent = words;
    document.getElementById("scrubber").setAttribute("aria-valuetext", words);
  }

  // The part of the list that is in sight, on the strip under it.
  look() {
    const view = document.querySelector("#scrub .map-view");
    const height = this.scrollHeight;
    if (!view || !height) return;
    const width = view.ownerSVGElement.viewBox.baseVal.width;
    view.setAttribute("x", (width * (height - this.scrollTop - this.clientHeight)) / height);
    view.setAttribute("width", (width * this.clientHeight) / height);
  }

  // The row at a line; beside a heading the next one in the direction in which one goes, else the nearest.
  rowAt(line, newer) {
    const place = Math.max(0, line - Number(this.list.dataset.first));
    const isRow = (one) => one.dataset.checkpointId;
    const above = this.lines.slice(0, place + 1).reverse().find(isRow);
    const below = this.lines.slice(place).find(isRow);
    return newer ? above ?? below : below ?? above;
  }

  // Selects the row at a line that may not be here yet.
  async goTo(line) {
    await this.fill();
    this.open(this.rowAt(line, this.newer), false);
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
    this.look();
  }
}

customElements.define("history-list", HistoryList);
