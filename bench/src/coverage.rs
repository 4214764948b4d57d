//! The share of the output's 95 % intervals that hold the truth, on environments that others measured.

use std::fmt::Write as _;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tuning::{
    measure::{
        interval::interval,
        lane::LaneSummary,
        statistics::{Trim, trimmed_mean},
    },
    units::milliseconds::Milliseconds,
};

use super::measured::{Recorded, Samples};

/// With fewer environments at a size nobody knows the truth.
const FEWEST: usize = 10;
/// The number of times that each size is measured.
const REPETITIONS: u32 = 400;
/// The plans: the number of environments, and of warm samples of each.
const PLANS: [(usize, usize); 4] = [(2, 2), (5, 1), (5, 2), (10, 2)];

/// A line for each function that was measured in several environments. Lanes are drawn from its environments, with
/// replacement; the truth is the trimmed mean, which the output calls the average, of one sample of each environment,
/// in the mean over very many such samples.
pub fn table(samples: &Samples) -> String {
    let mut table = String::from("| function | sizes |");
    for (lanes, warm) in PLANS {
        let _ = write!(table, " {lanes} lanes x {warm} |");
    }
    table += "\n|---|---|";
    table += &"---|".repeat(PLANS.len());
    table.push('\n');
    for (name, recorded) in samples.all() {
        let sizes: Vec<&Recorded> = recorded.iter().filter(|size| size.environments.len() >= FEWEST).collect();
        if sizes.is_empty() {
            continue;
        }
        let _ = write!(table, "| {name} | {} |", sizes.len());
        for (lanes, warm) in PLANS {
            let is_long = |size: &&&Recorded| size.environments.iter().all(|environment| environment.len() >= warm);
            let long: Vec<&&Recorded> = sizes.iter().filter(is_long).collect();
            if long.is_empty() {
                table += " |";
                continue;
            }
            let shares: f64 = long.iter().map(|size| covered(size, lanes, warm)).sum();
            let _ = write!(table, " {:.1} % |", 100.0 * shares / long.len() as f64);
        }
        table.push('\n');
    }
    table
}

/// The share of measurements whose interval holds the truth.
fn covered(size: &Recorded, lanes: usize, warm: usize) -> f64 {
    let mut random = StdRng::seed_from_u64(1);
    let mut measure = |lanes: usize| -> Vec<Vec<f64>> {
        let lane = |_| {
            let environment = &size.environments[random.random_range(0..size.environments.len())];
            let from = random.random_range(0..=environment.len() - warm);
            environment[from..from + warm].to_vec()
        };
        (0..lanes).map(lane).collect()
    };
    let Some(truth) = trimmed_mean(&measure(4000).concat(), Trim::DEFAULT) else { return f64::NAN };
    let holds = |_: &u32| {
        let lanes = measure(lanes);
        let summaries: Vec<LaneSummary> = lanes.iter().filter_map(|lane| LaneSummary::of(lane)).collect();
        let average = trimmed_mean(&lanes.concat(), Trim::DEFAULT);
        let found = average.and_then(|average| interval(Milliseconds(average), &summaries));
        found.is_some_and(|found| found.low.0 <= truth && truth <= found.high.0)
    };
    (0..REPETITIONS).filter(holds).count() as f64 / f64::from(REPETITIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_that_are_alike_are_always_covered() {
        let environments = vec![vec![100.0, 101.0, 99.0]; 10];
        let size = Recorded { megabytes: 512.0, mean: 100.0, environments };
        assert!(covered(&size, 5, 2) > 0.9);
    }
}
