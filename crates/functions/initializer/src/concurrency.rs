//! The number of invocations of the function that can run at a time, and the check that a run keeps to it.

use aws::{LambdaApi, api::Configuration};
use tuning::{
    decide::{auto, expectation::at_a_time},
    run::plan::Request,
    units::counted::counted,
};

/// The number of invocations that can run at a time in the smallest account.
const SMALLEST_ACCOUNT: u32 = 10;

/// The number of invocations that can run at a time, and the reason why it is not greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Concurrency {
    /// So many are reserved for the function.
    Reserved(u32),
    /// The function shares so many with others of its account, with the Executors among them.
    Unreserved(u32),
    /// The function shares so many with others of an account that is not this one.
    UnreservedElsewhere(u32),
}

/// Finds what bounds a run, as far as AWS says it. The account is only asked for runs that are too much for the
/// smallest one.
pub(crate) async fn concurrency(
    api: &impl LambdaApi,
    latest: &Configuration,
    request: &Request,
) -> Option<Concurrency> {
    if let Some(reserved) = latest.reserved_concurrency {
        return Some(Concurrency::Reserved(reserved));
    }
    let values = all_values(request).unwrap_or(u32::MAX).min(at_a_time(request.power_concurrency));
    if request.sampling.lanes.saturating_add(1).saturating_mul(values) <= SMALLEST_ACCOUNT {
        return None;
    }
    match api.unreserved_concurrency(&latest.function).await {
        Ok(most) if request.assume_role.is_some() => Some(Concurrency::UnreservedElsewhere(most)),
        Ok(most) => Some(Concurrency::Unreserved(most)),
        Err(error) => {
            tracing::warn!(function = %latest.function, %error, "the concurrency of the account is not known");
            None
        }
    }
}

/// The memory sizes of a list; a search plans them round by round.
fn all_values(request: &Request) -> Option<u32> {
    request.search.is_none().then(|| u32::try_from(request.power_values.len()).unwrap_or(u32::MAX))
}

impl Concurrency {
    /// Lowers the lanes of a run to what can run at a time, and of a list of memory sizes how many are measured at a
    /// time.
    pub(crate) fn bound(self, request: &mut Request) {
        // Of each memory size that is measured, there is an Executor beside the lanes.
        let (most, executors) = match self {
            Self::Reserved(most) | Self::UnreservedElsewhere(most) => (most.max(1), 0),
            Self::Unreserved(most) => (most.saturating_sub(1).max(1), 1),
        };
        let lanes = request.sampling.lanes;
        if lanes > most {
            request.sampling.lanes = most;
            let used = are(most, "lane");
            request.warnings.push(format!("{self}: {used} used instead of {lanes} (maxConcurrency)"));
        }
        if let Some(real) = &mut request.real_sampling {
            real.lanes = real.lanes.min(most);
        }
        let lanes = request.sampling.lanes;
        let Some(search) = &request.search else {
            let all = all_values(request);
            return self.bound_values(request, all, ((most + executors) / (lanes + executors)).max(1));
        };
        if let Some(values) = auto::values_within(
            search.effort,
            lanes,
            search.payload_weights.len(),
            most.saturating_sub(2 * executors).max(1),
        ) {
            self.bound_values(request, None, values);
        }
    }

    /// Measures no more memory sizes at a time than these; `all` are to be measured, if that is known.
    fn bound_values(self, request: &mut Request, all: Option<u32>, most: u32) {
        let given = Some(request.power_concurrency).filter(|given| *given > 0);
        let wanted = given.into_iter().chain(all).min();
        if wanted.is_none_or(|wanted| wanted > most) {
            request.power_concurrency = most;
            let instead = wanted.map_or_else(String::new, |wanted| format!(" instead of {wanted}"));
            let values = are(most, "memory size");
            request.warnings.push(format!("{self}: {values} measured at a time{instead} (powerConcurrency)"));
        }
    }
}

/// "1 lane is", "2 lanes are".
fn are(count: u32, noun: &str) -> String {
    format!("{} {}", counted(count, noun), if count == 1 { "is" } else { "are" })
}

impl std::fmt::Display for Concurrency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Reserved(most) => write!(f, "the function's reserved concurrency is {most}"),
            Self::Unreserved(most) | Self::UnreservedElsewhere(most) => {
                write!(f, "the account's unreserved concurrency is {most}")
            }
        }
    }
}
