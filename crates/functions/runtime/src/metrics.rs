//! Metrics of runs, as lines of the log.

use std::{
    io::{self, Write},
    time::{SystemTime, UNIX_EPOCH},
};

use lambda_runtime::tracing;
use tuning::{
    contract::{deployment::variable, metrics::Document},
    units::moment::Moment,
};

/// The setting that says whether metrics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metrics {
    /// They are.
    Written,
    /// The deployment does not want them, or does not say.
    Off,
}

impl Metrics {
    /// As the deployment wants it; `variable` looks up environment variables.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        if variable(variable::METRICS).as_deref() == Some("true") { Self::Written } else { Self::Off }
    }

    /// Writes what is to be said, if anything, to standard output. A run does not fail for its metrics.
    pub fn write(self, of_now: impl FnOnce(Moment) -> Option<Document>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        if let Err(error) = self.write_to(&mut io::stdout().lock(), Moment(0).plus(now), of_now) {
            tracing::warn!(%error, "metrics could not be written");
        }
    }

    fn write_to(
        self,
        log: &mut impl Write,
        now: Moment,
        of_now: impl FnOnce(Moment) -> Option<Document>,
    ) -> io::Result<()> {
        let Some(document) = (self == Self::Written).then(|| of_now(now)).flatten() else { return Ok(()) };
        // In one piece: what comes between would be a line that CloudWatch does not understand.
        let mut line = serde_json::to_vec(&document)?;
        line.push(b'\n');
        log.write_all(&line)?;
        log.flush()
    }
}

#[cfg(test)]
mod tests {
    use tuning::{
        contract::step::cleaner::{FailedRun, Failure},
        units::arn::ExecutionArn,
    };

    use super::*;

    fn written(metrics: Metrics) -> String {
        let failure = Failure { error: "FunctionBusy".to_owned(), cause: String::new() };
        let run = FailedRun { failure, execution: ExecutionArn("arn:e".to_owned()), function: None, strategy: None };
        let mut log = Vec::new();
        metrics.write_to(&mut log, Moment(7), |now| Some(Document::of_failure(&run, now))).unwrap();
        String::from_utf8(log).unwrap()
    }

    #[test]
    fn metrics_are_one_line_and_only_where_the_deployment_wants_them() {
        let wanted = |value: Option<&str>| {
            Metrics::of_environment(|name| (name == "METRICS").then(|| value.map(str::to_owned)).flatten())
        };
        let line = written(wanted(Some("true")));
        assert!(line.starts_with(r#"{"_aws":{"Timestamp":7,"#) && line.ends_with("}\n") && line.lines().count() == 1);
        assert_eq!([Some("false"), Some(""), None].map(|value| written(wanted(value))), ["", "", ""]);
    }
}
