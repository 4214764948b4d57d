/** What would win with another strategy, and what it would cost. */

import { colour, symbol } from "./charts";
import { element } from "./dom";
import { change, count, duration, memory, money, perMillion, share } from "./format";
import { marker } from "./marker";
import { measured, presentPower, type Measured, type Run } from "./model";
import { difference, monthlyCostOf } from "./monthly";
import { name } from "./run";
import { limits } from "./settings";
import type { Store } from "./state";
import { chosen, isOwn, type Strategy } from "./strategy";

/** Invocations a month that the slider reaches: powers of ten. */
const [LEAST, MOST] = [3, 10];
const MAX_INVOCATIONS = 1e12;

/** The two sliders. */
export function sliders(store: Store): HTMLElement {
  return element("div", { class: "sliders" }, weightSlider(store), invocationsSlider(store));
}

function weightSlider(store: Store): HTMLElement {
  const slider = element("input", {
    type: "range",
    id: "weight",
    min: "0",
    max: "1",
    step: "0.01",
    value: String(store.state.weight),
  });
  const output = element("output", { for: "weight" });
  slider.addEventListener("input", () => store.change("weight", (state) => (state.weight = Number(slider.value))));
  store.draw(["weight"], () => {
    output.textContent = store.state.weight.toFixed(2);
    slider.setAttribute("aria-valuetext", `weight of cost ${store.state.weight.toFixed(2)}`);
  });
  return element(
    "div",
    { class: "slider" },
    element("label", { for: "weight" }, "Balance: weight of cost"),
    output,
    slider,
    element("div", { class: "ends", "aria-hidden": "true" }, element("span", {}, "speed"), element("span", {}, "cost")),
  );
}

function invocationsSlider(store: Store): HTMLElement {
  const slider = element("input", {
    type: "range",
    id: "invocations",
    min: String(LEAST),
    max: String(MOST),
    step: "0.05",
  });
  const exact = element("input", {
    type: "number",
    id: "invocations-exact",
    min: "1",
    max: String(MAX_INVOCATIONS),
    step: "1",
    "aria-label": "Invocations per month, exactly",
  });
  slider.addEventListener("input", () => {
    store.change("invocations", (state) => (state.invocationsPerMonth = twoDigits(10 ** Number(slider.value))));
  });
  exact.addEventListener("change", () => {
    const wanted = Math.round(Number(exact.value));
    if (wanted >= 1 && wanted <= MAX_INVOCATIONS) {
      store.change("invocations", (state) => (state.invocationsPerMonth = wanted));
    } else {
      exact.value = String(store.state.invocationsPerMonth);
    }
  });
  store.draw(["invocations"], () => {
    const { invocationsPerMonth } = store.state;
    exact.value = String(invocationsPerMonth);
    if (document.activeElement !== slider) {
      slider.value = String(Math.log10(invocationsPerMonth));
    }
    slider.setAttribute("aria-valuetext", `${count(invocationsPerMonth)} invocations per month`);
  });
  return element(
    "div",
    { class: "slider" },
    element("label", { for: "invocations" }, "Invocations per month"),
    exact,
    slider,
    element(
      "div",
      { class: "ends", "aria-hidden": "true" },
      element("span", {}, "a thousand"),
      element("span", {}, "ten billion"),
    ),
  );
}

function twoDigits(value: number): number {
  return Number(value.toPrecision(2));
}

/** What wins with each strategy, drawn again when a slider moves. */
export function strategies(store: Store, run: Run, index: number): HTMLElement {
  const several = store.state.page.runs.length > 1;
  const body = element("tbody", {});
  const heads = [
    "Strategy",
    "Memory",
    "Duration",
    `Per million (${run.prices.currency})`,
    "Per month",
    "Against current",
  ];
  store.draw(["weight", "invocations"], () => {
    const { weight, invocationsPerMonth } = store.state;
    const lines: [string, Strategy][] = [
      ["Cost", { name: "cost" }],
      [`Balanced (${weight.toFixed(2)})`, { name: "balanced", weight }],
      ["Speed", { name: "speed" }],
    ];
    body.replaceChildren(...lines.map(([title, strategy]) => line(run, title, strategy, invocationsPerMonth)));
  });
  const title = "What each strategy chooses";
  const said = rules(run);
  return element(
    "div",
    { class: "strategies-of-run" },
    element(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": `${title}, of ${name(run)}` },
      element(
        "table",
        { class: "strategies", "data-run": String(index) },
        several
          ? element("caption", {}, marker(symbol(index), colour(index)), name(run))
          : element("caption", { class: "hidden" }, title),
        element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
        body,
      ),
    ),
    said === "" ? undefined : element("p", { class: "rules" }, said),
  );
}

/** By which rules of the run, beside its strategy, memory sizes are compared here, too. */
function rules(run: Run): string {
  const { tolerance = 0, metric } = run.subject ?? {};
  const within = share(tolerance);
  const limited = limits(run);
  const { decidedBy } = run.recommendation;
  return [
    limited !== "" && `Compared are the memory sizes that keep to the limits of the run (${limited}), or come nearest.`,
    metric !== undefined && `Durations are compared by ${metric}.`,
    decidedBy === "estimates" && "Memory sizes are compared by the estimates of the search, as in the run.",
    decidedBy === "search" &&
      "With its own strategy, the search chose among the memory sizes that it had measured once more, " +
        "and that the function surely runs at; the other strategies compare the averages of all.",
    tolerance > 0 &&
      `Differences below ${within} do not matter, as in the run: of the memory sizes within ${within} of the ` +
        "cheapest, cost chooses the fastest, and of those within it of the fastest, speed chooses the cheapest.",
  ]
    .filter((sentence) => sentence !== false)
    .join(" ");
}

function line(run: Run, title: string, strategy: Strategy, invocations: number): HTMLElement {
  const best = chosen(run, strategy);
  const rows = measured(run);
  const row = rows.find((row) => row.value === best?.power);
  const own = isOwn(run, strategy) ? element("small", {}, "this run") : undefined;
  const head = element("th", { scope: "row" }, title, own);
  if (row === undefined) {
    return element(
      "tr",
      { "data-strategy": strategy.name },
      head,
      element("td", { colspan: "5" }, "nothing was measured"),
    );
  }
  const monthly = monthlyCostOf(run, row, invocations);
  const cells = [
    memory(row.value),
    duration(row.averageDuration),
    perMillion(row.averagePrice),
    money(monthly, run.prices.currency),
  ];
  return element(
    "tr",
    { "data-strategy": strategy.name, "data-power": String(row.value), "data-monthly": String(monthly) },
    head,
    ...cells.map((cell) => element("td", {}, cell)),
    element("td", {}, againstPresent(run, rows, row, monthly, invocations)),
  );
}

function againstPresent(run: Run, rows: Measured[], row: Measured, monthly: number, invocations: number): string {
  const present = rows.find((row) => row.value === presentPower(run));
  if (present === undefined) {
    return "–";
  }
  if (present === row) {
    return "the current size";
  }
  const cost = monthlyCostOf(run, present, invocations);
  const faster = (row.averageDuration / present.averageDuration - 1) * 100;
  const more = difference(monthly, cost);
  return `${more > 0 ? "+" : ""}${money(more, run.prices.currency)} a month, duration ${change(faster)}`;
}
