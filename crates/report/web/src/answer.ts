/** The answer first: the winner of each run, what it saves, and why. */

import { colour, symbol } from "./charts";
import { element, type Child } from "./dom";
import { change, count, duration, memory, money, perMillion, plural } from "./format";
import { measured, presentPower, type Candidate, type Run } from "./model";
import { difference, monthlyCostOf } from "./monthly";
import { circumstances, functionName, name, verdict } from "./run";
import type { Store } from "./state";
import { best } from "./strategy";
import { marker } from "./marker";

/** The answer of a run. */
export function answer(store: Store, run: Run, index: number): HTMLElement {
  const winner = best(run);
  const several = store.state.page.runs.length > 1;
  const heading = element(
    several ? "h2" : "h1",
    { class: "name" },
    several ? marker(symbol(index), colour(index)) : undefined,
    several ? name(run) : (functionName(run) ?? name(run)),
  );
  const made = element("article", { class: "answer", "data-run": String(index) }, heading);
  const context = [
    several ? functionName(run) : run.label === functionName(run) ? undefined : run.label,
    circumstances(run),
  ];
  const shown = context.filter((part) => part !== undefined && part !== "" && part !== name(run));
  if (shown.length > 0) {
    made.append(element("p", { class: "context" }, shown.join(" · ")));
  }
  if (winner === undefined) {
    made.append(element("p", {}, "Nothing was measured."));
    return made;
  }
  const figures = element("dl", { class: "figures" });
  made.append(
    element(
      "p",
      { class: "winner" },
      element("strong", {}, memory(winner.power)),
      element("span", {}, `is ${verdict(run)}`),
    ),
    figures,
    ...list("Why", "reasons", run.recommendation.reasons),
    ...list("Good to know", "warnings", notes(run)),
  );
  store.draw(["invocations"], () => {
    figures.replaceChildren(...facts(run, winner, store.state.invocationsPerMonth));
  });
  return made;
}

function facts(run: Run, winner: Candidate, invocations: number): HTMLElement[] {
  const present = run.recommendation.againstPresent;
  const from = present === undefined || present.power === winner.power ? undefined : memory(present.power);
  const against = (percent: number | undefined) =>
    from === undefined || percent === undefined
      ? undefined
      : element("span", { class: percent > 0 ? "worse" : "better" }, `${change(percent)} against the current ${from}`);
  const { currency } = run.prices;
  const made = [
    fact("Duration", duration(winner.duration), against(present?.durationPercent)),
    fact("Cost of a million invocations", `${perMillion(winner.cost)} ${currency}`, against(present?.costPercent)),
  ];
  const rows = measured(run);
  const [row, now] = [
    rows.find((row) => row.value === winner.power),
    rows.find((row) => row.value === presentPower(run)),
  ];
  if (row !== undefined) {
    const monthly = monthlyCostOf(run, row, invocations);
    const saving =
      now === undefined || now === row ? undefined : difference(monthlyCostOf(run, now, invocations), monthly);
    const saved =
      saving === undefined
        ? undefined
        : element(
            "span",
            { class: saving < 0 ? "worse" : "better" },
            saving === 0
              ? "costs the same as now"
              : `${saving < 0 ? "costs" : "saves"} ${money(Math.abs(saving), currency)}${saving < 0 ? " more" : ""}`,
          );
    made.push(fact(`A month of ${count(invocations)} invocations`, money(monthly, currency), saved));
  }
  return made;
}

function fact(name: string, value: string, note: Child): HTMLElement {
  return element("div", {}, element("dt", {}, name), element("dd", {}, element("b", {}, value), note));
}

/** Warnings, and what of a run without warnings should be known. */
function notes(run: Run): string[] {
  const assumed = run.pricesAreAssumed
    ? [
        "The result does not say where it ran: a month is computed with the prices of " +
          `${run.prices.architecture} in ${run.prices.region}.`,
      ]
    : [];
  const guessed =
    !run.pricesAreAssumed && run.prices.isGuess
      ? [`Not all prices of ${run.prices.region} are known: those of another region stand in for them.`]
      : [];
  const search =
    run.search === undefined
      ? []
      : [`The search ended after ${plural(run.search.rounds, "round")}: ${run.search.ended}`];
  return [...run.warnings, ...search, ...assumed, ...guessed];
}

function list(title: string, kind: string, items: string[]): HTMLElement[] {
  if (items.length === 0) {
    return [];
  }
  return [
    element(
      "section",
      { class: kind },
      element("h3", {}, title),
      element("ul", {}, ...items.map((item) => element("li", {}, item))),
    ),
  ];
}
