/** The four charts: duration, cost, cold starts, memory used. */

import * as Plot from "@observablehq/plot";

import { figure, type Chart } from "./chart";
import { element } from "./dom";
import { duration, memory, perMillion, range } from "./format";
import { measured, type CurvePoint, type Measured, type Row, type Run } from "./model";
import { name } from "./run";
import type { Store } from "./state";
import { best } from "./strategy";

/** A run with what tells it apart from the others. */
interface Drawn {
  run: Run;
  index: number;
  colour: string;
}

/** Symbols tell runs apart where colours do not. */
const SYMBOLS = ["circle", "square", "triangle", "diamond", "star", "wye"] as const;
const SERIES = SYMBOLS.length;
/** With more memory sizes than this, marks are smaller. */
const FEW = 12;

/** Room for the label of the winner above what is drawn, in pixels. */
const ROOM = 16;
/** How wide that label is, but for what may stand in the margin. */
const LABEL = 54;
type Anchor = "start" | "end";

const LINEAR: Pick<Chart, "y" | "yTicks"> = { y: { zero: true, nice: true, insetTop: ROOM }, yTicks: { ticks: 5 } };
/** It fits what is drawn: the next power of ten may be far away. */
const LOGARITHMIC: Pick<Chart, "y" | "yTicks"> = {
  y: { type: "log", insetTop: ROOM, insetBottom: ROOM },
  yTicks: { ticks: 6, tickFormat: ",~r" },
};

export function colour(index: number): string {
  return `var(--series-${(index % SERIES) + 1})`;
}

export function symbol(index: number): (typeof SYMBOLS)[number] {
  return SYMBOLS[index % SERIES] ?? "circle";
}

/** The figures that have something to show. */
export function charts(store: Store): HTMLElement[] {
  const { page } = store.state;
  const shown = (): Drawn[] =>
    page.runs
      .map((run, index) => ({ run, index, colour: colour(index) }))
      .filter(({ index }) => !store.state.hidden.has(index));
  const domain = (): [number, number] => memoryDomain(shown());
  const has = (value: (row: Row) => unknown) =>
    page.runs.some((run) => run.rows.some((row) => value(row) !== undefined));
  const made = [
    figure(store, () => durations(store, shown()), domain),
    figure(store, () => costs(store, shown()), domain),
  ];
  if (has((row) => row.initDuration)) {
    made.push(figure(store, () => coldStarts(shown()), domain));
  }
  if (has((row) => row.maxMemoryUsed)) {
    made.push(figure(store, () => memoryUsed(shown()), domain));
  }
  return made;
}

/** A switch between linear and logarithmic scales. */
export function scaleSwitch(store: Store): HTMLElement {
  const box = element("input", { type: "checkbox", id: "logarithmic" });
  box.addEventListener("change", () => store.change("scale", (state) => (state.logarithmic = box.checked)));
  return element("label", { class: "switch" }, box, " Logarithmic scales for duration and cost");
}

/** The memory sizes that are drawn, with room beside them. */
function memoryDomain(drawn: Drawn[]): [number, number] {
  const powers = powersOf(drawn, () => true);
  const [low, high] = [powers[0] ?? 128, powers.at(-1) ?? 10_240];
  const room = low === high ? 1.5 : Math.pow(high / low, 0.06);
  return [low / room, high * room];
}

/** The part of the model's curve that is in the picture: what lies outside must not stretch the other axis. */
function curveOf({ run }: Drawn, [low, high]: [number, number]): CurvePoint[] {
  const curve = run.model?.curve ?? [];
  const ends = [low, high].flatMap((power) => {
    const next = curve.findIndex((point) => point.power > power);
    const [from, to] = [curve[next - 1], curve[next]];
    return from === undefined || to === undefined ? [] : [between(from, to, power)];
  });
  const inside = curve.filter(({ power }) => low <= power && power <= high);
  return [...inside, ...ends].toSorted((a, b) => a.power - b.power);
}

/** A point between two others, on logarithmic scales. */
function between(from: CurvePoint, to: CurvePoint, power: number): CurvePoint {
  const share = Math.log(power / from.power) / Math.log(to.power / from.power);
  const of = (value: (point: CurvePoint) => number) => value(from) ** (1 - share) * value(to) ** share;
  return {
    power,
    duration: of((point) => point.duration),
    low: of((point) => point.low),
    high: of((point) => point.high),
    cost: of((point) => point.cost),
  };
}

function durations(store: Store, drawn: Drawn[]): Chart {
  const curves = curvesOf(drawn);
  const samples = drawn.some(({ run }) => run.rows.some((row) => (row.sampleList?.length ?? 0) > 0));
  const intervals = drawn.some(({ run }) => run.rows.some((row) => row.interval !== undefined));
  return {
    id: "duration",
    title: "Average duration (ms)",
    caption: sentences([
      "Large marks are measured averages.",
      intervals && "Bars are their 95 % confidence intervals.",
      samples && "Small dots are single invocations, in their order from left to right; crosses are cold ones.",
      curves.length > 0 && "The dashed line and its band (95 %) are a model, not measured.",
      leftOut(drawn),
    ]),
    powers: powersOf(drawn, () => true),
    describe: (power) =>
      describe(drawn, power, (row) => {
        const interval =
          row.interval === undefined ? "" : ` (95 %: ${duration(row.interval.low)} – ${duration(row.interval.high)})`;
        return row.averageDuration === undefined ? undefined : duration(row.averageDuration) + interval;
      }),
    ...vertical(store),
    marks: (width) => [
      ...curves.map(({ curve, colour }) =>
        Plot.areaY(curve, {
          x: "power",
          y1: "low",
          y2: "high",
          fill: colour,
          fillOpacity: 0.12,
          className: "model-band",
        }),
      ),
      ...curves.map((one) => modelLine(one, (point) => point.duration)),
      ...drawn.flatMap((one) => sampleDots(one)),
      ...averages(
        store,
        drawn,
        (row) => row.averageDuration,
        (row) => row.interval,
        { anchor: "start", width },
      ),
    ],
  };
}

function costs(store: Store, drawn: Drawn[]): Chart {
  const curves = curvesOf(drawn);
  const intervals = drawn.some(({ run }) => run.rows.some((row) => row.interval !== undefined));
  const currency = drawn[0]?.run.prices.currency ?? store.state.page.runs[0]?.prices.currency ?? "USD";
  const amount = (cost: number) => cost * 1e6;
  return {
    id: "cost",
    title: `Cost of a million invocations (${currency})`,
    caption: sentences([
      "Duration only, at the price of the first tier; requests are not in it.",
      intervals && "Bars are the confidence intervals of the durations, in proportion.",
      curves.length > 0 && "The dashed line is a model, not measured.",
      leftOut(drawn),
    ]),
    powers: powersOf(drawn, () => true),
    describe: (power) =>
      describe(drawn, power, (row) =>
        row.averagePrice === undefined ? undefined : `${perMillion(row.averagePrice)} ${currency}`,
      ),
    ...vertical(store),
    marks: (width) => [
      ...curves.map((one) => modelLine(one, (point) => amount(point.cost))),
      ...averages(
        store,
        drawn,
        (row) => amount(row.averagePrice),
        ({ interval, averagePrice, averageDuration }) =>
          interval && {
            low: (amount(averagePrice) * interval.low) / averageDuration,
            high: (amount(averagePrice) * interval.high) / averageDuration,
          },
        { anchor: "end", width },
      ),
    ],
  };
}

function coldStarts(drawn: Drawn[]): Chart {
  return {
    id: "cold-starts",
    title: "Cold starts (ms)",
    caption: "Marks are the average initialisation or restore, bars reach from the shortest to the longest.",
    powers: powersOf(drawn, (row) => row.initDuration !== undefined),
    describe: (power) =>
      describe(drawn, power, ({ initDuration: init }) =>
        init === undefined ? undefined : `${duration(init.mean)} (${range(init.min, init.max)} ms)`,
      ),
    ...LINEAR,
    marks: () =>
      drawn.flatMap(({ run, index, colour }) => {
        const rows = run.rows.flatMap(({ value, initDuration }) =>
          initDuration === undefined ? [] : [{ value, ...initDuration }],
        );
        return [
          Plot.ruleX(rows, { x: "value", y1: "min", y2: "max", stroke: colour, strokeWidth: 5, strokeOpacity: 0.3 }),
          Plot.dot(rows, { x: "value", y: "mean", fill: colour, symbol: symbol(index), r: 4.5 }),
        ];
      }),
  };
}

function memoryUsed(drawn: Drawn[]): Chart {
  const share = (row: Row) => ((row.maxMemoryUsed ?? 0) / row.value) * 100;
  return {
    id: "memory",
    title: "Memory used (% of the limit)",
    caption:
      "The most memory that an invocation used. Above the dashed line less than 20 % headroom is left; " +
      "at 100 % the function runs out of memory.",
    powers: powersOf(drawn, (row) => row.maxMemoryUsed !== undefined),
    describe: (power) =>
      describe(drawn, power, (row) =>
        row.maxMemoryUsed === undefined ? undefined : `${row.maxMemoryUsed} MB used, ${Math.round(share(row))} %`,
      ),
    y: { domain: [0, 105] },
    yTicks: { ticks: [0, 20, 40, 60, 80, 100] },
    marks: () => [
      Plot.ruleY([100], { stroke: "var(--bad)", strokeWidth: 1.5 }),
      Plot.ruleY([100 / 1.2], { stroke: "var(--muted)", strokeDasharray: "4 4" }),
      ...drawn.flatMap(({ run, index, colour }) => {
        const rows = run.rows.filter((row) => row.maxMemoryUsed !== undefined);
        return [
          Plot.ruleX(rows, { x: "value", y1: 0, y2: share, stroke: colour, strokeWidth: 2 }),
          Plot.dot(rows, { x: "value", y: share, fill: colour, symbol: symbol(index), r: 4.5 }),
        ];
      }),
    ],
  };
}

function vertical(store: Store): Pick<Chart, "y" | "yTicks"> {
  return store.state.logarithmic ? LOGARITHMIC : LINEAR;
}

interface Curve {
  curve: CurvePoint[];
  colour: string;
}

function curvesOf(drawn: Drawn[]): Curve[] {
  const domain = memoryDomain(drawn);
  const curves = drawn.map((one) => ({ curve: curveOf(one, domain), colour: one.colour }));
  return curves.filter(({ curve }) => curve.length > 0);
}

function modelLine({ curve, colour }: Curve, y: (point: CurvePoint) => number): Plot.Markish {
  return Plot.line(curve, {
    x: "power",
    y,
    stroke: colour,
    strokeWidth: 1.5,
    strokeDasharray: "5 4",
    strokeOpacity: 0.9,
    className: "model-line",
  });
}

/** Every sample that the result carries. They are spread around their memory size in their order. */
function sampleDots({ run, colour }: Drawn): Plot.Markish[] {
  const ratios = run.rows.flatMap((row, index) => {
    const next = run.rows[index + 1];
    return next === undefined ? [] : [Math.abs(Math.log(next.value / row.value))];
  });
  const room = Math.min(0.14, ...ratios.map((ratio) => ratio * 0.7));
  const samples = run.rows.flatMap(({ value, sampleList = [] }) =>
    sampleList.map((sample, index) => ({
      ...sample,
      x: value * Math.exp(room * (sampleList.length > 1 ? index / (sampleList.length - 1) - 0.5 : 0)),
    })),
  );
  if (samples.length === 0) {
    return [];
  }
  const [warm, cold] = [samples.filter((sample) => !sample.cold), samples.filter((sample) => sample.cold)];
  return [
    Plot.dot(warm, { x: "x", y: "duration", r: 1.5, fill: colour, fillOpacity: 0.45, className: "sample" }),
    Plot.dot(cold, {
      x: "x",
      y: "duration",
      r: 2.5,
      symbol: "times",
      stroke: colour,
      strokeOpacity: 0.7,
      className: "cold-sample",
    }),
  ];
}

/** Averages with their intervals, the line between them, the winner with its label, and what was left out. */
function averages(
  store: Store,
  drawn: Drawn[],
  y: (row: Measured) => number,
  interval: (row: Measured) => { low: number; high: number } | undefined,
  label: { anchor: Anchor; width: number },
): Plot.Markish[] {
  const domain = memoryDomain(drawn);
  return drawn.flatMap(({ run, index, colour }) => {
    const rows = measured(run).toSorted((a, b) => a.value - b.value);
    const known = rows.flatMap((row) => {
      const ends = interval(row);
      return ends === undefined ? [] : [{ value: row.value, ...ends }];
    });
    const winner = best(run);
    const won = rows.filter((row) => row.value === winner?.power);
    const excluded = run.rows.filter((row) => row.excluded !== undefined);
    const anchor = anchorOf(winner?.power, domain, label);
    const isOnly = store.state.page.runs.length === 1;
    return [
      curveOf({ run, index, colour }, domain).length === 0
        ? Plot.line(rows, {
            x: "value",
            y,
            stroke: colour,
            strokeWidth: 1.5,
            strokeOpacity: 0.55,
            className: "measured-line",
          })
        : null,
      Plot.ruleX(known, {
        x: "value",
        y1: "low",
        y2: "high",
        stroke: colour,
        strokeWidth: 5,
        strokeOpacity: 0.35,
        className: "interval",
      }),
      Plot.dot(rows, {
        x: "value",
        y,
        fill: colour,
        symbol: symbol(index),
        r: rows.length > FEW ? 3 : 4.5,
        className: "average",
      }),
      Plot.dot(won, { x: "value", y, stroke: "var(--text)", strokeWidth: 2, r: 9, className: "best" }),
      isOnly
        ? Plot.text(won, {
            x: "value",
            y,
            text: (row: Row) => memory(row.value),
            textAnchor: anchor,
            dx: anchor === "start" ? 9 : -9,
            dy: -15,
            fontWeight: 600,
            fontSize: 12,
            fill: "var(--text)",
            stroke: "var(--surface)",
            strokeWidth: 5,
          })
        : null,
      Plot.dot(excluded, {
        x: "value",
        frameAnchor: "bottom",
        dy: -6,
        symbol: "times",
        stroke: "var(--bad)",
        strokeWidth: 2,
        r: 5,
        className: "left-out",
      }),
    ];
  });
}

/** Whether a label begins or ends at its mark: where the curve leaves room, but not outside of the picture. */
function anchorOf(power = 1, [low, high]: [number, number], label: { anchor: Anchor; width: number }): Anchor {
  const before = (label.width * Math.log(power / low)) / Math.log(high / low);
  return before < LABEL ? "start" : label.width - before < LABEL ? "end" : label.anchor;
}

function powersOf(drawn: Drawn[], has: (row: Row) => boolean): number[] {
  const powers = drawn.flatMap(({ run }) => run.rows.filter(has).map((row) => row.value));
  return [...new Set(powers)].toSorted((a, b) => a - b);
}

function describe(drawn: Drawn[], power: number, what: (row: Row) => string | undefined): string {
  const said = drawn.flatMap(({ run }) => {
    const row = run.rows.find((row) => row.value === power);
    const text =
      row === undefined
        ? undefined
        : row.excluded === undefined
          ? (what(row) ?? "not measured")
          : `left out: ${row.excluded}`;
    return text === undefined ? [] : [drawn.length > 1 ? `${name(run)} ${text}` : text];
  });
  return said.join("; ");
}

function leftOut(drawn: Drawn[]): string | false {
  return (
    drawn.some(({ run }) => run.rows.some((row) => row.excluded !== undefined)) &&
    "Red crosses at the bottom are memory sizes that were left out."
  );
}

function sentences(all: (string | false)[]): string {
  return all.filter((sentence) => sentence !== false).join(" ");
}
