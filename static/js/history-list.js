// The history rows: which one is selected, stepping through them, and keeping the selected one in sight.
class HistoryList extends HTMLElement {
  connectedCallback() {
    this.reveal("center");
    this.onSettle = ({ target }) => {
      if (target.id === "conversation") this.select(target.dataset.checkpoint, !this.contains(document.activeElement));
      if (target.id === "history") this.select(document.getElementById("conversation").dataset.checkpoint, false);
    };
    document.addEventListener("htmx:afterSettle", this.onSettle);
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:afterSettle", this.onSettle);
  }

  get rows() {
    return [...this.querySelectorAll("[data-checkpoint-id]")];
  }

  get selected() {
    return this.querySelector('[aria-current="true"]');
  }

  select(id, reveal = true) {
    for (const row of this.querySelectorAll('[aria-current="true"]')) if (row.dataset.checkpointId !== id) row.removeAttribute("aria-current");
    const row = this.rows.find((row) => row.dataset.checkpointId === id);
    row?.setAttribute("aria-current", "true");
    if (reveal) this.reveal("nearest");
  }

  step(by) {
    const rows = this.rows;
    this.open(rows[Math.max(0, rows.indexOf(this.selected)) + (this.selected ? by : 0)]);
  }

  end(place) {
    this.open(this.rows.at(place));
  }

  open(row) {
    if (!row) return;
    row.focus({ preventScroll: true });
    this.select(row.dataset.checkpointId);
    row.click();
  }

  reveal(block) {
    this.selected?.scrollIntoView({ block, behavior: "instant" });
  }
}

customElements.define("history-list", HistoryList);
