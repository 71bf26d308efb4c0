// The strip under the history: all of it as a picture, and a slider that goes through it.
export const LINE = 28; // height of a line, as in the style sheet

// Scrolls a <history-list> while the slider is dragged, and opens the row at which it is let go.
export function listenToSlider(history) {
  let [line, newer] = [0, false];
  const pane = history.parentElement;
  pane.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-scrub]")) return;
    line = Number(history.list.dataset.lines) - Number(target.value);
    history.scrollTop = line * LINE - history.clientHeight / 2;
    newer = Number(history.list.dataset.first) + history.lines.indexOf(history.selected) > line;
    tell(rowAt(history, line, newer));
  });
  pane.addEventListener("change", async ({ target }) => {
    if (!target.matches("[data-scrub]")) return;
    await history.fill(); // the row may not be here yet
    history.open(rowAt(history, line, newer), false);
  });
}

// The row at a line; beside a heading the next one in the direction in which one goes, else the nearest.
function rowAt({ list, lines }, line, newer) {
  const place = Math.max(0, line - Number(list.dataset.first));
  const isRow = (one) => one.dataset.checkpointId;
  const above = lines.slice(0, place + 1).reverse().find(isRow);
  const below = lines.slice(place).find(isRow);
  return newer ? above ?? below : below ?? above;
}

// What the slider stands at, in words.
function tell(row) {
  if (!row) return;
  const words = `step ${row.dataset.step || "?"}`;
  document.getElementById("scrubbed").textContent = words;
  document.getElementById("scrubber").setAttribute("aria-valuetext", words);
}

// Puts the slider to a row, unless somebody has it in hand.
export function point(list, row, line) {
  const slider = document.getElementById("scrubber");
  if (!slider || slider.matches(":active")) return;
  slider.value = Number(list.dataset.lines) - line;
  tell(row);
}

// Marks the part of the history that is in sight.
export function look(scroll) {
  const view = document.querySelector("#scrub .map-view");
  const height = scroll.scrollHeight;
  if (!view || !height) return;
  const width = view.ownerSVGElement.viewBox.baseVal.width;
  view.setAttribute("x", (width * (height - scroll.scrollTop - scroll.clientHeight)) / height);
  view.setAttribute("width", (width * scroll.clientHeight) / height);
}
