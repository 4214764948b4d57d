//! The kind of work that the function does, as far as the measurements show it.

use std::fmt;

use tuning::{
    contract::outcome::{Pattern, Workload},
    decide::{
        choice::Contender,
        search::{self, MemoryStarved},
    },
    measure::measurement::{Infeasible, Measured, Measurement},
    units::{milliseconds::Milliseconds, power::Power},
};

use crate::guidance::Guidance;

/// Less probable patterns are not stated.
const SURE: f64 = 0.7;
/// One virtual CPU, in MB.
const VCPU: u32 = 1769;
/// From here up to one virtual CPU, a duration stands for that at one virtual CPU.
const NEAR_VCPU: u32 = 1600;
/// Another core shows as so much less time at least.
const OF_ANOTHER_CORE: f64 = 0.05;

/// The work of the function, as far as anything can be said of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Work {
    /// The kind of work; nothing where the sizes are too few to say.
    pub(crate) kind: Option<Kind>,
    /// The probability of that.
    pub(crate) probability: f64,
    /// Where it lacks memory.
    pub(crate) memory_starved: Option<MemoryStarved>,
}

/// Kinds of work, each with the measurements that go with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// It takes this time at its fastest.
    NoOp(Milliseconds),
    CpuBound(Cores),
    /// Its duration falls by so much from the smallest to the largest size.
    IoBound {
        from: Power,
        to: Power,
        percent: f64,
    },
    Mixed,
}

/// The number of cores that a function uses that is bound by CPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cores {
    /// Nothing was measured at one virtual CPU and beyond, or it contradicts the model.
    Unknown,
    /// One: beyond one virtual CPU not a single measurement was faster.
    One,
    /// Beyond one virtual CPU it got faster by so little.
    HardlyMore { percent: f64 },
    /// Several.
    About(u32),
}

impl Work {
    /// Returns what the model says, as far as the measurements agree.
    pub(crate) fn of(modelled: &search::Workload, measured: &[Contender], all: &[Measurement]) -> Self {
        let kind = (modelled.probability >= SURE).then(|| Kind::of(modelled.pattern, measured)).flatten();
        let memory_starved = modelled
            .memory_starved
            .filter(|starved| starved.probability >= SURE && lacks_memory(starved.up_to, measured, all));
        Self { kind, probability: modelled.probability, memory_starved }
    }

    /// Where functions that do such work are often started.
    pub(crate) fn guidance(&self, winner: Power) -> Option<Guidance> {
        Guidance::of(self.kind?, winner)
    }

    /// The same for programs; `None` where nothing can be said.
    pub(crate) fn stated(&self, winner: Power) -> Option<Workload> {
        if self.kind.is_none() && self.memory_starved.is_none() {
            return None;
        }
        let pattern = self.kind.map(|kind| match kind {
            Kind::NoOp(_) => Pattern::NoOp,
            Kind::CpuBound(_) => Pattern::CpuBound,
            Kind::IoBound { .. } => Pattern::IoBound,
            Kind::Mixed => Pattern::Mixed,
        });
        let cores = match self.kind {
            Some(Kind::CpuBound(Cores::One)) => Some(1),
            Some(Kind::CpuBound(Cores::About(cores))) => Some(cores),
            _ => None,
        };
        let probability = pattern.map(|_| self.probability);
        let guidance = self.guidance(winner).map(|guidance| guidance.to_string());
        Some(Workload { pattern, cores, probability, memory_starved: self.memory_starved, guidance })
    }
}

/// Returns true if the measurements show that the function lacks memory: it ran out of it there, or with more of it
/// gets faster than more CPU makes it.
fn lacks_memory(up_to: Power, measured: &[Contender], all: &[Measurement]) -> bool {
    let ran_out =
        |m: &Measurement| m.value == up_to && matches!(m.result, Measured::Infeasible(Infeasible::OutOfMemory));
    let work = |contender: &Contender| contender.average.duration.0 * f64::from(contender.power().megabytes());
    let (small, large): (Vec<&Contender>, Vec<&Contender>) =
        measured.iter().partition(|contender| contender.power() <= up_to);
    let is_too_slow = |small: &Contender| large.iter().any(|large| work(small) > work(large));
    all.iter().any(ran_out) || small.into_iter().any(is_too_slow)
}

impl Kind {
    fn of(pattern: search::Pattern, measured: &[Contender]) -> Option<Self> {
        let duration = |contender: &Contender| contender.average.duration.0;
        Some(match pattern {
            search::Pattern::NoOp => Self::NoOp(Milliseconds(measured.iter().map(duration).min_by(f64::total_cmp)?)),
            search::Pattern::CpuBound { cores } => Self::CpuBound(Cores::of(cores, measured)),
            search::Pattern::IoBound => {
                let smallest = measured.iter().min_by_key(|contender| contender.power())?;
                let largest = measured.iter().max_by_key(|contender| contender.power())?;
                let percent = (1.0 - duration(largest) / duration(smallest)) * 100.0;
                Self::IoBound { from: smallest.power(), to: largest.power(), percent }
            }
            search::Pattern::Mixed => Self::Mixed,
        })
    }
}

impl Cores {
    /// Returns what the measurements beyond one virtual CPU leave of the model's number.
    fn of(modelled: u32, measured: &[Contender]) -> Self {
        let fastest = |sizes: std::ops::RangeInclusive<u32>| {
            let those = measured.iter().filter(|contender| sizes.contains(&contender.power().megabytes()));
            those.map(|contender| contender.average.duration.0).min_by(f64::total_cmp)
        };
        let (at, beyond) = (fastest(NEAR_VCPU..=VCPU), fastest(VCPU + 1..=Power::MAX.megabytes()));
        let (Some(at), Some(beyond)) = (at, beyond) else { return Self::Unknown };
        let gain = 1.0 - beyond / at;
        match modelled {
            0 | 1 if gain <= 0.0 => Self::One,
            0 | 1 if gain < OF_ANOTHER_CORE => Self::HardlyMore { percent: gain * 100.0 },
            2.. if gain >= OF_ANOTHER_CORE => Self::About(modelled),
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Some(kind) => write!(f, "The function {kind} ({:.0} % sure).", self.probability * 100.0)?,
            None => f.write_str("Too few sizes were measured to say what the function spends its time on.")?,
        }
        self.memory_starved.map_or(Ok(()), |starved| write!(f, " It lacks memory up to {}.", starved.up_to))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOp(fastest) => write!(f, "does hardly any work: at its fastest it takes {fastest}"),
            Self::CpuBound(Cores::Unknown) => f.write_str("is bound by CPU"),
            Self::CpuBound(Cores::One) => {
                f.write_str("is bound by CPU and uses one core: above 1,769 MB it gets no faster")
            }
            Self::CpuBound(Cores::HardlyMore { percent }) => {
                write!(f, "is bound by CPU: above 1,769 MB its duration falls by {percent:.1} % at most")
            }
            Self::CpuBound(Cores::About(cores)) => write!(f, "is bound by CPU and uses about {cores} cores"),
            Self::IoBound { from, to, percent } if *percent > 0.0 => {
                write!(f, "mostly waits: from {from} to {to} its duration falls by {percent:.1} %")
            }
            Self::IoBound { from, to, .. } => write!(f, "mostly waits: {to} is no faster than {from}"),
            Self::Mixed => f.write_str("partly computes and partly waits"),
        }
    }
}

#[cfg(test)]
mod tests {
    use tuning::{
        decide::{footing::Footing, strategy::Candidate},
        units::usd::Usd,
    };

    use super::*;

    fn contenders(rows: &[(u32, f64)]) -> Vec<Contender> {
        let contender = |&(mb, ms): &(u32, f64)| {
            let average = Candidate { power: Power::new(mb).unwrap(), cost: Usd(1.0), duration: Milliseconds(ms) };
            Contender { average, metric: average.duration, max_memory_used: None, footing: Footing::default() }
        };
        rows.iter().map(contender).collect()
    }

    fn work(pattern: search::Pattern, probability: f64, rows: &[(u32, f64)]) -> Work {
        Work::of(&search::Workload { pattern, probability, memory_starved: None }, &contenders(rows), &[])
    }

    #[test]
    fn only_true_sentences_are_said_of_cores() {
        let work = |cores, rows: &[(u32, f64)]| work(search::Pattern::CpuBound { cores }, 0.9, rows);
        let cpu = |cores, rows: &[(u32, f64)]| work(cores, rows).to_string();
        let (flat, faster) =
            ([(512, 345.0), (1769, 100.0), (3008, 100.0)], [(512, 345.0), (1769, 100.0), (3008, 60.0)]);
        assert!(cpu(1, &flat).contains("one core") && cpu(3, &faster).contains("about 3 cores"));
        // The measurements contradict the model.
        assert!(!cpu(1, &faster).contains("core") && !cpu(3, &flat).contains("core"));
        let cores = |cores, rows: &[(u32, f64)]| work(cores, rows).stated(Power::MIN).unwrap().cores;
        assert_eq!(
            [cores(1, &flat), cores(3, &faster), cores(1, &faster), cores(3, &flat)],
            [Some(1), Some(3), None, None]
        );
        // Nothing was measured at one virtual CPU, or beyond it.
        assert!(!cpu(1, &faster[..2]).contains("core") && !cpu(1, &[(512, 345.0), (3008, 100.0)]).contains("core"));
        assert!(cpu(1, &[(1769, 100.0), (3008, 98.0)]).contains("falls by 2.0 % at most"));
    }

    #[test]
    fn only_true_sentences_below_70_percent_no_pattern_is_stated() {
        let work = |probability| work(search::Pattern::Mixed, probability, &[(512, 345.0), (1769, 100.0)]);
        let at = |probability| work(probability).to_string();
        assert_eq!(
            (work(0.69).stated(Power::MIN), work(0.7).stated(Power::MIN).unwrap().pattern),
            (None, Some(Pattern::Mixed))
        );
        assert_eq!(at(0.69), "Too few sizes were measured to say what the function spends its time on.");
        assert_eq!(at(0.7), "The function partly computes and partly waits (70 % sure).");
    }
}
