/** What the reader can change, and who is told of it. */

import type { Page } from "./model";

export interface State {
  readonly page: Page;
  /** The weight of cost in the balanced strategy. */
  weight: number;
  invocationsPerMonth: number;
  /** The memory size that is looked at, in MB. */
  selected: number | undefined;
  /** Indices of the runs that the charts leave out. */
  readonly hidden: Set<number>;
  /** Whether durations and costs are drawn on a logarithmic scale. */
  logarithmic: boolean;
}

/** What can change. */
export type Aspect = "weight" | "invocations" | "selected" | "hidden" | "scale" | "size";

type Listener = () => void;

/** The state of the page. Whoever changes it says which aspect, and what depends on that is drawn again. */
export class Store {
  private readonly listeners = new Map<Aspect, Listener[]>();

  constructor(readonly state: State) {}

  /** Draws now, and whenever one of the aspects changes. */
  draw(aspects: Aspect[], listener: Listener): void {
    for (const aspect of aspects) {
      this.listeners.set(aspect, [...(this.listeners.get(aspect) ?? []), listener]);
    }
    listener();
  }

  change(aspect: Aspect, change: (state: State) => void): void {
    change(this.state);
    for (const listener of this.listeners.get(aspect) ?? []) {
      listener();
    }
  }
}
