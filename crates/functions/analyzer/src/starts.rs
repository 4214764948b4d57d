//! Environments whose start Lambda does not report as one.

use tuning::{
    measure::{
        lane::{Environments, MANY_TIMES},
        measurement::{Measured, Measurement},
    },
    run::plan::Plan,
    units::milliseconds::Milliseconds,
};

use crate::warnings::powers;

/// Lists what the caller should know of them.
pub(crate) fn warnings(plan: &Plan, measurements: &[Measurement]) -> Vec<String> {
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
    let unsaid = (plan.request.sampling.environments == Environments::Fresh).then(|| unsaid(measurements)).flatten();
    given_up.into_iter().chain(suspected).chain(unsaid).collect()
}

/// Of `onlyColdStarts` each invocation is the first one of its version: where none of a cold start is reported, it is
/// not known what there was.
fn unsaid(measurements: &[Measurement]) -> Option<String> {
    let without_cold_start = |m: &Measurement| match &m.result {
        Measured::Samples(statistics) => statistics.warm.is_some(),
        Measured::NoSamples => m.spent.reported() > m.spent.failed().errors,
        Measured::Infeasible(_) | Measured::Refused(_) => false,
    };
    let at = Some(powers(measurements, without_cold_start)).filter(|powers| !powers.is_empty())?;
    let longest = measurements.iter().filter_map(|m| {
        let statistics = m.statistics()?;
        let (unsaid, cold) = (statistics.warm?, statistics.cold?);
        (unsaid.max > MANY_TIMES * cold.median).then_some((m.value, unsaid.max))
    });
    let suspicion = longest.max_by(|a, b| a.1.total_cmp(&b.1)).map_or_else(String::new, |(power, ms)| {
        format!(
            ". At {power} one took {}, many times as long as the handler after the cold starts that are reported, so \
             that an initialisation was probably repeated, and real cold starts are slower than these statistics",
            Milliseconds(ms)
        )
    });
    Some(format!(
        "invocations at {at} report no cold start, although each was the first one of its version, and are left out: \
         either Lambda had started their environments ahead, or it gave up an initialisation after 10 s, repeated it \
         within the invocation, and the log tail was too short to show that{suspicion}"
    ))
}
