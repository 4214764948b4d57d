/** The results of a function over time: two pictures, and the same as a table. */

import * as Plot from "@observablehq/plot";

import { element } from "./dom";
import { duration, memory, perMillion, range } from "./format";
import type { Past, Run } from "./model";

/** How wide a picture is before the page scales it, and how high, in pixels. */
const SIZE = { width: 600, height: 220, marginLeft: 58 };
const LINE = "var(--series-1)";

export function overTime(run: Run): HTMLElement[] {
  const history = run.history ?? [];
  const cost = (past: Past) => past.cost * 1e6;
  const bars = Plot.ruleX(
    history.filter((past) => past.interval !== undefined),
    {
      x: when,
      y1: (past: Past) => past.interval?.low,
      y2: (past: Past) => past.interval?.high,
      stroke: LINE,
      strokeWidth: 5,
      strokeOpacity: 0.35,
      className: "interval",
    },
  );
  const pictures = element(
    "div",
    { class: "figures-grid" },
    picture("Average duration of the winner (ms)", history, (past) => past.duration, [bars]),
    picture(`Cost of the winner (${run.prices.currency} per million invocations)`, history, cost, []),
  );
  return [pictures, values(history)];
}

function picture(title: string, history: Past[], y: (past: Past) => number, more: Plot.Markish[]): HTMLElement {
  const plot = Plot.plot({
    ...SIZE,
    // Room for a label at either end.
    x: { type: "utc", label: null, inset: 28 },
    y: { zero: true, nice: true, grid: true, label: null, insetTop: 16 },
    marks: [
      ...more,
      Plot.line(history, { x: when, y, stroke: LINE, strokeWidth: 1.5, strokeOpacity: 0.55 }),
      Plot.dot(history, { x: when, y, fill: LINE, r: 4.5, className: "past" }),
      // Only where it is another one than before.
      Plot.text(
        history.filter((past, index) => past.power !== history[index - 1]?.power),
        { x: when, y, text: (past: Past) => memory(past.power), dy: -14, fill: "var(--text)" },
      ),
    ],
  });
  plot.setAttribute("aria-hidden", "true");
  const caption = "The memory size is written where it changed; the table has all values.";
  return element("figure", {}, element("h3", {}, title), plot as unknown as Node, element("figcaption", {}, caption));
}

function values(history: Past[]): HTMLElement {
  const head = ["Run", "Winner", "Duration", "95 % interval (ms)", "Cost per million"];
  const cells = (past: Past) => [
    past.finished.slice(0, 16).replace("T", " "),
    memory(past.power),
    duration(past.duration),
    past.interval === undefined ? "–" : range(past.interval.low, past.interval.high),
    perMillion(past.cost),
  ];
  const row = (past: Past) => {
    const [run, ...rest] = cells(past);
    const line = rest.map((text) => element("td", {}, text));
    return element("tr", {}, element("th", { scope: "row" }, run), ...line);
  };
  const heads = head.map((text) => element("th", { scope: "col" }, text));
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "All runs" },
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...heads)),
      element("tbody", {}, ...history.map(row)),
    ),
  );
}

function when(past: Past): Date {
  return new Date(past.finished);
}
