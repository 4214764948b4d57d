//! Stopping a run, and waiting until the function is as it was: the deployment's Cleaner does that when it hears of the
//! end.

use std::time::{Duration, Instant};

use custody::lock::Found;
use tuning::units::arn::FunctionReference;

use crate::{
    account::{Account, Call, code},
    console::Console,
    failure::Failure,
    locked,
};

/// The longest time that the Cleaner may take: it is called by an event, and may have a thousand versions to delete.
const LIMIT: Duration = Duration::from_mins(5);
/// The interval at which the lock is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// The number of looks in a row at which it must be gone: a step that was at work when the run was stopped may still
/// come.
const SURE: u32 = 3;

/// Stops an execution. One that has ended meanwhile is no error.
pub async fn stop(account: &Account, execution: &str, console: Console) -> Result<(), Failure> {
    let cause = "stopped by the user of the command line program";
    let stopped = account.sfn.stop_execution().execution_arn(execution).error("Stopped").cause(cause).send().await;
    match stopped {
        Ok(_) => console.say("the run was stopped"),
        Err(error) if code(&error) == Some("ValidationException") => console.say("the run had just ended"),
        Err(error) => {
            return Err(Call { to: "stop the execution", action: "states:StopExecution", on: execution }
                .failed(&error)
                .hint(format!("the run goes on; to follow it: power-tuner watch {execution}")));
        }
    }
    Ok(())
}

/// Waits until the run that was stopped holds no lock on the function any more.
pub async fn until_clean(account: &Account, execution: &str, function: &str, console: Console) -> Result<(), Failure> {
    let Ok(reference) = function.parse::<FunctionReference>() else { return Ok(()) };
    console.say("waiting until the function is as it was …");
    let (start, mut gone) = (Instant::now(), 0);
    while gone < SURE {
        match locked::lock(account, &reference).await {
            Ok(Found::Lock(lock)) if lock.journal.execution.0 == execution => gone = 0,
            Ok(_) => gone += 1,
            Err(failure) => {
                let hint = format!("the deployment puts {function} back; to make sure: power-tuner clean {function}");
                return Err(failure.hint(hint));
            }
        }
        if start.elapsed() > LIMIT {
            return Err(Failure::other(format!(
                "the run was stopped, but its lock is still on {function} after {} s",
                LIMIT.as_secs()
            ))
            .hint(format!("power-tuner clean {function}")));
        }
        tokio::time::sleep(LOOK).await;
    }
    console.say(format_args!("nothing of the run is left on {function}"));
    Ok(())
}
