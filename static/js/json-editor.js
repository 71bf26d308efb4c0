// <json-editor label="…"> around a form's <textarea>: the same field with colours, folding, search and a check while one
// types. The textarea stays the form's field and holds the text; without the bundle it is simply shown. The text never
// becomes values on the way, so no digit of it can change.
const LONG = 200_000; // characters
const PAUSE = 300; // milliseconds without a change before the check speaks
const UNCHECKED = "Longer than 200 KB: without colours, and checked only when it is sent.";
const WATCHED = { childList: true, subtree: true, characterData: true, attributeFilter: ["label", "rows", "readonly", "disabled", "placeholder"] };
const held = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");

let tools; // fetched when the first editor comes into view

function load() {
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

class JsonEditor extends HTMLElement {
  connectedCallback() {
    if (!this.shadowRoot) this.build();
    this.changes.observe(this, WATCHED);
    this.sight.observe(this);
    this.adopt();
  }

  connectedMoveCallback() {} // moved by a morph: everything stays

  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return; // put elsewhere, the old way
      this.changes.disconnect();
      this.sight.disconnect();
      this.release();
    });
  }

  build() {
    this.plain = document.createElement("slot");
    this.frame = Object.assign(document.createElement("div"), { part: "editor", hidden: true });
    this.told = Object.assign(document.createElement("p"), { part: "problem", role: "status" });
    this.attachShadow({ mode: "open" }).append(this.plain, this.frame, this.told);
    this.changes = new MutationObserver(() => this.adopt());
    this.sight = new IntersectionObserver((seen) => { this.seen = seen.at(-1).isIntersecting; this.open(); }, { rootMargin: "200px" });
    this.frame.addEventListener("keydown", (event) => this.relay(event));
    this.frame.addEventListener("input", (event) => event.stopPropagation()); // the textarea tells of it
    this.frame.addEventListener("focusin", () => { this.before ??= this.text; });
    this.frame.addEventListener("focusout", (event) => { if (!this.frame.contains(event.relatedTarget)) this.leave(); });
  }

  // A key that the editor has no use for is, to the page and its shortcuts, a key pressed in the textarea.
  relay(event) {
    event.stopPropagation();
    if (!event.defaultPrevented && !this.area?.dispatchEvent(new KeyboardEvent(event.type, event))) event.preventDefault();
  }

  leave() {
    this.write();
    const edited = this.before !== undefined && this.before !== this.text;
    this.before = undefined;
    if (edited) this.area?.dispatchEvent(new Event("change", { bubbles: true }));
  }

  adopt() {
    const area = this.querySelector("textarea");
    if (area !== this.area) {
      this.release();
      if (area) this.take(area);
    }
    if (!area) return;
    if (this.view) this.dress();
    this.follow();
  }

  // What is done to the textarea is done to the editor.
  take(area) {
    this.area = area;
    this.released = new AbortController();
    const on = (node, event, act) => node?.addEventListener(event, act, { signal: this.released.signal });
    Object.defineProperty(area, "value", {
      configurable: true,
      get: () => (this.view ? this.text : held.get.call(area)),
      set: (value) => { held.set.call(area, value); this.follow(); },
    });
    area.focus = (options) => (this.view ? this.view.focus() : HTMLElement.prototype.focus.call(area, options));
    area.blur = () => (this.view ? this.shadowRoot.activeElement?.blur() : HTMLElement.prototype.blur.call(area));
    on(area, "click", () => this.view?.focus()); // somebody has clicked its label
    on(area, "input", () => { if (this.view) this.follow(); });
    on(area, "change", () => this.follow());
    on(area, "invalid", (event) => this.refuse(event));
    on(document, "formdata", (event) => this.send(event));
    on(document, "reset", () => setTimeout(() => this.follow()));
  }

  release() {
    this.close();
    this.released?.abort();
    for (const name of ["value", "focus", "blur"]) delete this.area?.[name];
    this.area = null;
  }

  // A required field that is empty: the browser cannot point at a field that it does not show.
  refuse(event) {
    if (!this.view) return;
    event.preventDefault();
    this.told.part = "problem";
    this.tell(this.area.validationMessage);
    this.view.focus();
  }

  async open() {
    if (!this.seen || this.view || !this.area) return;
    const got = await load();
    if (got && !this.view && this.isConnected && this.area) this.mount(got);
  }

  mount(got) {
    const { area } = this;
    const focused = area.matches(":focus");
    this.got = got;
    this.text = this.written = held.get.call(area);
    this.changing = new got.Compartment();
    this.shadowRoot.adoptedStyleSheets = [got.sheet];
    this.view = new got.EditorView({
      parent: this.frame,
      root: this.shadowRoot,
      state: got.EditorState.create({ doc: this.text, selection: { anchor: area.selectionStart, head: area.selectionEnd }, extensions: [extensions(got), this.changing.of(this.manners())] }),
      dispatchTransactions: (transactions) => this.change(transactions),
    });
    this.plain.hidden = true;
    this.frame.hidden = false;
    this.check();
    if (focused) this.view.focus();
  }

  close() {
    clearTimeout(this.pause);
    this.write();
    this.view?.destroy();
    this.view = this.before = undefined;
    if (!this.shadowRoot) return;
    this.plain.hidden = false;
    this.frame.hidden = true;
    this.tell("");
  }

  manners() {
    const { got, area } = this;
    const fixed = area.readOnly || area.disabled;
    const name = this.getAttribute("label") ?? area.getAttribute("aria-label") ?? area.labels[0]?.textContent.trim();
    this.frame.style.setProperty("--rows", area.rows);
    this.long = this.text.length > LONG;
    return [
      got.EditorState.readOnly.of(fixed),
      got.EditorView.editable.of(!fixed),
      got.EditorView.contentAttributes.of({ "aria-label": name || "JSON", ...(area.readOnly && { tabindex: "0" }), ...(area.disabled && { "aria-disabled": "true" }) }),
      got.placeholder(area.placeholder),
      this.long ? [] : got.json(),
    ];
  }

  dress() {
    this.view.dispatch({ effects: this.changing.reconfigure(this.manners()) });
  }

  // From the textarea to the editor: somebody else has written there.
  follow() {
    if (!this.view) return this.open();
    const value = held.get.call(this.area);
    if (value === this.written) return;
    this.written = value;
    this.view.dispatch({ changes: difference(this.text, value) });
  }

  change(transactions) {
    this.view.update(transactions);
    if (!transactions.some((one) => one.docChanged)) return;
    this.text = this.view.state.doc.toString();
    if (this.text.length > LONG !== this.long) this.dress();
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.check(), PAUSE);
    if (this.text === this.written) return; // that is where it comes from
    if (!this.long) this.write();
    this.area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  // From the editor to the textarea. 5 MB take it up to a second, so a long text is written only when it is left or sent.
  write() {
    if (!this.view || this.written === this.text) return;
    this.written = this.text;
    held.set.call(this.area, this.text);
  }

  send({ target, formData }) {
    if (!this.view || this.written === this.text || target !== this.area.form) return;
    this.write();
    if (formData.has(this.area.name)) formData.set(this.area.name, this.text);
  }

  check() {
    const error = this.long ? null : firstError(this.text);
    this.told.part = error ? "problem" : "note";
    this.tell(error ? `Line ${error.line}, column ${error.column}: ${error.reason}.` : this.long ? UNCHECKED : "");
    this.view.contentDOM.setAttribute("aria-invalid", Boolean(error));
    this.view.dispatch(this.got.setDiagnostics(this.view.state, error ? [{ from: error.from, to: error.to, severity: "error", message: error.reason }] : []));
  }

  tell(message) {
    if (this.told.textContent !== message) this.told.textContent = message;
  }
}

customElements.define("json-editor", JsonEditor);

function extensions(got) {
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
function difference(old, fresh) {
  const most = Math.min(old.length, fresh.length);
  let from = 0;
  let same = 0;
  while (from < most && old[from] === fresh[from]) from += 1;
  while (same < most - from && old.at(-1 - same) === fresh.at(-1 - same)) same += 1;
  return { from, to: old.length - same, insert: fresh.slice(from, fresh.length - same) };
}

const SPACE = /[ \t\n\r]*/y;
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*/y; // up to its closing quote
const WORD = /[\w.+-]*/y;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const PYTHON = { True: "true", False: "false", None: "null" };

// Where and why a text stops being JSON: {from, to, line, column, reason}; null for JSON and for a text without any.
// `from` and `to` count UTF-16 units from 0, `line` and `column` whole characters from 1.
export function firstError(json) {
  const brackets = []; // where those stand that are not closed yet
  let [at, wanted, fresh] = [0, "value", false];
  const next = (pattern) => { pattern.lastIndex = at; return pattern.exec(json)[0]; };
  const fail = (reason, from = at, length = 1) => ({ from, to: Math.min(from + length, json.length), ...place(json, from), reason });
  for (;;) {
    at += next(SPACE).length;
    const sign = json[at];
    const inside = json[brackets.at(-1)];
    const end = inside === "{" ? "}" : "]";
    if (sign === undefined) {
      return inside ? fail(`the ${inside} of line ${place(json, brackets.at(-1)).line} is not closed`) : null;
    }
    if (sign === end && inside && (fresh || wanted === "comma")) {
      brackets.pop();
      [at, wanted] = [at + 1, "comma"];
    } else if (wanted === "comma") {
      if (!inside) return fail("nothing may follow the value");
      if (sign !== ",") return fail(`a comma or ${end} is missing`);
      [at, wanted] = [at + 1, inside === "{" ? "name" : "value"];
    } else if (wanted === "colon") {
      if (sign !== ":") return fail("a colon is missing after the name");
      [at, wanted] = [at + 1, "value"];
    } else if (sign === '"') {
      const { length } = next(STRING);
      if (json[at + length] !== '"') return fail(notText(json, at + length), json[at + length] === undefined ? at : at + length);
      [at, wanted] = [at + length + 1, wanted === "name" ? "colon" : "comma"];
    } else if (wanted === "name") {
      return fail(sign === end ? "the comma before it is one too many" : "a name in double quotes is missing");
    } else if (sign === "{" || sign === "[") {
      brackets.push(at);
      [at, wanted, fresh] = [at + 1, sign === "{" ? "name" : "value", true];
      continue;
    } else {
      const word = next(WORD);
      const reason = notValue(word, sign);
      if (reason) return fail(reason, at, word.length || 1);
      [at, wanted] = [at + word.length, "comma"];
    }
    fresh = false;
  }
}

function place(json, at) {
  const lines = json.slice(0, at).split("\n");
  return { line: lines.length, column: [...lines.at(-1)].length + 1 };
}

function notText(json, at) {
  if (json[at] === undefined) return "the text that begins here is not closed";
  if (json[at] === "\n") return "the text is not closed in its line (a line break in a text is written \\n)";
  if (json[at] === "\\") return "this is no escape (a backslash is written \\\\)";
  return `a control character in a text is written ${json[at] === "\t" ? "\\t" : `\\u${json.charCodeAt(at).toString(16).padStart(4, "0")}`}`;
}

// Why a value cannot be this; nothing when it is one.
function notValue(word, sign) {
  if (["true", "false", "null"].includes(word)) return "";
  if (/^[-+.\d]/.test(word)) return NUMBER.test(word) ? "" : "this is not how JSON writes a number";
  if (Object.hasOwn(PYTHON, word)) return `${word} is written ${PYTHON[word]}`;
  if (["NaN", "Infinity"].includes(word)) return `JSON has no ${word}`;
  if (word || sign === "'") return "a text stands in double quotes";
  return /[,\]}]/.test(sign) ? `a value is missing before ${sign}` : "no value begins like this";
}
