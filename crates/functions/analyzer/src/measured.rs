//! The measurements of a run so far.

use tuning::{
    contract::{
        outcome::Outcome,
        step::{
            RunState,
            analyzer::{Analysis, Input, Next},
            publisher::Publication,
        },
    },
    decide::{auto, choice::Contender, expectation::Expected, footing::Footing, search::Stop},
    measure::{
        error_rate::{self, Failed},
        measurement::{Estimator, Infeasible, Measured, Measurement},
    },
    price::{GbSecondPrice, Prices},
    run::{
        payload::PayloadSource,
        plan::Plan,
        round::{Allowance, Round},
    },
    units::{power::Power, version::VersionNumber},
};

/// A run after a pass through the Map.
pub(crate) struct MeasuredRun {
    pub(crate) plan: Plan,
    pub(crate) publication: Publication,
    /// The round that was measured.
    pub(crate) round: Round,
    /// Why exploring ended, if that round verified what a search has found.
    pub(crate) verified: Option<Stop>,
    /// The expected cost of the run, until it is decided what it did cost.
    expected: Option<Expected>,
    /// The number of times that the state machine has been through the Map.
    passes: u32,
    /// One for each memory size, ascending.
    pub(crate) measurements: Vec<Measurement>,
    /// The number of times that the state machine tried the Analyzer again.
    retries: u32,
}

impl MeasuredRun {
    /// Merges what was measured since the Analyzer was last called with what was known before.
    pub(crate) fn with_known(input: Input) -> Self {
        let Input { mut plan, mut publication, analysis, retries } = input;
        let measurements = publication.take_measured();
        let refused = publication.refused.take();
        if let (Some(search), Some(limit)) = (&mut plan.request.search, auto::memory_limit(&refused)) {
            search.max = search.max.min(limit);
        }
        let mut known = analysis.measured;
        for later in measurements.into_iter().chain(refused.iter().map(Measurement::refused)) {
            match known.iter().position(|earlier| earlier.value == later.value) {
                Some(position) => {
                    let earlier = known.swap_remove(position);
                    known.push(earlier.and_later(later, &estimator(&plan)));
                }
                None => known.push(later),
            }
        }
        known.sort_by_key(|measurement| measurement.value);
        Self {
            plan,
            publication,
            round: analysis.round,
            expected: analysis.expected,
            verified: analysis.verifies,
            passes: analysis.passes + 1,
            measurements: known,
            retries: analysis.retries + retries,
        }
    }

    /// Leaves out the memory sizes at which errors that are allowed are clearly more frequent than at others: what an
    /// invocation takes that fails is not what the work takes.
    pub(crate) fn without_error_prone(mut self) -> Self {
        let with_samples = || self.measurements.iter().filter(|m| m.statistics().is_some());
        let failed: Vec<Failed> = with_samples().map(|m| m.spent.failed()).collect();
        let prone: Vec<Power> = with_samples()
            .zip(error_rate::clearly_higher(&failed))
            .filter_map(|(measurement, is_higher)| is_higher.then_some(measurement.value))
            .collect();
        for measurement in self.measurements.iter_mut().filter(|m| prone.contains(&m.value)) {
            measurement.result = Measured::Infeasible(Infeasible::ErrorProne);
        }
        self
    }

    /// The memory sizes whose averages can be compared with each other.
    pub(crate) fn comparable(&self, price: GbSecondPrice) -> Vec<Contender> {
        let contenders: Vec<Contender> = self.measurements.iter().filter_map(|m| m.contender(price)).collect();
        Footing::comparable(&contenders)
    }

    /// Returns true if a memory size of a list was kept from having all invocations that were asked for: by `maxSpend`,
    /// or because the history of the execution was full.
    pub(crate) fn is_cut_short(&self, power: Power) -> bool {
        let is_bounded = self.round.allowance.is_some() && self.plan.request.search.is_none();
        let wanted = self.round.sampling.invocations;
        is_bounded && self.measurements.iter().any(|m| m.value == power && m.spent.invocations < wanted)
    }

    pub(crate) fn price(&self, prices: &Prices) -> GbSecondPrice {
        prices.lambda(self.plan.function.region(), self.plan.before.architecture).price
    }

    /// The highest version that was published.
    pub(crate) fn last_version(&self) -> VersionNumber {
        let published = self.publication.published().flat_map(|target| &target.versions).copied();
        published.chain([self.round.after, self.plan.before.highest_version]).max().unwrap_or(VersionNumber::NONE)
    }

    /// Returns true if samples of this round are left to take.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.publication.targets.len() + self.publication.waiting.len() > 0
    }

    /// The round is to be measured further: as much of it as fits the state of the execution. When its history is
    /// nearly full, what was measured up to now must do.
    pub(crate) fn measures_further(mut self) -> RunState {
        self.publication.measure_at_most(self.plan.request.values_at_a_time);
        if self.is_history_full() {
            self.round.allowance = Some(Allowance::NONE);
        }
        let Self { plan, publication, round, expected, verified, passes, measurements, retries } = self;
        let analysis = Analysis {
            next: Next::Measure,
            expected,
            verifies: verified,
            passes,
            measured: measurements,
            retries,
            ..Analysis::before(round)
        };
        RunState { plan, publication, analysis }
    }

    /// Another round is to be measured.
    pub(crate) fn goes_on(mut self, round: Round, verifies: Option<Stop>) -> RunState {
        self.plan.request.power_values.extend(&round.power_values);
        self.plan.request.power_values.sort_unstable();
        self.plan.request.power_values.dedup();
        let (passes, measured, retries) = (self.passes, self.measurements, self.retries);
        let analysis = Analysis { verifies, passes, measured, retries, ..Analysis::before(round) };
        RunState { plan: self.plan, publication: self.publication, analysis }
    }

    /// It is decided. Nothing is measured any more, so that the payload travels no further.
    pub(crate) fn ends(mut self, next: Next, winner: Option<Power>, outcome: Outcome) -> RunState {
        self.plan.request.payload = PayloadSource::default();
        let analysis = Analysis { next, winner, outcome: Some(outcome), ..Analysis::before(self.round) };
        RunState { plan: self.plan, publication: self.publication, analysis }
    }

    /// Returns true if the history of the execution has hardly room for measuring on. It holds 25,000 events, and the
    /// execution fails with more. <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
    fn is_history_full(&self) -> bool {
        const MOST_EVENTS: usize = 25_000;
        /// Of an iteration of a Map with a task in it; no other transition has as many.
        const PER_TRANSITION: usize = 7;
        /// The number of events that cleaning up takes when each of its retries is needed.
        const RESERVED: usize = 1_000;
        let unfinished = self.publication.targets.iter().chain(&self.publication.waiting);
        let calls: u32 = unfinished.clone().map(|target| target.progress.calls()).sum();
        let so_far = (self.transitions(Next::Measure) + calls) as usize;
        // Another pass, and one more in which each memory size ends.
        let passes_to_come = 2 + unfinished.clone().count() / self.plan.request.values_at_a_time.max(1) as usize;
        let to_come = passes_to_come * (self.publication.targets.len() + 3) + unfinished.count();
        (so_far + to_come) * PER_TRANSITION + RESERVED > MOST_EVENTS
    }

    /// State transitions of the run as `statemachine.asl.json` has them: every state that is entered, and every retry,
    /// which is a transition, too. Those of the Optimizer, if it is next, and the Cleaner are still to come and are
    /// taken as one each.
    pub(crate) fn transitions(&self, next: Next) -> u32 {
        /// Initializer and Cleaner.
        const ONCE: u32 = 2;
        /// Map, Analyzer, the choice after it.
        const PER_PASS: u32 = 3;
        /// The Publisher, and the choice after it.
        const PER_PUBLISHER: u32 = 2;
        let optimizer = u32::from(next == Next::Optimize);
        let measuring: u32 = self.measurements.iter().map(|m| m.executor_calls + m.retries).sum();
        let publication = &self.publication;
        let publishing = publication.calls * PER_PUBLISHER + publication.waits + publication.retries;
        ONCE + PER_PASS * self.passes + optimizer + publishing + measuring + self.retries
    }
}

fn estimator(plan: &Plan) -> Estimator {
    let shares = plan.request.search.as_ref().map_or_else(Vec::new, |search| search.payload_weights.clone());
    Estimator {
        shares,
        environments: plan.request.sampling.environments,
        trim: plan.request.trim,
        metric: plan.request.metric,
        keep: plan.request.sampling.keep_samples as usize,
    }
}
