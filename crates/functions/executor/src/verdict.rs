//! The verdict on an invocation: a sample, a memory size that is too small, or an error in the user's code.

use aws::api::{FunctionError, Invocation};
use tuning::{
    measure::{
        log_tail::{self, Ending, Report},
        measurement::Infeasible,
        out_of_memory,
    },
    units::power::Power,
};

/// The verdict that an invocation gives on the function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    /// It ran.
    Sample,
    /// It cannot run at this memory size.
    Infeasible(Infeasible),
    /// Its own code raised an error.
    Raised(&'a FunctionError),
}

/// Judges an invocation. Lambda's own endings (out of memory, timeout, crash) depend on the memory size, and so does
/// what languages raise when memory runs out; other errors of the code mostly do not. Error types that are allowed
/// count as samples.
pub(crate) fn judge<'a>(
    invocation: &'a Invocation,
    report: Option<&Report>,
    power: Power,
    allowed: &[String],
) -> Verdict<'a> {
    let Some(error) = &invocation.error else { return Verdict::Sample };
    if allowed.contains(&error.error_type) {
        return Verdict::Sample;
    }
    let ending = report.map(|report| &report.ending);
    let used_all = report.is_some_and(|report| report.max_memory_used_mb >= power.megabytes());
    let is = |name: &str| {
        error.error_type == name || matches!(ending, Some(Ending::Error { error_type }) if error_type == name)
    };
    let timed_out = ending == Some(&Ending::Timeout)
        || is("Sandbox.Timedout")
        || error.error_type == "Unhandled" && error.message.contains("Task timed out after");
    let crashed = is("Runtime.ExitError") || is("Sandbox.Failure") || error.error_type.starts_with("Extension.");
    // What a process writes before it ends is in the log only.
    let said = out_of_memory::is_said_by(&error.error_type, &error.message)
        || crashed && out_of_memory::is_said_in(&invocation.tail);
    if is("Runtime.OutOfMemory") || is("Runtime.ExitError") && used_all || said {
        Verdict::Infeasible(Infeasible::OutOfMemory)
    } else if (timed_out || crashed) && log_tail::init_failed(&invocation.tail) {
        Verdict::Infeasible(Infeasible::InitFailure)
    } else if timed_out {
        Verdict::Infeasible(Infeasible::Timeout)
    } else if crashed {
        Verdict::Infeasible(Infeasible::RuntimeCrash)
    } else {
        Verdict::Raised(error)
    }
}

#[cfg(test)]
mod tests {
    use aws::body::Body;
    use tuning::units::milliseconds::Milliseconds;

    use super::*;

    const ID: &str = "r";

    fn ended(error_type: &str, message: &str, report_rest: &str, max_memory_used: u32) -> Invocation {
        let error = FunctionError { error_type: error_type.to_owned(), message: message.to_owned() };
        let tail = format!(
            "REPORT RequestId: {ID}\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: {max_memory_used} MB\t{report_rest}\n"
        );
        let took = Milliseconds(1.0);
        Invocation { request_id: Some(ID.to_owned()), took, tail, error: Some(error), response: Body::default() }
    }

    fn infeasible(invocation: &Invocation) -> Option<Infeasible> {
        let report = tuning::measure::log_tail::report(&invocation.tail, ID);
        match judge(invocation, report.as_ref(), Power::MIN, &["Allowed".to_owned()]) {
            Verdict::Infeasible(why) => Some(why),
            Verdict::Sample | Verdict::Raised(_) => None,
        }
    }

    fn verdict(error_type: &str, message: &str, report_rest: &str, max_memory_used: u32) -> Option<Infeasible> {
        infeasible(&ended(error_type, message, report_rest, max_memory_used))
    }

    #[test]
    fn lambda_s_own_endings_make_a_memory_size_infeasible() {
        let timeout = Some(Infeasible::Timeout);
        assert_eq!(verdict("Unhandled", "2026-01-01T00:00:00Z r Task timed out after 3.00 seconds", "", 90), timeout);
        assert_eq!(verdict("Sandbox.Timedout", "", "", 90), timeout);
        assert_eq!(verdict("Unhandled", "", "Status: timeout", 90), timeout);
        let memory = Some(Infeasible::OutOfMemory);
        assert_eq!(verdict("Runtime.OutOfMemory", "", "", 90), memory);
        assert_eq!(
            verdict("Runtime.ExitError", "signal: killed", "Status: error\tError Type: Runtime.OutOfMemory", 90),
            memory
        );
        assert_eq!(verdict("Runtime.ExitError", "signal: killed", "", 128), memory);
        let crash = Some(Infeasible::RuntimeCrash);
        assert_eq!(verdict("Runtime.ExitError", "signal: segmentation fault", "", 90), crash);
    }

    #[test]
    fn running_out_of_memory_as_a_language_says_it_is_no_error_of_the_code() {
        let memory = Some(Infeasible::OutOfMemory);
        assert_eq!(verdict("java.lang.OutOfMemoryError", "Java heap space", "", 90), memory);
        assert_eq!(verdict("MemoryError", "", "", 90), memory);
        assert_eq!(verdict("Error", "spawn ENOMEM", "", 90), memory);
        let mut aborted =
            ended("Runtime.ExitError", "RequestId: r Error: Runtime exited with error: signal: aborted", "", 90);
        assert_eq!(infeasible(&aborted), Some(Infeasible::RuntimeCrash));
        let heap = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n";
        aborted.tail = format!("{heap}{}", aborted.tail);
        assert_eq!(infeasible(&aborted), memory);
        // The log of a function that runs on may speak of others.
        let mut raised = ended("ValueError", "no", "", 90);
        raised.tail = format!("{heap}{}", raised.tail);
        assert_eq!(infeasible(&raised), None);
    }

    #[test]
    fn a_crash_or_timeout_while_initialising_is_told_apart() {
        for error_type in ["Runtime.ExitError", "Sandbox.Timedout", "Extension.Crash"] {
            let mut invocation = ended(error_type, "", "Status: error", 90);
            let init =
                "INIT_REPORT Init Duration: 100.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n";
            invocation.tail = format!("{init}{}", invocation.tail);
            assert_eq!(infeasible(&invocation), Some(Infeasible::InitFailure), "{error_type}");
        }
    }

    #[test]
    fn an_error_of_the_code_is_no_matter_of_memory() {
        // A response of more than 6 MB, and a message that only sounds like Lambda's, are the code's, too.
        for error_type in ["ValueError", "Runtime.ImportModuleError", "Unhandled", "Function.ResponseSizeTooLarge"] {
            let invocation = ended(error_type, "no", "Status: error\tError Type: ValueError", 128);
            let report = tuning::measure::log_tail::report(&invocation.tail, ID);
            assert!(matches!(judge(&invocation, report.as_ref(), Power::MIN, &[]), Verdict::Raised(_)), "{error_type}");
        }
        assert_eq!(verdict("MyError", "Task timed out after 3.00 seconds", "", 90), None);
    }

    #[test]
    fn an_error_that_is_allowed_is_a_sample() {
        let allowed = ["ValueError".to_owned(), "Runtime.ExitError".to_owned()];
        for error_type in &allowed {
            let invocation = ended(error_type, "no", "", 128);
            assert_eq!(judge(&invocation, None, Power::MIN, &allowed), Verdict::Sample);
        }
        let invocation = Invocation { error: None, ..ended("", "", "", 1) };
        assert_eq!(judge(&invocation, None, Power::MIN, &[]), Verdict::Sample);
    }
}
