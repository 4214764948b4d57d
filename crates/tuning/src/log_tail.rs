//! The log tail of an invocation: what Lambda itself says of its duration, bill and memory.
//!
//! `Invoke` with `LogType=Tail` returns the last 4 KB of the log. In text format Lambda ends each invocation with one
//! line `REPORT RequestId: <id>\tDuration: 12.34 ms\tBilled Duration: 13 ms\t…`. An application can print text that
//! looks like a part of it, so a report is taken by request id, and the last match counts.

use crate::milliseconds::{BilledMilliseconds, Milliseconds};

/// One REPORT line.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The request that it speaks of.
    pub request_id: String,
    /// Time that the handler ran.
    pub duration: Milliseconds,
    /// What is billed: it already includes the initialisation and the restore of a snapshot.
    pub billed: BilledMilliseconds,
    /// The most memory that the environment has used so far, in MB.
    pub max_memory_used_mb: Option<u32>,
    /// Initialisation or restore of the environment: present exactly when this was a cold start.
    pub cold_start: Option<Milliseconds>,
    /// How the invocation ended.
    pub ending: Ending,
}

/// How an invocation ended, as REPORT says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// No `Status:` field.
    Unremarked,
    /// `Status: timeout`.
    Timeout,
    /// `Status: error` with its `Error Type:`.
    Error {
        /// Such as `Runtime.OutOfMemory`.
        error_type: String,
    },
}

/// The report of a request in a log tail: by the request's id if any report has it, else the last one in the tail.
/// `None` when there is no report: a missing sample, never one of 0 ms.
#[must_use]
pub fn report(tail: &str, request_id: Option<&str>) -> Option<Report> {
    let reports = || tail.lines().rev().filter_map(parse_line);
    reports().find(|report| Some(report.request_id.as_str()) == request_id).or_else(|| reports().next())
}

fn parse_line(line: &str) -> Option<Report> {
    let mut fields = line.trim_end().strip_prefix("REPORT RequestId: ")?.split('\t').map(str::trim);
    let request_id = fields.next()?.to_owned();
    let fields: Vec<(&str, &str)> = fields.filter_map(|field| field.split_once(": ")).collect();
    let text = |name: &str| fields.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let milliseconds = |name: &str| {
        let number: f64 = text(name)?.strip_suffix(" ms")?.parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(Milliseconds(number))
    };
    Some(Report {
        request_id,
        duration: milliseconds("Duration")?,
        billed: BilledMilliseconds(text("Billed Duration")?.strip_suffix(" ms")?.parse().ok()?),
        max_memory_used_mb: text("Max Memory Used").and_then(|value| value.strip_suffix(" MB")?.parse().ok()),
        cold_start: milliseconds("Init Duration").or_else(|| milliseconds("Restore Duration")),
        ending: match text("Status") {
            None => Ending::Unremarked,
            Some("timeout") => Ending::Timeout,
            Some(_) => Ending::Error { error_type: text("Error Type").unwrap_or("unknown").to_owned() },
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "8f507cfc-xmpl-4697-b07a-ac58fc914c95";

    fn line(id: &str, duration: &str) -> String {
        format!(
            "REPORT RequestId: {id}\tDuration: {duration} ms\tBilled Duration: 16 ms\tMemory Size: 128 MB\tMax Memory Used: 55 MB\t"
        )
    }

    #[test]
    fn a_warm_report_is_read() {
        let tail = format!("START RequestId: {ID} Version: 3\nhello\nEND RequestId: {ID}\n{}\n", line(ID, "15.74"));
        let report = report(&tail, Some(ID)).unwrap();
        assert_eq!(report.duration, Milliseconds(15.74));
        assert_eq!(report.billed, BilledMilliseconds(16));
        assert_eq!(report.max_memory_used_mb, Some(55));
        assert_eq!(report.cold_start, None);
        assert_eq!(report.ending, Ending::Unremarked);
    }

    #[test]
    fn init_and_restore_mark_a_cold_start() {
        let cold =
            format!("{}Init Duration: 101.20 ms\t\nXRAY TraceId: 1-2-3\tSegmentId: 4\tSampled: true\n", line(ID, "1"));
        assert_eq!(report(&cold, Some(ID)).unwrap().cold_start, Some(Milliseconds(101.2)));
        let restored = format!("{}Restore Duration: 250.10 ms\tBilled Restore Duration: 26 ms\t", line(ID, "1"));
        assert_eq!(report(&restored, Some(ID)).unwrap().cold_start, Some(Milliseconds(250.1)));
    }

    #[test]
    fn the_endings_are_told_apart() {
        let timeout = format!("{}Status: timeout", line(ID, "3000.00"));
        assert_eq!(report(&timeout, Some(ID)).unwrap().ending, Ending::Timeout);
        let memory = format!("{}Status: error\tError Type: Runtime.OutOfMemory", line(ID, "30"));
        let expected = Ending::Error { error_type: "Runtime.OutOfMemory".to_owned() };
        assert_eq!(report(&memory, Some(ID)).unwrap().ending, expected);
    }

    #[test]
    fn the_request_id_decides_and_the_last_match_counts() {
        let tail = [line("other", "1.00"), line(ID, "2.00"), line(ID, "3.00"), line("other", "4.00")].join("\n");
        assert_eq!(report(&tail, Some(ID)).unwrap().duration, Milliseconds(3.0));
        assert_eq!(report(&tail, Some("unknown")).unwrap().duration, Milliseconds(4.0));
        assert_eq!(report(&tail, None).unwrap().duration, Milliseconds(4.0));
    }

    #[test]
    fn what_only_looks_like_a_report_is_none() {
        for tail in [
            "",
            "Duration: 12 ms\tBilled Duration: 13 ms",
            "my log: REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 1 ms",
            "REPORT RequestId: x\tDuration: 1 ms",
            "REPORT RequestId: x\tDuration: NaN ms\tBilled Duration: 1 ms",
            "REPORT RequestId: x\tDuration: -1 ms\tBilled Duration: 1 ms",
        ] {
            assert_eq!(report(tail, Some("x")), None, "{tail}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..5000), id in ".*") {
            let _ = report(&String::from_utf8_lossy(&bytes), Some(&id));
        }

        #[test]
        fn no_report_like_text_makes_the_parser_panic(rest in "(REPORT RequestId: |Duration: |Billed |\t| ms|[0-9.e+-]{0,9}|\n){0,40}") {
            let _ = report(&format!("REPORT RequestId: {rest}"), None);
        }

        #[test]
        fn what_lambda_prints_is_read_back(hundredths in 0u64..90_000_000, billed in 0u64..900_000, mb in 1u32..10_240) {
            let duration = hundredths as f64 / 100.0;
            let line = format!("REPORT RequestId: {ID}\tDuration: {duration:.2} ms\tBilled Duration: {billed} ms\tMemory Size: 128 MB\tMax Memory Used: {mb} MB\t\n");
            let report = report(&line, Some(ID)).unwrap();
            prop_assert_eq!(report.duration, Milliseconds(duration));
            prop_assert_eq!(report.billed, BilledMilliseconds(billed));
            prop_assert_eq!(report.max_memory_used_mb, Some(mb));
        }
    }
}
