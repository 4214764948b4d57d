//! Memory sizes: memory sizes of a Lambda function.

use std::{fmt, ops::RangeInclusive};

use serde::{Deserialize, Serialize};

/// A memory size that AWS Lambda offers on demand, in MB (steps of 1 MB).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(inline, extend("minimum" = Self::MIN.0, "maximum" = Self::MAX.0))
)]
#[serde(try_from = "u32", into = "u32")]
pub struct Power(u16);

/// A number of MB that no on-demand function can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} MB is not a memory size of AWS Lambda: allowed are 128 to 10240 MB in steps of 1 MB")]
pub struct PowerOutOfRange(pub u32);

impl Power {
    /// The smallest memory size, 128 MB.
    pub const MIN: Self = Self(128);
    /// The largest memory size of on-demand functions, 10,240 MB.
    pub const MAX: Self = Self(10_240);
    /// Where the reference tool's `"ALL"` ends: 3,008 MB.
    pub const ALL_MAX: Self = Self(3008);
    /// The distance between the values of `"ALL"`, in MB.
    const ALL_STEP: usize = 64;
    /// So many MB have the CPU of one virtual CPU.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
    pub const OF_ONE_VCPU: Self = Self(1769);
    /// The smallest memory sizes at which a function sees one core more than 2. AWS says only that there are 6 at
    /// 10,240 MB; the steps in between are measurements of others.
    const ANOTHER_CORE: [u16; 4] = [3009, 5308, 7077, 8846];

    /// A memory size from a number of MB.
    pub fn new(megabytes: u32) -> Result<Self, PowerOutOfRange> {
        u16::try_from(megabytes)
            .ok()
            .filter(|mb| (Self::MIN.0..=Self::MAX.0).contains(mb))
            .map(Self)
            .ok_or(PowerOutOfRange(megabytes))
    }

    /// The memory size that is nearest to a number of MB; what lies outside of the range becomes its end, and what is
    /// no number the smallest.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range")]
    pub fn nearest(megabytes: f64) -> Self {
        Self(megabytes.round().max(f64::from(Self::MIN.0)).min(f64::from(Self::MAX.0)) as u16)
    }

    /// The values that `powerValues: "ALL"` stands for: those of 128, 192, 256, … that lie in a range. From
    /// [`Self::MIN`] to [`Self::ALL_MAX`] they are the 46 values of the reference tool.
    #[must_use]
    pub fn all(range: RangeInclusive<Self>) -> Vec<Self> {
        (Self::MIN.0..=Self::MAX.0).step_by(Self::ALL_STEP).map(Self).filter(|power| range.contains(power)).collect()
    }

    /// The memory size that is nearest to this one without being it.
    #[must_use]
    pub fn neighbour(self) -> Self {
        if self == Self::MAX { Self(self.0 - 1) } else { Self(self.0 + 1) }
    }

    /// The number of MB.
    #[must_use]
    pub fn megabytes(self) -> u32 {
        u32::from(self.0)
    }

    /// The CPU time that it has, in virtual CPUs: CPU grows in proportion to memory.
    #[must_use]
    pub fn vcpus(self) -> f64 {
        f64::from(self.0) / f64::from(Self::OF_ONE_VCPU.0)
    }

    /// The number of cores that a function sees.
    #[must_use]
    pub fn cores(self) -> u32 {
        Self::ANOTHER_CORE.iter().map(|step| u32::from(self.0 >= *step)).sum::<u32>() + 2
    }

    /// The number of MB as the signed 16-bit integer of the visualization link; every memory size fits.
    #[must_use]
    pub fn to_le_bytes(self) -> [u8; 2] {
        self.0.to_le_bytes()
    }
}

impl TryFrom<u32> for Power {
    type Error = PowerOutOfRange;

    fn try_from(megabytes: u32) -> Result<Self, Self::Error> {
        Self::new(megabytes)
    }
}

impl From<Power> for u32 {
    fn from(power: Power) -> Self {
        power.megabytes()
    }
}

impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MB", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_the_46_values_of_the_reference_tool() {
        let all = Power::all(Power::MIN..=Power::ALL_MAX);
        assert_eq!(all.len(), 46);
        assert_eq!(all.first().map(|p| p.megabytes()), Some(128));
        assert_eq!(all.get(1).map(|p| p.megabytes()), Some(192));
        assert_eq!(all.last().map(|p| p.megabytes()), Some(3008));
    }

    #[test]
    fn all_can_be_bounded_anywhere() {
        let all = |min: u16, max: u16| -> Vec<u32> {
            Power::all(Power(min)..=Power(max)).into_iter().map(Power::megabytes).collect()
        };
        assert_eq!(all(200, 400), [256, 320, 384]);
        assert_eq!(all(9000, 10_240).last(), Some(&10_240));
        assert_eq!(all(130, 140), [0; 0]);
    }

    #[test]
    fn cpu_grows_with_memory() {
        let cpu = |mb| (Power(mb).vcpus(), Power(mb).cores());
        assert_eq!([cpu(1769), cpu(10_240)], [(1.0, 2), (10_240.0 / 1769.0, 6)]);
        let cores = [128, 3008, 3009, 5307, 5308, 7077, 8846].map(|mb| Power(mb).cores());
        assert_eq!(cores, [2, 2, 3, 3, 4, 5, 6]);
    }

    #[test]
    fn the_neighbour_is_another_memory_size() {
        assert_eq!((Power::MIN.neighbour().megabytes(), Power::MAX.neighbour().megabytes()), (129, 10_239));
    }

    #[test]
    fn every_number_of_mb_has_a_nearest_memory_size() {
        let nearest = |mb| Power::nearest(mb).megabytes();
        assert_eq!((nearest(-1.0), nearest(511.6), nearest(1e9), nearest(f64::NAN)), (128, 512, 10_240, 128));
    }

    #[test]
    fn sizes_outside_of_128_to_10240_are_refused() {
        for mb in [0, 127, 10_241, 32_768, 65_664, u32::MAX] {
            assert_eq!(Power::new(mb), Err(PowerOutOfRange(mb)));
        }
        assert!(Power::new(128).is_ok() && Power::new(10_240).is_ok());
    }
}
