// Small behaviour of the page: copy buttons, theme, times that stay fresh, drafts, panes on narrow screens.
import { htmx, toast } from "./htmx-setup.js";

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard?.writeText(copy.dataset.copy).then(() => toast("Copied."), () => toast("The browser does not allow copying."));
  }
  if (event.target.closest("[data-theme-switch]")) switchTheme();
  if (event.target.closest("[data-help]")) document.getElementById("keys").showModal();
  const pane = event.target.closest("[data-pane]");
  if (pane?.localName === "a") {
    event.preventDefault();
    showPane(pane.dataset.pane);
  }
  if (event.target.closest("[data-checkpoint-id]") && matchMedia("(max-width: 860px)").matches) showPane("talkpane");
  const cancel = event.target.closest("[data-cancel]");
  if (cancel?.closest("#conversation")) {
    event.preventDefault();
    htmx.ajax("GET", location.href, { target: "#conversation", swap: "outerHTML" });
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  if (event.target.matches('[data-send] [name="mode"]')) {
    const input = event.target.form.querySelector("[data-input]");
    input.placeholder = event.target.value === "json" ? input.dataset.example : "Send a message…";
  }
});

function switchTheme() {
  const root = document.documentElement;
  const dark = (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("studio-theme", root.dataset.theme);
  } catch {
    // Storage is blocked: it lasts as long as the page.
  }
}

// An address with a tab of the inspector is about it; only the first tab is in the address of every checkpoint.
if (!["changes", null].includes(new URLSearchParams(location.search).get("tab"))) showPane("inspector");

export function showPane(name) {
  const bench = document.querySelector(".bench");
  if (!bench) return;
  bench.dataset.pane = name;
  for (const link of document.querySelectorAll(".narrow-tabs a")) link.setAttribute("aria-current", link.dataset.pane === name);
}

const STEPS = [[60, "s", 1], [3600, "m", 60], [86400, "h", 3600], [86400 * 30, "d", 86400], [Infinity, "mo", 86400 * 30]];

function distance(seconds) {
  if (seconds < 5) return "now";
  const [, unit, size] = STEPS.find(([limit]) => seconds < limit);
  return `${Math.floor(seconds / size)} ${unit}`;
}

setInterval(() => {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time[datetime]")) {
    const text = distance((Date.now() - new Date(time.dateTime)) / 1000);
    if (time.textContent !== text) time.textContent = text;
  }
}, 5000);
