//! At which memory sizes functions that do such work are often started, and how far the winner is from that. The
//! measurements show whether a function computes or waits, not what for: so each sentence names the work that people
//! mean as an example, and nothing is said of work that is neither.

use std::fmt;

use tuning::units::power::Power;

use crate::workload::{Cores, Kind};

/// Where such functions are often started, and the winner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Guidance {
    usual: Usual,
    winner: Power,
}

/// Starting points that guides name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usual {
    /// APIs and access to databases: they wait for others.
    Waiting,
    /// Files and ETL: they compute, mostly in one thread.
    Computing,
    /// Inference: it computes in several threads.
    OnSeveralCores,
}

impl Guidance {
    /// `None` where the kind of work does not say.
    pub(crate) fn of(kind: Kind, winner: Power) -> Option<Self> {
        let usual = match kind {
            Kind::IoBound { .. } => Usual::Waiting,
            Kind::CpuBound(Cores::About(_)) => Usual::OnSeveralCores,
            Kind::CpuBound(Cores::Unknown | Cores::One | Cores::HardlyMore { .. }) => Usual::Computing,
            Kind::NoOp(_) | Kind::Mixed => return None,
        };
        Some(Self { usual, winner })
    }
}

impl Usual {
    /// The smallest and the largest one, in MB.
    fn sizes(self) -> (u32, u32) {
        match self {
            Self::Waiting => (512, 1024),
            Self::Computing => (1769, 1769),
            Self::OnSeveralCores => (3008, 3008),
        }
    }
}

impl fmt::Display for Guidance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.usual {
            Usual::Waiting => {
                "Functions that mostly wait are often started at 512 MB (such as APIs) to 1024 MB (such as access to \
                 databases), because more CPU hardly makes them faster"
            }
            Usual::Computing => {
                "Functions that are bound by CPU are often started at 1769 MB (such as processing files, or ETL), \
                 because that is one whole virtual CPU"
            }
            Usual::OnSeveralCores => {
                "Functions that compute on several cores are often started at 3008 MB (such as inference), because one \
                 virtual CPU, at 1769 MB, is too little for them"
            }
        })?;
        let (winner, (low, high)) = (self.winner, self.usual.sizes());
        match winner.megabytes() {
            mb if mb < low => write!(f, "; {winner} is {} MB below that.", low - mb),
            mb if mb > high => write!(f, "; {winner} is {} MB above that.", mb - high),
            _ if low < high => write!(f, "; {winner} is within that."),
            _ => write!(f, "; {winner} is just that."),
        }
    }
}

#[cfg(test)]
mod tests {
    use tuning::units::milliseconds::Milliseconds;

    use super::*;

    #[test]
    fn guidance_in_words() {
        let power = |mb| Power::new(mb).unwrap();
        let waits = Kind::IoBound { from: power(128), to: power(1024), percent: 3.0 };
        let said = [
            (waits, 128),
            (waits, 512),
            (waits, 1024),
            (waits, 1100),
            (Kind::CpuBound(Cores::One), 1769),
            (Kind::CpuBound(Cores::Unknown), 1536),
            (Kind::CpuBound(Cores::HardlyMore { percent: 1.0 }), 3008),
            (Kind::CpuBound(Cores::About(3)), 5120),
            (Kind::CpuBound(Cores::About(2)), 3008),
        ]
        .map(|(kind, mb)| Guidance::of(kind, power(mb)).unwrap().to_string());
        insta::assert_snapshot!(said.join("\n"));
        let nothing = [Kind::Mixed, Kind::NoOp(Milliseconds(1.0))].map(|kind| Guidance::of(kind, power(512)));
        assert_eq!(nothing, [None, None]);
    }
}
