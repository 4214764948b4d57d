//! The planner of a search, which decides what to do next.

use super::{
    belief::Belief,
    budget::{Budget, Forecast},
    candidates::floor,
    cell::VCPU,
    evidence::Evidence,
    goal::Goal,
    observation::Observation,
    random::Randomness,
    settings::{Adaptive, Lanes, Settings},
    step::{Hopeless, Series, Step, Stop},
};
use crate::units::power::Power;

/// Sizes nearer than this, in ln m, count as the same.
const SAME: f64 = 0.10;
/// The best size must have a measured one within this distance.
const NEAR: f64 = 0.12;
/// The least distance between sizes of one round, in ln m.
const APART: f64 = 0.25;
/// Nothing is measured for a mean gain below this part of the tolerance: a mean, as most of what a size may gain is
/// that it need not be worse.
const WORTH: f64 = 0.3;
/// The number of sizes of large gain that are considered for a round.
const CONSIDERED: usize = 3;
/// Where a search begins, in MB.
const FIRST: [f64; 2] = [512.0, VCPU];
/// With fewer sizes no more than the least is set aside for verifying.
const FEWEST_SIZES: usize = 4;

/// The progress of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Rounds made.
    pub rounds: u32,
    /// Why exploring ended, once what [`Step::Verify`] said is measured.
    pub verified: Option<Stop>,
}

/// The next step, and what is known.
#[derive(Debug)]
pub struct Plan {
    /// The next step.
    pub step: Step,
    /// The belief about all sizes; nothing until the function ran at some size.
    pub belief: Option<Belief>,
}

/// Plans the next round: the same for the same observations.
#[must_use]
pub fn plan(
    observations: &[Observation],
    progress: Progress,
    goal: &Goal,
    settings: &Settings,
    budget: &Budget,
    random: &mut impl Randomness,
) -> Plan {
    let evidence = Evidence::of(observations, settings);
    let belief = Belief::from_evidence(&evidence, goal, settings, random);
    let search = Search { evidence, progress, goal, settings, budget };
    let step = match &belief {
        Some(belief) => Informed { search: &search, belief, choice: belief.best }.step(),
        None => search.step_without_belief(),
    };
    Plan { step, belief }
}

/// All that a step depends on, but for the model.
struct Search<'a> {
    evidence: Evidence,
    progress: Progress,
    goal: &'a Goal,
    settings: &'a Settings,
    budget: &'a Budget,
}

impl Search<'_> {
    /// Nothing ran yet, or nothing that may win.
    fn step_without_belief(&self) -> Step {
        let Goal { smallest, largest, .. } = *self.goal;
        if self.evidence.sizes == 0 {
            let first = FIRST.map(|mb| Power::nearest(mb).clamp(smallest, largest));
            let mut powers: Vec<Power> = self.present().into_iter().chain(first).collect();
            powers.sort();
            powers.dedup();
            return self.measure(&powers, None).unwrap_or(Step::Failed(Hopeless::Budget));
        }
        if let (false, Some(used)) = (self.evidence.points.is_empty(), self.evidence.used) {
            return Step::Failed(Hopeless::NoHeadroom { used, largest });
        }
        match self.evidence.failed {
            Some(failed) if failed < largest => {
                let doubled = Power::nearest(2.0 * megabytes(failed)).min(largest);
                self.measure(&[doubled], None).unwrap_or(Step::Failed(Hopeless::Budget))
            }
            _ => Step::Failed(Hopeless::NothingRuns { largest }),
        }
    }

    /// Exploring ends when no size promises more.
    fn converged(&self) -> f64 {
        self.settings.converged.max(WORTH * self.goal.tolerance)
    }

    /// A gain below is not worth measuring for.
    fn least_gain(&self) -> Option<f64> {
        self.settings.least_gain.map(|part| part * self.converged())
    }

    /// The function's memory, if it is to be measured.
    fn present(&self) -> Option<Power> {
        self.goal.present.filter(|&power| power >= self.goal.smallest && power <= self.goal.largest)
    }

    /// The lanes that explore a size, with as many samples of each lane as the function's noise asks for.
    fn explore(&self) -> Lanes {
        let usual = self.settings.explore;
        self.fitted(usual, |adaptive| self.evidence.noise.lanes(adaptive.precision, usual.count, usual.count))
    }

    /// The lanes that verify a size: as many as the function's noise asks for, too.
    fn verify(&self) -> Lanes {
        let most = self.settings.verify.count;
        self.fitted(self.settings.verify, |adaptive| {
            self.evidence.noise.lanes(adaptive.precision, adaptive.fewest.min(most), most)
        })
    }

    /// Nothing is known of the noise before something was measured; several payloads need a sample each.
    fn fitted(&self, usual: Lanes, lanes: impl Fn(Adaptive) -> Lanes) -> Lanes {
        let adaptive = self.settings.adaptive.filter(|_| !self.evidence.points.is_empty());
        adaptive.map_or(usual, |adaptive| {
            let Lanes { count, warm } = lanes(adaptive);
            Lanes { count, warm: warm.max(self.settings.fewest_samples).max(Lanes::fewest_warm(count)) }
        })
    }

    fn series(&self, powers: &[Power], lanes: Lanes) -> Vec<Series> {
        powers.iter().map(|&power| Series { power, again: self.evidence.has(power), lanes }).collect()
    }

    /// As many of these sizes, from the first one on, as the budget allows; `None` if it allows none.
    fn affordable(&self, mut round: Vec<Series>, reserve: &[Series], belief: Option<&Belief>) -> Option<Vec<Series>> {
        let allowed = |round: &[Series]| {
            let all = [round, reserve].concat();
            self.budget.allows(&Forecast::of(&all, belief, self.goal))
        };
        while !round.is_empty() && !allowed(&round) {
            round.pop();
        }
        (!round.is_empty()).then_some(round)
    }

    fn measure(&self, powers: &[Power], informed: Option<&Informed>) -> Option<Step> {
        let round = self.series(powers, self.explore());
        let verifying =
            if self.evidence.sizes >= FEWEST_SIZES { self.verify() } else { self.settings.least_verifying() };
        let reserve =
            informed.map_or(vec![], |informed| self.series(&[informed.belief.sizes[informed.choice]], verifying));
        self.affordable(round, &reserve, informed.map(|informed| informed.belief)).map(Step::Measure)
    }
}

/// A search with a model.
struct Informed<'a> {
    search: &'a Search<'a>,
    belief: &'a Belief,
    /// The position of the size that would win.
    choice: usize,
}

impl Informed<'_> {
    fn step(&self) -> Step {
        if let Some(stop) = self.search.progress.verified {
            return self.verify_another(stop).unwrap_or_else(|| self.done(stop));
        }
        let gains = self.belief.gains();
        match self.stop(&gains) {
            Some(stop) => self.verify(&gains, stop),
            None => self.explore(gains.clone()).unwrap_or_else(|| self.verify(&gains, Stop::Budget)),
        }
    }

    fn stop(&self, gains: &[f64]) -> Option<Stop> {
        let largest = gains.iter().copied().fold(0.0, f64::max);
        if largest <= self.search.converged() && self.distance_to_measured(self.choice) < NEAR {
            Some(Stop::Converged)
        } else if self.search.progress.rounds > self.search.settings.max_rounds {
            Some(Stop::Rounds)
        } else if self.search.evidence.sizes >= self.search.settings.max_sizes {
            Some(Stop::Sizes)
        } else {
            None
        }
    }

    /// The best size and those of the largest gain, as far as they are new; if none is, the best one again.
    fn explore(&self, gains: Vec<f64>) -> Option<Step> {
        let wanted = self.wanted(gains);
        let measured: Vec<Power> = self.search.evidence.points.iter().map(|point| point.power).collect();
        let mut new: Vec<Power> = vec![];
        for power in wanted.into_iter().map(|power| self.above_floor(power)) {
            if measured.iter().chain(&new).all(|&other| distance(power, other) > SAME) {
                new.push(power);
            }
        }
        new.truncate(self.search.settings.batch);
        if new.is_empty() {
            new.extend(self.nearest_measured());
        }
        self.search.measure(&new, Some(self))
    }

    fn wanted(&self, mut gains: Vec<f64>) -> Vec<Power> {
        let sizes = &self.belief.sizes;
        let mut wanted = vec![];
        if self.distance_to_measured(self.choice) >= SAME {
            wanted.push(sizes[self.choice]);
        }
        for _ in 0..CONSIDERED {
            // The first one of equal ones.
            let Some(most) = (0..sizes.len()).rev().max_by(|&a, &b| gains[a].total_cmp(&gains[b])) else { break };
            if self.search.least_gain().is_some_and(|least| gains[most] < least) {
                break;
            }
            wanted.push(sizes[most]);
            for (gain, &size) in gains.iter_mut().zip(sizes) {
                if distance(size, sizes[most]) < APART {
                    *gain = 0.0;
                }
            }
        }
        wanted
    }

    /// Between a size that failed and the smallest one that ran, half-way in ln m: it may fail, too.
    fn above_floor(&self, power: Power) -> Power {
        let evidence = &self.search.evidence;
        match (evidence.failed, evidence.points.first()) {
            (Some(_), Some(ran)) if power < ran.power => {
                let half_way = (floor(evidence, self.search.goal) * megabytes(ran.power)).sqrt();
                power.max(Power::nearest(half_way))
            }
            _ => power,
        }
    }

    /// The size that would win and the current one, or the best that is not too near.
    fn verify(&self, gains: &[f64], stop: Stop) -> Step {
        let choice = self.to_verify();
        let may_run = |power: &Power| self.search.evidence.failed.is_none_or(|failed| *power > failed);
        let present = self.search.present().filter(|&present| present != choice).filter(may_run);
        let powers: Vec<Power> = [choice].into_iter().chain(present.or_else(|| self.rival(choice, gains))).collect();
        self.verifying(&powers).map_or_else(|| self.done(stop), |round| Step::Verify(round, stop))
    }

    /// As many of these sizes as the budget allows; the first one, if it has to be, with the least that verifies it.
    fn verifying(&self, powers: &[Power]) -> Option<Vec<Series>> {
        let round =
            |powers: &[Power], lanes| self.search.affordable(self.search.series(powers, lanes), &[], Some(self.belief));
        round(powers, self.search.verify()).or_else(|| round(powers.get(..1)?, self.search.settings.least_verifying()))
    }

    /// The size that would win. Where `maxConcurrency` leaves too few lanes to verify one that was not explored, the
    /// best of those that were.
    fn to_verify(&self) -> Power {
        let Settings { explore, verify, .. } = self.search.settings;
        let explored = if verify.count > explore.count { None } else { self.best_measured() };
        self.belief.sizes[explored.unwrap_or(self.choice)]
    }

    fn best_measured(&self) -> Option<usize> {
        self.belief.choose(&self.measured(), self.search.goal)
    }

    /// Of the measured sizes that are not too near the one that may be better by most, if by enough.
    fn rival(&self, choice: Power, gains: &[f64]) -> Option<Power> {
        let sizes = &self.belief.sizes;
        let mut far = self.belief.may_win();
        far.retain(|&j| self.belief.measured[j].is_some());
        far.retain(|&j| distance(sizes[j], choice) > self.search.settings.apart);
        // The first one of equal ones.
        let rival = far.into_iter().rev().max_by(|&a, &b| gains[a].total_cmp(&gains[b]))?;
        let least = self.search.least_gain();
        least.is_none_or(|least| gains[rival] >= least).then_some(sizes[rival])
    }

    /// The best measured size wins, of those that were verified. If none that was measured may win, what looks best is
    /// measured.
    fn done(&self, stop: Stop) -> Step {
        let measured = self.measured();
        let verified: Vec<usize> = measured.iter().copied().filter(|&j| self.is_verified(j)).collect();
        let positions = if verified.is_empty() { measured } else { verified };
        if let Some(winner) = self.belief.choose(&positions, self.search.goal) {
            return Step::Done { winner: self.belief.sizes[winner], stop };
        }
        let round = self.search.series(&[self.belief.sizes[self.choice]], self.search.settings.explore);
        let affordable = self.search.affordable(round, &[], Some(self.belief));
        affordable.map_or(Step::Failed(Hopeless::Budget), Step::Measure)
    }

    /// Verifies another size as well, which only exploring saw, if what was verified has turned out to be worse than
    /// that one. It ends, as each round leaves fewer of these.
    fn verify_another(&self, stop: Stop) -> Option<Step> {
        self.search.settings.adaptive?;
        let measured = self.measured();
        let best = self.best_measured()?;
        let sizes = &self.belief.sizes;
        // A verified size that cannot win stands for no other one.
        if measured.iter().any(|&j| self.is_verified(j) && distance(sizes[j], sizes[best]) < SAME) {
            return None;
        }
        Some(Step::Verify(self.verifying(&[sizes[best]])?, stop))
    }

    /// The measured sizes that may win; if none may, all of them.
    fn measured(&self) -> Vec<usize> {
        let all = (0..self.belief.sizes.len()).filter(|&j| self.belief.measured[j].is_some());
        let (may_win, others): (Vec<usize>, Vec<usize>) = all.partition(|&j| self.belief.may_win[j]);
        if may_win.is_empty() { others } else { may_win }
    }

    /// Returns true if it was measured in more lanes than those of exploring: a size that only exploring saw may have
    /// been lucky there.
    fn is_verified(&self, position: usize) -> bool {
        let explored = self.search.settings.explore.count as usize;
        let points = &self.search.evidence.points;
        points.iter().any(|point| point.power == self.belief.sizes[position] && point.lanes > explored)
    }

    fn nearest_measured(&self) -> Option<Power> {
        let choice = self.belief.sizes[self.choice];
        let points = self.search.evidence.points.iter().map(|point| point.power);
        points.min_by(|&a, &b| distance(a, choice).total_cmp(&distance(b, choice)))
    }

    fn distance_to_measured(&self, position: usize) -> f64 {
        self.nearest_measured().map_or(f64::INFINITY, |nearest| distance(nearest, self.belief.sizes[position]))
    }
}

/// The distance between two sizes, in ln m.
fn distance(a: Power, b: Power) -> f64 {
    (megabytes(a) / megabytes(b)).ln().abs()
}

fn megabytes(power: Power) -> f64 {
    f64::from(power.megabytes())
}
