/** What the page draws: the output of power-tuner, as crates/report hands it over (`Page` there). */

export interface Page {
  runs: Run[];
}

/**
 * One result. Only what every kind of result has is required: a link of the reference tool holds three numbers per
 * memory size.
 */
export interface Run {
  label: string;
  /** What is known of the execution beside its output; of a link nothing. */
  execution?: Execution;
  /** What was tuned; older results and links do not say. */
  subject?: Subject;
  prices: Prices;
  /** Whether the prices are only assumed, because the result does not say where it ran. */
  pricesAreAssumed?: boolean;
  /** What the run decided; a link does not say. */
  winner?: Candidate;
  executionCost?: number;
  lambdaCost?: number;
  /** Invocations of the function. */
  invocations?: number;
  rows: Row[];
  model?: Model;
  search?: { rounds: number; ended: string };
  recommendation: Recommendation;
  warnings: string[];
  /** Results of the same function over time, this one among them: from the first to the last. */
  history?: Past[];
}

/** The winner of a run, and when it was. */
export interface Past {
  /** A text of ISO 8601. */
  finished: string;
  power: number;
  cost: number;
  duration: number;
  interval?: { low: number; high: number };
}

export interface Execution {
  arn?: string;
  /** Seconds since 1970, or a text of ISO 8601. */
  started?: number | string;
  stopped?: number | string;
  /** Fields of the input; of a payload only its kind. */
  input?: Record<string, unknown>;
}

/** What was tuned, and what "best" meant. */
export interface Subject {
  function: string;
  region: string;
  architecture: string;
  present: number;
  ephemeralStorageMb: number;
  strategy: string;
  balancedWeight?: number;
  /** Below which fraction differences did not matter. */
  tolerance?: number;
  /** What durations were compared by, if not by their average. */
  metric?: string;
  maxDuration?: number;
  maxCost?: number;
  memoryHeadroom?: number;
}

/** `PriceSheet` of crates/tuning. */
export interface Prices {
  region: string;
  architecture: string;
  currency: string;
  /** Per GB-second, from a number of GB-seconds a month on. */
  tiers: { from: number; price: number }[];
  request: number;
  ephemeralStorage: number;
  freeEphemeralStorageMb: number;
  isGuess: boolean;
}

/** A memory size that can win. */
export interface Candidate {
  power: number;
  cost: number;
  duration: number;
}

export interface Summary {
  n: number;
  mean: number;
  median: number;
  min: number;
  max: number;
}

export interface Sample {
  duration: number;
  billed: number;
  cold: boolean;
  memoryUsed?: number;
  traceId?: string;
}

/** One memory size. */
export interface Row {
  value: number;
  averagePrice?: number;
  averageDuration?: number;
  averageBilled?: number;
  interval?: { low: number; high: number };
  metricDuration?: number;
  /** By the estimates of a search. */
  estimatedCost?: number;
  estimatedDuration?: number;
  samples?: number;
  basis?: string;
  source?: string;
  initDuration?: Summary;
  maxMemoryUsed?: number;
  excluded?: string;
  sampleList?: Sample[];
}

export interface Model {
  /** Absent where the output was asked for without it. */
  curve?: CurvePoint[];
  meetsMaxDuration?: number;
  meetsMaxCost?: number;
}

export interface CurvePoint {
  power: number;
  duration: number;
  low: number;
  high: number;
  cost: number;
}

export interface Ratio {
  ratio: number;
  low: number;
  high: number;
  distinguishable: boolean;
}

export interface Comparison {
  power: number;
  costPercent: number;
  durationPercent: number;
  costRatio?: Ratio;
  durationRatio?: Ratio;
  invocationsToTellApart?: number;
}

/** A memory size that is worth knowing besides the winner: how much more it costs, and how much longer it takes. */
export interface Alternative {
  power: number;
  kinds: string[];
  costPercent: number;
  durationPercent: number;
  costRatio?: Ratio;
  durationRatio?: Ratio;
}

export interface Recommendation {
  /** "the cheapest of 6 measured memory sizes"; older results do not say. */
  verdict?: string;
  decidedBy?: string;
  alternatives?: Alternative[];
  againstPresent?: Comparison;
  againstRunnerUp?: Comparison;
  workload?: { pattern?: string; cores?: number; probability?: number };
  monthly?: { invocations: number; atWinner: number; atPresent?: number; saving?: number };
  reasons: string[];
}

/** A row that was measured and not left out. */
export interface Measured extends Row {
  averagePrice: number;
  averageDuration: number;
}

/** The rows that can win, in the order of the result: of equals the first one wins. */
export function measured(run: Run): Measured[] {
  return run.rows.filter(
    (row): row is Measured =>
      row.averagePrice !== undefined && row.averageDuration !== undefined && row.excluded === undefined,
  );
}

/** The memory of the function before the run, if the result says so. */
export function presentPower(run: Run): number | undefined {
  return run.subject?.present ?? run.recommendation.againstPresent?.power;
}
