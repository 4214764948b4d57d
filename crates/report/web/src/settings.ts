/** How a result was measured, as far as it says so. */

import { colour, symbol } from "./charts";
import { element } from "./dom";
import { count, duration, memory, money, perMillion, period, plural, share } from "./format";
import { marker } from "./marker";
import type { Execution, Run } from "./model";
import { name } from "./run";
import type { Store } from "./state";

/** More memory sizes than this are not listed one by one. */
const FEW = 12;
/** Fields of the input that are shown elsewhere. */
const SHOWN: readonly string[] = ["lambdaARN"];

/** The settings of a run; nothing of a result that does not say any. */
export function settings(store: Store, run: Run, index: number): HTMLElement | undefined {
  const several = store.state.page.runs.length > 1;
  const known = facts(run).filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== "");
  if (run.subject === undefined && run.execution?.arn === undefined && run.lambdaCost === undefined) {
    return undefined;
  }
  return element(
    "div",
    { class: "settings", "data-run": String(index) },
    several ? element("h3", {}, marker(symbol(index), colour(index)), name(run)) : undefined,
    element(
      "dl",
      {},
      ...known.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
    ),
  );
}

function facts(run: Run): [string, string | undefined][] {
  const { subject, execution } = run;
  return [
    ["Function", subject?.function],
    ["Execution", execution?.arn],
    ["Date", execution && date(execution)],
    ["Architecture and region", subject && `${subject.architecture}, ${subject.region}`],
    ["Memory before the run", subject && memory(subject.present)],
    ["Memory sizes", powers(run)],
    ["Strategy", strategy(run)],
    ["Limits", limits(run)],
    ["Invocations", invocations(run)],
    ["Input", execution && input(execution)],
    ["Cost of the run", cost(run)],
  ];
}

/** "2026-11-26 18:30 UTC, took 3 min 20 s". */
function date({ started, stopped }: Execution): string | undefined {
  const [from, to] = [started, stopped].map(milliseconds);
  if (from === undefined) {
    return undefined;
  }
  const took = to === undefined || to < from ? "" : `, took ${period(to - from)}`;
  return `${new Date(from).toISOString().slice(0, 16).replace("T", " ")} UTC${took}`;
}

/** Milliseconds since 1970; nothing if it is no date. */
function milliseconds(date: number | string | undefined): number | undefined {
  const time = typeof date === "number" ? date * 1000 : Date.parse(date ?? "");
  // What a Date can hold.
  return Math.abs(time) <= 8.64e15 ? time : undefined;
}

function powers({ rows, search }: Run): string {
  const sizes = rows.map((row) => row.value).toSorted((a, b) => a - b);
  const [least, most] = [sizes[0] ?? 0, sizes.at(-1) ?? 0];
  const listed = sizes.length > FEW ? `${sizes.length} from ${least} to ${memory(most)}` : `${sizes.join(", ")} MB`;
  return search === undefined ? listed : `${listed}, found by a search of ${plural(search.rounds, "round")}`;
}

function strategy({ subject }: Run): string | undefined {
  if (subject === undefined) {
    return undefined;
  }
  const { balancedWeight: weight, tolerance = 0, metric } = subject;
  return [
    subject.strategy,
    weight === undefined ? "" : ` (weight of cost ${weight})`,
    metric === undefined ? "" : `, durations compared by ${metric}`,
    tolerance === 0 ? "" : `, tolerance ${share(tolerance)}`,
  ].join("");
}

/** "maxDuration 300.00 ms, memoryHeadroom 20 %". */
export function limits({ subject, prices }: Run): string {
  const { maxDuration, maxCost, memoryHeadroom } = subject ?? {};
  const all = [
    memoryHeadroom === undefined ? undefined : `memoryHeadroom ${share(memoryHeadroom)}`,
    maxDuration === undefined ? undefined : `maxDuration ${duration(maxDuration)}`,
    maxCost === undefined ? undefined : `maxCost ${perMillion(maxCost)} ${prices.currency} per million`,
  ];
  return all.filter((limit) => limit !== undefined).join(", ");
}

/** "210 in all, 28 to 30 samples per memory size". */
function invocations(run: Run): string {
  const samples = run.rows.flatMap(({ samples }) => (samples === undefined || samples === 0 ? [] : [samples]));
  const [least, most] = [Math.min(...samples), Math.max(...samples)];
  const each = least === most ? count(least) : `${count(least)} to ${count(most)}`;
  const all = [
    run.invocations === undefined ? undefined : `${count(run.invocations)} in all`,
    samples.length === 0 ? undefined : `${each} samples per memory size`,
  ];
  return all.filter((part) => part !== undefined).join(", ");
}

/** "num 50, powerValues AUTO, payload a weighted list of 3". */
function input({ input = {} }: Execution): string {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const fields = Object.entries(input).filter(([field]) => !SHOWN.includes(field));
  return fields.map(([field, value]) => `${field}: ${text(value)}`).join(", ");
}

function cost({ lambdaCost, executionCost, prices: { currency } }: Run): string | undefined {
  if (lambdaCost === undefined || executionCost === undefined) {
    return undefined;
  }
  return `${money(lambdaCost, currency)} (Lambda) and ${money(executionCost, currency)} (Step Functions)`;
}
