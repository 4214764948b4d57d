//! How bursts of CPU wait for their quota.
//!
//! Lambda gives a function less than one virtual CPU by a quota: in each period of 20 ms it may run for a share of them,
//! then it waits for the next period. A burst that fits into its quota is as fast as on a whole CPU, a longer one waits.
//!
//! Turner, P., Rao, B. B., and Rao, N. (2010). CPU bandwidth control for CFS. Proceedings of the Linux Symposium.

/// Length of a period, in ms.
const PERIOD: f64 = 20.0;
/// The bursts of a function are not of the same length: quantiles of a normal distribution in the middles of five equal parts ...
const QUANTILES: [f64; 5] = [-1.2816, -0.5244, 0.0, 0.5244, 1.2816];
/// ... times the standard deviation of the logarithm of their length.
const SPREAD: f64 = 0.4;

/// How much longer bursts of `cpu` ms take than on a whole virtual CPU, in the mean, with a share of one.
pub(super) fn slowdown(cpu: f64, share: f64) -> f64 {
    if share >= 1.0 {
        return 1.0;
    }
    let lengths = QUANTILES.map(|quantile| cpu * (SPREAD * quantile).exp());
    lengths.iter().map(|&length| wall_time(length, share * PERIOD)).sum::<f64>() / lengths.iter().sum::<f64>()
}

/// The time that a burst takes in the mean that begins at any moment of a period, with its quota unused.
fn wall_time(cpu: f64, quota: f64) -> f64 {
    if cpu <= quota {
        return cpu;
    }
    // It begins so late that the period ends before the quota: every period that it goes on in costs the rest of one.
    let late = cpu + (PERIOD - quota) * (cpu / quota - 1.0);
    // It uses up the quota, and waits for the end of the period, which comes (PERIOD + quota) / 2 after it began.
    let whole_periods = (cpu / quota).ceil() - 2.0;
    let early = f64::midpoint(PERIOD, quota) + whole_periods * (PERIOD - quota) + (cpu - quota);
    let is_late = quota / PERIOD;
    is_late * late + (1.0 - is_late) * early
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_over_all_beginnings_is_that_of_single_bursts() {
        let single = |cpu: f64, quota: f64, begin: f64| {
            let (mut left, mut now, mut used) = (cpu, begin, 0.0);
            loop {
                let run = f64::min(left, f64::min(quota - used, PERIOD - now % PERIOD));
                left -= run;
                if left <= 1e-12 {
                    return now + run - begin;
                }
                now = ((now / PERIOD).floor() + 1.0) * PERIOD;
                used = 0.0;
            }
        };
        for (cpu, quota) in [(3.0, 5.0), (7.0, 5.0), (10.0, 3.0), (31.0, 8.0), (2.0, 1.45)] {
            let mean = (0..2000).map(|i| single(cpu, quota, (f64::from(i) + 0.5) / 100.0)).sum::<f64>() / 2000.0;
            assert!(
                (mean / wall_time(cpu, quota) - 1.0).abs() < 0.01,
                "{cpu} {quota}: {mean} {}",
                wall_time(cpu, quota)
            );
        }
    }

    #[test]
    fn long_bursts_slow_down_as_their_share_says() {
        assert!((slowdown(5000.0, 0.25) - 4.0).abs() < 0.02);
        assert_eq!(slowdown(5.0, 1.0), 1.0);
        assert_eq!(slowdown(0.5, 0.1), 1.0);
    }
}
