// Whether a text is JSON, and where it stops being it. The text never becomes values on the way.
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
  if (word || sign === "'") return "strings need double quotes";
  return /[,\]}]/.test(sign) ? `a value is missing before ${sign}` : "no value begins like this";
}
