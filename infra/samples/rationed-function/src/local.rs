//! The work that AWS would do around the function, for an emulator that does not.

use std::{
    process, thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{setting::setting, work::Work};

/// The time before Lambda's deadline by which the last line must be out.
const BEFORE_THE_DEADLINE: Duration = Duration::from_millis(60);

/// The invocation, as Lambda describes it.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The request's id.
    pub request_id: String,
    /// When Lambda ends it, in ms since 1970.
    pub deadline_ms: u64,
    /// Memory of the function, in MB.
    pub memory_mb: u32,
    /// The number of invocations that this environment had before.
    pub count: u64,
    /// The time that the environment took to start; only for its first invocation.
    pub init: Option<Duration>,
    /// The form in which Lambda writes its report.
    pub logs: Logs,
}

/// The form in which Lambda writes its report: what `LoggingConfig` and a function's logging library make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Logs {
    /// A REPORT line.
    #[default]
    Text,
    /// One line of JSON, after one of the application.
    Json,
    /// The same, each over several lines.
    Pretty,
    /// Not at all, as with JSON logs whose system log level is WARN.
    None,
}

impl Logs {
    /// The `logs` that a payload and the environment, looked up by `variable`, ask for.
    pub fn new(payload: &Value, variable: impl Fn(&str) -> Option<String>) -> Self {
        setting("logs", payload, variable).and_then(|name| serde_json::from_value(name).ok()).unwrap_or_default()
    }
}

/// Takes as long as the work takes on AWS, and prints the report that AWS would. Ends the process where AWS would.
pub fn run(work: &Work, invocation: &Invocation) {
    let start = Instant::now();
    let report = |duration, ending| {
        let used_mb = work.used_mb().min(invocation.memory_mb);
        Report { invocation, duration, used_mb, ending }.print();
    };
    if !work.fits(invocation.memory_mb) {
        report(start.elapsed(), Ending::OutOfMemory);
        process::exit(137);
    }
    // The memory is only spoken of: nobody limits it here, and many environments share one machine.
    let duration = Duration::from_secs_f64(work.scattered_duration_ms(invocation.memory_mb, invocation.count) / 1e3);
    let deadline = UNIX_EPOCH + Duration::from_millis(invocation.deadline_ms);
    let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
    if duration >= left {
        thread::sleep(left.saturating_sub(BEFORE_THE_DEADLINE));
        report(left, Ending::Timeout);
        // Lambda ends the environment now.
        thread::sleep(Duration::from_mins(15));
    }
    thread::sleep(duration.saturating_sub(start.elapsed()));
    report(start.elapsed(), Ending::Success);
}

/// The report of Lambda on an invocation.
struct Report<'a> {
    invocation: &'a Invocation,
    duration: Duration,
    used_mb: u32,
    ending: Ending,
}

#[derive(Clone, Copy)]
enum Ending {
    Success,
    Timeout,
    OutOfMemory,
}

impl Report<'_> {
    fn print(&self) {
        let lines = match self.invocation.logs {
            Logs::Text => self.text(),
            Logs::Json => format!("{}\n{}", self.line_of_the_application(), self.record()),
            Logs::Pretty => format!("{:#}\n{:#}", self.line_of_the_application(), self.record()),
            Logs::None => return,
        };
        println!("{lines}");
    }

    fn billed_ms(&self) -> u128 {
        (self.duration + self.invocation.init.unwrap_or_default()).as_nanos().div_ceil(1_000_000)
    }

    fn text(&self) -> String {
        let invocation = self.invocation;
        let init = invocation.init.map(|init| format!("Init Duration: {:.2} ms\t", ms(init))).unwrap_or_default();
        let status = match self.ending {
            Ending::Success => "",
            Ending::Timeout => "Status: timeout",
            Ending::OutOfMemory => "Status: error\tError Type: Runtime.OutOfMemory",
        };
        format!(
            "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t{init}{status}",
            invocation.request_id,
            ms(self.duration),
            self.billed_ms(),
            invocation.memory_mb,
            self.used_mb,
        )
    }

    /// The record, without its time.
    fn record(&self) -> Value {
        let invocation = self.invocation;
        let rounded = |duration| (ms(duration) * 1e3).round() / 1e3;
        let mut metrics = json!({
            "durationMs": rounded(self.duration),
            "billedDurationMs": self.billed_ms(),
            "memorySizeMB": invocation.memory_mb,
            "maxMemoryUsedMB": self.used_mb,
        });
        if let Some(init) = invocation.init {
            metrics["initDurationMs"] = json!(rounded(init));
        }
        let mut record = json!({"requestId": invocation.request_id, "metrics": metrics});
        match self.ending {
            Ending::Success => record["status"] = json!("success"),
            Ending::Timeout => record["status"] = json!("timeout"),
            Ending::OutOfMemory => {
                record["status"] = json!("error");
                record["errorType"] = json!("Runtime.OutOfMemory");
            }
        }
        json!({"type": "platform.report", "record": record})
    }

    /// A line that is no report, although it speaks of the request and of a duration.
    fn line_of_the_application(&self) -> Value {
        json!({"level": "INFO", "message": "done", "requestId": self.invocation.request_id, "metrics": {"durationMs": 0}})
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use tuning::measure::log_tail;

    use super::*;

    fn invocation(logs: Logs) -> Invocation {
        let init = Some(Duration::from_micros(20_456));
        Invocation { request_id: "id-1".to_owned(), deadline_ms: 0, memory_mb: 512, count: 0, init, logs }
    }

    fn report(invocation: &Invocation, ending: Ending) -> Report<'_> {
        Report { invocation, duration: Duration::from_micros(12_345), used_mb: 30, ending }
    }

    #[test]
    fn the_form_of_the_report_comes_from_the_payload_else_from_the_environment() {
        let variable = |name: &str| (name == "LOGS").then(|| "none".to_owned());
        assert_eq!(Logs::new(&json!({"logs": "json"}), variable), Logs::Json);
        assert_eq!(Logs::new(&json!({"logs": "pretty"}), variable), Logs::Pretty);
        assert_eq!(Logs::new(&json!("payload"), variable), Logs::None);
        assert_eq!(Logs::new(&Value::Null, |_| None), Logs::Text);
    }

    #[test]
    fn the_text_is_the_line_that_lambda_writes() {
        let invocation = invocation(Logs::Text);
        let line = report(&invocation, Ending::Success).text();
        assert_eq!(
            line,
            "REPORT RequestId: id-1\tDuration: 12.35 ms\tBilled Duration: 33 ms\tMemory Size: 512 MB\tMax Memory Used: 30 MB\tInit Duration: 20.46 ms\t"
        );
        let ending = |ending| log_tail::report(&(report(&invocation, ending).text() + "\n"), "id-1").unwrap().ending;
        assert_eq!(ending(Ending::Timeout), log_tail::Ending::Timeout);
        let error_type = "Runtime.OutOfMemory".to_owned();
        assert_eq!(ending(Ending::OutOfMemory), log_tail::Ending::Error { error_type });
    }

    #[test]
    fn the_record_is_the_one_that_lambda_writes() {
        let mut invocation = invocation(Logs::Json);
        let metrics = json!({
            "durationMs": 12.345, "billedDurationMs": 33, "memorySizeMB": 512, "maxMemoryUsedMB": 30,
            "initDurationMs": 20.456,
        });
        let record = json!({"requestId": "id-1", "metrics": metrics, "status": "success"});
        let expected = json!({"type": "platform.report", "record": record});
        assert_eq!(report(&invocation, Ending::Success).record(), expected);
        let failed = report(&invocation, Ending::OutOfMemory).record();
        assert_eq!(failed["record"]["status"], "error");
        assert_eq!(failed["record"]["errorType"], "Runtime.OutOfMemory");
        assert_eq!(report(&invocation, Ending::Timeout).record()["record"]["status"], "timeout");
        invocation.init = None;
        assert!(report(&invocation, Ending::Success).record()["record"]["metrics"].get("initDurationMs").is_none());
    }
}
