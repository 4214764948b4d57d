//! What kind of work the function does, as far as the measurements show it.

use std::fmt;

use tuning::{
    choice::Contender,
    milliseconds::Milliseconds,
    outcome::{Pattern, Workload},
    power::Power,
    search::MemoryStarved,
};

/// Less probable patterns are not stated.
const SURE: f64 = 0.7;
/// One virtual CPU, in MB.
const VCPU: u32 = 1769;
/// From here up to one virtual CPU, a duration stands for that at one virtual CPU.
const NEAR_VCPU: u32 = 1600;
/// Another core shows as so much less time at least.
const OF_ANOTHER_CORE: f64 = 0.05;

/// What can be said of the function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Work {
    /// The kind of work; nothing where the sizes are too few to say.
    pub(crate) kind: Option<Kind>,
    /// How probable that is.
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

/// How many cores a function uses that is bound by CPU.
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
    /// What the model says, as far as the measurements agree.
    pub(crate) fn of(workload: &Workload, measured: &[Contender]) -> Self {
        let kind = (workload.probability >= SURE).then(|| Kind::of(workload, measured)).flatten();
        let memory_starved = workload.memory_starved.filter(|starved| starved.probability >= SURE);
        Self { kind, probability: workload.probability, memory_starved }
    }

    /// How many cores it uses, if that can be said.
    pub(crate) fn cores(&self) -> Option<u32> {
        match self.kind {
            Some(Kind::CpuBound(Cores::One)) => Some(1),
            Some(Kind::CpuBound(Cores::About(cores))) => Some(cores),
            _ => None,
        }
    }
}

impl Kind {
    fn of(workload: &Workload, measured: &[Contender]) -> Option<Self> {
        let duration = |contender: &Contender| contender.average.duration.0;
        Some(match workload.pattern {
            Pattern::NoOp => Self::NoOp(Milliseconds(measured.iter().map(duration).min_by(f64::total_cmp)?)),
            Pattern::CpuBound => Self::CpuBound(Cores::of(workload.cores.unwrap_or(1), measured)),
            Pattern::IoBound => {
                let smallest = measured.iter().min_by_key(|contender| contender.power())?;
                let largest = measured.iter().max_by_key(|contender| contender.power())?;
                let percent = (1.0 - duration(largest) / duration(smallest)) * 100.0;
                Self::IoBound { from: smallest.power(), to: largest.power(), percent }
            }
            Pattern::Mixed => Self::Mixed,
        })
    }
}

impl Cores {
    /// What the measurements beyond one virtual CPU leave of the model's number.
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
    use tuning::{footing::Footing, strategy::Candidate, usd::Usd};

    use super::*;

    fn contenders(rows: &[(u32, f64)]) -> Vec<Contender> {
        let contender = |&(mb, ms): &(u32, f64)| {
            let average = Candidate { power: Power::new(mb).unwrap(), cost: Usd(1.0), duration: Milliseconds(ms) };
            Contender { average, metric: average.duration, max_memory_used: None, footing: Footing::default() }
        };
        rows.iter().map(contender).collect()
    }

    fn said(pattern: Pattern, cores: Option<u32>, probability: f64, rows: &[(u32, f64)]) -> String {
        let workload = Workload { pattern, cores, probability, memory_starved: None };
        Work::of(&workload, &contenders(rows)).to_string()
    }

    #[test]
    fn only_true_sentences_are_said_of_cores() {
        let cpu = |cores, rows: &[(u32, f64)]| said(Pattern::CpuBound, Some(cores), 0.9, rows);
        let (flat, faster) =
            ([(512, 345.0), (1769, 100.0), (3008, 100.0)], [(512, 345.0), (1769, 100.0), (3008, 60.0)]);
        assert!(cpu(1, &flat).contains("one core") && cpu(3, &faster).contains("about 3 cores"));
        // The measurements contradict the model.
        assert!(!cpu(1, &faster).contains("core") && !cpu(3, &flat).contains("core"));
        // Nothing was measured at one virtual CPU, or beyond it.
        assert!(!cpu(1, &faster[..2]).contains("core") && !cpu(1, &[(512, 345.0), (3008, 100.0)]).contains("core"));
        assert!(cpu(1, &[(1769, 100.0), (3008, 98.0)]).contains("falls by 2.0 % at most"));
    }

    #[test]
    fn only_true_sentences_below_70_percent_no_pattern_is_stated() {
        let at = |probability| said(Pattern::Mixed, None, probability, &[(512, 345.0), (1769, 100.0)]);
        assert_eq!(at(0.69), "Too few sizes were measured to say what the function spends its time on.");
        assert_eq!(at(0.7), "The function partly computes and partly waits (70 % sure).");
    }
}
