//! Bursts of CPU under the quota of a fraction of a virtual CPU.

use super::function::VCPU;

/// Length of a period in ms: in each the function gets its share of CPU time, and waits for the next one when it is
/// used up.
const PERIOD: f64 = 20.0;
/// Bursts differ: quantiles of a normal distribution, times the standard deviation of their logarithm.
const QUANTILES: [f64; 8] = [-1.5, -0.9, -0.5, -0.16, 0.16, 0.5, 0.9, 1.5];
const SPREAD: f64 = 0.1;

/// The expected time in ms that a burst of `cpu` ms in the mean takes at a memory size.
pub fn wall_time(cpu: f64, megabytes: f64) -> f64 {
    if megabytes >= VCPU {
        return cpu;
    }
    let quota = megabytes / VCPU * PERIOD;
    let sizes = QUANTILES.map(|z| cpu * (SPREAD * z).exp());
    let correction = cpu * sizes.len() as f64 / sizes.iter().sum::<f64>();
    sizes.iter().map(|size| single(size * correction, quota)).sum::<f64>() / sizes.len() as f64
}

/// The time that one burst takes: it finds its whole quota, as a period begins with it, and of what is left after the
/// last whole quota only a part has to run, as the scheduler notices late that a quota is used up. Others measured that
/// (`demyst` in `bench/data`).
fn single(cpu: f64, quota: f64) -> f64 {
    if cpu <= quota {
        return cpu;
    }
    let used_up = (cpu / quota).ceil() - 1.0;
    used_up * PERIOD + 0.25 * (cpu - used_up * quota)
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
        assert_eq!((single(4.0, 5.0), single(6.0, 5.0), single(11.0, 5.0)), (4.0, 20.25, 40.25));
    }
}
