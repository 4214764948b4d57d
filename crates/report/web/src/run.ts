/** What a run is called, and what it was about, in words. */

import { measured, type Run } from "./model";

/** The name of the function, or what the result is called. */
export function name(run: Run): string {
  return run.label || functionName(run) || "Result";
}

/** The last part of the function's ARN. */
export function functionName(run: Run): string | undefined {
  return run.subject?.function.split(":")[6];
}

/** "arm64 in eu-west-1, balanced (weight of cost 0.5)". */
export function circumstances(run: Run): string {
  const { subject } = run;
  if (subject === undefined) {
    return "";
  }
  const weight = subject.balancedWeight === undefined ? "" : ` (weight of cost ${subject.balancedWeight})`;
  return `${subject.architecture} in ${subject.region}, strategy ${subject.strategy}${weight}`;
}

/**
 * What the winner is, as the run says it; of a link, which holds no winner, what the cheapest is, and of older results
 * nothing that they do not say.
 */
export function verdict(run: Run): string {
  if (run.recommendation.verdict) {
    return run.recommendation.verdict;
  }
  return run.winner === undefined ? `the cheapest of ${measured(run).length} measured memory sizes` : "the winner";
}
