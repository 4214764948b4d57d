//! The shapes that the model knows: how a duration falls with memory.

use super::quota;
use crate::units::power::Power;

/// The memory that comes with one virtual CPU, in MB (AWS Lambda Developer Guide, "Configure Lambda function memory").
pub(super) const VCPU: f64 = 1769.0;
/// Virtual CPUs that fit into 10,240 MB.
pub(super) const VCPUS: u32 = 5;
/// The smallest knee, in MB.
const SMALLEST_KNEE: f64 = 160.0;
/// The number of knees between the smallest and the largest, equally far from each other in the logarithm.
const KNEES: u32 = 22;
/// Shares of the duration that fall with memory, at the knee.
const SHARES: [f64; 9] = [1.0, 0.9, 0.75, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02];
/// Logarithm of how much more likely a flat curve is than any other one, before anything is measured.
const FLAT: f64 = 2.0;
/// The same of bursts of each length.
const BURSTS: f64 = -2.0;

/// A shape: `d(m) = A ((1 - share) + share x scaling(m))`. A part of the time goes by at any memory size, the rest
/// falls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    /// The part of the duration that falls, measured where it ends to fall.
    pub share: f64,
    /// The way in which it falls.
    pub scaling: Scaling,
    /// Logarithm of the prior weight.
    pub prior: f64,
}

/// The way in which a part of the duration falls with memory; 1 where it ends to fall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scaling {
    /// As CPU or bandwidth grow in proportion to memory, up to this many MB.
    Knee(f64),
    /// Bursts of this many ms of CPU time wait for the next period when the quota is used up.
    Bursts(f64),
}

impl Scaling {
    /// Logarithm of the prior weight of a shape that falls like that. There are many lengths of bursts, as each makes
    /// steps at other sizes, but few functions wait for their quota.
    fn prior(self) -> f64 {
        match self {
            Self::Knee(_) => 0.0,
            Self::Bursts(_) => BURSTS,
        }
    }
}

impl Cell {
    /// All shapes, with bursts of these lengths.
    pub fn all(bursts: &[f64]) -> Vec<Self> {
        let flat = Self { share: 0.0, scaling: Scaling::Knee(SMALLEST_KNEE), prior: FLAT };
        let knees = knees().into_iter().map(Scaling::Knee);
        let scalings = knees.chain(bursts.iter().copied().map(Scaling::Bursts));
        let falling = scalings.flat_map(|scaling| SHARES.map(|share| Self { share, scaling, prior: scaling.prior() }));
        std::iter::once(flat).chain(falling).collect()
    }

    /// The logarithm of the shape at a size.
    pub fn at(&self, megabytes: f64) -> f64 {
        let scaling = match self.scaling {
            Scaling::Knee(knee) => (knee / megabytes).max(1.0),
            Scaling::Bursts(cpu) => quota::slowdown(cpu, megabytes / VCPU),
        };
        ((1.0 - self.share) + self.share * scaling).ln()
    }
}

fn knees() -> Vec<f64> {
    let range = f64::from(Power::MAX.megabytes()) / SMALLEST_KNEE;
    let spread = (0..KNEES).map(|i| (SMALLEST_KNEE * range.powf(f64::from(i) / f64::from(KNEES - 1))).round());
    let mut knees: Vec<f64> = spread.chain((1..=VCPUS).map(|cpus| VCPU * f64::from(cpus))).collect();
    knees.sort_by(f64::total_cmp);
    knees.dedup();
    knees
}
