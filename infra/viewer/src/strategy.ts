/**
 * Which memory size wins: the rules of crates/tuning/src/strategy.rs, for sliders and for links that no program has read.
 * The tests run this in a browser against the golden data of the reference tool and against the program's own answers.
 */

import { measured, type Candidate, type Run } from "./model";

export type Strategy = { name: "cost" } | { name: "speed" } | { name: "balanced"; weight: number };

/** The winner; of equals the first one. */
export function winner(strategy: Strategy, candidates: readonly Candidate[]): Candidate | undefined {
  switch (strategy.name) {
    case "cost":
      return least(candidates, (a, b) => a.cost - b.cost || a.duration - b.duration);
    case "speed":
      return least(candidates, (a, b) => a.duration - b.duration || a.cost - b.cost);
    case "balanced": {
      const weight = Math.min(Math.max(strategy.weight, 0), 1);
      const cost = largest(candidates.map((candidate) => candidate.cost));
      const duration = largest(candidates.map((candidate) => candidate.duration));
      const score = (candidate: Candidate) =>
        (weight * candidate.cost) / cost + ((1 - weight) * candidate.duration) / duration;
      return least(candidates, (a, b) => score(a) - score(b));
    }
  }
}

/** The rows of a run as the strategies look at them: by the duration that the run's `metric` names. */
export function candidates(run: Run): Candidate[] {
  return measured(run).map((row) => ({
    power: row.value,
    cost: row.averagePrice,
    duration: row.metricDuration ?? row.averageDuration,
  }));
}

function largest(values: number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

function least(
  candidates: readonly Candidate[],
  difference: (a: Candidate, b: Candidate) => number,
): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (best, candidate) => (best === undefined || difference(candidate, best) < 0 ? candidate : best),
    undefined,
  );
}
