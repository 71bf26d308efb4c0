// The list of threads is one stop for the Tab key; j, k and the arrows lead through it, Enter opens.
import { roving } from "./roving.js";

const links = () => [...document.querySelectorAll("#list [data-thread-id] .col-thread a")];

function lead(place) {
  const all = links();
  all[Math.min(Math.max(place, 0), all.length - 1)]?.focus();
}

// From the thread that has the focus to the next one, or the one before; from elsewhere to the first.
export function step(by) {
  const place = links().indexOf(document.activeElement);
  lead(place < 0 ? 0 : place + by);
}

document.addEventListener("htmx:afterSettle", roving(document, links, ([first]) => first, lead));
