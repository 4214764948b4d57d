//! Bursts of CPU under the quota of a fraction of a virtual CPU.

use super::function::VCPU;

/// Length of a period in ms: in each the function gets its share of CPU time, and waits for the next one when it is used up.
const PERIOD: f64 = 20.0;
/// Bursts differ: quantiles of a normal distribution, times the standard deviation of their logarithm.
const QUANTILES: [f64; 8] = [-1.5, -0.9, -0.5, -0.16, 0.16, 0.5, 0.9, 1.5];
const SPREAD: f64 = 0.4;
/// A burst begins at any point of a period.
const PHASES: u32 = 6;

/// The expected time in ms that a burst of `cpu` ms in the mean takes at a memory size.
pub fn wall_time(cpu: f64, megabytes: f64) -> f64 {
    if megabytes >= VCPU {
        return cpu;
    }
    let quota = megabytes / VCPU * PERIOD;
    let sizes = QUANTILES.map(|z| cpu * (SPREAD * z).exp());
    let correction = cpu * sizes.len() as f64 / sizes.iter().sum::<f64>();
    let phases = (0..PHASES).map(|i| (f64::from(i) + 0.5) / f64::from(PHASES) * PERIOD);
    let sum: f64 =
        phases.map(|phase| sizes.iter().map(|size| single(size * correction, quota, phase)).sum::<f64>()).sum();
    sum / (sizes.len() as f64 * f64::from(PHASES))
}

/// The time that one burst takes which begins `phase` ms after the beginning of a period, with the whole quota left.
fn single(cpu: f64, quota: f64, phase: f64) -> f64 {
    let first = quota.min(PERIOD - phase);
    if cpu <= first {
        return cpu;
    }
    let (rest, waited) = (cpu - first, PERIOD - phase);
    let whole = ((rest / quota).ceil() - 1.0).max(0.0);
    waited + whole * PERIOD + (rest - whole * quota)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_burst_takes_as_much_longer_as_its_share_is_smaller() {
        assert!((wall_time(5000.0, VCPU / 4.0) / 20_000.0 - 1.0).abs() < 0.01);
        assert_eq!(wall_time(7.0, VCPU), 7.0);
    }

    #[test]
    fn a_burst_within_its_quota_does_not_wait() {
        assert_eq!(single(4.0, 5.0, 0.0), 4.0);
        assert_eq!(single(6.0, 5.0, 0.0), 21.0);
        assert_eq!(single(6.0, 5.0, 18.0), 6.0);
        assert_eq!(single(11.0, 5.0, 10.0), 10.0 + 20.0 + 1.0);
    }
}
