// Numbers that a graph sends while it works: the person says which of them is progress, and of how much.
import { recall, remember } from "./graph-memory.js";

const KIND = "progress";

// Called whenever the progress line has changed: `graph` names whose numbers they are.
export function showProgress(line, mapping, graph) {
  const told = line.querySelector("[data-numbers]");
  if (!told || !mapping) return;
  const numbers = JSON.parse(told.dataset.numbers);
  const choice = recall(KIND, graph) ?? {};
  offer(mapping, numbers, choice, graph, () => showProgress(line, mapping, graph));
  const done = numbers[choice.done] / (numbers[choice.of] ?? 100);
  if (!Number.isFinite(done)) return;
  const bar = line.querySelector("progress") ?? document.createElement("progress");
  bar.max = 100;
  bar.value = Math.min(100, Math.max(0, done * 100));
  bar.textContent = `${bar.value.toFixed(0)} %`;
  line.querySelector(".spinner")?.replaceWith(bar);
}

function offer(mapping, numbers, choice, graph, changed) {
  mapping.hidden = false;
  const names = Object.keys(numbers);
  for (const select of mapping.querySelectorAll("[data-map]")) {
    const first = select.dataset.map === "of" ? "100" : "nothing";
    if (select.dataset.names !== names.join()) {
      select.dataset.names = names.join();
      select.replaceChildren(new Option(first, ""), ...names.map((name) => new Option(name)));
      select.value = names.includes(choice[select.dataset.map]) ? choice[select.dataset.map] : "";
    }
    select.onchange = () => {
      const made = {};
      for (const one of mapping.querySelectorAll("[data-map]")) if (one.value) made[one.dataset.map] = one.value;
      remember(KIND, graph, made);
      changed();
    };
  }
}
