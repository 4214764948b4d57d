//! A simulated function as a tuner sees it: it can publish versions and invoke them. Keeps the bill.

use std::{
    collections::{BTreeMap, BTreeSet},
    vec,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tuning::{decide::search::Lanes, units::power::Power};

use crate::{
    function::{Function, PRICE, REQUEST, VCPU, position},
    measured::Recorded,
};

/// The first invocation of an environment takes this much longer, without the initialisation.
const COLD: f64 = 1.25;
/// So many real environments a lane can go through before it meets those of the next one.
const STRIDE: usize = 3;
/// The warm-up ends after so many invocations.
const WARM_UP: u32 = 6;

/// A function under tune.
pub struct Environment<'a> {
    function: &'a Function,
    random: StdRng,
    sandboxes: BTreeMap<Power, Vec<Sandbox>>,
    /// The first of the real environments that the lanes of a version play back.
    first: usize,
    /// The bill up to now.
    pub bill: Bill,
    /// The warm durations in ms of environments that went with their version, by memory size.
    ended: BTreeMap<Power, Vec<Vec<f64>>>,
    /// The memory sizes at which most invocations failed.
    failed: BTreeSet<Power>,
}

/// The bill of tuning.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bill {
    pub invocations: u32,
    pub versions: u32,
    pub rounds: u32,
    pub dollars: f64,
    /// Invocations at sizes that nobody measured, of functions that are played back.
    pub interpolated: u32,
}

/// An execution environment.
struct Sandbox {
    slowness: f64,
    invocations: u32,
    warm: Vec<f64>,
    played: Option<Played>,
}

/// A real environment that is played back.
struct Played {
    /// The durations of its next invocations, in ms.
    left: vec::IntoIter<f64>,
    is_interpolated: bool,
}

/// The measurement of a size in a round.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    pub power: Power,
    /// Durations in ms, of each lane.
    pub lanes: Vec<Vec<f64>>,
    /// Most invocations failed.
    pub failed: bool,
    /// In MB; nothing if it never ran.
    pub used: Option<u32>,
}

/// The treatment of the first invocation of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cold {
    /// It is made besides the others, and does not count.
    Apart,
    /// It is one of them, and its initialisation counts as duration.
    Counts,
}

/// The times that a single invocation took.
struct Invocation {
    duration: f64,
    init: f64,
    is_cold: bool,
}

impl<'a> Environment<'a> {
    pub fn new(function: &'a Function, seed: u64) -> Self {
        let random = StdRng::seed_from_u64(seed.wrapping_mul(7_368_787) ^ 0x5eed);
        let (sandboxes, ended, failed) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { function, random, sandboxes, first: 0, bill: Bill::default(), ended, failed }
    }

    /// Begins a round.
    pub fn round(&mut self) {
        self.bill.rounds += 1;
    }

    /// Measures a size, on new environments if it was measured before and `again` says so.
    pub fn measure(&mut self, power: Power, lanes: Lanes, again: bool, cold: Cold) -> Sighting {
        if again || !self.sandboxes.contains_key(&power) {
            let ended = self.sandboxes.insert(power, vec![]).unwrap_or_default();
            self.ended.entry(power).or_default().extend(ended.into_iter().map(|sandbox| sandbox.warm));
            self.bill.versions += 1;
        }
        let mut sandboxes = self.sandboxes.remove(&power).unwrap_or_default();
        let mut sighting = Sighting { power, lanes: vec![], failed: false, used: None };
        for lane in 0..lanes.count as usize {
            if sandboxes.len() <= lane {
                sandboxes.push(self.start(power, lane));
            }
            let Some(sandbox) = sandboxes.get_mut(lane) else { break };
            if self.fails(power, sandbox) {
                sighting.failed = true;
                break;
            }
            let count = lanes.warm + u32::from(sandbox.invocations == 0 && cold == Cold::Apart);
            let series: Vec<Invocation> = (0..count).map_while(|_| self.invoke(power, sandbox, cold)).collect();
            let late = |invocation: &&Invocation| invocation.duration >= self.function.timeout;
            sandbox.warm.extend(series.iter().filter(|i| !i.is_cold && !late(i)).map(|invocation| invocation.duration));
            sighting.failed |= series.iter().filter(late).count() * 2 > series.len();
            sighting.used = Some(self.function.used);
            let durations: Vec<f64> = match cold {
                Cold::Counts => series.iter().map(|invocation| invocation.duration + invocation.init).collect(),
                Cold::Apart => {
                    series.iter().filter(|i| !i.is_cold && !late(i)).map(|invocation| invocation.duration).collect()
                }
            };
            sighting.lanes.extend((!durations.is_empty()).then_some(durations));
        }
        self.failed.extend(sighting.failed.then_some(power));
        self.sandboxes.insert(power, sandboxes);
        sighting
    }

    /// The warm durations in ms of each environment, by memory size, of those sizes at which the function runs.
    pub fn lanes(&self) -> BTreeMap<Power, Vec<Vec<f64>>> {
        let mut lanes = self.ended.clone();
        for (power, sandboxes) in &self.sandboxes {
            lanes.entry(*power).or_default().extend(sandboxes.iter().map(|sandbox| sandbox.warm.clone()));
        }
        lanes.retain(|power, _| !self.failed.contains(power));
        lanes
    }

    fn start(&mut self, power: Power, lane: usize) -> Sandbox {
        let played = (!self.function.recorded.is_empty()).then(|| self.play(power, lane));
        let slowness = if played.is_some() { 1.0 } else { self.function.noise.environment(&mut self.random) };
        Sandbox { slowness, invocations: 0, warm: vec![], played }
    }

    /// A real environment of the nearest size that was measured, with its durations scaled to this one; another one for
    /// each lane, as far as there are others. Where it has no more invocations, the lane goes on with the next one.
    fn play(&mut self, power: Power, lane: usize) -> Played {
        let wanted = f64::from(power.megabytes());
        let distance = |recorded: &&Recorded| (recorded.megabytes / wanted).ln().abs();
        let recorded = self.function.recorded.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let Some(Recorded { megabytes, mean, environments }) = recorded else {
            return Played { left: vec![].into_iter(), is_interpolated: true };
        };
        let factor = self.base(power) / mean;
        if lane == 0 {
            self.first = self.random.random_range(0..environments.len());
        }
        // Where environments were not told apart, a lane is a part of the only series.
        let from = if environments.len() == 1 { self.random.random_range(0..environments[0].len()) } else { 0 };
        let series = environments.iter().cycle().skip(self.first + STRIDE * lane).take(environments.len() + 1);
        let left: Vec<f64> = series.flatten().skip(from).map(|duration| duration * factor).collect();
        Played { left: left.into_iter(), is_interpolated: (megabytes - wanted).abs() > 0.5 }
    }

    /// True if the function cannot run there; the invocation that shows it is billed.
    fn fails(&mut self, power: Power, sandbox: &Sandbox) -> bool {
        let Function { floor, timeout, init, .. } = *self.function;
        let duration = self.base(power) * sandbox.slowness;
        let out_of_memory = power.megabytes() < floor;
        if !out_of_memory && duration * 0.98 <= timeout {
            return false;
        }
        let lasted = if out_of_memory { (duration * self.random.random_range(0.2..0.9)).min(timeout) } else { timeout };
        self.charge(power, lasted + init);
        true
    }

    /// Nothing if a real environment that is played back had no more invocations.
    fn invoke(&mut self, power: Power, sandbox: &mut Sandbox, first: Cold) -> Option<Invocation> {
        let Function { noise, timeout, init, .. } = *self.function;
        let age = sandbox.invocations;
        sandbox.invocations += 1;
        let is_cold = age == 0;
        let warm_up = if age < WARM_UP { noise.warm_up * (-f64::from(age) / 1.5).exp() } else { 0.0 };
        let cold = if is_cold { COLD } else { 1.0 };
        let usual = match &mut sandbox.played {
            // Nobody published cold invocations.
            Some(_) if is_cold && first == Cold::Apart => self.base(power),
            Some(played) => {
                self.bill.interpolated += u32::from(played.is_interpolated);
                played.left.next()?
            }
            None => self.base(power) * sandbox.slowness * noise.invocation(&mut self.random),
        };
        let duration = (usual * (1.0 + warm_up) * cold).min(timeout);
        let init = if is_cold { init / (0.3 + 0.7 * f64::from(power.megabytes()) / VCPU).min(1.0) } else { 0.0 };
        self.charge(power, (duration + init).ceil());
        Some(Invocation { duration, init, is_cold })
    }

    fn base(&self, power: Power) -> f64 {
        self.function.base.get(position(power)).copied().unwrap_or(f64::INFINITY)
    }

    fn charge(&mut self, power: Power, billed: f64) {
        self.bill.invocations += 1;
        self.bill.dollars += billed * PRICE.per_millisecond(power) + REQUEST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Family, Simulation};

    fn power(mb: u32) -> Power {
        Power::new(mb).unwrap()
    }

    #[test]
    fn a_cold_invocation_is_made_besides_or_counts() {
        let function = Family::Api.function(1, &Simulation::default());
        let mut environment = Environment::new(&function, 1);
        let lanes = Lanes { count: 2, warm: 3 };
        let apart = environment.measure(power(512), lanes, false, Cold::Apart);
        assert_eq!((environment.bill.invocations, environment.bill.versions), (8, 1));
        assert!(apart.lanes.len() == 2 && apart.lanes.iter().all(|lane| lane.len() == 3));
        let counts = environment.measure(power(1024), lanes, false, Cold::Counts);
        assert_eq!((environment.bill.invocations, environment.bill.versions), (14, 2));
        assert!(counts.lanes.iter().all(|lane| lane.len() == 3 && lane[0] > lane[1]));
        environment.measure(power(512), lanes, true, Cold::Apart);
        assert_eq!((environment.bill.invocations, environment.bill.versions), (22, 3));
    }

    #[test]
    fn below_its_floor_a_function_fails_at_the_first_invocation() {
        let function = Family::MemoryFloor.function(1, &Simulation::default());
        let mut environment = Environment::new(&function, 1);
        let sighting = environment.measure(power(128), Lanes { count: 2, warm: 3 }, false, Cold::Apart);
        assert_eq!((sighting.failed, sighting.lanes.len(), environment.bill.invocations), (true, 0, 1));
    }

    #[test]
    fn many_lanes_come_near_the_true_mean() {
        let function = Family::OneThread.function(3, &Simulation::default());
        let mut environment = Environment::new(&function, 1);
        let sighting = environment.measure(power(1769), Lanes { count: 400, warm: 5 }, false, Cold::Apart);
        let mean = sighting.lanes.iter().flatten().sum::<f64>() / 2000.0;
        let truth = function.duration[position(power(1769))];
        assert!((mean / truth - 1.0).abs() < 0.02, "{mean} {truth}");
    }
}
