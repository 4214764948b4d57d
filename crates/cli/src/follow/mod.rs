//! Following an execution to its end, whoever has started it.

mod display;
mod history;
mod interrupt;
mod messages;
pub mod polling;
pub mod progress;

use aws_sdk_sfn::{operation::describe_execution::DescribeExecutionOutput, types::ExecutionStatus};
use serde_json::Value;

pub use interrupt::Interrupts;

use crate::{
    account::{Account, Call},
    arguments::{Follow, fields::FUNCTION},
    console::Console,
    failure::Failure,
    prompt, stop,
};
use display::Display;
use history::History;
use polling::Polling;
use progress::Progress;

/// The end of the following.
#[derive(Debug)]
pub enum Ended {
    /// The execution succeeded, with this output.
    Succeeded(String),
    /// It did not.
    Failed {
        /// The status with which it ended: `FAILED`, `TIMED_OUT`, `ABORTED`.
        status: String,
        /// The name of the error.
        error: String,
        /// The cause.
        cause: String,
    },
    /// The user interrupted, and the execution goes on.
    Left,
    /// The user interrupted, and the execution was stopped.
    Stopped,
}

/// Follows an execution; what happens is said as it happens.
pub struct Follower<'a> {
    account: &'a Account,
    execution: &'a str,
    options: Follow,
    console: Console,
    /// The progress of the execution.
    pub progress: Progress,
    /// The function of its input.
    pub function: Option<String>,
}

/// The answer to an interruption.
enum Answer {
    Stop,
    Leave,
    GoOn,
}

impl<'a> Follower<'a> {
    /// Nothing is known of the execution yet.
    pub fn new(account: &'a Account, execution: &'a str, options: Follow, console: Console) -> Self {
        Self { account, execution, options, console, progress: Progress::default(), function: None }
    }

    /// Follows it to its end, or until the user has enough.
    pub async fn follow(&mut self, interrupts: &mut Interrupts) -> Result<Ended, Failure> {
        let mut display = Display::new(self.console);
        let ended = self.until_ended(interrupts, &mut display).await;
        display.end();
        ended
    }

    async fn until_ended(&mut self, interrupts: &mut Interrupts, display: &mut Display) -> Result<Ended, Failure> {
        let mut history = Some(History::new(&self.account.sfn, self.execution));
        let mut polling = Polling::new();
        loop {
            let ended = tokio::select! {
                ended = self.look_and_wait(&mut history, display, &mut polling) => ended?,
                () = interrupts.next() => match self.answer(interrupts, display).await {
                    Answer::GoOn => None,
                    Answer::Leave => Some(Ended::Left),
                    Answer::Stop => Some(self.stop(interrupts).await?),
                },
            };
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }

    /// Shows what is new; then it is time to wait, or the execution has ended.
    async fn look_and_wait(
        &mut self,
        history: &mut Option<History<'_>>,
        display: &Display,
        polling: &mut Polling,
    ) -> Result<Option<Ended>, Failure> {
        match self.look(history, display).await {
            Ok((state, is_new)) => {
                if let Some(ended) = ended(state) {
                    return ended.map(Some);
                }
                polling.answered(is_new);
            }
            Err(failure) if failure.may_pass && polling.has_patience() => polling.unanswered(),
            // Perhaps there is no such execution at all.
            Err(failure) if !polling.is_known => return Err(failure),
            Err(failure) => {
                return Err(
                    failure.hint(format!("the run goes on; to follow it: power-tuner watch {}", self.execution))
                );
            }
        }
        tokio::time::sleep(polling.pause).await;
        Ok(None)
    }

    /// The state of the execution, and whether anything has happened. The state is asked for first, so that an
    /// execution that is over has no news after that.
    async fn look(
        &mut self,
        history: &mut Option<History<'_>>,
        display: &Display,
    ) -> Result<(DescribeExecutionOutput, bool), Failure> {
        let state = describe(self.account, self.execution).await?;
        self.function = self.function.take().or_else(|| function_of(&state));
        let Some(known) = history else { return Ok((state, false)) };
        let news = match known.news().await {
            Ok(news) => news,
            // The end can be seen without its steps.
            Err(failure) if !failure.may_pass => {
                self.console.warn(format_args!("the steps of the run cannot be shown: {}", failure.what));
                *history = None;
                return Ok((state, false));
            }
            Err(failure) => return Err(failure),
        };
        for event in &news {
            if let Some(news) = self.progress.take(event) {
                display.show(&news, &self.progress);
            }
        }
        Ok((state, !news.is_empty()))
    }

    /// Asks what to do, if there is somebody to ask. Being interrupted while asking is as good as leaving.
    async fn answer(&self, interrupts: &mut Interrupts, display: &mut Display) -> Answer {
        if self.options.stop_on_interrupt {
            return Answer::Stop;
        }
        if !prompt::is_possible() {
            return Answer::Leave;
        }
        display.pause();
        let question = tokio::task::spawn_blocking(|| {
            prompt::select(
                "Interrupted. The run goes on in AWS:",
                &["stop it, and put the function back", "leave it running", "go on watching"],
            )
        });
        let answer = tokio::select! {
            answer = question => answer.ok().flatten(),
            () = interrupts.next() => None,
        };
        match answer {
            Some(0) => Answer::Stop,
            Some(2) => {
                display.resume();
                Answer::GoOn
            }
            _ => Answer::Leave,
        }
    }

    /// Stops it, and waits until the function is as it was, or the user has enough of that, too.
    async fn stop(&self, interrupts: &mut Interrupts) -> Result<Ended, Failure> {
        stop::stop(self.account, self.execution, self.console).await?;
        let function = self.progress.function().or_else(|| self.function.clone());
        if let Some(function) = function {
            tokio::select! {
                clean = stop::until_clean(self.account, self.execution, &function, self.console) => clean?,
                () = interrupts.next() => {
                    self.console.say("interrupted; the deployment goes on to put the function back");
                    self.console.hint(format_args!("to make sure: power-tuner clean {function}"));
                }
            }
        }
        Ok(Ended::Stopped)
    }
}

/// The state of an execution.
pub async fn describe(account: &Account, execution: &str) -> Result<DescribeExecutionOutput, Failure> {
    let state = account.sfn.describe_execution().execution_arn(execution).send().await;
    state.map_err(|error| {
        Call { to: "look at the execution", action: "states:DescribeExecution", on: execution }.failed(&error)
    })
}

/// The function that the input of an execution names.
pub fn function_of(execution: &DescribeExecutionOutput) -> Option<String> {
    let input: Value = serde_json::from_str(execution.input()?).ok()?;
    Some(input.get(FUNCTION)?.as_str()?.to_owned())
}

/// True if an execution goes on.
pub fn is_running(status: &ExecutionStatus) -> bool {
    matches!(status, ExecutionStatus::Running | ExecutionStatus::PendingRedrive)
}

fn ended(state: DescribeExecutionOutput) -> Option<Result<Ended, Failure>> {
    match state.status {
        running if is_running(&running) => None,
        ExecutionStatus::Succeeded => Some(state.output.map(Ended::Succeeded).ok_or_else(|| {
            Failure::other("the run succeeded, but AWS gave no output of it")
                .hint("the output is shown in the console of Step Functions, if you may see it")
        })),
        other => Some(Ok(Ended::Failed {
            status: other.to_string(),
            error: state.error.unwrap_or_default(),
            cause: state.cause.unwrap_or_default(),
        })),
    }
}
