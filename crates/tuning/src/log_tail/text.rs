//! The text format: `REPORT RequestId: <id>\tDuration: 12.34 ms\tBilled Duration: 13 ms\t…`, a line for each invocation.

use super::{Ending, Report, billed, milliseconds};

/// The reports of a tail with where each begins.
pub(super) fn reports(tail: &str) -> impl Iterator<Item = (usize, Report)> {
    let mut next = 0;
    tail.split_inclusive('\n').filter_map(move |line| {
        let position = next;
        next += line.len();
        Some((position, report(line)?))
    })
}

/// Whether the tail has a line `INIT_REPORT Init Duration: 10.17 ms\tPhase: init\tStatus: error\t…`.
pub(super) fn init_failed(tail: &str) -> bool {
    tail.lines()
        .filter_map(|line| line.strip_prefix("INIT_REPORT "))
        .any(|rest| matches!(Fields::of(rest.split('\t')).text("Status"), Some("error" | "timeout")))
}

struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Fields<'a> {
    fn of(columns: impl Iterator<Item = &'a str>) -> Self {
        Self(columns.filter_map(|column| column.trim().split_once(": ")).collect())
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }
}

fn report(line: &str) -> Option<Report> {
    let mut columns = line.trim_end().strip_prefix("REPORT RequestId: ")?.split('\t');
    let request_id = columns.next()?.trim().to_owned();
    let fields = Fields::of(columns);
    let duration = |value: &str| milliseconds(value.strip_suffix(" ms")?.parse().ok()?);
    let bill = |value: &str| billed(value.strip_suffix(" ms")?.parse().ok()?);
    let megabytes = |name: &str| fields.text(name)?.strip_suffix(" MB")?.parse().ok();
    // What is absent is none; what is there and no number of Lambda's makes the line none of Lambda's.
    let duration_if_given = |name: &str| fields.text(name).map(|value| duration(value).ok_or(())).transpose().ok();
    let bill_if_given = |name: &str| fields.text(name).map(|value| bill(value).ok_or(())).transpose().ok();
    Some(Report {
        request_id,
        duration: duration(fields.text("Duration")?)?,
        billed: bill(fields.text("Billed Duration")?)?,
        memory_size_mb: megabytes("Memory Size"),
        max_memory_used_mb: megabytes("Max Memory Used"),
        init: duration_if_given("Init Duration")?,
        restore: duration_if_given("Restore Duration")?,
        billed_restore: bill_if_given("Billed Restore Duration")?,
        ending: Ending::of(fields.text("Status"), fields.text("Error Type")),
    })
}
