//! The log tail of an invocation: what Lambda itself says of its duration, bill and memory.
//!
//! `Invoke` with `LogType=Tail` returns the last 4 KB of the log. Lambda ends each invocation with a report: in the text
//! format a line, in the JSON format an event. An application can print whatever looks like one, so a report is taken by
//! request id, and the last match counts.

mod json;
mod text;

use crate::{
    milliseconds::{BilledMilliseconds, Milliseconds},
    printable::printable,
};

/// What Lambda reports of one invocation.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The request that it speaks of.
    pub request_id: String,
    /// Time that the handler ran.
    pub duration: Milliseconds,
    /// What is billed: it already includes the initialisation and the restore of a snapshot.
    pub billed: BilledMilliseconds,
    /// The memory size that the function was given, in MB.
    pub memory_size_mb: Option<u32>,
    /// The most memory that the environment has used so far, in MB.
    pub max_memory_used_mb: Option<u32>,
    /// Initialisation of the environment, if the invocation had to wait for one.
    pub init: Option<Milliseconds>,
    /// Restore of a snapshot of the environment, if the invocation had to wait for one.
    pub restore: Option<Milliseconds>,
    /// The part of the restore that is billed.
    pub billed_restore: Option<BilledMilliseconds>,
    /// How the invocation ended.
    pub ending: Ending,
}

/// How an invocation ended, as its report says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// No status, or success.
    Unremarked,
    /// The status `timeout`.
    Timeout,
    /// The status `error` or `failure`.
    Error {
        /// Such as `Runtime.OutOfMemory`; `unknown` where none is given. At most 80 printable characters.
        error_type: String,
    },
}

/// The longest error type that is kept, in characters: it is the tuned function's words.
const LONGEST_ERROR_TYPE: usize = 80;
/// An invocation takes 15 minutes at most; what is above a day is not a number of Lambda's.
const LONGEST_MS: u32 = 24 * 60 * 60 * 1000;

impl Report {
    /// Initialisation or restore of the environment: present exactly when this was a cold start.
    #[must_use]
    pub fn cold_start(&self) -> Option<Milliseconds> {
        self.init.or(self.restore)
    }
}

impl Ending {
    fn of(status: Option<&str>, error_type: Option<&str>) -> Self {
        match status {
            None | Some("success") => Self::Unremarked,
            Some("timeout") => Self::Timeout,
            Some(_) => {
                let known = error_type.map(|name| printable(name, LONGEST_ERROR_TYPE)).filter(|name| !name.is_empty());
                Self::Error { error_type: known.unwrap_or_else(|| "unknown".to_owned()) }
            }
        }
    }
}

/// The report of a request in a log tail: by the request's id if any report has it, else the last one in the tail.
/// `None` when there is no report: a missing sample, never one of 0 ms.
#[must_use]
pub fn report(tail: &str, request_id: Option<&str>) -> Option<Report> {
    let mut reports: Vec<(usize, Report)> = text::reports(tail).chain(json::reports(tail)).collect();
    reports.sort_by_key(|(position, _)| *position);
    let by_id = reports.iter().rposition(|(_, report)| Some(report.request_id.as_str()) == request_id);
    let chosen = by_id.or(reports.len().checked_sub(1))?;
    Some(reports.swap_remove(chosen).1)
}

/// Whether the tail says that the initialisation of an environment failed or timed out.
///
/// Lambda repeats a failed initialisation within the invocation that waits for it: the invocation can still succeed.
#[must_use]
pub fn init_failed(tail: &str) -> bool {
    text::init_failed(tail) || json::init_failed(tail)
}

fn milliseconds(number: f64) -> Option<Milliseconds> {
    (number.is_sign_positive() && number <= f64::from(LONGEST_MS)).then_some(Milliseconds(number))
}

fn billed(number: u64) -> Option<BilledMilliseconds> {
    (number <= u64::from(LONGEST_MS)).then_some(BilledMilliseconds(number))
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
        assert_eq!((report.memory_size_mb, report.cold_start()), (Some(128), None));
        assert_eq!(report.ending, Ending::Unremarked);
    }

    #[test]
    fn init_and_restore_mark_a_cold_start() {
        let cold =
            format!("{}Init Duration: 101.20 ms\t\nXRAY TraceId: 1-2-3\tSegmentId: 4\tSampled: true\n", line(ID, "1"));
        assert_eq!(report(&cold, Some(ID)).unwrap().cold_start(), Some(Milliseconds(101.2)));
        let restored = format!("{}Restore Duration: 250.10 ms\tBilled Restore Duration: 26 ms\t", line(ID, "1"));
        let restored = report(&restored, Some(ID)).unwrap();
        assert_eq!(restored.cold_start(), Some(Milliseconds(250.1)));
        assert_eq!((restored.init, restored.restore), (None, Some(Milliseconds(250.1))));
        assert_eq!(restored.billed_restore, Some(BilledMilliseconds(26)));
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
            "REPORT RequestId: x\tDuration: -0 ms\tBilled Duration: 1 ms",
            "REPORT RequestId: x\tDuration: 1e300 ms\tBilled Duration: 1 ms",
            "REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 1.5 ms",
            "REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 99999999999 ms",
            "REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 1 ms\tInit Duration: -5 ms",
        ] {
            assert_eq!(report(tail, Some("x")), None, "{tail}");
        }
    }

    /// A `platform.report` event of a request, with something put into its metrics and something into its record.
    fn event(id: &str, duration: &str, metrics: &str, record: &str) -> String {
        format!(
            r#"{{"time":"2026-10-08T10:00:00.000Z","type":"platform.report","record":{{"requestId":"{id}","metrics":{{"durationMs":{duration},"billedDurationMs":13,"memorySizeMB":128,"maxMemoryUsedMB":55{metrics}}}{record}}}}}"#
        )
    }

    fn pretty(json: &str) -> String {
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(json).unwrap()).unwrap()
    }

    /// The duration of the report that is found for `ID`.
    fn found(tail: &str) -> Option<f64> {
        report(tail, Some(ID)).map(|report| report.duration.0)
    }

    const APPLICATION: &str =
        r#"{"level":"INFO","message":"{\"type\": \"platform.report\"}","deep":{"type":"platform.report","record":{}}}"#;

    #[test]
    fn a_json_report_is_read() {
        let metrics = r#","initDurationMs":463.512,"restoreDurationMs":500.5,"billedRestoreDurationMs":303"#;
        let tail = event(ID, "12.34", metrics, r#","status":"success""#);
        let expected = Report {
            request_id: ID.to_owned(),
            duration: Milliseconds(12.34),
            billed: BilledMilliseconds(13),
            memory_size_mb: Some(128),
            max_memory_used_mb: Some(55),
            init: Some(Milliseconds(463.512)),
            restore: Some(Milliseconds(500.5)),
            billed_restore: Some(BilledMilliseconds(303)),
            ending: Ending::Unremarked,
        };
        assert_eq!(report(&tail, Some(ID)), Some(expected));
    }

    #[test]
    fn a_json_report_is_found_in_every_form() {
        let one_line = event(ID, "7", "", "");
        let several = pretty(&one_line);
        let array = format!("[{APPLICATION}, {one_line}, {APPLICATION}]");
        for form in [&one_line, &several, &array, &pretty(&array), &one_line.replace(',', ", ")] {
            for (before, after) in [
                ("", ""),
                ("\n\n\n", "\n\n"),
                ("hello\n", "\nbye {\n"),
                ("no line break at its end", ""),
                (APPLICATION, APPLICATION),
                (&pretty(APPLICATION), &pretty(APPLICATION)),
                ("velName\":\"x\"}\n", ""),
                ("  \"a\": {\n    \"b\": 1\n  }\n}\n", ""),
                ("{\n", "[\n"),
                ("{\"never\": \"closed\",\n", "{"),
                ("[{\"never\": [\n", "\u{1b}[0m"),
                ("{\"message\": \"platform.report\", \"type\": \"platform.report\"}\n", ""),
                (
                    "{\"type\": \"platform.report\", \"record\": null}\n",
                    "\n{\"type\": \"platform.report\", \"record\": {}}",
                ),
            ] {
                let tail = format!("{before}{form}{after}");
                assert_eq!(found(&tail), Some(7.0), "{tail}");
            }
        }
    }

    #[test]
    fn an_array_that_is_cut_has_the_events_that_are_whole() {
        let array = format!("[{}, {}]", event("other", "1", "", ""), event(ID, "2", "", ""));
        assert_eq!(found(&array[9..]), Some(2.0));
        assert_eq!(found(&array[..array.len() - 9]), Some(1.0));
    }

    #[test]
    fn text_and_json_are_ordered_by_position() {
        let (json, text) = (event(ID, "1", "", ""), line(ID, "2"));
        assert_eq!(found(&format!("{json}\n{text}\n")), Some(2.0));
        assert_eq!(found(&format!("{text}\n{json}\n")), Some(1.0));
        assert_eq!(found(&format!("{text}\n{}\n", event("other", "3", "", ""))), Some(2.0));
        assert_eq!(found(&format!("{}\n{}", line("other", "4"), event("another", "3", "", ""))), Some(3.0));
    }

    #[test]
    fn the_endings_of_json_are_told_apart() {
        let ending = |record: &str| report(&event(ID, "1", "", record), Some(ID)).unwrap().ending;
        let error = |error_type: &str| Ending::Error { error_type: error_type.to_owned() };
        assert_eq!(ending(""), Ending::Unremarked);
        assert_eq!(ending(r#","status":"timeout""#), Ending::Timeout);
        assert_eq!(ending(r#","status":"failure""#), error("unknown"));
        let memory = r#","status":"error","errorType":"Runtime.OutOfMemory""#;
        assert_eq!(ending(memory), error("Runtime.OutOfMemory"));
        let hostile = format!(r#","status":"error","errorType":"\u001b[31m{}""#, "x".repeat(1000));
        assert_eq!(ending(&hostile), error(&format!("[31m{}…", "x".repeat(75))));
    }

    #[test]
    fn json_numbers_are_lambda_s_or_the_report_is_none() {
        let with = |duration: &str, metrics: &str| report(&event(ID, duration, metrics, ""), Some(ID));
        for duration in ["-1", "-0.0", "1e300", "1e999", "NaN", "null", "\"1\"", "true"] {
            assert_eq!(with(duration, ""), None, "{duration}");
        }
        // Of two fields of a name the last one counts.
        for billed in ["-1", "13.5", "1e300", "99999999999", "18446744073709551616", "null", "\"13\""] {
            assert_eq!(with("1", &format!(",\"billedDurationMs\":{billed}")), None, "{billed}");
        }
        for field in ["initDurationMs", "restoreDurationMs", "billedRestoreDurationMs"] {
            assert_eq!(with("1", &format!(",\"{field}\":-1")), None, "{field}");
            assert!(with("1", &format!(",\"{field}\":null")).is_some(), "{field}");
        }
        assert_eq!(with("1", ",\"billedDurationMs\":14.0").unwrap().billed, BilledMilliseconds(14));
        assert_eq!(with("1", ",\"maxMemoryUsedMB\":-1,\"memorySizeMB\":128.0").unwrap().memory_size_mb, Some(128));
    }

    #[test]
    fn a_json_report_that_is_cut_or_inside_of_something_else_is_none() {
        let event = event(ID, "1", "", "");
        for end in 0..event.len() {
            assert_eq!(report(&event[..end], None), None, "{}", &event[..end]);
        }
        for start in 1..event.len() {
            assert_eq!(report(&event[start..], None), None, "{}", &event[start..]);
        }
        assert_eq!(report(&format!("{{\"event\": {event}}}"), None), None);
        assert_eq!(report(&serde_json::to_string(&event).unwrap(), None), None);
    }

    #[test]
    fn a_failed_initialisation_is_seen() {
        let init = |kind: &str, status: &str| {
            format!(
                r#"{{"time":"x","type":"platform.{kind}","record":{{"initializationType":"on-demand","status":"{status}","phase":"init"}}}}"#
            )
        };
        for tail in [
            "INIT_REPORT Init Duration: 10.17 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError",
            "a\nINIT_REPORT Init Duration: 9999.79 ms\tPhase: init\tStatus: timeout\nb",
            &init("initReport", "error"),
            &init("initReport", "failure"),
            &pretty(&init("initRuntimeDone", "timeout")),
            &format!("{}\n[{}]", init("initReport", "success"), init("initRuntimeDone", "error")),
        ] {
            assert!(init_failed(tail), "{tail}");
        }
        for tail in [
            "",
            "INIT_REPORT Init Duration: 10.17 ms\tPhase: init",
            "INIT_REPORT Init Duration: 10.17 ms\tPhase: init\tStatus: success",
            "my log: INIT_REPORT Init Duration: 10.17 ms\tPhase: init\tStatus: error",
            "INIT_REPORT\nStatus: error",
            &init("initReport", "success"),
            &init("report", "error"),
            &format!("{}Status: error", line(ID, "1")),
        ] {
            assert!(!init_failed(tail), "{tail}");
        }
    }

    #[test]
    fn no_depth_of_a_hostile_tail_takes_long_or_overflows_the_stack() {
        let report = event(ID, "7", "", "");
        for hostile in ["[", "{", "{\"a\":", "[{\"a\":", "{\"a\":[", "{\"a\":{},\"b\":", "{\"", "{\"a\":\""] {
            let tail = format!("{}\n{report}", hostile.repeat(100_000));
            let start = std::time::Instant::now();
            assert_eq!(found(&tail), Some(7.0), "{hostile}");
            assert!(!init_failed(&tail), "{hostile}");
            assert!(start.elapsed().as_secs() < 10, "{hostile}");
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
