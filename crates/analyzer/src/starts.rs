//! Environments whose start Lambda does not report as one.

use tuning::measurement::Measurement;

use crate::words::powers;

/// What the caller should know of them.
pub(crate) fn warnings(measurements: &[Measurement]) -> Vec<String> {
    let counted = |count: fn(&Measurement) -> u32| {
        let total: u32 = measurements.iter().map(count).sum();
        (total > 0).then(|| format!("{total}, at {}", powers(measurements, |m| count(m) > 0)))
    };
    let given_up = counted(|m| m.spent.inits_given_up).map(|count| {
        format!(
            "Lambda gave up initialisations, as it does after 10 s, and repeated them within the invocation ({count}): \
             these invocations count as cold"
        )
    });
    let suspected = counted(|m| m.spent.suspected_starts).map(|count| {
        format!(
            "first invocations that took many times as long as the next ones of their environment count as cold \
             ({count}): Lambda did not report a cold start, but it may have repeated an initialisation of more \
             than 10 s within them"
        )
    });
    given_up.into_iter().chain(suspected).collect()
}
