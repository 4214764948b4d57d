/** A chart over memory: Observable Plot draws it, the keyboard and the pointer move along its memory sizes. */

import * as Plot from "@observablehq/plot";

import { element, svg } from "./dom";
import { memory } from "./format";
import type { Store } from "./state";

/** What one chart shows. */
export interface Chart {
  id: string;
  title: string;
  /** What is drawn, in a sentence or two. */
  caption: string;
  /** What a memory size is like, for those who move along the sizes. */
  describe: (power: number) => string;
  /** Where the chart has something to say. */
  powers: number[];
  /** What is drawn, in a picture of this width without its margins. */
  marks: (width: number) => Plot.Markish[];
  y: Plot.ScaleOptions;
  yTicks: { ticks: number | number[]; tickFormat?: string };
}

const HEIGHT = 300;
const MARGIN = { left: 58, right: 18, top: 22, bottom: 40 };
/** Ticks are left out where they would be nearer than this, in pixels. */
const TICK_DISTANCE = 42;

/** The figure of a chart, drawn again when its width or what it shows changes. */
export function figure(store: Store, chart: () => Chart, xDomain: () => [number, number]): HTMLElement {
  const { id, title } = chart();
  const caption = element("figcaption", { id: `${id}-caption` });
  const drawing = element("div", { class: "drawing" });
  // Arrow keys move along the memory sizes: what a slider does, and screen readers read one.
  const surface = element(
    "div",
    {
      class: "surface",
      tabindex: "0",
      role: "slider",
      "aria-label": `${title}: memory size`,
      "aria-describedby": caption.id,
    },
    drawing,
  );
  const readout = element("p", { class: "readout", id: `${id}-readout` });
  const made = element("figure", { id }, element("h3", {}, title), readout, surface, caption);
  let plot: (SVGSVGElement & Plot.Plot) | undefined;
  let drawnWidth = 0;

  const draw = () => {
    const current = chart();
    caption.textContent = current.caption;
    drawnWidth = Math.floor(drawing.clientWidth) || 600;
    plot = render(current, drawnWidth, xDomain());
    plot.setAttribute("aria-hidden", "true");
    drawing.replaceChildren(plot);
    surface.setAttribute("aria-valuemin", "0");
    surface.setAttribute("aria-valuemax", String(Math.max(current.powers.length - 1, 0)));
  };
  const select = () => {
    const current = chart();
    const power = nearest(current.powers, store.state.selected);
    if (power === undefined || plot === undefined) {
      readout.textContent = "";
      return;
    }
    const text = `${memory(power)}: ${current.describe(power)}`;
    readout.textContent = text;
    surface.setAttribute("aria-valuenow", String(current.powers.indexOf(power)));
    surface.setAttribute("aria-valuetext", text);
    mark(plot, power);
  };
  surface.addEventListener("keydown", (event) => {
    const { powers } = chart();
    const now = powers.indexOf(nearest(powers, store.state.selected) ?? 0);
    const to = {
      ArrowLeft: now - 1,
      ArrowDown: now - 1,
      ArrowRight: now + 1,
      ArrowUp: now + 1,
      Home: 0,
      End: powers.length - 1,
    }[event.key];
    if (to === undefined) {
      return;
    }
    event.preventDefault();
    const power = powers[Math.min(Math.max(to, 0), powers.length - 1)];
    store.change("selected", (state) => (state.selected = power));
  });
  const follow = (event: PointerEvent) => {
    const x = plot?.scale("x");
    if (plot === undefined || x?.invert === undefined) {
      return;
    }
    const pointed = nearest(chart().powers, Number(x.invert(event.clientX - plot.getBoundingClientRect().left)));
    if (pointed !== store.state.selected) {
      store.change("selected", (state) => (state.selected = pointed));
    }
  };
  surface.addEventListener("pointermove", follow);
  surface.addEventListener("pointerdown", follow);
  store.draw(["hidden", "scale"], draw);
  store.draw(["selected", "hidden", "scale"], select);
  new ResizeObserver(() => {
    if (Math.floor(drawing.clientWidth) !== drawnWidth) {
      draw();
      select();
    }
  }).observe(drawing);
  return made;
}

function render(chart: Chart, width: number, domain: [number, number]): SVGSVGElement & Plot.Plot {
  const ticks = spread(chart.powers, domain, width);
  return Plot.plot({
    width,
    height: HEIGHT,
    marginLeft: MARGIN.left,
    marginRight: MARGIN.right,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    x: { type: "log", domain, label: null },
    y: chart.y,
    marks: [
      Plot.gridY({ ...chart.yTicks, stroke: "var(--line)", strokeOpacity: 1 }),
      // Not as tickFormat: of that, a logarithmic scale leaves some out.
      Plot.axisX(ticks, {
        text: (power: number) => String(power),
        label: "Memory (MB)",
        labelArrow: "none",
        labelAnchor: "center",
      }),
      Plot.axisY({ ...chart.yTicks, label: null }),
      ...chart.marks(width - MARGIN.left - MARGIN.right),
    ],
  }) as SVGSVGElement & Plot.Plot;
}

/** As many of the sizes as find room beside each other. */
function spread(powers: number[], [low, high]: [number, number], width: number): number[] {
  const scale = (width - MARGIN.left - MARGIN.right) / Math.log(high / low);
  const last = powers.at(-1);
  return powers.reduce<number[]>((kept, power) => {
    const isApart = (other: number) => Math.abs(Math.log(power / other)) * scale >= TICK_DISTANCE;
    const isBeforeLast = last === undefined || power === last || isApart(last);
    const previous = kept.at(-1);
    return (previous === undefined || isApart(previous)) && isBeforeLast ? [...kept, power] : kept;
  }, []);
}

/** A line at the size that is looked at. */
function mark(plot: SVGSVGElement & Plot.Plot, power: number): void {
  plot.querySelector(".selected")?.remove();
  const x = String(plot.scale("x")?.apply(power));
  const line = svg("line", {
    class: "selected",
    x1: x,
    x2: x,
    y1: String(MARGIN.top),
    y2: String(HEIGHT - MARGIN.bottom),
  });
  plot.insertBefore(
    line,
    plot.querySelector("[aria-label='area'], [aria-label='line'], [aria-label='rule'], [aria-label='dot']"),
  );
}

/** The size that is nearest on the logarithmic scale. */
function nearest(powers: number[], to: number | undefined): number | undefined {
  if (to === undefined) {
    return undefined;
  }
  const distance = (power: number) => Math.abs(Math.log(power / to));
  return powers.reduce<number | undefined>(
    (best, power) => (best === undefined || distance(power) < distance(best) ? power : best),
    undefined,
  );
}
