//! The settings of a search: how much effort it takes.

use crate::{measure::measurement::FEWEST_WARM_SAMPLES, run::objective::Effort};

/// A number of lanes, and how many warm samples each of them takes after its cold start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lanes {
    /// The number of execution environments.
    pub count: u32,
    /// Warm samples of each.
    pub warm: u32,
}

impl Lanes {
    /// The least number of warm samples that each of so many lanes takes: with fewer of a size, its averages would
    /// speak of cold ones, too, and could not be compared.
    #[must_use]
    pub fn fewest_warm(count: u32) -> u32 {
        u32::try_from(FEWEST_WARM_SAMPLES).unwrap_or(u32::MAX).div_ceil(count.max(1))
    }

    /// The number of invocations that this takes at a size, with the cold ones.
    #[must_use]
    pub fn invocations(self) -> u32 {
        self.count * (1 + self.warm)
    }
}

/// The rule by which the noise of a function decides how much is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adaptive {
    /// To verify a size, so many lanes are taken that the standard error of ln d is about this ...
    pub precision: f64,
    /// ... but no fewer, and no more than the settings' `verify`.
    pub fewest: u32,
}

/// The rule by which limits weigh against what is looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitRule {
    /// The weight of a limit that is exceeded by 1 %, in per cent of the best value.
    pub weight: f64,
    /// Limits are taken to be lower by this fraction: a mean of few invocations lies below the mean of many, as it
    /// lacks the rare slow ones.
    pub margin: f64,
    /// True if the best value is that of the sizes within the limits, and there is nothing to gain beyond them;
    /// otherwise it is that of all sizes.
    pub within: bool,
}

/// The settings that govern a search; [`Effort`] has presets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The lanes that measure a size while exploring.
    pub explore: Lanes,
    /// The lanes that measure a size to verify it.
    pub verify: Lanes,
    /// Each lane takes at least so many warm samples: one for each payload.
    pub fewest_samples: u32,
    /// The number of sizes that a round measures.
    pub batch: usize,
    /// Exploring ends after so many rounds.
    pub max_rounds: u32,
    /// Exploring ends with so many sizes.
    pub max_sizes: usize,
    /// The number of curves that are drawn from the model.
    pub draws: usize,
    /// The deviation of a curve from the shapes that the model knows: standard deviation of ln d.
    pub misfit: f64,
    /// The size of a curve's jumps where a function gets to see another core, beside that: standard deviation of ln d.
    pub jumps: f64,
    /// The differences between environments, before anything is known: standard deviation of ln d.
    pub environments: f64,
    /// The rule by which lanes follow the noise of the function; without it, `explore` and `verify` always hold.
    pub adaptive: Option<Adaptive>,
    /// The variance of a trimmed mean, in units of the variance of a mean.
    pub inflation: f64,
    /// While exploring, how much what counts in the second place weighs, in units of the tolerance: with a tolerance of
    /// 2 % and a weight of 2, a size that is twice as fast may cost 3 % more.
    pub second: f64,
    /// The least distance, in ln m, between a rival that is verified and the size that would win.
    pub apart: f64,
    /// Exploring ends when no size promises a gain above this fraction.
    pub converged: f64,
    /// A size that promises less than this part of that is neither explored nor verified as a rival; without it every
    /// round is full, and there always is a rival.
    pub least_gain: Option<f64>,
    /// The rule by which limits weigh.
    pub limits: LimitRule,
    /// True if limits look at what comes after the warm-up, as far as the lanes show one.
    pub settles: bool,
    /// CPU time in ms of the bursts that the model knows, for functions that wait for their CPU quota.
    pub bursts: &'static [f64],
}

impl Settings {
    /// Those of the plain reference implementation that the golden tests compare with.
    pub const REFERENCE: Self = Self {
        explore: Lanes { count: 2, warm: 2 },
        verify: Lanes { count: 5, warm: 2 },
        fewest_samples: 1,
        batch: 2,
        max_rounds: 6,
        max_sizes: 12,
        draws: 200,
        misfit: 0.08,
        jumps: 0.0,
        environments: 0.035,
        adaptive: None,
        second: 0.0,
        apart: 0.25,
        inflation: 1.3,
        converged: 0.01,
        least_gain: None,
        limits: LimitRule { weight: 5.0, margin: 0.0, within: false },
        settles: false,
        bursts: &[],
    };

    /// The settings that the benchmark on simulated functions has shown to be best for [`Effort::Normal`].
    pub const NORMAL: Self = Self {
        // What the first one of two sizes says makes the second one needless often enough.
        batch: 1,
        max_rounds: 8,
        adaptive: Some(Adaptive { precision: 0.015, fewest: 3 }),
        second: 2.0,
        apart: 0.12,
        environments: 0.025,
        converged: 0.0075,
        // Bursts and jumps explain what else would be a misfit.
        misfit: 0.05,
        jumps: 0.06,
        least_gain: Some(0.1),
        limits: LimitRule { weight: 5.0, margin: 0.01, within: true },
        settles: true,
        bursts: &[
            1.0, 1.15, 1.32, 1.52, 1.75, 2.01, 2.31, 2.66, 3.06, 3.52, 4.05, 4.65, 5.35, 6.15, 7.08, 8.14, 9.36, 10.8,
            12.4, 14.2, 16.4, 18.8, 21.6, 24.9, 28.6, 32.9,
        ],
        ..Self::REFERENCE
    };
}

impl Settings {
    /// The number of invocations that a size needs, cold ones included, to be explored and then verified in the fewest
    /// lanes: with fewer of them no size can win.
    #[must_use]
    pub fn fewest_invocations(&self) -> u32 {
        self.explore.invocations() + self.least_verifying().invocations()
    }

    /// The least that verifies a size.
    #[must_use]
    pub fn least_verifying(&self) -> Lanes {
        let fewest = self.adaptive.map_or(self.verify.count, |adaptive| adaptive.fewest.min(self.verify.count));
        Lanes { count: fewest, ..self.verify }
    }
}

impl From<Effort> for Settings {
    fn from(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Self { max_rounds: 5, verify: Lanes { count: 3, warm: 2 }, ..Self::NORMAL },
            Effort::Normal => Self::NORMAL,
            Effort::Thorough => {
                let adaptive = Some(Adaptive { precision: 0.009, fewest: 6 });
                let (explore, verify) = (Lanes { count: 3, warm: 3 }, Lanes { count: 10, warm: 3 });
                Self { explore, verify, adaptive, ..Self::NORMAL }
            }
        }
    }
}
