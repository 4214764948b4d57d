//! The log tail of an invocation: what Lambda itself says of its duration, bill and memory.
//!
//! `Invoke` with `LogType=Tail` returns the last 4 KB of the log. Lambda ends each invocation with a report: in the
//! text format a line, in the JSON format an event. An application can print whatever looks like one, those of other
//! functions among them, so a report is taken by request id only, and the last match counts.

mod json;
mod text;

use crate::units::{
    milliseconds::{BilledMilliseconds, Milliseconds},
    printable::printable,
    trace_id::TraceId,
};

/// The format in which Lambda writes reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines.
    Text,
    /// Events.
    Json,
}

/// Lambda's report of one invocation.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The request that it speaks of.
    pub request_id: String,
    /// Time that the handler ran.
    pub duration: Milliseconds,
    /// The time that is billed: it already includes the initialisation and the restore of a snapshot.
    pub billed: BilledMilliseconds,
    /// The memory size that the function was given, in MB.
    pub memory_size_mb: u32,
    /// The most memory that the environment has used so far, in MB.
    pub max_memory_used_mb: u32,
    /// Initialisation of the environment, if the invocation had to wait for one.
    pub init: Option<Milliseconds>,
    /// Restore of a snapshot of the environment, if the invocation had to wait for one.
    pub restore: Option<Milliseconds>,
    /// The part of the restore that is billed.
    pub billed_restore: Option<BilledMilliseconds>,
    /// The time for which Lambda had tried to initialise the environment when it gave up, as it does after 10 s. It has
    /// repeated the initialisation within this invocation, as a part of its duration.
    pub init_given_up: Option<Milliseconds>,
    /// The ending of the invocation.
    pub ending: Ending,
    /// The invocation's trace, if AWS X-Ray recorded one.
    pub trace_id: Option<TraceId>,
}

/// The ending of an invocation, as its report says it.
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
/// Lambda returns the last 4,096 bytes of a log: what is nearly as long may lack its beginning.
const MAY_BE_CUT: usize = 3800;
/// An invocation takes 15 minutes at most; what is above a day is not a number of Lambda's.
const LONGEST_MS: u32 = 24 * 60 * 60 * 1000;

impl Report {
    /// Initialisation or restore of the environment, if Lambda says how long it took.
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

/// The report of a request in a log tail, taken by the request's id only. `None` when there is no whole one: a missing
/// sample, never one of 0 ms.
#[must_use]
pub fn report(tail: &str, request_id: &str) -> Option<Report> {
    let of_request = |(_, report): &(usize, Report)| report.request_id == request_id;
    let reports = text::reports(tail).chain(json::reports(tail)).filter(of_request);
    let (position, mut report) = reports.max_by_key(|(position, _)| *position)?;
    if report.cold_start().is_none() {
        report.init_given_up = init_given_up(tail.get(..position)?, request_id);
    }
    Some(report)
}

/// The duration of the initialisation that Lambda gave up before it began the invocation.
///
/// Lambda writes of it before it writes that the invocation starts; what comes later is the application's. A tail that
/// does not say that the invocation starts was cut, unless it is too short for that.
fn init_given_up(before_report: &str, request_id: &str) -> Option<Milliseconds> {
    let start = text::start(before_report, request_id).or_else(|| json::start(before_report, request_id));
    let before_start = match start {
        Some(position) => before_report.get(..position)?,
        None if before_report.len() < MAY_BE_CUT => before_report,
        None => return None,
    };
    text::init_given_up(before_start).or_else(|| json::init_given_up(before_start))
}

/// Returns true if the tail says that the initialisation of an environment failed or timed out.
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

    /// A REPORT line of a request, with something put at its end.
    fn line_with(id: &str, duration: &str, rest: &str) -> String {
        format!(
            "REPORT RequestId: {id}\tDuration: {duration} ms\tBilled Duration: 16 ms\tMemory Size: 128 MB\tMax Memory Used: 55 MB\t{rest}\n"
        )
    }

    fn line(id: &str, duration: &str) -> String {
        line_with(id, duration, "")
    }

    #[test]
    fn a_warm_report_is_read() {
        let tail = format!("START RequestId: {ID} Version: 3\nhello\nEND RequestId: {ID}\n{}\n", line(ID, "15.74"));
        let report = report(&tail, ID).unwrap();
        assert_eq!(report.duration, Milliseconds(15.74));
        assert_eq!(report.billed, BilledMilliseconds(16));
        assert_eq!((report.memory_size_mb, report.max_memory_used_mb), (128, 55));
        assert_eq!((report.cold_start(), report.init_given_up), (None, None));
        assert_eq!(report.ending, Ending::Unremarked);
    }

    #[test]
    fn init_and_restore_mark_a_cold_start() {
        let xray = "XRAY TraceId: 1-2-3\tSegmentId: 4\tSampled: true\n";
        let cold = line_with(ID, "1", "Init Duration: 101.20 ms\t") + xray;
        assert_eq!(report(&cold, ID).unwrap().cold_start(), Some(Milliseconds(101.2)));
        let restored = line_with(ID, "1", "Restore Duration: 250.10 ms\tBilled Restore Duration: 26 ms\t");
        let restored = report(&restored, ID).unwrap();
        assert_eq!(restored.cold_start(), Some(Milliseconds(250.1)));
        assert_eq!((restored.init, restored.restore), (None, Some(Milliseconds(250.1))));
        assert_eq!(restored.billed_restore, Some(BilledMilliseconds(26)));
    }

    const TRACE: &str = "1-5e34a614-10bdabcdf1fb44f07bc535a1";

    #[test]
    fn the_line_behind_a_report_has_its_trace_id() {
        let xray = |trace: &str, rest: &str| format!("XRAY TraceId: {trace}{rest}\n");
        let sampled = "\tSegmentId: 07f5abcd2d1f6f85\tSampled: true\t";
        let found = |before: &str, after: &str| {
            let tail = format!("{before}{}{after}", line(ID, "1"));
            report(&tail, ID).unwrap().trace_id.map(|id| id.to_string())
        };
        let traced = Some(TRACE.to_owned());
        assert_eq!(found("", &xray(TRACE, sampled)), traced);
        assert_eq!(found("", &format!("{}{}", xray(TRACE, sampled), line("other", "2"))), traced);
        assert_eq!(found("", &xray(TRACE, "\tSampled: true\t")), traced);
        // Nothing can be looked up of what was not sampled, and what stands elsewhere is of another invocation, or the
        // application's.
        for (before, after) in [
            ("", xray(TRACE, "\tSegmentId: 07f5abcd2d1f6f85\tSampled: false\t").as_str()),
            ("", xray("1-6213be54", sampled).as_str()),
            ("", &format!("hello\n{}", xray(TRACE, sampled))),
            ("", &xray(TRACE, sampled)[..40]),
            (xray(TRACE, sampled).as_str(), ""),
        ] {
            assert_eq!(found(before, after), None, "{before} {after}");
        }
    }

    #[test]
    fn a_json_report_has_its_trace_id() {
        let traced = |value: &str| {
            let tracing =
                format!(r#","tracing":{{"spanId":"54565fb41ac79632","type":"X-Amzn-Trace-Id","value":"{value}"}}"#);
            report(&event(ID, "1", "", &tracing), ID).unwrap().trace_id.map(|id| id.to_string())
        };
        assert_eq!(traced(&format!("Root={TRACE};Parent=0efbd19962d95b05;Sampled=1")), Some(TRACE.to_owned()));
        assert_eq!(traced(&format!("Root={TRACE};Parent=0efbd19962d95b05;Sampled=0")), None);
        assert_eq!((traced("Root=1-test;Sampled=1"), traced("")), (None, None));
    }

    #[test]
    fn the_endings_are_told_apart() {
        let timeout = line_with(ID, "3000.00", "Status: timeout");
        assert_eq!(report(&timeout, ID).unwrap().ending, Ending::Timeout);
        let memory = line_with(ID, "30", "Status: error\tError Type: Runtime.OutOfMemory");
        let expected = Ending::Error { error_type: "Runtime.OutOfMemory".to_owned() };
        assert_eq!(report(&memory, ID).unwrap().ending, expected);
    }

    #[test]
    fn the_request_id_decides_and_the_last_match_counts() {
        let tail = [line("other", "1.00"), line(ID, "2.00"), line(ID, "3.00"), line("other", "4.00")].concat();
        assert_eq!(report(&tail, ID).unwrap().duration, Milliseconds(3.0));
        assert_eq!(report(&tail, "unknown"), None);
        assert_eq!(report(&event("other", "1", "", ""), ID), None);
    }

    #[test]
    fn a_line_that_is_cut_anywhere_is_no_report() {
        let cold = "Init Duration: 101.20 ms\t";
        // Another program of the environment may write where the line ends.
        for (rest, after) in [("", ""), ("", "hello\n"), (cold, ""), (cold, "hello\n"), ("Status: timeout", "")] {
            let whole = line_with(ID, "15.74", rest);
            for end in 0..whole.len() {
                let cut = format!("{}{after}", &whole[..end]);
                assert_eq!(report(&cut, ID), None, "{cut}");
            }
            for start in 1..whole.len() {
                assert_eq!(report(&whole[start..], ID), None, "{}", &whole[start..]);
            }
        }
    }

    #[test]
    fn what_only_looks_like_a_report_is_none() {
        const WHOLE: &str =
            "REPORT RequestId: x\tDuration: 1 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 55 MB";
        assert!(report(&format!("{WHOLE}\n"), "x").is_some());
        for (from, to) in [
            ("REPORT", "my log: REPORT"),
            ("\tBilled Duration: 1 ms", ""),
            ("\tMemory Size: 128 MB", ""),
            ("\tMax Memory Used: 55 MB", ""),
            ("55 MB", "55"),
            ("128 MB", "-1 MB"),
            ("\tDuration: 1 ms", "\tDuration: NaN ms"),
            ("\tDuration: 1 ms", "\tDuration: -1 ms"),
            ("\tDuration: 1 ms", "\tDuration: -0 ms"),
            ("\tDuration: 1 ms", "\tDuration: 1e300 ms"),
            ("Billed Duration: 1 ms", "Billed Duration: 1.5 ms"),
            ("Billed Duration: 1 ms", "Billed Duration: 99999999999 ms"),
            ("55 MB", "55 MB\tInit Duration: -5 ms"),
            ("55 MB", "55 MB\tsomething else"),
        ] {
            let tail = format!("{}\n", WHOLE.replace(from, to));
            assert_ne!(tail, format!("{WHOLE}\n"));
            assert_eq!(report(&tail, "x"), None, "{tail}");
        }
        assert_eq!(report("", "x"), None);
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
        report(tail, ID).map(|report| report.duration.0)
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
            memory_size_mb: 128,
            max_memory_used_mb: 55,
            init: Some(Milliseconds(463.512)),
            restore: Some(Milliseconds(500.5)),
            billed_restore: Some(BilledMilliseconds(303)),
            init_given_up: None,
            ending: Ending::Unremarked,
            trace_id: None,
        };
        assert_eq!(report(&tail, ID), Some(expected));
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
        let array = format!("[{}, {}]", event(ID, "1", "", ""), event(ID, "2", "", ""));
        assert_eq!(found(&array[9..]), Some(2.0));
        assert_eq!(found(&array[..array.len() - 9]), Some(1.0));
    }

    #[test]
    fn text_and_json_are_ordered_by_position() {
        let (json, text) = (event(ID, "1", "", ""), line(ID, "2"));
        assert_eq!(found(&format!("{json}\n{text}\n")), Some(2.0));
        assert_eq!(found(&format!("{text}\n{json}\n")), Some(1.0));
        assert_eq!(found(&format!("{text}\n{}\n", event("other", "3", "", ""))), Some(2.0));
    }

    #[test]
    fn the_endings_of_json_are_told_apart() {
        let ending = |record: &str| report(&event(ID, "1", "", record), ID).unwrap().ending;
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
        let with = |duration: &str, metrics: &str| report(&event(ID, duration, metrics, ""), ID);
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
        assert_eq!(with("1", ",\"memorySizeMB\":256.0").unwrap().memory_size_mb, 256);
        for field in ["memorySizeMB", "maxMemoryUsedMB"] {
            for megabytes in ["-1", "1.5", "null", "\"128\""] {
                assert_eq!(with("1", &format!(",\"{field}\":{megabytes}")), None, "{field} {megabytes}");
            }
        }
    }

    #[test]
    fn a_json_report_that_is_cut_or_inside_of_something_else_is_none() {
        let event = event(ID, "1", "", "");
        for end in 0..event.len() {
            assert_eq!(report(&event[..end], ID), None, "{}", &event[..end]);
        }
        for start in 1..event.len() {
            assert_eq!(report(&event[start..], ID), None, "{}", &event[start..]);
        }
        assert_eq!(report(&format!("{{\"event\": {event}}}"), ID), None);
        assert_eq!(report(&serde_json::to_string(&event).unwrap(), ID), None);
    }

    #[test]
    fn a_failed_initialisation_is_seen() {
        let init = |kind: &str, status: &str| {
            format!(
                r#"{{"time":"x","type":"platform.{kind}","record":{{"initializationType":"on-demand","status":"{status}","phase":"init"}}}}"#
            )
        };
        for tail in [
            "INIT_REPORT Init Duration: 10.17 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n",
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
            "INIT_REPORT Init Duration: 10.17 ms\tPhase: init\n",
            "INIT_REPORT Init Duration: 10.17 ms\tPhase: init\tStatus: success\n",
            "my log: INIT_REPORT Init Duration: 10.17 ms\tPhase: init\tStatus: error\n",
            "INIT_REPORT\nStatus: error\n",
            &init("initReport", "success"),
            &init("report", "error"),
            &format!("{}Status: error", line(ID, "1")),
        ] {
            assert!(!init_failed(tail), "{tail}");
        }
    }

    const GIVEN_UP: &str = "INIT_REPORT Init Duration: 9999.81 ms\tPhase: init\tStatus: timeout\n";

    fn init_event(phase: &str, status: &str) -> String {
        format!(
            r#"{{"time":"x","type":"platform.initReport","record":{{"initializationType":"on-demand","phase":"{phase}","status":"{status}","metrics":{{"durationMs":9999.81}}}}}}
"#
        )
    }

    /// The duration, in ms, of an initialisation that was given up before, as the report of `ID` at the end of a tail
    /// has it.
    fn given_up(before_report: &str) -> Option<f64> {
        let [text, json] = [line(ID, "7140.25"), event(ID, "7140.25", "", "")]
            .map(|end| report(&format!("{before_report}{end}"), ID).unwrap().init_given_up);
        assert_eq!(text, json);
        text.map(|ms| ms.0)
    }

    #[test]
    fn an_initialisation_that_was_given_up_before_the_invocation_is_seen() {
        let start = format!("START RequestId: {ID} Version: 7\n");
        let start_event = format!(r#"{{"type":"platform.start","record":{{"requestId":"{ID}","version":"7"}}}}"#);
        let (timeout, error) = (init_event("init", "timeout"), init_event("init", "error"));
        let forwarded = "INIT_REPORT Init Duration: 5.00 ms\tPhase: init\tStatus: timeout\n";
        for init in [GIVEN_UP, &timeout, &error, &pretty(&timeout), &format!("{GIVEN_UP}a line of the repeat\n")] {
            assert_eq!(given_up(&format!("INIT_START Runtime Version: x\n{init}\n")), Some(9999.81), "{init}");
            for start in [&start, &start_event, &pretty(&start_event)] {
                // The application speaks of another one, as a log forwarder does.
                assert_eq!(given_up(&format!("{init}\n{start}\n{forwarded}")), Some(9999.81), "{init} {start}");
                assert_eq!(given_up(&format!("{start}\n{init}\n{forwarded}")), None, "{start} {init}");
            }
        }
        for other in [
            "INIT_REPORT Init Duration: 9999.81 ms\tPhase: init\n",
            "INIT_REPORT Init Duration: 9999.81 ms\tPhase: invoke\tStatus: timeout\n",
            "my log: INIT_REPORT Init Duration: 9999.81 ms\tPhase: init\tStatus: timeout\n",
            &init_event("init", "success"),
            &init_event("invoke", "timeout"),
            // The tail begins within the invocation: what it says of initialisations is the application's.
            &format!("{}\n{GIVEN_UP}", "x".repeat(MAY_BE_CUT)),
        ] {
            assert_eq!(given_up(other), None, "{other}");
        }
        let cold = format!("{GIVEN_UP}{start}{}", line_with(ID, "1", "Init Duration: 101.20 ms\t"));
        assert_eq!(report(&cold, ID).unwrap().init_given_up, None);
    }

    #[test]
    fn no_depth_of_a_hostile_tail_overflows_the_stack() {
        let report = event(ID, "7", "", "");
        for hostile in json::tests::HOSTILE {
            let tail = format!("{}\n{report}", hostile.repeat(100_000));
            assert_eq!(found(&tail), Some(7.0), "{hostile}");
            assert!(!init_failed(&tail), "{hostile}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..5000), id in ".*") {
            let _ = report(&String::from_utf8_lossy(&bytes), &id);
        }

        #[test]
        fn no_report_like_text_makes_the_parser_panic(rest in "(REPORT RequestId: |Duration: |Billed |\t| ms|[0-9.e+-]{0,9}|\n){0,40}") {
            let _ = report(&format!("REPORT RequestId: x\t{rest}\n"), "x");
        }

        #[test]
        fn what_lambda_prints_is_read_back(hundredths in 0u64..90_000_000, billed in 0u64..900_000, mb in 1u32..10_240) {
            let duration = hundredths as f64 / 100.0;
            let line = format!("REPORT RequestId: {ID}\tDuration: {duration:.2} ms\tBilled Duration: {billed} ms\tMemory Size: 128 MB\tMax Memory Used: {mb} MB\t\n");
            let report = report(&line, ID).unwrap();
            prop_assert_eq!(report.duration, Milliseconds(duration));
            prop_assert_eq!(report.billed, BilledMilliseconds(billed));
            prop_assert_eq!(report.max_memory_used_mb, mb);
        }
    }
}
