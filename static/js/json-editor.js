// <json-editor label="…"> around a form's <textarea>: the same field with colours, folding, search and a check while one
// types. The textarea stays the form's field and holds the text; without the bundle it is simply shown. The text never
// becomes values on the way, so no digit of it can change.
import { firstError } from "./json-check.js";
import { difference, extensions, load, manners } from "./json-editor-tools.js";

const LONG = 200_000; // characters
const PAUSE = 300; // milliseconds without a change before the check speaks
const UNCHECKED = "Longer than 200 KB: without colours, and checked only when it is sent.";
const WATCHED = { childList: true, subtree: true, characterData: true, attributeFilter: ["label", "rows", "readonly", "disabled", "placeholder"] };
const held = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");

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
    this.told = Object.assign(document.createElement("div"), { role: "status" });
    this.states = this.attachInternals().states;
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
    this.states.delete("wrong");
  }

  manners() {
    this.frame.style.setProperty("--rows", this.area.rows);
    this.long = this.text.length > LONG;
    return manners(this.got, this.area, this.getAttribute("label"), this.long);
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
    if (error) this.tell(`Line ${error.line}, column ${error.column}: ${error.reason}.`);
    else this.tell(this.long ? UNCHECKED : "", "note");
    this.states[error ? "add" : "delete"]("wrong"); // what the server says of the same text need not be shown
    this.view.contentDOM.setAttribute("aria-invalid", Boolean(error));
    this.view.dispatch(this.got.setDiagnostics(this.view.state, error ? [{ from: error.from, to: error.to, severity: "error", message: error.reason }] : []));
  }

  // Without anything to tell there is no part, and so no space for it.
  tell(message, part = "problem") {
    this.told.part = message && part;
    if (this.told.textContent !== message) this.told.textContent = message;
  }
}

customElements.define("json-editor", JsonEditor);
