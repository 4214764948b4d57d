//! Alarms.

use serde_json::{Map, Value, json};

use crate::{
    metric::{Metric, namespace},
    watched::{Monitoring, Watched},
};

/// The share of its memory above which a function uses too much.
const MEMORY: f64 = 0.9;
/// The period of what is known at once, in seconds.
const AT_ONCE: u32 = 300;
/// The period of a drift, in seconds, and how many of them in a row must have drifted.
const HOUR: u32 = 3600;
const HOURS: u32 = 3;

/// An alarm on a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// It uses nearly all of its memory.
    Memory,
    /// It times out.
    Timeouts,
    /// It is throttled.
    Throttles,
    /// It takes longer than tuning has measured.
    Duration,
    /// It costs more than tuning has measured.
    Cost,
}

/// The metric that an alarm looks at, and how.
struct Looks {
    metric: Value,
    statistic: (&'static str, &'static str),
    period: u32,
    periods: u32,
    threshold: f64,
    description: String,
}

impl Alarm {
    /// Those that there can be for a function.
    pub fn of(function: &Watched) -> impl Iterator<Item = Self> {
        let reports = function.reports.is_some();
        let drift = reports && function.tuned.is_some();
        let all = [
            (Self::Memory, reports),
            (Self::Timeouts, reports),
            (Self::Throttles, true),
            (Self::Duration, drift),
            (Self::Cost, drift),
        ];
        all.into_iter().filter(|(_, is_possible)| *is_possible).map(|(alarm, _)| alarm)
    }

    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Timeouts => "timeouts",
            Self::Throttles => "throttles",
            Self::Duration => "duration",
            Self::Cost => "cost",
        }
    }

    /// The alarm as a resource; `None` if not enough is known of the function.
    pub fn resource(self, function: &Watched, monitoring: &Monitoring) -> Option<Value> {
        let looks = self.looks(function, monitoring)?;
        let name = format!("${{AWS::StackName}} {} {}", function.name, self.name());
        let mut properties = Map::new();
        properties.insert("AlarmName".to_owned(), json!({ "Fn::Sub": name }));
        properties.insert("AlarmDescription".to_owned(), looks.description.into());
        if let Value::Object(metric) = looks.metric {
            properties.extend(metric);
        }
        let (kind, statistic) = looks.statistic;
        properties.insert(kind.to_owned(), statistic.into());
        let numbers = json!({
            "Period": looks.period,
            "EvaluationPeriods": looks.periods,
            "Threshold": looks.threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        });
        if let Value::Object(numbers) = numbers {
            properties.extend(numbers);
        }
        if kind == "ExtendedStatistic" {
            properties.insert("EvaluateLowSampleCountPercentile".to_owned(), "ignore".into());
        }
        if !monitoring.alarm_actions.is_empty() {
            properties.insert("AlarmActions".to_owned(), json!(monitoring.alarm_actions));
        }
        Some(json!({ "Type": "AWS::CloudWatch::Alarm", "Properties": properties }))
    }

    fn looks(self, function: &Watched, monitoring: &Monitoring) -> Option<Looks> {
        let Watched { name, memory, .. } = function;
        let of = |metric: Metric| json!({ "Namespace": namespace(name), "MetricName": metric.name() });
        let at_once = |metric, statistic, threshold, description| Looks {
            metric,
            statistic: ("Statistic", statistic),
            period: AT_ONCE,
            periods: 1,
            threshold,
            description,
        };
        let drift = |metric, statistic, threshold, description| Looks {
            metric,
            statistic,
            period: HOUR,
            periods: HOURS,
            threshold,
            description,
        };
        let percent = monitoring.drift.percent();
        Some(match self {
            Self::Memory => at_once(
                of(Metric::MemoryUsed),
                "Maximum",
                threshold(MEMORY * f64::from(memory.megabytes())),
                format!("{name} has used more than 90 % of its {memory}. Give it more memory, or look for a leak."),
            ),
            Self::Timeouts => at_once(
                of(Metric::Timeouts),
                "Sum",
                0.0,
                format!("Invocations of {name} have timed out. Raise its timeout, or look for what it waits for."),
            ),
            Self::Throttles => at_once(
                json!({
                    "Namespace": "AWS/Lambda",
                    "MetricName": "Throttles",
                    "Dimensions": [{ "Name": "FunctionName", "Value": name }],
                }),
                "Sum",
                0.0,
                format!(
                    "Invocations of {name} were throttled. Look at its reserved concurrency, and at the account's."
                ),
            ),
            Self::Duration => {
                let tuned = function.tuned?.at_winner.duration.0;
                drift(
                    of(Metric::Duration),
                    ("ExtendedStatistic", "p50"),
                    threshold(monitoring.drift.limit(tuned)),
                    format!(
                        "For {HOURS} hours, the median duration of {name} was more than {percent} % above the \
                         {tuned:.2} ms that tuning has measured at {memory}. Tune it again."
                    ),
                )
            }
            Self::Cost => {
                let tuned = function.tuned?.at_winner.cost.0;
                drift(
                    of(Metric::BilledDuration),
                    ("Statistic", "Average"),
                    threshold(monitoring.drift.limit(tuned / function.per_millisecond())),
                    format!(
                        "For {HOURS} hours, an average invocation of {name} has cost more than {percent} % above the \
                         {:.4} {} per million that tuning has measured at {memory}; cold starts are part of it. Tune \
                         it again.",
                        1e6 * tuned,
                        crate::dashboard::currency(monitoring.currency),
                    ),
                )
            }
        })
    }
}

/// A threshold as people read it: to a thousandth.
fn threshold(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
