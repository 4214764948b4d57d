/** Several results beside each other: before and after, or two architectures. */

import { colour, symbol } from "./charts";
import { element } from "./dom";
import { change, duration, memory, money, perMillion } from "./format";
import { marker } from "./marker";
import { measured, type Candidate, type Run } from "./model";
import { monthlyCostOf } from "./monthly";
import { name } from "./run";
import type { Store } from "./state";
import { best } from "./strategy";

/**
 * A table of the runs with their winners, each against the first one. Its checkboxes show and hide runs in the charts.
 */
export function comparison(store: Store): HTMLElement {
  const { runs } = store.state.page;
  const body = element("tbody", {});
  const heads = ["Result", "Winner", "Duration", "Per million", "Per month", "Against the first"];
  const rows = runs.map((run, index) => ({ run, head: head(store, run, index), index }));
  store.draw(["invocations"], () => {
    const first = runs[0] && best(runs[0]);
    body.replaceChildren(
      ...rows.map(({ run, head, index }) => line(store, run, head, index === 0 ? undefined : first)),
    );
  });
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Comparison of the results" },
    element(
      "table",
      { class: "comparison" },
      element("caption", { class: "hidden" }, "Comparison of the results"),
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
      body,
    ),
  );
}

function head(store: Store, run: Run, index: number): HTMLElement {
  const box = element("input", { type: "checkbox", "aria-label": `Show ${name(run)} in the charts` });
  box.checked = true;
  box.addEventListener("change", () => {
    store.change("hidden", ({ hidden }) => (box.checked ? hidden.delete(index) : hidden.add(index)));
  });
  return element(
    "th",
    { scope: "row" },
    element("label", { class: "run" }, box, marker(symbol(index), colour(index)), name(run)),
  );
}

function line(store: Store, run: Run, head: HTMLElement, first: Candidate | undefined): HTMLElement {
  const own = best(run);
  const row = measured(run).find((row) => row.value === own?.power);
  if (own === undefined) {
    return element("tr", {}, head, element("td", { colspan: "5" }, "nothing was measured"));
  }
  const { currency } = run.prices;
  const monthly = row === undefined ? "–" : money(monthlyCostOf(run, row, store.state.invocationsPerMonth), currency);
  const percent = (now: number, before: number) => change((now / before - 1) * 100);
  const against =
    first === undefined
      ? "–"
      : `cost ${percent(own.cost, first.cost)}, duration ${percent(own.duration, first.duration)}`;
  const cells = [memory(own.power), duration(own.duration), `${perMillion(own.cost)} ${currency}`, monthly, against];
  return element("tr", {}, head, ...cells.map((cell) => element("td", {}, cell)));
}
