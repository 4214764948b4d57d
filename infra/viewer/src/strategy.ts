/**
 * Which memory size wins: the rules of crates/tuning/src/strategy.rs, for sliders and for links that no program has read.
 * The tests run this in a browser against the golden data of the reference tool and against the program's own answers.
 */

import { measured, type Candidate, type Run } from "./model";

export type Strategy = { name: "cost" } | { name: "speed" } | { name: "balanced"; weight: number };

/** Means of equal samples differ by how they are rounded: that is no difference. */
const ROUNDING = 1e-12;
/** What the largest of nothing but zeros counts as: the smallest normal number. */
const LEAST = 2.2250738585072014e-308;

/** The winner; of equals the first one. */
export function winner(strategy: Strategy, candidates: readonly Candidate[]): Candidate | undefined {
  const cost = (candidate: Candidate) => candidate.cost;
  const duration = (candidate: Candidate) => candidate.duration;
  switch (strategy.name) {
    case "cost":
      return nearlyLeast(candidates, cost, duration);
    case "speed":
      return nearlyLeast(candidates, duration, cost);
    case "balanced": {
      const weight = Math.min(Math.max(strategy.weight, 0), 1);
      const highestCost = largest(candidates.map(cost));
      const longest = largest(candidates.map(duration));
      const score = (candidate: Candidate) =>
        (weight * candidate.cost) / highestCost + ((1 - weight) * candidate.duration) / longest;
      return nearlyLeast(candidates, score, () => 0);
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
  return values.reduce((most, value) => Math.max(most, value), LEAST);
}

/** Of the candidates with the least first value, that with the least second value; of several, the first one. */
function nearlyLeast(
  candidates: readonly Candidate[],
  first: (candidate: Candidate) => number,
  second: (candidate: Candidate) => number,
): Candidate | undefined {
  const least = Math.min(...candidates.map(first));
  const near = candidates.filter((candidate) => first(candidate) <= least * (1 + ROUNDING));
  const isLess = (a: Candidate, b: Candidate) => (second(a) - second(b) || first(a) - first(b)) < 0;
  return near.reduce<Candidate | undefined>(
    (best, candidate) => (best === undefined || isLess(candidate, best) ? candidate : best),
    undefined,
  );
}
