/** The page: reads what it is to draw, and puts the sections together. */

import { answer } from "./answer";
import { bounded } from "./bounds";
import { charts, scaleSwitch } from "./charts";
import { comparison } from "./compare";
import { byId, element } from "./dom";
import { sliders, strategies } from "./explore";
import { money, perMillion } from "./format";
import { readFragment, type StandInPrices } from "./fragment";
import { overTime } from "./history";
import { presentPower, type Page } from "./model";
import { monthlyCost } from "./monthly";
import { functionName, name } from "./run";
import { settings } from "./settings";
import { Store } from "./state";
import { best, byRule, chosen, winner } from "./strategy";
import { table } from "./table";

const USUAL_INVOCATIONS = 1_000_000;
const USUAL_WEIGHT = 0.5;

declare global {
  /** The arithmetic of the page, for its tests. */
  var powerTuner: {
    winner: typeof winner;
    chosen: typeof chosen;
    byRule: typeof byRule;
    monthlyCost: typeof monthlyCost;
    money: typeof money;
    perMillion: typeof perMillion;
  };
}
globalThis.powerTuner = { winner, chosen, byRule, monthlyCost, money, perMillion };

/** What `power-tuner report` put into the page. */
function embedded(): Page | undefined {
  const text = byId("results").textContent.trim();
  return text === "" ? undefined : (JSON.parse(text) as Page);
}

async function read(): Promise<Page | undefined> {
  const own = embedded();
  if (own !== undefined) {
    return own;
  }
  const fragment = decodeURIComponent(location.hash.slice(1));
  const standIn = JSON.parse(byId("stand-in-prices").textContent) as StandInPrices;
  return fragment === "" ? undefined : readFragment(fragment, location.search, standIn);
}

function show(whole: Page): void {
  const { page, leftOut } = bounded(whole);
  const { runs } = page;
  const first = runs[0];
  const store = new Store({
    page,
    weight: first?.subject?.balancedWeight ?? USUAL_WEIGHT,
    invocationsPerMonth: first?.recommendation.monthly?.invocations ?? USUAL_INVOCATIONS,
    selected: (first && (best(first)?.power ?? presentPower(first))) ?? first?.rows[0]?.value,
    hidden: new Set(),
    logarithmic: false,
  });
  document.title = `${[...new Set(runs.map((run) => functionName(run) ?? name(run)))].join(", ")} – power-tuner`;
  const several = runs.length > 1;
  const known = runs.map((run, index) => settings(store, run, index)).filter((made) => made !== undefined);
  byId("content").replaceChildren(
    ...(leftOut === undefined ? [] : [element("p", { class: "problem", role: "alert" }, leftOut)]),
    ...(several
      ? [element("h1", {}, `Comparison of ${runs.length} results`), section("compare", undefined, comparison(store))]
      : []),
    element("div", { class: "answers" }, ...runs.map((run, index) => answer(store, run, index))),
    ...runs.flatMap((run, index) =>
      (run.history?.length ?? 0) > 1 ? [section(`history-${index}`, "Over time", ...overTime(run))] : [],
    ),
    section("charts", "Measurements", element("div", { class: "figures-grid" }, ...charts(store)), scaleSwitch(store)),
    section("explore", "What if", sliders(store), ...runs.map((run, index) => strategies(store, run, index))),
    section("values", "All values", ...runs.map((run, index) => table(store, run, index))),
    ...(known.length === 0 ? [] : [section("settings", "How it was measured", ...known)]),
  );
}

function section(id: string, title: string | undefined, ...children: Node[]): HTMLElement {
  const head = title === undefined ? undefined : element("h2", { id: `${id}-title` }, title);
  return element("section", { id, "aria-labelledby": head?.id }, head, ...children);
}

/** Says how the page is used, or what is wrong with its address. */
function explain(problem?: string): void {
  const how =
    "Open the link that a result has in stateMachine.visualization with this page's address before the #. " +
    "The result stays in your browser.";
  byId("content").replaceChildren(
    element("h1", {}, problem === undefined ? "Results of power-tuner" : "This link cannot be read"),
    ...(problem === undefined ? [] : [element("p", { class: "problem", role: "alert" }, problem)]),
    element("p", {}, how),
  );
}

async function start(): Promise<void> {
  try {
    const page = await read();
    if (page === undefined) {
      explain();
    } else {
      show(page);
    }
  } catch (error) {
    explain(error instanceof Error ? error.message : String(error));
  }
  performance.mark("drawn");
  document.documentElement.dataset["ready"] = "true";
}

addEventListener("hashchange", () => location.reload());
void start();
