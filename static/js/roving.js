// Lists of any length have one stop for the Tab key; inside them the arrow keys lead on.
const KEYS = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };

// Listens in `root`. The stop is the one of the `items()` that has the focus, else what `stop` takes of them; `lead` gives
// the focus to the one at a place, which may be out of bounds. Answers what is to be called when the items have changed.
export function roving(root, items, stop, lead) {
  const rove = () => {
    const all = items();
    const only = all.find((item) => item === document.activeElement) ?? stop(all);
    for (const item of all) item.tabIndex = item === only ? 0 : -1;
  };
  root.addEventListener("focusin", rove);
  root.addEventListener("focusout", rove);
  root.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey, shiftKey } = event;
    const place = KEYS[key] ? items().indexOf(target) : -1;
    if (place < 0 || ctrlKey || metaKey || altKey || shiftKey) return;
    event.preventDefault();
    lead(place + KEYS[key]);
  });
  rove();
  return rove;
}
