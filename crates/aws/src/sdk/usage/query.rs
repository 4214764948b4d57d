//! The query of CloudWatch Logs Insights that sums reports up, and what its rows say.

use aws_sdk_cloudwatchlogs::types::ResultField;
use tuning::{
    suggest::{Durations, History, Starts},
    units::power::Power,
};

/// Sums up the reports of each log group and memory size.
///
/// Of reports in the text format, CloudWatch Logs finds the fields that begin with `@`; memory is in units of a
/// millionth of a MB. Those in the JSON format have fields of their own. See "Supported logs and discovered fields" and
/// the sample queries for Lambda in the user guide of CloudWatch Logs.
pub(super) const QUERY: &str = "\
filter @type = \"REPORT\" or type = \"platform.report\"
| fields @memorySize / 1000000 as textMemory, @maxMemoryUsed / 1000000 as textUsed
| fields coalesce(textMemory, record.metrics.memorySizeMB) as memory,
    coalesce(textUsed, record.metrics.maxMemoryUsedMB) as used,
    coalesce(@duration, record.metrics.durationMs) as duration,
    coalesce(@billedDuration, record.metrics.billedDurationMs) as billed,
    coalesce(@initDuration, record.metrics.initDurationMs) as init
| stats count(*) as invocations, avg(duration) as mean, pct(duration, 50) as p50, pct(duration, 95) as p95,
    pct(duration, 99) as p99, max(duration) as longest, avg(billed) as meanBilled, count(init) as starts,
    avg(init) as meanInit, max(used) as mostUsed by @log, memory
| limit 10000";

/// The log group and the history of a row; `None` of one that lacks something.
pub(super) fn history(row: &[ResultField]) -> Option<(String, History)> {
    let text = |name: &str| row.iter().find(|field| field.field() == Some(name)).and_then(ResultField::value);
    let number = |name: &str| text(name)?.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    // ACCOUNT:LOG-GROUP
    let group = text("@log")?.split_once(':').map(|(_, group)| group.to_owned())?;
    let memory = number("memory")?;
    let starts = count(number("starts").unwrap_or(0.0));
    let mean = number("mean").filter(|mean| *mean > 0.0)?;
    let history = History {
        memory: Some(Power::nearest(memory)).filter(|power| (f64::from(power.megabytes()) - memory).abs() < 1.0)?,
        invocations: Some(count(number("invocations")?)).filter(|invocations| *invocations > 0)?,
        duration: Durations {
            mean,
            p50: number("p50")?,
            p95: number("p95")?,
            p99: number("p99")?,
            max: number("longest")?,
        },
        billed: number("meanBilled")?,
        starts: (starts > 0).then(|| Starts { count: starts, init: number("meanInit").unwrap_or(0.0) }),
        max_memory_used: u32::try_from(count(number("mostUsed")?.ceil())).ok()?,
    };
    Some((group, history))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked: not negative, and finite")]
fn count(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(changes: &[(&str, &str)]) -> Vec<ResultField> {
        let whole = [
            ("@log", "123456789012:/aws/lambda/f"),
            ("memory", "512"),
            ("invocations", "1000"),
            ("mean", "103.5"),
            ("p50", "100.1"),
            ("p95", "150"),
            ("p99", "180.25"),
            ("longest", "2000"),
            ("meanBilled", "110"),
            ("starts", "10"),
            ("meanInit", "350.5"),
            ("mostUsed", "87"),
        ];
        let text = |name: &str, value: &str| {
            let change = changes.iter().find(|(field, _)| *field == name);
            change.map_or(value, |(_, value)| *value).to_owned()
        };
        whole.iter().map(|(name, is)| ResultField::builder().field(*name).value(text(name, is)).build()).collect()
    }

    #[test]
    fn a_row_is_a_log_group_and_what_is_known_of_a_memory_size() {
        let (group, history) = history(&row(&[])).unwrap();
        assert_eq!((group.as_str(), history.memory.megabytes(), history.invocations), ("/aws/lambda/f", 512, 1000));
        let Durations { mean, p50, p95, p99, max } = history.duration;
        assert_eq!([mean, p50, p95, p99, max, history.billed], [103.5, 100.1, 150.0, 180.25, 2000.0, 110.0]);
        assert_eq!((history.starts, history.max_memory_used), (Some(Starts { count: 10, init: 350.5 }), 87));
        let warm = super::history(&row(&[("starts", "0"), ("meanInit", "")])).unwrap().1;
        assert_eq!(warm.starts, None);
    }

    #[test]
    fn a_row_that_is_no_memory_size_or_lacks_a_number_says_nothing() {
        for change in [
            ("memory", ""),
            ("memory", "64"),
            ("memory", "NaN"),
            ("@log", "f"),
            ("mean", "0"),
            ("mean", "x"),
            ("p99", "-1"),
            ("invocations", "0"),
            ("mostUsed", "1e30"),
        ] {
            assert_eq!(history(&row(&[change])), None, "{change:?}");
        }
    }
}
