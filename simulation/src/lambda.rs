//! AWS Lambda as Step Functions and `EventBridge` see it: steps that are invoked at least once, killed, forsaken, or
//! cut off.

use std::{future::Future, rc::Rc, time::Duration};

use aws::fake::deployment;
use custody::Deadline;
use lambda_runtime::Diagnostic;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::{
    task::spawn_local,
    time::{sleep, timeout},
};

use crate::{
    aws::{Aws, Fate, Signal},
    ledger::{Actor, Event},
    machine::{Failure, Result},
    schedule::{Call, Mishap},
    world::World,
};

/// The longest time that a step may take, except for the Analyzer: as `template.yaml` says.
const TIMEOUT: Duration = Duration::from_mins(5);
/// The pauses of an asynchronous invocation before it is tried again.
const ASYNCHRONOUS: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(2)];

/// Invokes a step of a run, and waits for its answer.
pub(crate) async fn invoke(world: &Rc<World>, run: usize, step: &str, event: Value) -> Result<Value> {
    let unclear = || Failure::new("Lambda.Unknown", "the answer was lost");
    world.enter(Actor::Run(run), Event::Invoked { step: step.to_owned() });
    let mishap = if world.is_calm.get() { None } else { world.faults.borrow_mut().meet(run, Call::Step) };
    match mishap {
        None | Some(Mishap::Stale(_)) => begin(world, run, step, event).await,
        Some(Mishap::Late(late)) => {
            sleep(Duration::from_millis(late.into())).await;
            begin(world, run, step, event).await
        }
        Some(Mishap::AnswerLate(late)) => {
            let answer = begin(world, run, step, event).await;
            sleep(Duration::from_millis(late.into())).await;
            answer
        }
        Some(Mishap::Lost | Mishap::KilledBefore) => Err(unclear()),
        Some(Mishap::AnswerLost | Mishap::KilledAfter) => {
            let _ = begin(world, run, step, event).await;
            Err(unclear())
        }
        Some(Mishap::EffectLate(late)) => {
            begin_later(world, run, step, event, late);
            Err(unclear())
        }
        // Nobody but `EventBridge` invokes twice what was answered.
        Some(Mishap::Repeated(_)) if step != "Cleaner" => begin(world, run, step, event).await,
        Some(Mishap::Repeated(late)) => {
            begin_later(world, run, step, event.clone(), late);
            begin(world, run, step, event).await
        }
        Some(Mishap::Forsaken(late)) => {
            begin_later(world, run, step, event, 0);
            sleep(Duration::from_millis(late.into())).await;
            Err(unclear())
        }
        Some(Mishap::Throttled) => Err(Failure::new("Lambda.TooManyRequestsException", "Rate Exceeded.")),
    }
}

/// Invokes the Cleaner as `EventBridge` does: nobody waits, and a failure is tried again twice.
pub(crate) async fn invoke_asynchronously(world: &Rc<World>, run: usize, event: Value) {
    for pause in ASYNCHRONOUS.into_iter().map(Some).chain([None]) {
        let answer = invoke(world, run, "Cleaner", event.clone()).await;
        match (answer, pause) {
            (Err(_), Some(pause)) => sleep(pause).await,
            (Ok(_), _) | (Err(_), None) => return,
        }
    }
}

fn begin_later(world: &Rc<World>, run: usize, step: &str, event: Value, late: u32) {
    let (world, step) = (Rc::clone(world), step.to_owned());
    spawn_local(async move {
        sleep(Duration::from_millis(late.into())).await;
        let _ = begin(&world, run, &step, event).await;
    });
}

/// One invocation. What nobody waits for any more goes on.
async fn begin(world: &Rc<World>, run: usize, step: &str, event: Value) -> Result<Value> {
    let signal = Rc::new(Signal::default());
    let aws = Aws { world: Rc::clone(world), run, signal: Rc::clone(&signal) };
    world.enter(Actor::Run(run), Event::Stepped);
    let (step, books, began) = (step.to_owned(), Rc::clone(world), world.now());
    let working = async move {
        let worked = timeout(TIMEOUT, work(&aws, &step, event)).await;
        let answer = worked.unwrap_or_else(|_| Err(Failure::new("Sandbox.Timedout", "")));
        if step == "Cleaner" && answer.is_ok() {
            books.ledger.borrow_mut().cleaned.insert(run, (began, books.now()));
        }
        books.enter(Actor::Run(run), Event::SteppedOut);
        answer
    };
    let mut working = spawn_local(working);
    let killed = || Err(Failure::new("Runtime.ExitError", "{\"errorType\":\"Runtime.ExitError\"}"));
    tokio::select! {
        biased;
        answer = &mut working => answer.unwrap_or_else(|_| killed()),
        fate = signal.received() => match fate {
            Fate::Killed => {
                working.abort();
                world.enter(Actor::Run(run), Event::SteppedOut);
                killed()
            }
            Fate::Forsaken => Err(Failure::new("Lambda.Unknown", "nobody waits any more")),
        },
    }
}

/// Runs the code of a step.
async fn work(aws: &Aws, step: &str, event: Value) -> Result<Value> {
    let deadline = Deadline::after(TIMEOUT);
    match step {
        "Initializer" => {
            let input = read(event)?;
            written(initializer::handle(aws, &deployment(), &aws.world.prices, deadline, input)).await
        }
        "Publisher" => written(publisher::handle(aws, deadline, read(event)?)).await,
        "Executor" => {
            let random = &mut fastrand::Rng::with_seed(0);
            written(executor::handle(aws, deadline, random, read(event)?)).await
        }
        "Analyzer" => {
            let input = read(event)?;
            written(async { analyzer::handle(&aws.world.prices, input) }).await
        }
        "Optimizer" => written(optimizer::handle(aws, read(event)?)).await,
        "Cleaner" => written(cleaner::handle(aws, deadline, read(event)?)).await,
        _ => Err(Failure::new("States.Runtime", format!("there is no step {step}"))),
    }
}

fn read<T: DeserializeOwned>(event: Value) -> Result<T> {
    serde_json::from_value(event).map_err(|error| Failure::new("BadEvent", error.to_string()))
}

async fn written<T: Serialize, E: Into<Diagnostic>>(
    answer: impl Future<Output = std::result::Result<T, E>>,
) -> Result<Value> {
    let answer = answer.await.map_err(|error| {
        let Diagnostic { error_type, error_message } = error.into();
        let cause = json!({"errorType": error_type, "errorMessage": error_message});
        Failure::new(&error_type, cause.to_string())
    })?;
    serde_json::to_value(answer).map_err(|error| Failure::new("BadAnswer", error.to_string()))
}
