/** Every figure of the charts as a table: for screen readers, for copying, and for whoever wants to know exactly. */

import { colour, symbol } from "./charts";
import { element } from "./dom";
import { change, memory, memoryUsed, milliseconds, money, perMillion, plural, range, vcpus } from "./format";
import { marker } from "./marker";
import { measured, presentPower, type Ratio, type Row, type Run, type Sample } from "./model";
import { monthlyCostOf } from "./monthly";
import { name } from "./run";
import type { Store } from "./state";

/** What the output calls a memory size, in words. */
const KINDS: Record<string, string> = {
  cheapest: "cheapest",
  fastest: "fastest",
  balanced: "best balance",
  knee: "knee",
};

interface Column {
  head: string;
  cell: (row: Row) => string | undefined;
}

/** The table of a run. */
export function table(store: Store, run: Run, index: number): HTMLElement {
  const several = store.state.page.runs.length > 1;
  const sorted = run.rows.toSorted((a, b) => a.value - b.value);
  const columns = shown(columnsOf(run), sorted);
  const heads = ["Memory", ...columns.map((column) => column.head), "Per\u00a0month", "Verdict"];
  const body = element("tbody", {});
  store.draw(["invocations"], () => {
    body.replaceChildren(...sorted.map((row) => line(run, row, columns, store.state.invocationsPerMonth)));
  });
  store.draw(["selected"], () => {
    for (const line of body.rows) {
      line.classList.toggle("looked-at", Number(line.dataset["power"]) === store.state.selected);
    }
  });
  const made = element(
    "table",
    { class: "values", "data-run": String(index) },
    several
      ? element("caption", {}, marker(symbol(index), colour(index)), name(run))
      : element("caption", { class: "hidden" }, "All measured values"),
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    body,
  );
  const region = { class: "scroll", tabindex: "0", role: "region", "aria-label": `Values of ${name(run)}` };
  return element("div", {}, element("div", region, made), samples(run));
}

function columnsOf(run: Run): Column[] {
  const { currency } = run.prices;
  return [
    { head: "vCPU", cell: (row) => vcpus(row.value) },
    {
      head: "Duration (ms)",
      cell: (row) => (row.averageDuration === undefined ? undefined : milliseconds(row.averageDuration)),
    },
    { head: "95 % interval (ms)", cell: ({ interval }) => interval && range(interval.low, interval.high) },
    {
      head: `Compared by ${run.subject?.metric ?? ""} (ms)`,
      cell: (row) => (row.metricDuration === undefined ? undefined : milliseconds(row.metricDuration)),
    },
    {
      head: `Per\u00a0million (${currency})`,
      cell: (row) => (row.averagePrice === undefined ? undefined : perMillion(row.averagePrice)),
    },
    { head: "Estimated duration (ms)", cell: (row) => estimated(run, row.estimatedDuration, milliseconds) },
    { head: `Estimated per\u00a0million (${currency})`, cell: (row) => estimated(run, row.estimatedCost, perMillion) },
    { head: "Cold start (ms)", cell: ({ initDuration }) => initDuration && milliseconds(initDuration.mean) },
    {
      head: "Memory used",
      cell: (row) => (row.maxMemoryUsed === undefined ? undefined : memoryUsed(row.maxMemoryUsed, row.value)),
    },
    { head: "Samples", cell: (row) => (row.samples === undefined ? undefined : `${row.samples}${basis(row)}`) },
  ];
}

/** What the estimates of the search say, where they decided against the averages. */
function estimated(run: Run, value: number | undefined, written: (value: number) => string): string | undefined {
  return value === undefined || run.recommendation.decidedBy !== "estimates" ? undefined : written(value);
}

/** What a memory size is worth knowing for, against the winner: "knee: cost +5.0 %, duration −92.3 %". */
function alternative(run: Run, power: number): string | undefined {
  const found = run.recommendation.alternatives?.find((other) => other.power === power);
  if (found === undefined) {
    return undefined;
  }
  const sure = (ratio: Ratio | undefined) =>
    ratio?.distinguishable === false ? " (not statistically significant)" : "";
  const cost = `cost ${change(found.costPercent)}${sure(found.costRatio)}`;
  const differences = `${cost}, duration ${change(found.durationPercent)}${sure(found.durationRatio)}`;
  return `${found.kinds.map((kind) => KINDS[kind] ?? kind).join(", ")}: ${differences}`;
}

/** Columns that say something of at least one row. */
function shown(columns: Column[], rows: Row[]): Column[] {
  return columns.filter((column) => rows.some((row) => column.cell(row) !== undefined));
}

function basis(row: Row): string {
  const words = [
    row.basis === "all" ? "warm and cold" : row.basis === "cold" ? "cold" : undefined,
    row.source === "client" ? "timed by the client" : row.source === "logs" ? "from logs" : undefined,
  ].filter((word) => word !== undefined);
  return words.length === 0 ? "" : ` (${words.join(", ")})`;
}

function line(run: Run, row: Row, columns: Column[], invocations: number): HTMLElement {
  const head = element("th", { scope: "row" }, memory(row.value));
  if (row.excluded !== undefined) {
    const why = element("td", { class: "verdict", colspan: String(columns.length + 2) }, `left out: ${row.excluded}`);
    return element("tr", { "data-power": String(row.value), class: "excluded" }, head, why);
  }
  const known = measured(run).find((other) => other === row);
  const won = row.value === run.winner?.power;
  const present = row.value === presentPower(run) ? "current" : undefined;
  const verdict = [won ? "winner" : undefined, present, alternative(run, row.value)];
  return element(
    "tr",
    { "data-power": String(row.value), class: won ? "won" : undefined },
    head,
    ...columns.map((column) => element("td", {}, column.cell(row) ?? "–")),
    element("td", {}, known === undefined ? "–" : money(monthlyCostOf(run, known, invocations), run.prices.currency)),
    element("td", { class: "verdict" }, verdict.filter((word) => word !== undefined).join(", ")),
  );
}

/** "12.34 ms (cold, 55 MB, trace 1-5e34a614-…)". */
function sampleText(sample: Sample): string {
  const known = [
    sample.cold ? "cold" : undefined,
    sample.memoryUsed === undefined ? undefined : memory(sample.memoryUsed),
    sample.traceId === undefined ? undefined : `trace ${sample.traceId}`,
  ].filter((word) => word !== undefined);
  return `${sample.duration.toFixed(2)} ms${known.length === 0 ? "" : ` (${known.join(", ")})`}`;
}

/** Single samples, made when somebody wants to see them. */
function samples(run: Run): HTMLElement | undefined {
  const rows = run.rows.filter((row) => (row.sampleList?.length ?? 0) > 0).toSorted((a, b) => a.value - b.value);
  if (rows.length === 0) {
    return undefined;
  }
  const total = rows.reduce((sum, row) => sum + (row.sampleList?.length ?? 0), 0);
  const list = element("dl", { class: "samples" });
  const details = element("details", {}, element("summary", {}, plural(total, "sample")), list);
  details.addEventListener("toggle", () => {
    if (list.childElementCount === 0) {
      list.append(
        ...rows.flatMap(({ value, sampleList = [] }) => [
          element("dt", {}, memory(value)),
          element("dd", {}, sampleList.map(sampleText).join(", ")),
        ]),
      );
    }
  });
  return details;
}
