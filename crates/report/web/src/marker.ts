/** The mark of a run: its colour and its symbol, as in the charts. */

import * as Plot from "@observablehq/plot";

import type { symbol } from "./charts";

export function marker(shape: ReturnType<typeof symbol>, colour: string): Element {
  const mark = Plot.dot([0], { frameAnchor: "middle", symbol: shape, fill: colour, r: 5.5 });
  const made = Plot.plot({ width: 16, height: 16, margin: 0, axis: null, marks: [mark] });
  made.setAttribute("aria-hidden", "true");
  made.classList.add("marker");
  return made;
}
