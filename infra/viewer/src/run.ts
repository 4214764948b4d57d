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

/** What the winner is: "the cheapest of 6 measured memory sizes". */
export function superlative(run: Run): string {
  const what = run.winner === undefined ? "cost" : run.subject?.strategy;
  const of = `of ${measured(run).length} measured memory sizes`;
  switch (what) {
    case "cost":
      return `the cheapest ${of}`;
    case "speed":
      return `the fastest ${of}`;
    case "balanced":
      return `the best balance of cost and speed ${of}`;
    default:
      return `the best ${of}`;
  }
}
