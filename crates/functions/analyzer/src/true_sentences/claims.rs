//! Sentences read back, and held against the numbers.

use regex_lite::{Captures, Regex};
use tuning::{
    contract::outcome::{Alternative, AlternativeKind, Comparison, DecidedBy, Pattern, StatsRow, TuningOutcome},
    measure::{
        comparison::Ratio,
        measurement::{Basis, Source},
    },
    run::objective::Strategy,
};

use super::{
    memory,
    numbers::{Asked, Number, rows},
};

/// All that a result says that its numbers contradict: its verdict, its reasons, its warnings and its alternatives.
#[must_use]
pub fn contradictions(outcome: &TuningOutcome, asked: &Asked) -> Vec<String> {
    let recommendation = &outcome.recommendation;
    let verdict = format!("{} is {}", outcome.power, recommendation.verdict);
    let said = [verdict].into_iter().chain(recommendation.reasons.clone()).chain(outcome.warnings.clone());
    let untrue_sentences = said.filter_map(|sentence| untrue(&sentence, outcome, asked));
    let others = [
        untrue_fields(outcome, asked),
        untrue_alternatives(outcome, asked),
        untrue_numbers(outcome),
        memory::contradictions(outcome),
        incomparable_rows(outcome),
    ]
    .concat();
    untrue_sentences.chain(others).collect()
}

/// Says what is wrong with a sentence, if its numbers contradict it, or if nobody knows what it means.
#[must_use]
pub fn untrue(sentence: &str, outcome: &TuningOutcome, asked: &Asked) -> Option<String> {
    let reader = Reader { outcome, asked };
    match reader.is_true(sentence) {
        Some(true) => None,
        Some(false) => Some(format!("it is not true that {sentence}")),
        None => Some(format!("no test knows what this means: {sentence}")),
    }
}

struct Reader<'a> {
    outcome: &'a TuningOutcome,
    asked: &'a Asked,
}

/// Warnings that say nothing of the rows begin like this.
const OTHER_WARNINGS: [&str; 3] = ["num was raised", "the price", "from the input"];
const COSTS: &str = r"costs (?:the same|slightly more|slightly less|[\d.]+ % (?:more|less))";
const TAKES: &str =
    r"takes (?:the same time|slightly (?:more|less) time|[\d.]+ % (?:more|less) time|[\d.]+ times as long)";
const SIGNIFICANCE: &str = r"(?: The difference in (?<what>cost|duration) is (?<not>not )?statistically significant(?:; about (?<count>\d+) invocations of each would be needed|, and more invocations would hardly change that)?\.)?";

impl Reader<'_> {
    fn winner(&self) -> u32 {
        self.outcome.power.megabytes()
    }

    /// Of a winner that would not win by the averages alone, and of what the search does that they do not.
    fn is_reason_against_averages_true(&self, found: &Captures<'_>) -> bool {
        let (cost, duration) = self.average(self.winner(), false);
        let other = found["other"].parse().unwrap();
        let by_estimates = self.outcome.recommendation.decided_by == DecidedBy::Estimates;
        let balanced = matches!(self.asked.strategy, Strategy::Balanced { .. });
        found.name("again").is_none() == by_estimates
            && found.name("weighs").is_some() == balanced
            && other != self.winner()
            && self.wins_by_averages(other)
            && rounded(&found["cost"], cost)
            && rounded(&found["ms"], duration)
    }

    fn is_true(&self, sentence: &str) -> Option<bool> {
        let matched = |pattern: &str, is_true: &dyn Fn(&Captures<'_>) -> bool| {
            Regex::new(&format!("^{pattern}$")).unwrap().captures(sentence).map(|captures| is_true(&captures))
        };
        let power = |captures: &Captures<'_>, name: &str| captures[name].parse::<u32>().unwrap();
        let against = format!("(?<costs>{COSTS}) and (?<takes>{TAKES})\\.{SIGNIFICANCE}");
        matched(r"(?<power>\d+) MB is also the function's current memory\.", &|found| {
            let present = self.outcome.subject.as_ref().unwrap().present.megabytes();
            power(found, "power") == self.winner() && self.winner() == present
        })
        .or_else(|| {
            matched(r"(?<power>\d+) MB is (?<verdict>.*): (?<cost>[\d.]+) USD and (?<ms>[\d.]+) ms per average invocation\.", &|found| {
                let verdict = &found["verdict"];
                let by_estimates = verdict.ends_with(BY_ESTIMATES);
                let row = self.average(self.winner(), by_estimates);
                power(found, "power") == self.winner()
                    && self.is_verdict_true(verdict)
                    && rounded(&found["cost"], row.0)
                    && rounded(&found["ms"], row.1)
            })
        })
        .or_else(|| {
            matched(r"(?<power>\d+) MB is (?<verdict>(?:the|within|what) .*)", &|found| {
                power(found, "power") == self.winner() && self.is_verdict_true(&found["verdict"])
            })
        })
        .or_else(|| {
            matched(r"By the averages alone, (?<other>\d+) MB would win; (?<power>\d+) MB averaged (?<cost>[\d.]+) USD and (?<ms>[\d.]+) ms\. The search pools the measurements of all sizes(?<again>,(?: and)? prefers sizes that it measured again)?(?<weighs>, and weighs cost and duration against the lowest of each)?\.", &|found| {
                self.is_reason_against_averages_true(found)
            })
        })
        .or_else(|| {
            matched(r"Durations are compared by p\d\d: (?<ms>[\d.]+) ms at (?<power>\d+) MB\.", &|found| {
                power(found, "power") == self.winner() && rounded(&found["ms"], self.row(self.winner()).unwrap().duration)
            })
        })
        .or_else(|| {
            matched(r"It meets (?<limits>.*)\.", &|found| {
                let row = self.row(self.winner()).unwrap();
                found["limits"].split(" and ").all(|limit| self.asked.meets(limit, &row))
            })
        })
        .or_else(|| {
            matched(&format!(r"Compared with the current (?<present>\d+) MB, it {against}"), &|found| {
                let present = power(found, "present");
                let of_winner = self.average(self.winner(), false);
                present != self.winner()
                    && is_difference_true(found, of_winner, self.average(present, false))
                    && self.is_significance_true(found, self.outcome.recommendation.against_present)
            })
        })
        .or_else(|| {
            matched(&format!(r"The next best is (?<power>\d+) MB: it {against}"), &|found| {
                let next = power(found, "power");
                let by_estimates = self.outcome.recommendation.decided_by == DecidedBy::Estimates;
                let mut others = self.eligible(by_estimates);
                others.retain(|row| row.power != self.winner());
                self.asked.wins(next, &others)
                    && is_difference_true(found, self.average(next, false), self.average(self.winner(), false))
                    && self.is_significance_true(found, self.outcome.recommendation.against_runner_up)
            })
        })
        .or_else(|| {
            matched(&format!(r"(?<power>\d+) MB (?<exchange>is [\d.]+ times faster for (?:slightly|[\d.]+ %) more|(?:{COSTS}|{TAKES}).*?)\.(?<told>(?: [NT][a-z]+ difference.*significant\.)?)"), &|found| {
                let Some(alternative) = self.alternative(power(found, "power")) else { return false };
                is_exchange_true(&found["exchange"], alternative) && is_told_apart(&found["told"], alternative)
            })
        })
        .or_else(|| {
            matched(r"(?<n>\d+) invocations a month cost (?<at>[\d.]+) USD at (?<power>\d+) MB\.", &|found| {
                let monthly = self.outcome.recommendation.monthly.unwrap();
                power(found, "power") == self.winner()
                    && self.winner() == self.outcome.subject.as_ref().unwrap().present.megabytes()
                    && is_amount(&found["at"], monthly.at_winner.0)
            })
        })
        .or_else(|| {
            matched(r"(?<n>\d+) invocations a month cost (?<at>[\d.]+) USD at (?<power>\d+) MB, (?<saving>[\d.]+) USD (?<word>more|less) than the (?<present>[\d.]+) USD at the current (?<other>\d+) MB\.", &|found| {
                let monthly = self.outcome.recommendation.monthly.unwrap();
                let saving = monthly.saving.unwrap().0;
                power(found, "power") == self.winner()
                    && is_amount(&found["at"], monthly.at_winner.0)
                    && is_amount(&found["present"], monthly.at_present.unwrap().0)
                    && (is_amount(&found["saving"], saving.abs()) || saving.abs() < 1e-9 * monthly.at_winner.0)
                    && (saving < 0.0) == (&found["word"] == "more")
            })
        })
        .or_else(|| self.is_work_true(sentence))
        .or_else(|| self.is_guidance_true(sentence))
        .or_else(|| memory::is_true(sentence, self.outcome))
        .or_else(|| self.is_warning_true(sentence))
    }

    fn is_work_true(&self, sentence: &str) -> Option<bool> {
        let pattern = r"^(?:The function (?<kind>.*) \((?<sure>\d+) % sure\)\.|Too few sizes were measured to say what the function spends its time on\.)(?: It lacks memory up to (?<starved>\d+) MB\.)?$";
        let found = Regex::new(pattern).unwrap().captures(sentence)?;
        let sure = found.name("sure").is_none_or(|sure| sure.as_str().parse::<f64>().unwrap() >= 70.0);
        let starved = found.name("starved").is_none_or(|mb| self.lacks_memory(mb.as_str().parse().unwrap()));
        Some(sure && starved && found.name("kind").is_none_or(|kind| self.is_kind_true(kind.as_str())))
    }

    fn is_guidance_true(&self, sentence: &str) -> Option<bool> {
        let pattern = r"^Functions that (?<work>mostly wait|are bound by CPU|compute on several cores) are often started at (?<low>\d+) MB \(such as [^)]*\)(?: to (?<high>\d+) MB \(such as [^)]*\))?, because .*; (?<power>\d+) MB is (?<how>.*) that\.$";
        let found = Regex::new(pattern).unwrap().captures(sentence)?;
        let workload = self.outcome.recommendation.workload.as_ref()?;
        let (work, low, high) = match (workload.pattern?, workload.cores) {
            (Pattern::IoBound, _) => ("mostly wait", 512, 1024),
            (Pattern::CpuBound, Some(2..)) => ("compute on several cores", 3008, 3008),
            (Pattern::CpuBound, _) => ("are bound by CPU", 1769, 1769),
            (Pattern::NoOp | Pattern::Mixed, _) => return Some(false),
        };
        let how = match self.winner() {
            winner if winner < low => format!("{} MB below", low - winner),
            winner if winner > high => format!("{} MB above", winner - high),
            _ if low < high => "within".to_owned(),
            _ => "just".to_owned(),
        };
        let numbers = [("power", self.winner()), ("low", low)].map(|(name, mb)| found[name] == mb.to_string());
        let is_high = found.name("high").is_none_or(|said| said.as_str() == high.to_string());
        let is_said = found["work"] == *work && found["how"] == how && is_high && numbers == [true; 2];
        Some(is_said && workload.guidance.as_deref() == Some(sentence))
    }

    fn is_warning_true(&self, sentence: &str) -> Option<bool> {
        let found = |pattern: &str| Regex::new(&format!("^{pattern}$")).unwrap().captures(sentence);
        let excess =
            r"it (?:takes [\d.]+ ms,|costs [\d.]+ USD,|lacks) (?<percent>[\d.]+) % (?:too long|too much|of its memory)";
        let rows = rows(self.outcome, false);
        let winner = self.row(self.winner())?;
        if let Some(found) = found(&format!(
            r"no memory size (?:that meets (?<met>.*) )?meets (?<limit>\w+)(?: \(.*\))?: (?<power>\d+) MB comes nearest; {excess}"
        )) {
            let limit = &found["limit"];
            let meets_others = |row: &&Number| {
                found
                    .name("met")
                    .is_none_or(|met| met.as_str().split(" and ").all(|other| self.asked.meets(other, row)))
            };
            let least =
                rows.iter().filter(meets_others).map(|row| self.asked.excess(limit, row)).fold(f64::INFINITY, f64::min);
            let own = self.asked.excess(limit, &winner);
            let is_nearest = found["power"] == self.winner().to_string() && own <= least && least > 0.0;
            return Some(is_nearest && rounded(&found["percent"], own * 100.0));
        }
        if let Some(found) = found(&format!(r"(?<power>\d+) MB does not meet (?<limit>\w+)(?: \(.*\))?: {excess}")) {
            let own = self.asked.excess(&found["limit"], &winner);
            return Some(own > 0.0 && rounded(&found["percent"], own * 100.0));
        }
        let stats = self.outcome.stats.as_deref().unwrap_or_default();
        if let Some(found) = found(r"(?<power>\d+) MB was left out: (?<why>.*?)(?:; raise num)?") {
            let is_said = |row: &StatsRow| row.excluded.as_deref() == Some(&found["why"]);
            return Some(stats.iter().any(|row| row.value.megabytes().to_string() == found["power"] && is_said(row)));
        }
        // Exactly these rows are meant.
        let are = |said: &str, is_meant: &dyn Fn(&StatsRow) -> bool| {
            let meant = stats.iter().filter(|row| is_meant(row)).map(|row| row.value.to_string());
            meant.collect::<Vec<_>>().join(", ") == said
        };
        let lost = |row: &StatsRow| row.spent.unreported - row.spent.found_in_logs;
        let is_timed = |row: &StatsRow| row.source == Some(Source::Client);
        if let Some(found) =
            found(r"fewer than 3 invocations were warm at (?<at>[\d MB,]+), or none of one of the payloads: .*")
        {
            return Some(are(&found["at"], &|row| row.basis == Some(Basis::All) && row.excluded.is_none()));
        }
        if let Some(found) = found(r"durations at (?<at>[\d MB,]+) were timed by the client, .*") {
            return Some(are(&found["at"], &is_timed));
        }
        if let Some(found) = found(r"(?<n>\d+) invocations? left no report \(at (?<at>[\d MB,]+)\): .*") {
            let count: u32 = stats.iter().filter(|row| !is_timed(row)).map(lost).sum();
            return Some(found["n"] == count.to_string() && are(&found["at"], &|row| !is_timed(row) && lost(row) > 0));
        }
        if let Some(found) = found(r"the saving is not known, because the current (?<power>\d+) MB (?<why>.*)") {
            let row = stats.iter().find(|row| row.value.megabytes().to_string() == found["power"]);
            let is_measured = row.is_some_and(|row| row.average_price.is_some());
            let is_unknown = self.outcome.recommendation.monthly.is_some_and(|monthly| monthly.saving.is_none());
            return Some(is_unknown && (&found["why"] == "cannot be compared") == is_measured);
        }
        if let Some(found) =
            found(r"the budget ended before (?<power>\d+) MB could be measured again in new environments.*")
        {
            return Some(found["power"] == winner.power.to_string() && self.asked.is_search);
        }
        OTHER_WARNINGS.iter().any(|other| sentence.starts_with(other)).then_some(true)
    }

    fn is_verdict_true(&self, verdict: &str) -> bool {
        let by_estimates = verdict.ends_with(BY_ESTIMATES);
        let verdict = verdict.strip_suffix(BY_ESTIMATES).unwrap_or(verdict);
        let found = |pattern: &str| Regex::new(&format!("^{pattern}$")).unwrap().captures(verdict);
        let all = rows(self.outcome, by_estimates);
        let Some(winner) = all.iter().find(|row| row.power == self.winner()).copied() else { return false };
        let eligible: Vec<Number> = all.iter().filter(|row| self.asked.meets_all(row)).copied().collect();
        let is_all = |captured: &str| captured.parse::<usize>().unwrap() == all.len();
        let are_limits = |found: &Captures<'_>| {
            found.name("limits").is_none_or(|limits| limits.as_str() == self.asked.limits().join(" and "))
        };
        if let Some(found) = found(
            r"(?<best>the cheapest|the fastest|the best balance of cost and speed) of (?:the (?<n>\d+) of )?(?<all>\d+) measured memory sizes(?: that meet (?<limits>.*))?",
        ) {
            let value = |row: &Number| self.asked.value(&found["best"], row, &eligible);
            let n = found.name("n").map_or(all.len(), |n| n.as_str().parse().unwrap());
            return is_all(&found["all"])
                && n == eligible.len()
                && are_limits(&found)
                && self.asked.meets_all(&winner)
                && eligible.iter().all(|row| is_no_less(value(row), value(&winner)));
        }
        if let Some(found) = found(
            r"within (?<tolerance>[\d.]+) % of (?<best>the cheapest|the fastest)(?: that meets (?<limits>.*))? \((?<other>\d+) MB\), and (?<gain>.*)",
        ) {
            let value = |row: &Number| self.asked.value(&found["best"], row, &eligible);
            let Some(best) = eligible.iter().find(|row| row.power.to_string() == found["other"]) else { return false };
            let tolerance: f64 = found["tolerance"].parse().unwrap();
            let gain = match self.asked.strategy {
                Strategy::Speed => is_cost_true(&found["gain"], percent(winner.cost, best.cost)),
                _ => is_faster_true(&found["gain"], percent(winner.duration, best.duration)),
            };
            return gain
                && are_limits(&found)
                && rounded(&found["tolerance"], self.asked.tolerance.0 * 100.0)
                && self.asked.meets_all(&winner)
                && eligible.iter().all(|row| is_no_less(value(row), value(best)))
                && value(&winner) <= value(best) * (1.0 + tolerance / 100.0 + 1e-6);
        }
        if let Some(found) = found(r"the only one of (?<all>\d+) measured memory sizes that meets (?<limits>.*)") {
            return is_all(&found["all"]) && are_limits(&found) && eligible.len() == 1 && self.asked.meets_all(&winner);
        }
        if let Some(found) =
            found(r"the nearest to (?<limit>\w+), which none of (?<all>\d+) measured memory sizes meets")
        {
            let excess = |row: &Number| self.asked.excess(&found["limit"], row);
            return is_all(&found["all"]) && all.iter().all(|row| excess(row) > 0.0 && excess(row) >= excess(&winner));
        }
        if let Some(found) =
            found(r"the nearest to (?<limit>\w+), which no measured memory size that meets (?<met>.*) meets")
        {
            let excess = |row: &Number| self.asked.excess(&found["limit"], row);
            let meets = |row: &&Number| found["met"].split(" and ").all(|limit| self.asked.meets(limit, row));
            return all.iter().filter(meets).all(|row| excess(row) > 0.0 && excess(row) >= excess(&winner));
        }
        if let Some(found) = found(
            r"what the search chose of (?:the (?<n>\d+) of )?(?<all>\d+) measured memory sizes(?: that meet (?<limits>.*))?",
        ) {
            let n = found.name("n").map_or(all.len(), |n| n.as_str().parse().unwrap());
            let of_all = found.name("n").is_some() && n == eligible.len() || found.name("n").is_none();
            return self.asked.is_search && is_all(&found["all"]) && are_limits(&found) && of_all;
        }
        verdict == "the only measured memory size that can win" && all.len() == 1
    }

    /// Returns true if what is said of the kind of work is what the rows show.
    fn is_kind_true(&self, kind: &str) -> bool {
        let rows = rows(self.outcome, false);
        let duration = |row: &Number| self.average(row.power, false).1;
        let fastest = |beyond: bool| {
            let those = rows.iter().filter(|row| (row.power > 1769) == beyond);
            those.map(duration).fold(f64::INFINITY, f64::min)
        };
        let found = |pattern: &str| Regex::new(&format!("^{pattern}$")).unwrap().captures(kind);
        if kind.contains("one core") || kind.contains("gets no faster") {
            return fastest(true) >= fastest(false) && fastest(true).is_finite();
        }
        if kind.contains("cores") {
            return fastest(true) < fastest(false);
        }
        if let Some(found) =
            found(r"is bound by CPU: above 1,769 MB its duration falls by (?<percent>[\d.]+) % at most")
        {
            return rounded(&found["percent"], (1.0 - fastest(true) / fastest(false)) * 100.0);
        }
        if let Some(found) =
            found(r"mostly waits: from (?<from>\d+) MB to (?<to>\d+) MB its duration falls by (?<percent>[\d.]+) %")
        {
            let at = |name: &str| self.average(found[name].parse().unwrap(), false).1;
            return rounded(&found["percent"], (1.0 - at("to") / at("from")) * 100.0);
        }
        if let Some(found) = found(r"mostly waits: (?<to>\d+) MB is no faster than (?<from>\d+) MB") {
            let at = |name: &str| self.average(found[name].parse().unwrap(), false).1;
            return at("to") >= at("from");
        }
        if let Some(found) = found(r"does hardly any work: at its fastest it takes (?<ms>[\d.]+) ms") {
            return rounded(&found["ms"], fastest(true).min(fastest(false)));
        }
        ["is bound by CPU", "partly computes and partly waits"].contains(&kind)
    }

    /// Returns true if the rows show it: it ran out of memory there, or a smaller row takes longer than less CPU
    /// explains.
    fn lacks_memory(&self, up_to: u32) -> bool {
        let stats = self.outcome.stats.as_deref().unwrap_or_default();
        let says = |row: &StatsRow| row.excluded.as_deref().is_some_and(|why| why.contains("ran out of memory"));
        let averages = rows(self.outcome, false);
        let work = |row: &Number| self.average(row.power, false).1 * f64::from(row.power);
        let too_slow = |small: &Number| averages.iter().any(|large| large.power > up_to && work(small) > work(large));
        stats.iter().any(|row| row.value.megabytes() == up_to && says(row))
            || averages.iter().any(|small| small.power <= up_to && too_slow(small))
    }

    fn is_significance_true(&self, found: &Captures<'_>, comparison: Option<Comparison>) -> bool {
        let Some(comparison) = comparison else { return false };
        let ratio = match self.asked.strategy {
            Strategy::Speed => comparison.duration_ratio,
            Strategy::Cost | Strategy::Balanced { .. } => comparison.cost_ratio,
        };
        let what = found.name("what").map(|what| what.as_str() == "duration");
        let said = found.name("what").map(|_| found.name("not").is_none());
        said == ratio.map(|ratio| ratio.low > 1.0 || ratio.high < 1.0)
            && what.is_none_or(|is_duration| is_duration == matches!(self.asked.strategy, Strategy::Speed))
            && found.name("count").is_none_or(|count| {
                comparison.invocations_to_tell_apart.is_some_and(|needed| needed.to_string() == count.as_str())
            })
    }

    fn alternative(&self, power: u32) -> Option<&Alternative> {
        self.outcome.recommendation.alternatives.iter().find(|alternative| alternative.power.megabytes() == power)
    }

    fn row(&self, power: u32) -> Option<Number> {
        rows(self.outcome, false).into_iter().find(|row| row.power == power)
    }

    /// Cost and average duration, whatever the metric.
    fn average(&self, power: u32, by_estimates: bool) -> (f64, f64) {
        let stats = self.outcome.stats.as_deref().unwrap_or_default();
        let row = stats.iter().find(|row| row.value.megabytes() == power).unwrap();
        match row.estimated_cost.zip(row.estimated_duration).filter(|_| by_estimates) {
            Some((cost, duration)) => (cost.0, duration.0),
            None => (row.average_price.unwrap().0, row.average_duration.unwrap().0),
        }
    }

    fn eligible(&self, by_estimates: bool) -> Vec<Number> {
        rows(self.outcome, by_estimates).into_iter().filter(|row| self.asked.meets_all(row)).collect()
    }

    /// Returns true if it wins by the averages: among those that keep to the limits, or as the nearest to one.
    fn wins_by_averages(&self, power: u32) -> bool {
        let eligible = self.eligible(false);
        if !eligible.is_empty() {
            return self.asked.wins(power, &eligible);
        }
        rows(self.outcome, false).iter().any(|row| row.power == power)
    }
}

const BY_ESTIMATES: &str = ", by the estimates of the search";

/// Lists the alternatives that are not what they are called.
fn untrue_alternatives(outcome: &TuningOutcome, asked: &Asked) -> Vec<String> {
    let all = rows(outcome, false);
    let winner = outcome.power.megabytes();
    let own = all.iter().find(|row| row.power == winner).copied().unwrap();
    let mut considered: Vec<Number> =
        all.iter().filter(|row| asked.meets_all(row) || row.power == winner).copied().collect();
    if !asked.meets_all(&own) {
        considered = all;
    }
    let is_least = |row: &Number, value: &dyn Fn(&Number) -> f64| {
        considered.iter().all(|other| is_no_less(value(other), value(row)))
    };
    let mut untrue = Vec::new();
    for alternative in &outcome.recommendation.alternatives {
        let Some(row) = considered.iter().find(|row| row.power == alternative.power.megabytes()) else {
            untrue.push(format!("{} is no alternative", alternative.power));
            continue;
        };
        let is_true = |kind: &AlternativeKind| match kind {
            AlternativeKind::Cheapest => is_least(row, &|row| row.cost),
            AlternativeKind::Fastest => is_least(row, &|row| row.duration),
            AlternativeKind::Knee => is_least(row, &|row| row.cost * row.duration),
            AlternativeKind::Balanced => {
                is_least(row, &|row| asked.value("the best balance of cost and speed", row, &considered))
            }
        };
        untrue.extend(
            alternative
                .kinds
                .iter()
                .filter(|kind| !is_true(kind))
                .map(|kind| format!("{} is not {kind}", alternative.power)),
        );
        let differences = [
            (alternative.cost_percent, percent(row.cost, own.cost)),
            (alternative.duration_percent, percent(row.duration, own.duration)),
        ];
        if row.power == winner
            || alternative.kinds.is_empty()
            || differences.iter().any(|(said, is)| (said - is).abs() > 1e-6)
        {
            untrue.push(format!("{alternative:?} is not {row:?}"));
        }
    }
    untrue
}

/// Rows that are compared though they do not speak of the same.
fn incomparable_rows(outcome: &TuningOutcome) -> Vec<String> {
    let rows = outcome.stats.iter().flatten().filter(|row| row.excluded.is_none());
    let speaks_of = |row: &StatsRow| {
        let few_warm = row.warm.is_none_or(|warm| warm.n < 3);
        (row.basis, row.source == Some(Source::Client), few_warm)
    };
    let mut kinds = Vec::new();
    for row in rows {
        if !kinds.contains(&speaks_of(row)) {
            kinds.push(speaks_of(row));
        }
    }
    if kinds.len() > 1 { vec![format!("rows are compared that speak of {kinds:?}")] } else { Vec::new() }
}

/// Lists the fields in which what the output says to programs is not what the rows say.
fn untrue_fields(outcome: &TuningOutcome, asked: &Asked) -> Vec<String> {
    let reader = Reader { outcome, asked };
    let recommendation = &outcome.recommendation;
    let mut untrue = Vec::new();
    let winner = reader.average(reader.winner(), false);
    if (outcome.cost.0, outcome.duration.0) != winner {
        untrue.push(format!("the winner is not as its row: {winner:?}"));
    }
    for other in [recommendation.against_present, recommendation.against_runner_up].into_iter().flatten() {
        let row = reader.average(other.power.megabytes(), false);
        let is = [percent(winner.0, row.0), percent(winner.1, row.1)];
        let said = [other.cost_percent, other.duration_percent];
        if is.iter().zip(said).any(|(is, said)| (is - said).abs() > 1e-6) {
            untrue.push(format!("{other:?} is not {is:?}"));
        }
    }
    let wins = |by_estimates| {
        let eligible = reader.eligible(by_estimates);
        eligible.is_empty() || asked.wins(reader.winner(), &eligible)
    };
    let decided = match recommendation.decided_by {
        DecidedBy::Averages => wins(false),
        DecidedBy::Estimates => wins(true) && asked.is_search,
        DecidedBy::Search => asked.is_search,
    };
    if !decided {
        untrue.push(format!("{:?} did not decide", recommendation.decided_by));
    }
    if let Some(workload) = &recommendation.workload {
        let pattern = workload.pattern.map(|pattern| match (pattern, workload.cores) {
            (Pattern::CpuBound, Some(1)) => "one core",
            (Pattern::CpuBound, Some(_)) => "cores",
            _ => "is bound by CPU",
        });
        if pattern.is_some_and(|kind| !reader.is_kind_true(kind))
            || workload.pattern.is_some() != workload.probability.is_some_and(|probability| probability >= 0.7)
            || workload.memory_starved.is_some_and(|starved| !reader.lacks_memory(starved.up_to.megabytes()))
        {
            untrue.push(format!("{workload:?} is not what the rows show"));
        }
    }
    if let Some(monthly) = recommendation.monthly
        && let (Some(present), Some(saving)) = (monthly.at_present, monthly.saving)
        && (present.0 - monthly.at_winner.0 - saving.0).abs() > 1e-9 * present.0
    {
        untrue.push(format!("{monthly:?} does not add up"));
    }
    untrue
}

/// Numbers beside each other that say different things.
fn untrue_numbers(outcome: &TuningOutcome) -> Vec<String> {
    let recommendation = &outcome.recommendation;
    let comparisons = [recommendation.against_present, recommendation.against_runner_up].into_iter().flatten();
    let of_comparisons = comparisons.map(|comparison| (comparison.cost_percent, comparison.cost_ratio));
    let of_alternatives = recommendation.alternatives.iter().map(|other| (other.cost_percent, other.cost_ratio));
    let disagree = |(percent, ratio): (f64, Option<Ratio>)| {
        let ratio = ratio.filter(|ratio| (ratio.ratio - 1.0 - percent / 100.0).abs() > 1e-9)?;
        Some(format!("a cost of {percent} % stands beside a ratio of {}", ratio.ratio))
    };
    of_comparisons.chain(of_alternatives).filter_map(disagree).collect()
}

/// Means of equal samples may differ by their rounding.
fn is_no_less(value: f64, least: f64) -> bool {
    value >= least * (1.0 - 1e-11)
}

fn percent(new: f64, old: f64) -> f64 {
    (new / old - 1.0) * 100.0
}

/// Returns true if a number is what this text is rounded from.
pub(super) fn rounded(text: &str, value: f64) -> bool {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let half = 0.5 * 10_f64.powi(-i32::try_from(decimals).unwrap());
    (text.parse::<f64>().unwrap() - value).abs() <= half * 1.000_001 + 1e-12
}

/// Returns true if an amount of money is shown as it is: however small, not as nothing.
fn is_amount(text: &str, value: f64) -> bool {
    rounded(text, value) && (value == 0.0 || text.parse::<f64>().unwrap() > 0.0)
}

fn is_cost_true(phrase: &str, percent: f64) -> bool {
    is_change_true(phrase.strip_prefix("costs ").unwrap_or(phrase), percent)
}

fn is_time_true(phrase: &str, percent: f64) -> bool {
    let phrase = phrase.strip_prefix("takes ").unwrap_or(phrase);
    match phrase.strip_suffix(" times as long") {
        Some(factor) => rounded(factor, 1.0 + percent / 100.0),
        None => is_change_true(phrase.strip_suffix(" time").unwrap_or(phrase), percent),
    }
}

fn is_faster_true(phrase: &str, percent: f64) -> bool {
    match phrase.strip_suffix(" times faster") {
        Some(factor) => rounded(factor, 1.0 / (1.0 + percent / 100.0)),
        None => percent < 0.0 && is_time_true(phrase, percent),
    }
}

fn is_change_true(phrase: &str, percent: f64) -> bool {
    match phrase {
        "the same" => percent.abs() < 1e-9,
        "slightly more" => percent > 0.0 && percent < 0.051,
        "slightly less" => percent < 0.0 && percent > -0.051,
        _ => match (phrase.strip_suffix(" % more"), phrase.strip_suffix(" % less")) {
            (Some(number), _) => percent > 0.0 && rounded(number, percent),
            (_, Some(number)) => percent < 0.0 && rounded(number, -percent),
            _ => false,
        },
    }
}

fn is_difference_true(found: &Captures<'_>, new: (f64, f64), old: (f64, f64)) -> bool {
    is_cost_true(&found["costs"], percent(new.0, old.0)) && is_time_true(&found["takes"], percent(new.1, old.1))
}

fn is_exchange_true(exchange: &str, alternative: &Alternative) -> bool {
    let (cost, duration) = (alternative.cost_percent, alternative.duration_percent);
    let found = |pattern: &str| Regex::new(&format!("^{pattern}$")).unwrap().captures(exchange);
    if let Some(found) = found(r"(?<faster>is [\d.]+ times faster|takes .* less time) for (?<more>.*)") {
        let faster = found["faster"].strip_prefix("is ").unwrap_or(&found["faster"]).to_owned();
        return is_faster_true(&faster, duration) && is_cost_true(&format!("costs {}", &found["more"]), cost);
    }
    let parts = exchange.split_once(", but ").or_else(|| exchange.split_once(" and "));
    parts.is_some_and(|(costs, takes)| is_cost_true(costs, cost) && is_time_true(takes, duration))
}

fn is_told_apart(sentence: &str, alternative: &Alternative) -> bool {
    let open = |ratio: Option<Ratio>| ratio.is_some_and(|ratio| ratio.low <= 1.0 && ratio.high >= 1.0);
    let expected = match (open(alternative.cost_ratio), open(alternative.duration_ratio)) {
        (true, true) => " Neither difference is statistically significant.",
        (true, false) => " The difference in cost is not statistically significant.",
        (false, true) => " The difference in duration is not statistically significant.",
        (false, false) => "",
    };
    sentence == expected
}
