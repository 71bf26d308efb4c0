// The graph beside a thread: breakpoints, zoom, and links of the drawing that do what the links of its list do.
import "./htmx-setup.js";
import { Breakpoints, SIDES, join, showStops, split } from "./breakpoints.js";
import { hearKeys, markStops } from "./graph-keys.js";

const STEPS = [0.25, 0.35, 0.5, 0.7, 0.85, 1, 1.25, 1.6, 2];
const LEGIBLE = 0.72; // a drawing is made smaller by itself down to this size
const ROOMY = 1.35; // and larger up to this one, where it has a page to itself
let zoom = null; // what somebody has chosen on this page: a factor, "fit", or nothing

function field(side) {
  return document.querySelector(`#send .options input[name="${side}_list"]`);
}

function graphId() {
  return document.getElementById("send")?.dataset.graph ?? document.querySelector("graph-view")?.dataset.graph;
}

// From what is kept to the form, which may have been filled with the options of the last run.
function fillForm() {
  if (!field("before")) return;
  const breakpoints = new Breakpoints(graphId());
  if (!breakpoints.kept && SIDES.some((side) => field(side).value)) readForm();
  if (!breakpoints.kept) return;
  for (const side of SIDES) write(side, breakpoints.names[side]);
}

function write(side, names) {
  const box = field(side);
  if (!box || join(split(box.value)) === join(names)) return;
  box.value = join(names);
  box.dispatchEvent(new Event("input", { bubbles: true })); // the button of the options counts them
}

// From the form to what is kept, after somebody has typed there.
function readForm() {
  const breakpoints = new Breakpoints(graphId());
  for (const side of SIDES) breakpoints.names[side] = split(field(side).value);
  breakpoints.keep();
  showAll();
}

function showAll() {
  for (const view of document.querySelectorAll("graph-view")) view.show();
  showStops();
}

function clear(graph) {
  new Breakpoints(graph).clear();
  for (const side of SIDES) write(side, []);
  showAll();
}

class GraphView extends HTMLElement {
  connectedCallback() {
    if (!this.heard) {
      this.heard = true;
      this.addEventListener("change", ({ target }) => { if (target.matches("[data-break]")) this.toggle(target); });
      this.addEventListener("click", (event) => this.click(event));
      hearKeys(this);
    }
    // The children of a parsed page come later than their parent.
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => this.show(), { once: true });
    else this.show();
  }

  // Brings the page in line with what is kept: the drawing comes anew from the server without it.
  show() {
    const breakpoints = new Breakpoints(this.dataset.graph);
    for (const box of this.querySelectorAll("[data-break]")) {
      box.checked = breakpoints.has(box.name, box.value);
      this.figure(box.value)?.classList.toggle(`breaks-${box.name}`, box.checked);
    }
    markStops(this);
    this.scale();
  }

  toggle(box) {
    const breakpoints = new Breakpoints(this.dataset.graph);
    const all = [...this.querySelectorAll(`[data-break][name="${box.name}"]`)].map((other) => other.value);
    breakpoints.set(box.name, box.value, box.checked, all);
    write(box.name, breakpoints.names[box.name]);
    this.show();
  }

  figure(name) {
    return this.querySelector(`[data-node="${CSS.escape(name)}"]`);
  }

  // A link in the drawing does what its twin in the list does, without a new page.
  click(event) {
    const button = event.target.closest("[data-by]");
    if (button) { this.step(Number(button.dataset.by)); return; }
    const link = event.target.closest("svg a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const row = this.querySelector(`[data-row="${CSS.escape(link.dataset.node ?? link.dataset.fold)}"]`);
    const twin = row?.querySelector(link.dataset.fold === undefined ? ".nodename a" : "[data-fold-row]");
    if (!twin) return;
    event.preventDefault();
    twin.click();
  }

  step(by) {
    const now = this.factor;
    zoom = by === 0 ? "fit" : by > 0 ? STEPS.find((step) => step > now + 0.01) ?? STEPS.at(-1) : STEPS.findLast((step) => step < now - 0.01) ?? STEPS[0];
    this.scale();
  }

  get factor() {
    const svg = this.querySelector("svg.graph");
    return svg ? svg.width.baseVal.value / svg.viewBox.baseVal.width : 1;
  }

  scale() {
    const svg = this.querySelector("svg.graph");
    if (!svg) return;
    this.querySelector("[data-zoom]").hidden = false;
    const pane = svg.parentElement;
    const { paddingLeft, paddingRight } = getComputedStyle(pane);
    const room = pane.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
    const { width, height } = svg.viewBox.baseVal;
    const most = this.classList.contains("whole") ? ROOMY : 1;
    const fits = room > 0 ? Math.min(most, room / width) : 1;
    const factor = zoom === "fit" ? fits : zoom ?? Math.max(LEGIBLE, fits);
    svg.setAttribute("width", Math.round(width * factor));
    svg.setAttribute("height", Math.round(height * factor));
  }
}

customElements.define("graph-view", GraphView);

document.addEventListener("input", ({ target }) => { if (SIDES.some((side) => target === field(side))) readForm(); });
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-forget-options]")) readForm();
  else if (target.closest("[data-clear-breaks]")) clear(target.closest("[data-graph]").dataset.graph);
});
window.addEventListener("storage", ({ key }) => {
  if (!key?.startsWith("studio-breakpoints:")) return;
  fillForm();
  showAll();
});
// At once, not when the page has settled: a form may be sent in between.
for (const name of ["htmx:afterSwap", "htmx:oobAfterSwap", "htmx:afterSettle"]) {
  document.addEventListener(name, showAll);
}

// A verb leads back to its thread: the inspector stays as it is, so that somebody who steps keeps the graph.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const tab = document.getElementById("tab")?.value;
  const asked = new URL(detail.path, location.href).searchParams;
  const leads = detail.verb === "get" && detail.target?.id === "conversation";
  if (tab && leads && !asked.has("tab") && detail.parameters.tab === undefined) detail.parameters.tab = tab;
});

// What is expanded stays expanded on the way to other checkpoints, and when a run goes on.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const view = document.querySelector("#inspector graph-view");
  if (!view || detail.verb !== "get") return;
  const asked = new URL(detail.path, location.href).searchParams;
  const tab = asked.get("tab") ?? detail.parameters.tab;
  if (tab !== "graph" || asked.has("xray") || detail.elt.closest("graph-view [hx-target='#inspector']")) return;
  const here = new URLSearchParams(view.dataset.asked);
  if (here.has("xray")) detail.parameters.xray = here.getAll("xray");
  if (here.has("draw")) detail.parameters.draw = here.get("draw");
});

fillForm();
showStops();
