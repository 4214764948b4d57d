//! What an invocation says of the function: a sample, a memory size that is too small, or an error in the user's code.

use lambda_control::api::FunctionError;
use tuning::{
    log_tail::{Ending, Report},
    measurement::Infeasible,
    power::Power,
};

/// What an invocation says of the function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    /// It ran.
    Sample,
    /// It cannot run at this memory size.
    Infeasible(Infeasible),
    /// Its own code raised an error: the payload or the code is wrong, at any memory size.
    Raised(&'a FunctionError),
}

/// Judges an invocation. Lambda's own endings (out of memory, timeout, crash) depend on the memory size; errors that the
/// code raises do not.
pub(crate) fn judge<'a>(error: Option<&'a FunctionError>, report: Option<&Report>, power: Power) -> Verdict<'a> {
    let Some(error) = error else { return Verdict::Sample };
    let ending = report.map(|report| &report.ending);
    let used_all = report.and_then(|report| report.max_memory_used_mb).is_some_and(|mb| mb >= power.megabytes());
    let is = |name: &str| {
        error.error_type == name || matches!(ending, Some(Ending::Error { error_type }) if error_type == name)
    };
    if ending == Some(&Ending::Timeout) || is("Sandbox.Timedout") || error.message.contains("Task timed out after") {
        Verdict::Infeasible(Infeasible::Timeout)
    } else if is("Runtime.OutOfMemory") || is("Runtime.ExitError") && used_all {
        Verdict::Infeasible(Infeasible::OutOfMemory)
    } else if is("Runtime.ExitError") {
        Verdict::Infeasible(Infeasible::RuntimeCrash)
    } else {
        Verdict::Raised(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "r";

    fn verdict(error_type: &str, message: &str, report_rest: &str, max_memory_used: u32) -> Verdict<'static> {
        let error = FunctionError { error_type: error_type.to_owned(), message: message.to_owned() };
        let tail = format!(
            "REPORT RequestId: {ID}\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: {max_memory_used} MB\t{report_rest}"
        );
        let report = tuning::log_tail::report(&tail, Some(ID));
        judge(Some(Box::leak(Box::new(error))), report.as_ref(), Power::MIN)
    }

    #[test]
    fn lambda_s_own_endings_make_a_memory_size_infeasible() {
        let timeout = Verdict::Infeasible(Infeasible::Timeout);
        assert_eq!(verdict("Unhandled", "2026-01-01T00:00:00Z r Task timed out after 3.00 seconds", "", 90), timeout);
        assert_eq!(verdict("Sandbox.Timedout", "", "", 90), timeout);
        assert_eq!(verdict("Unhandled", "", "Status: timeout", 90), timeout);
        let memory = Verdict::Infeasible(Infeasible::OutOfMemory);
        assert_eq!(verdict("Runtime.OutOfMemory", "", "", 90), memory);
        assert_eq!(
            verdict("Runtime.ExitError", "signal: killed", "Status: error\tError Type: Runtime.OutOfMemory", 90),
            memory
        );
        assert_eq!(verdict("Runtime.ExitError", "signal: killed", "", 128), memory);
        let crash = Verdict::Infeasible(Infeasible::RuntimeCrash);
        assert_eq!(verdict("Runtime.ExitError", "signal: segmentation fault", "", 90), crash);
    }

    #[test]
    fn an_error_of_the_code_is_no_matter_of_memory() {
        for error_type in ["ValueError", "Runtime.ImportModuleError", "Unhandled"] {
            assert!(matches!(
                verdict(error_type, "no", "Status: error\tError Type: ValueError", 128),
                Verdict::Raised(_)
            ));
        }
        assert_eq!(judge(None, None, Power::MIN), Verdict::Sample);
    }
}
