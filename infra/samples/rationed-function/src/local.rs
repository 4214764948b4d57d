//! What AWS would do around the function, for an emulator that does not.

use std::{
    process, thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::work::Work;

/// How long before Lambda's deadline the last line must be out.
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
    /// How many invocations this environment had before.
    pub count: u64,
    /// How long the environment took to start; only for its first invocation.
    pub init: Option<Duration>,
}

/// Takes as long as the work takes on AWS, and prints the REPORT line that AWS would. Ends the process where AWS would.
pub fn run(work: &Work, invocation: &Invocation) {
    let start = Instant::now();
    let used = work.used_mb();
    if !work.fits(invocation.memory_mb) {
        print_report(
            invocation,
            start.elapsed(),
            invocation.memory_mb,
            "Status: error\tError Type: Runtime.OutOfMemory",
        );
        process::exit(137);
    }
    // The memory is only spoken of: nobody limits it here, and many environments share one machine.
    let duration = Duration::from_secs_f64(work.scattered_duration_ms(invocation.memory_mb, invocation.count) / 1e3);
    let deadline = UNIX_EPOCH + Duration::from_millis(invocation.deadline_ms);
    let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
    if duration >= left {
        thread::sleep(left.saturating_sub(BEFORE_THE_DEADLINE));
        print_report(invocation, left, used, "Status: timeout");
        // Lambda ends the environment now.
        thread::sleep(Duration::from_mins(15));
    }
    thread::sleep(duration.saturating_sub(start.elapsed()));
    print_report(invocation, start.elapsed(), used, "");
}

fn print_report(invocation: &Invocation, duration: Duration, used_mb: u32, status: &str) {
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    let init = invocation.init.map(|init| format!("Init Duration: {:.2} ms\t", ms(init))).unwrap_or_default();
    let billed = (ms(duration) + invocation.init.map_or(0.0, ms)).ceil();
    println!(
        "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {billed} ms\tMemory Size: {} MB\tMax Memory Used: {used_mb} MB\t{init}{status}",
        invocation.request_id,
        ms(duration),
        invocation.memory_mb,
    );
}
