//! The time that bursts of CPU wait for their quota.
//!
//! Lambda gives a function less than one virtual CPU by a quota: in each period of 20 ms it may run for a share of
//! them, then it waits for the next period. A period begins when a function that has waited goes on, so that a burst
//! finds its whole quota: it takes 20 ms for each quota that it uses up, and then a part of what is left of it, because
//! the scheduler notices late that a quota is used up.
//!
//! Turner, P., Rao, B. B., and Rao, N. (2010). CPU bandwidth control for CFS. Proceedings of the Linux Symposium. A
//! burst of 17 ms that others measured at 195 sizes (`bench/data`, `demyst`) differs by 2.4 % from that in the mean.

/// Length of a period, in ms.
const PERIOD: f64 = 20.0;
/// The share of what is left after the last whole quota that still has to run: fitted to that burst.
const LEFT: f64 = 0.25;
/// Bursts differ a little: quantiles of a normal distribution in the middles of five equal parts ...
const QUANTILES: [f64; 5] = [-1.2816, -0.5244, 0.0, 0.5244, 1.2816];
/// ... times the standard deviation of the logarithm of their length.
const SPREAD: f64 = 0.06;

/// The time that bursts of `cpu` ms take with a share of a virtual CPU, in the mean, as a multiple of that on a whole
/// one.
pub(super) fn slowdown(cpu: f64, share: f64) -> f64 {
    if share >= 1.0 {
        return 1.0;
    }
    let lengths = QUANTILES.map(|quantile| cpu * (SPREAD * quantile).exp());
    lengths.iter().map(|&length| wall_time(length, share * PERIOD)).sum::<f64>() / lengths.iter().sum::<f64>()
}

/// The time that a burst takes.
fn wall_time(cpu: f64, quota: f64) -> f64 {
    if cpu <= quota {
        return cpu;
    }
    let used_up = (cpu / quota).ceil() - 1.0;
    used_up * PERIOD + LEFT * (cpu - used_up * quota)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURED: [(f64, f64); 8] = [
        (128.0, 223.0),
        (310.0, 80.6),
        (531.0, 40.8),
        (752.0, 22.6),
        (1018.0, 21.3),
        (1283.0, 20.9),
        (1548.0, 17.2),
        (1849.0, 17.2),
    ];

    #[test]
    fn a_burst_waits_for_a_period_for_each_quota_that_it_uses_up() {
        assert_eq!((wall_time(4.0, 5.0), wall_time(5.0, 5.0), wall_time(6.0, 5.0)), (4.0, 5.0, 20.25));
        assert_eq!(wall_time(11.0, 5.0), 40.25);
    }

    #[test]
    fn the_burst_that_others_measured_takes_as_long_as_the_formula_says() {
        // Mean durations in ms of the burst, at these sizes in MB.
        for (megabytes, measured) in MEASURED {
            let expected = wall_time(16.3, megabytes / 1769.0 * PERIOD);
            assert!((expected / measured - 1.0_f64).abs() < 0.08, "{megabytes} MB: {expected} {measured}");
        }
    }

    #[test]
    fn long_bursts_slow_down_as_their_share_says() {
        assert!((slowdown(5000.0, 0.25) - 4.0).abs() < 0.02);
        assert_eq!(slowdown(5.0, 1.0), 1.0);
        assert_eq!(slowdown(0.5, 0.1), 1.0);
    }
}
