// What is open over the page: a sheet goes by Esc or by a click beside it, the panel of a message by Esc or its cross.
// The focus is then where it was opened.
const SHEETS = ".options[open], .menu[open]";

// Closes what one is in, else the last that is open, and answers whether there was any. What is typed is never thrown away.
export function closeOpen(from) {
  const open = [...document.querySelectorAll(`${SHEETS}, .messagemenu`)].filter((part) => part.localName === "details" || !typed(part));
  const one = open.findLast((part) => part.contains(from)) ?? open.at(-1);
  if (one?.localName === "details") shut(one);
  else one?.querySelector("[data-close]").click();
  return one !== undefined;
}

export function typed(part) {
  return [...(part?.querySelectorAll("textarea") ?? [])].some((area) => area.value !== area.defaultValue);
}

function shut(sheet) {
  sheet.open = false;
  sheet.querySelector("summary").focus();
}

document.addEventListener("click", ({ target }) => {
  for (const sheet of document.querySelectorAll(SHEETS)) if (!sheet.contains(target) && target.isConnected) sheet.open = false;
  const more = target.closest("[data-close]")?.closest(".more");
  if (!more) return;
  more.replaceChildren();
  more.closest("article")?.querySelector("[data-more]")?.focus();
});
