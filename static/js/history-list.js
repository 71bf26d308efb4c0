// The history: a window of rows in a list of any length. Spacers stand for the rows that are not here; those are
// fetched as they are scrolled to. Also which row is selected, and stepping through them.
import { htmx, toast } from "./htmx-setup.js";

const LINE = 28; // height of a line, as in the style sheet
const TYPING = 200; // milliseconds after the last letter until the list is asked for
const REST = 60; // milliseconds without a key after which the selected row is opened
const PATIENCE = 3000; // milliseconds for which an opened row is waited for
const MARGIN = 12; // lines kept ready above what is in sight

// Which lines are listed: the words that are looked for, and whether one branch or all.
export function chosen() {
  return new URLSearchParams(new FormData(document.getElementById("choice"))).toString();
}

class HistoryList extends HTMLElement {
  connectedCallback() {
    this.current = document.getElementById("conversation").dataset.checkpoint;
    this.steps = this.fetches = Promise.resolve();
    this.reveal("center");
    this.onSettle = ({ target }) => {
      if (target.id === "conversation") this.arrived(target.dataset.checkpoint);
      if (target.id === "history") this.select(this.current, false);
    };
    document.addEventListener("htmx:afterSettle", this.onSettle);
    this.addEventListener("scroll", () => this.fill(), { passive: true });
    const choice = document.getElementById("choice");
    choice.addEventListener("input", () => {
      clearTimeout(this.choosing);
      this.choosing = setTimeout(() => this.fetch("").then(() => this.reveal("center")), TYPING);
    });
    choice.addEventListener("submit", (event) => event.preventDefault());
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:afterSettle", this.onSettle);
    clearTimeout(this.opening);
  }

  get list() {
    return this.querySelector("#history");
  }

  get rows() {
    return [...this.querySelectorAll("[data-checkpoint-id]")];
  }

  // By its id: a window that has just come may still mark the row that was current when it was asked for.
  get selected() {
    return this.rows.find((row) => row.dataset.checkpointId === this.current);
  }

  // Fetches the rows that are in sight and not here; one request at a time, the last wish counts.
  async fill() {
    const first = Math.floor(this.scrollTop / LINE);
    const last = Math.ceil((this.scrollTop + this.clientHeight) / LINE);
    const { first: from, lines } = this.list.dataset;
    const here = Number(from) + this.list.querySelectorAll(":scope > a[data-checkpoint-id], :scope > .runline").length;
    const missing = first < Number(from) || (last > here && here < Number(lines));
    if (!missing || this.filling) return;
    this.filling = true;
    await this.fetch(`from=${Math.max(0, first - MARGIN)}`);
    this.filling = false;
    this.fill();
  }

  // One window after the other: two at once could come in the wrong order.
  fetch(where) {
    const address = this.closest("thread-live").dataset.history;
    this.fetches = this.fetches.then(async () => {
      const at = `checkpoint=${encodeURIComponent(this.current)}&${chosen()}&${where}`;
      const response = await fetch(`${address}?${at}`, { headers: { "HX-Request": "true" } });
      if (response.ok) htmx.swap("#history", await response.text(), { swapStyle: "outerHTML" });
      else toast(`The history could not be read (${response.status}).`);
    }).catch(() => toast("Studio does not answer; the history is as it was."));
    return this.fetches;
  }

  select(id, reveal = true) {
    this.current = id;
    for (const row of this.querySelectorAll('[aria-current="true"]')) if (row.dataset.checkpointId !== id) row.removeAttribute("aria-current");
    this.selected?.setAttribute("aria-current", "true");
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
    const here = this.list.querySelectorAll(":scope > a[data-checkpoint-id], :scope > .runline").length;
    return this.selected && (by < 0 ? Number(first) === 0 : Number(first) + here >= Number(lines));
  }

  neighbour(by) {
    const rows = this.rows;
    const place = rows.findIndex((row) => row.dataset.checkpointId === this.current);
    return place < 0 ? null : rows[place + by];
  }

  async end(place) {
    const { first, lines } = this.list.dataset;
    const all = this.rows.length && Number(first) === 0 && this.list.lastElementChild?.localName !== "svg";
    if (!all) {
      await this.fetch(`from=${place === 0 ? 0 : lines}`);
      this.scrollTop = place === 0 ? 0 : this.scrollHeight;
    }
    this.open(this.rows.at(place));
  }

  // Marks the row at once and opens it when the keys come to rest, so that a held key does not load every row it passes.
  open(row) {
    if (!row) return;
    row.focus({ preventScroll: true });
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
    this.select(id, !this.contains(document.activeElement));
  }

  reveal(block) {
    this.selected?.scrollIntoView({ block, behavior: "instant" });
  }
}

customElements.define("history-list", HistoryList);
