// Breakpoints of a graph are kept in this browser, so that every page with it has them, and go with every verb that may
// start a run. On the page of a thread they are in the options of the send form too, and what is typed there counts.
import { recall, remember } from "./graph-memory.js";

export const SIDES = ["before", "after"];
const KIND = "breakpoints";

// The names in a list with commas; one that has a comma itself stands in quotes.
export function split(text) {
  const names = [...text.matchAll(/\s*"([^"]+)"\s*(?=,|$)|[^,]+/g)].map(([all, quoted]) => quoted ?? all.trim()).filter(Boolean);
  return names.includes("*") ? ["*"] : [...new Set(names)];
}

export function join(names) {
  return names.map((name) => (name.includes(",") ? `"${name}"` : name)).join(", ");
}

export class Breakpoints {
  constructor(graph) {
    this.graph = graph ?? "";
    this.names = { ...this.none, ...recall(KIND, this.graph) };
  }

  get none() {
    return { before: [], after: [] };
  }

  get kept() {
    return recall(KIND, this.graph) !== null;
  }

  // All of them in words, or nothing.
  get words() {
    const told = SIDES.filter((side) => this.names[side].length).map((side) => `${side} ${this.list(side)}`);
    return told.join(", and ");
  }

  list(side) {
    return this.names[side].includes("*") ? "every node" : this.names[side].join(", ");
  }

  has(side, name) {
    return this.names[side].includes("*") || this.names[side].includes(name);
  }

  set(side, name, on, all) {
    const others = (this.names[side].includes("*") ? all : this.names[side]).filter((other) => other !== name);
    this.names[side] = on ? [...others, name] : others;
    this.keep();
  }

  clear() {
    this.names = this.none;
    this.keep();
  }

  keep() {
    remember(KIND, this.graph, this.names);
    showStops();
  }
}

// Where the next run stops is said wherever one is started.
export function showStops() {
  for (const note of document.querySelectorAll("[data-next-stops]")) {
    const { words } = new Breakpoints(graphOf(note));
    note.hidden = !words;
    const said = `The next run stops ${words}.`;
    if (words && note.querySelector("span").textContent !== said) note.querySelector("span").textContent = said;
  }
}

function graphOf(element) {
  return element.closest("[data-graph]")?.dataset.graph;
}

// What is sent of a form, by htmx or by the browser itself. The send form has fields of its own for them.
document.addEventListener("formdata", ({ target: form, formData }) => {
  const graph = graphOf(form);
  if (form.method !== "post" || graph === undefined || SIDES.some((side) => form.elements.namedItem(`${side}_list`))) return;
  const { names } = new Breakpoints(graph);
  for (const side of SIDES) for (const name of names[side]) formData.append(side, name);
});
