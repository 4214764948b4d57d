//! The logs of the steps, and what they tell CloudWatch of a run: JSON, one line per thing that happened to the user's
//! function, and never a payload.

mod metrics;

use lambda_runtime::tracing::{
    self,
    level_filters::LevelFilter,
    subscriber::{self, filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _},
};

pub use metrics::Metrics;

/// Lambda's own setting of the level, and the one of Rust programs.
const LEVELS: [&str; 2] = ["AWS_LAMBDA_LOG_LEVEL", "RUST_LOG"];
/// The beginnings of the targets whose lines are wanted at the level that is set: our own crates.
const OURS: [&str; 14] = [
    "analyzer",
    // Not those of the SDK, whose names begin alike.
    "aws::",
    "cleaner",
    "comparer",
    "custody",
    "executor",
    "finder",
    "initializer",
    "optimizer",
    "publisher",
    "quiet_hour",
    "reporter",
    "runtime",
    "tuning",
];

/// Begins to write logs to standard output. `variable` looks up environment variables.
pub fn init(variable: impl Fn(&str) -> Option<String>) {
    let lines = subscriber::fmt::layer().json().flatten_event(true).with_target(false).without_time();
    subscriber::registry().with(lines).with(filter(level(variable))).init();
    tracing::debug!("began to log");
}

/// INFO, unless the environment says otherwise. Released functions have no lines below INFO: `Cargo.toml` says why.
fn level(variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    LEVELS.iter().find_map(|name| variable(name)?.parse().ok()).unwrap_or(LevelFilter::INFO)
}

/// The Lambda runtime and the AWS SDK write whole requests, payloads included, at their lower levels: of what is not
/// ours, only warnings and errors are written, whatever the level is. What STS refuses is in our errors, in fewer
/// words.
fn filter(level: LevelFilter) -> Targets {
    let ours = OURS.map(|target| (target, level));
    let others = Targets::new().with_default(level.min(LevelFilter::WARN));
    others.with_target("aws_config::sts", level.min(LevelFilter::ERROR)).with_targets(ours)
}

#[cfg(test)]
mod tests {
    use lambda_runtime::tracing::Level;

    use super::*;

    #[test]
    fn at_every_level_only_our_own_crates_speak_below_warnings() {
        for wanted in [Level::INFO, Level::DEBUG, Level::TRACE] {
            let filter = filter(LevelFilter::from_level(wanted));
            assert!(filter.would_enable("executor::lane", &wanted));
            for foreign in ["lambda_runtime::layers::api_response", "aws_smithy_runtime::client", "hyper"] {
                assert!(!filter.would_enable(foreign, &wanted), "{foreign} at {wanted}");
                assert!(filter.would_enable(foreign, &Level::WARN));
            }
        }
    }

    #[test]
    fn lambda_s_setting_goes_before_rust_s_and_info_is_the_default() {
        assert_eq!(level(|_| None), LevelFilter::INFO);
        assert_eq!(level(|name| (name == "RUST_LOG").then(|| "trace".to_owned())), LevelFilter::TRACE);
        assert_eq!(
            level(|name| Some(if name == "RUST_LOG" { "trace" } else { "ERROR" }.to_owned())),
            LevelFilter::ERROR
        );
    }
}
