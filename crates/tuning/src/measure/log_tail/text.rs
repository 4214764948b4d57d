//! The text format: `REPORT RequestId: <id>\tDuration: 12.34 ms\tBilled Duration: 13 ms\t…`, a line for each
//! invocation.

use super::{Ending, Report, billed, milliseconds};
use crate::units::{milliseconds::Milliseconds, trace_id::TraceId};

/// The reports of a tail with where each begins.
pub(super) fn reports(tail: &str) -> impl Iterator<Item = (usize, Report)> {
    lines(tail).filter_map(|(position, line)| {
        let report = report(line)?;
        let behind = tail.get(position + line.len() + 1..).and_then(|rest| rest.split_inclusive('\n').next());
        Some((position, Report { trace_id: behind.and_then(trace_id), ..report }))
    })
}

/// Returns true if the tail has a line `INIT_REPORT Init Duration: 10.17 ms\tPhase: init\tStatus: error\t…`.
pub(super) fn init_failed(tail: &str) -> bool {
    init_reports(tail).any(|fields| fields.says_failure())
}

/// The duration of the initialisation that failed before an invocation, by the last such line.
pub(super) fn init_given_up(tail: &str) -> Option<Milliseconds> {
    let before_an_invocation = |fields: &Fields<'_>| fields.text("Phase") != Some("invoke") && fields.says_failure();
    let given_up = init_reports(tail).filter(before_an_invocation);
    given_up.filter_map(|fields| duration(fields.text("Init Duration")?)).last()
}

/// Where the line `START RequestId: <id> Version: 7` of a request begins.
pub(super) fn start(tail: &str, request_id: &str) -> Option<usize> {
    let is_start = |line: &str| {
        let id = line.strip_prefix("START RequestId: ").and_then(|rest| rest.split_whitespace().next());
        id == Some(request_id)
    };
    lines(tail).find(|(_, line)| is_start(line)).map(|(position, _)| position)
}

/// The trace id in a line `XRAY TraceId: <id>\tSegmentId: …\tSampled: true\t`, which is a part of the report before it.
fn trace_id(line: &str) -> Option<TraceId> {
    let mut columns = line.strip_suffix('\n')?.strip_prefix("XRAY TraceId: ")?.split('\t');
    let id = columns.next()?.parse().ok()?;
    (Fields::of(columns)?.text("Sampled")? == "true").then_some(id)
}

/// The lines that are whole, with where each begins. Lambda ends its lines with a line break: what has none was cut.
fn lines(tail: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    tail.split_inclusive('\n').filter_map(move |line| {
        let position = next;
        next += line.len();
        Some((position, line.strip_suffix('\n')?))
    })
}

fn init_reports(tail: &str) -> impl Iterator<Item = Fields<'_>> {
    lines(tail).filter_map(|(_, line)| Fields::of(line.strip_prefix("INIT_REPORT ")?.split('\t')))
}

struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Fields<'a> {
    /// `None` unless each column has a name and a value: Lambda writes no others.
    fn of(columns: impl Iterator<Item = &'a str>) -> Option<Self> {
        let written = columns.map(str::trim).filter(|column| !column.is_empty());
        written.map(|column| column.split_once(": ")).collect::<Option<_>>().map(Self)
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }

    fn says_failure(&self) -> bool {
        matches!(self.text("Status"), Some("error" | "failure" | "timeout"))
    }
}

fn duration(value: &str) -> Option<Milliseconds> {
    milliseconds(value.strip_suffix(" ms")?.parse().ok()?)
}

fn report(line: &str) -> Option<Report> {
    let mut columns = line.strip_prefix("REPORT RequestId: ")?.split('\t');
    let request_id = columns.next()?.trim().to_owned();
    let fields = Fields::of(columns)?;
    let bill = |value: &str| billed(value.strip_suffix(" ms")?.parse().ok()?);
    let megabytes = |name: &str| fields.text(name)?.strip_suffix(" MB")?.parse().ok();
    // What is absent is none; what is there and no number of Lambda's makes the line none of Lambda's.
    let duration_if_given = |name: &str| fields.text(name).map(|value| duration(value).ok_or(())).transpose().ok();
    let bill_if_given = |name: &str| fields.text(name).map(|value| bill(value).ok_or(())).transpose().ok();
    Some(Report {
        request_id,
        duration: duration(fields.text("Duration")?)?,
        billed: bill(fields.text("Billed Duration")?)?,
        memory_size_mb: megabytes("Memory Size")?,
        max_memory_used_mb: megabytes("Max Memory Used")?,
        init: duration_if_given("Init Duration")?,
        restore: duration_if_given("Restore Duration")?,
        billed_restore: bill_if_given("Billed Restore Duration")?,
        init_given_up: None,
        ending: Ending::of(fields.text("Status"), fields.text("Error Type")),
        trace_id: None,
    })
}
