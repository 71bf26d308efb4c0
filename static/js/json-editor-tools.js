// What the editor is made of: the bundle, fetched when the first editor comes into view, its style, and its manners.
let tools;

// The bundle with its style sheet; nothing where it cannot be had.
export function load() {
  tools ??= Promise.all([import("../vendor/codemirror.min.js"), style()]).then(
    ([parts, sheet]) => ({ ...parts, sheet }),
    () => { tools = undefined; }, // the textarea does; the next editor tries again
  );
  return tools;
}

async function style() {
  const answer = await fetch(new URL("../css/json-editor.css", import.meta.url));
  return new CSSStyleSheet().replace(await answer.text());
}

// What every editor has.
export function extensions(got) {
  const colours = [["k", "propertyName"], ["s", "string"], ["n", "number"], ["c", "bool"], ["c", "null"]];
  return [
    got.lintGutter(),
    got.lineNumbers(),
    got.foldGutter({ markerDOM: arrow }),
    got.history(),
    got.drawSelection(),
    got.indentOnInput(),
    got.bracketMatching(),
    got.search({ top: true }),
    got.syntaxHighlighting(got.HighlightStyle.define(colours.map(([name, tag]) => ({ tag: got.tags[tag], class: name })))),
    got.EditorView.lineWrapping,
    // Ctrl+Enter is the page's, and Tab moves on, as in every form.
    got.keymap.of([...got.searchKeymap, ...got.historyKeymap, ...got.foldKeymap, ...got.defaultKeymap].filter(({ key }) => key !== "Mod-Enter")),
  ];
}

// What depends on the textarea, and on whether its text is long.
export function manners(got, area, label, long) {
  const fixed = area.readOnly || area.disabled;
  const name = label ?? area.getAttribute("aria-label") ?? area.labels[0]?.textContent.trim();
  return [
    got.EditorState.readOnly.of(fixed),
    got.EditorView.editable.of(!fixed),
    got.EditorView.contentAttributes.of({ "aria-label": name || "JSON", ...(area.readOnly && { tabindex: "0" }), ...(area.disabled && { "aria-disabled": "true" }) }),
    got.placeholder(area.placeholder),
    long ? [] : got.json(),
  ];
}

function arrow(open) {
  const make = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const icon = make("svg", { viewBox: "0 0 10 10", class: "arrow" });
  icon.append(make("path", { d: open ? "M2 3.5l3 3 3-3" : "M3.5 2l3 3-3 3" }));
  return icon;
}

// The change that makes `fresh` of `old` and leaves what they begin and end with in common.
export function difference(old, fresh) {
  const most = Math.min(old.length, fresh.length);
  let from = 0;
  let same = 0;
  while (from < most && old[from] === fresh[from]) from += 1;
  while (same < most - from && old.at(-1 - same) === fresh.at(-1 - same)) same += 1;
  return { from, to: old.length - same, insert: fresh.slice(from, fresh.length - same) };
}
