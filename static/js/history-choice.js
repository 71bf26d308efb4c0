// Which lines of the history are listed: the words that are looked for, the view, what is folded, the run that is marked.
const TYPING = 200; // milliseconds after the last letter until the list is asked for
const CHOICES = ["find", "view", "fold", "flipped", "run"]; // what the address remembers of the choice

// The choice as a query. `button` is the one that was pressed, which says what changes.
export function chosen(button) {
  const form = document.getElementById("choice");
  return new URLSearchParams(button ? new FormData(form, button) : new FormData(form)).toString();
}

// The address has the choice too, so that a reload and a bookmark show what was seen.
export function remember() {
  const address = new URL(location.href);
  const choice = new FormData(document.getElementById("choice"));
  for (const name of CHOICES) {
    if (choice.get(name)) address.searchParams.set(name, choice.get(name));
    else address.searchParams.delete(name);
  }
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}

// Lets a <history-list> know what is chosen.
export function listenToChoice(history) {
  const form = document.getElementById("choice");
  let choosing;
  form.addEventListener("input", () => {
    clearTimeout(choosing);
    choosing = setTimeout(() => history.choose(), TYPING);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(choosing);
    const button = event.submitter?.name ? event.submitter : null; // Enter presses the first one, which says nothing
    const from = button?.closest("#history") ? history.list.dataset.first : null; // a fold leaves the list where it is
    await history.choose(button, from);
    if (!button && form.elements.find.value) history.open(history.rows[0]); // Enter goes to what was found first
  });
}
