/**
 * What a function costs a month: crates/tuning/src/price/monthly.rs, with that crate's price table as data. The tests
 * compare the two in a browser.
 */

import type { Measured, Prices, Run } from "./model";

/** How a function is used in a month. */
export interface MonthlyUse {
  invocations: number;
  /** Its memory, in MB. */
  power: number;
  /** The mean billed duration of an invocation, in ms. */
  billed: number;
  ephemeralStorageMb: number;
}

/** Duration in its tiers, requests and ephemeral storage. */
export function monthlyCost(prices: Prices, use: MonthlyUse): number {
  const seconds = (use.invocations * use.billed) / 1000;
  const extraMb = Math.max(use.ephemeralStorageMb - prices.freeEphemeralStorageMb, 0);
  return (
    tiered(prices, (use.power / 1024) * seconds) +
    use.invocations * prices.request +
    (extraMb / 1024) * seconds * prices.ephemeralStorage
  );
}

/** The cost of a memory size of a run, for some invocations a month. */
export function monthlyCostOf(run: Run, row: Measured, invocations: number): number {
  const { prices } = run;
  const perMillisecond = ((prices.tiers[0]?.price ?? 0) * row.value) / 1024 / 1000;
  return monthlyCost(prices, {
    invocations,
    power: row.value,
    // Results that do not say what was billed say what it cost.
    billed: row.averageBilled ?? row.averagePrice / perMillisecond,
    ephemeralStorageMb: run.subject?.ephemeralStorageMb ?? prices.freeEphemeralStorageMb,
  });
}

/** How much more one amount is than another; nothing, if they differ by how they are rounded. */
export function difference(one: number, other: number): number {
  return Math.abs(one - other) <= 1e-9 * Math.max(one, other) ? 0 : one - other;
}

function tiered({ tiers }: Prices, gbSeconds: number): number {
  return tiers.reduce((cost, { from, price }, index) => {
    const to = tiers[index + 1]?.from ?? Infinity;
    return cost + Math.max(Math.min(gbSeconds, to) - from, 0) * price;
  }, 0);
}
