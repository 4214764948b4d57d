//! Metrics from reports: which ones, and the metric filters that make them.

use serde_json::{Value, json};
use tuning::{measure::log_tail::LogFormat, units::power::Power};

use crate::watched::{LogGroup, Watched};

/// A metric that is made from the reports of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// The most memory that was used, in MB.
    MemoryUsed,
    /// The billed duration, cold starts included, in ms.
    BilledDuration,
    /// The time that the handler took, in ms.
    Duration,
    /// The number of invocations that timed out.
    Timeouts,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::MemoryUsed, Self::BilledDuration, Self::Duration, Self::Timeouts];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MemoryUsed => "MemoryUsed",
            Self::BilledDuration => "BilledDuration",
            Self::Duration => "Duration",
            Self::Timeouts => "Timeouts",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::MemoryUsed => "Megabytes",
            Self::BilledDuration | Self::Duration => "Milliseconds",
            Self::Timeouts => "Count",
        }
    }

    /// The pattern of the reports that the metric is made from.
    ///
    /// Lambda separates the fields of a report by tabs, and their words by spaces; to CloudWatch Logs both are the
    /// same. What may follow (`Init Duration`, `Restore Duration`, `Status`, `Error Type`, and a line of X-Ray) is left
    /// to the ellipsis. See "Filter pattern syntax" in the user guide of CloudWatch Logs.
    #[must_use]
    pub fn pattern(self, format: LogFormat, memory: Power) -> String {
        let size = memory.megabytes();
        match (format, self) {
            (LogFormat::Text, Self::Timeouts) => {
                format!(r#""REPORT RequestId:" "Memory Size: {size} MB" "Status: timeout""#)
            }
            (LogFormat::Text, _) => format!(
                "[report=REPORT, request=\"RequestId:\", id, of1=\"Duration:\", duration, unit1=ms, \
                 of2=Billed, of3=\"Duration:\", billed, unit2=ms, of4=Memory, of5=\"Size:\", size={size}, unit3=MB, \
                 of6=Max, of7=Memory, of8=\"Used:\", used, unit4=MB, ...]"
            ),
            (LogFormat::Json, Self::Timeouts) => format!(
                "{{ ($.type = \"platform.report\") && ($.record.metrics.memorySizeMB = {size}) && \
                 ($.record.status = \"timeout\") }}"
            ),
            (LogFormat::Json, _) => {
                format!(r#"{{ ($.type = "platform.report") && ($.record.metrics.memorySizeMB = {size}) }}"#)
            }
        }
    }

    /// The value of the metric in what the pattern finds.
    #[must_use]
    pub fn value(self, format: LogFormat) -> &'static str {
        match (self, format) {
            (Self::Timeouts, _) => "1",
            (Self::MemoryUsed, LogFormat::Text) => "$used",
            (Self::MemoryUsed, LogFormat::Json) => "$.record.metrics.maxMemoryUsedMB",
            (Self::BilledDuration, LogFormat::Text) => "$billed",
            (Self::BilledDuration, LogFormat::Json) => "$.record.metrics.billedDurationMs",
            (Self::Duration, LogFormat::Text) => "$duration",
            (Self::Duration, LogFormat::Json) => "$.record.metrics.durationMs",
        }
    }

    /// The metric filter.
    pub(crate) fn filter(self, function: &Watched, group: &LogGroup) -> Value {
        json!({
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "LogGroupName": group.name,
                "FilterPattern": self.pattern(group.format, function.memory),
                "MetricTransformations": [{
                    "MetricNamespace": namespace(&function.name),
                    "MetricName": self.name(),
                    "MetricValue": self.value(group.format),
                    "Unit": self.unit(),
                }],
            },
        })
    }
}

/// The namespace of the metrics of a function. A metric filter can't give its metrics a dimension that does not stand
/// in the log.
pub(crate) fn namespace(function: &str) -> String {
    format!("PowerTuner/{function}")
}
