// What this browser remembers of the graphs of each deployment. Where storage is blocked, and of a graph without a name,
// that lasts as long as the page.
const here = new Map();

function place(kind, graph) {
  return `studio-${kind}:${document.body.dataset.deployment}:${graph}`;
}

// What was remembered, or null.
export function recall(kind, graph) {
  const key = place(kind, graph);
  try {
    return JSON.parse(here.get(key) ?? localStorage.getItem(key));
  } catch {
    return null;
  }
}

// In place of what was remembered; null forgets it.
export function remember(kind, graph, value) {
  const [key, text] = [place(kind, graph), JSON.stringify(value)];
  here.set(key, text);
  if (!graph) return;
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
    here.delete(key);
  } catch {
    // It is blocked, or full.
  }
}
