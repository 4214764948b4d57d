/**
 * Which memory size wins: the rules of crates/tuning/src/decide/strategy.rs and choice.rs, for sliders and for links
 * that no program has read.
 * The tests run this in a browser against the golden data of the reference tool and against the program's own answers.
 */

import { measured, type Candidate, type Row, type Run } from "./model";

export type Strategy = { name: "cost" } | { name: "speed" } | { name: "balanced"; weight: number };

/** A memory size with the most memory that was used there, in MB. */
interface Contender extends Candidate {
  used: number | undefined;
}

/** Means of equal samples differ by how they are rounded: that is no difference. */
const ROUNDING = 1e-12;
/** What the largest of nothing but zeros counts as: the smallest normal number. */
const LEAST = 2.2250738585072014e-308;

/** The winner of a run; of a link, which holds none, the cheapest. */
export function best(run: Run): Candidate | undefined {
  return run.winner ?? byRule(run, { name: "cost" });
}

/** What a strategy would choose. With the run's own strategy that is what the run chose. */
export function chosen(run: Run, strategy: Strategy): Candidate | undefined {
  return isOwn(run, strategy) ? best(run) : byRule(run, strategy);
}

/** Whether a run was made with this strategy. */
export function isOwn({ subject, winner }: Run, strategy: Strategy): boolean {
  const isSameWeight = strategy.name !== "balanced" || strategy.weight === subject?.balancedWeight;
  return winner !== undefined && strategy.name === subject?.strategy && isSameWeight;
}

/** What a strategy chooses by the rule of a run: its limits, its tolerance, and the numbers that decided there. */
export function byRule(run: Run, strategy: Strategy): Candidate | undefined {
  return winner(strategy, withinLimits(run, contenders(run)), run.subject?.tolerance ?? 0);
}

/** The winner, where differences below a fraction do not matter; of equals the first one. */
export function winner(strategy: Strategy, candidates: readonly Candidate[], tolerance = 0): Candidate | undefined {
  const cost = (candidate: Candidate) => candidate.cost;
  const duration = (candidate: Candidate) => candidate.duration;
  switch (strategy.name) {
    case "cost":
      return nearlyLeast(candidates, tolerance, cost, duration);
    case "speed":
      return nearlyLeast(candidates, tolerance, duration, cost);
    case "balanced": {
      const weight = Math.min(Math.max(strategy.weight, 0), 1);
      const highestCost = largest(candidates.map(cost));
      const longest = largest(candidates.map(duration));
      const score = (candidate: Candidate) =>
        (weight * candidate.cost) / highestCost + ((1 - weight) * candidate.duration) / longest;
      // It weighs cost and duration against each other already.
      return nearlyLeast(candidates, 0, score, () => 0);
    }
  }
}

/** The rows of a run as its strategy looked at them: by the duration that its `metric` names, or by its estimates. */
function contenders(run: Run): Contender[] {
  const estimates = run.recommendation.decidedBy === "estimates";
  const estimate = (row: Row) => (estimates ? row : ({} as Row));
  return measured(run).map((row) => ({
    power: row.value,
    cost: estimate(row).estimatedCost ?? row.averagePrice,
    duration: estimate(row).estimatedDuration ?? row.metricDuration ?? row.averageDuration,
    used: row.maxMemoryUsed,
  }));
}

/** Those that keep to the limits, one after the other; of those that no remaining one meets, what comes nearest. */
function withinLimits({ subject }: Run, all: Contender[]): Contender[] {
  const { memoryHeadroom, maxDuration, maxCost } = subject ?? {};
  // By how much a memory size exceeds each limit.
  const excesses: ((contender: Contender) => number)[] = [];
  if (memoryHeadroom !== undefined) {
    excesses.push(({ used = 0, power }) => (used * (1 + memoryHeadroom) - power) / power);
  }
  if (maxDuration !== undefined) {
    excesses.push(({ duration }) => duration / maxDuration - 1);
  }
  if (maxCost !== undefined) {
    excesses.push(({ cost }) => cost / maxCost - 1);
  }
  return excesses.reduce((left, excess) => {
    const kept = left.filter((contender) => excess(contender) <= 0);
    const [first, ...others] = left;
    if (kept.length > 0 || first === undefined) {
      return kept;
    }
    return [others.reduce((nearest, other) => (excess(other) < excess(nearest) ? other : nearest), first)];
  }, all);
}

function largest(values: number[]): number {
  return values.reduce((most, value) => Math.max(most, value), LEAST);
}

/** Of the candidates whose first value is nearly the least, that with the least second value. */
function nearlyLeast(
  candidates: readonly Candidate[],
  tolerance: number,
  first: (candidate: Candidate) => number,
  second: (candidate: Candidate) => number,
): Candidate | undefined {
  const least = candidates.map(first).reduce((least, value) => Math.min(least, value), Infinity);
  const near = candidates.filter((candidate) => first(candidate) <= least * (1 + tolerance + ROUNDING));
  const isLess = (a: Candidate, b: Candidate) => (second(a) - second(b) || first(a) - first(b)) < 0;
  return near.reduce<Candidate | undefined>(
    (best, candidate) => (best === undefined || isLess(candidate, best) ? candidate : best),
    undefined,
  );
}
