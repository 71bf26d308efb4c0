// The keyboard in the drawing of a graph: it is one stop of the Tab key, arrows lead from node to node, and “b” and “B”
// set breakpoints before and after the node that has the focus.
const WAYS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const BREAKS = { b: "before", B: "after" };
const HEAD = 40; // of a graph that is opened, the heading counts

function stops(view) {
  return [...view.querySelectorAll("svg.graph .node, svg.graph a.fold")];
}

// The stop that is known from before, else the node at which something is going on, else the first one.
export function markStops(view) {
  const all = stops(view);
  const last = all.find((stop) => name(stop) === view.stop);
  const first = last ?? all.find((stop) => stop.matches(".now")) ?? all[0];
  for (const stop of all) stop.setAttribute("tabindex", stop === first ? "0" : "-1");
}

function name(stop) {
  return stop.dataset.node ?? `fold ${stop.dataset.fold}`;
}

function middle(stop) {
  const { left, top, width, height } = (stop.querySelector(":scope > .box") ?? stop).getBoundingClientRect();
  return [left + width / 2, top + Math.min(height, HEAD) / 2];
}

// The nearest one that way; what is far to the side counts as farther, and as another way as long as there is a better one.
function next(view, from, [right, down]) {
  const [x, y] = middle(from);
  let best = null;
  for (const stop of stops(view)) {
    const [dx, dy] = [middle(stop)[0] - x, middle(stop)[1] - y];
    const [ahead, aside] = [right * dx + down * dy, Math.abs(right ? dy : dx)];
    const far = ahead + 2 * aside + (aside > 2 * ahead ? 10000 : 0);
    if (stop !== from && ahead > 1 && far < (best?.far ?? Infinity)) best = { stop, far };
  }
  return best?.stop;
}

export function hearKeys(view) {
  view.addEventListener("focusin", ({ target }) => {
    const stop = target.closest("svg.graph .node, svg.graph a.fold");
    if (!stop) return;
    view.stop = name(stop);
    markStops(view);
  });
  view.addEventListener("keydown", (event) => {
    const stop = event.target.closest("svg.graph .node, svg.graph a.fold");
    if (!stop || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = WAYS[event.key];
    const box = BREAKS[event.key] && view.querySelector(`[data-break][name="${BREAKS[event.key]}"][value="${CSS.escape(stop.dataset.node ?? "")}"]`);
    if (!way && !box) return;
    event.preventDefault();
    if (box) box.click();
    else next(view, stop, way)?.focus();
  });
}
