//! Executions of the state machine: started, stopped, ended; and what `EventBridge` makes of that.

use std::{rc::Rc, time::Duration};

use aws::executions::Execution as Status;
use serde_json::{Value, json};
use tokio::{task::spawn_local, time::sleep};

use crate::{
    lambda,
    ledger::{Actor, End, Event},
    machine::{Execution, Result, StateMachine},
    schedule::{Kind, Optimize, Run},
    world::{World, execution},
};

struct Running {
    world: Rc<World>,
    run: usize,
}

impl Execution for Running {
    async fn invoke(&self, resource: &str, parameters: Value) -> Result<Value> {
        if resource == "Cleaner" {
            *self.world.aws.state().cleaner_calls.entry(execution(self.run).0).or_default() += 1;
        }
        lambda::invoke(&self.world, self.run, resource, parameters).await
    }

    fn enters(&self, state: &str) {
        self.world.aws.state().cleaner_calls.insert(execution(self.run).0, 0);
        self.world.enter(Actor::Run(self.run), Event::Entered { state: state.to_owned() });
    }
}

/// Runs an execution that nothing disturbs.
pub(crate) async fn undisturbed(world: Rc<World>, machine: &StateMachine, input: Value) -> Result<Value> {
    world.inputs.borrow_mut().insert(execution(0).0, input.to_string());
    let running = Running { world, run: 0 };
    machine.execute(&running, &execution(0).0, input).await
}

/// Runs an execution until it ends or is stopped.
pub(crate) async fn run(world: Rc<World>, machine: Rc<StateMachine>, number: usize, planned: Run) {
    sleep(Duration::from_millis(planned.starts_ms.into())).await;
    let input = input(&planned);
    world.inputs.borrow_mut().insert(execution(number).0, input.to_string());
    let running = Running { world: Rc::clone(&world), run: number };
    let id = execution(number).0;
    let (started, name) = (input.clone(), id.clone());
    let mut executing = spawn_local(async move { machine.execute(&running, &name, started).await });
    let stopped = async {
        match planned.stopped_ms {
            Some(after) => sleep(Duration::from_millis(after.into())).await,
            None => std::future::pending().await,
        }
    };
    let end = tokio::select! {
        biased;
        ended = &mut executing => match ended {
            Ok(Ok(output)) => End::Succeeded(output),
            Ok(Err(failure)) => End::Failed(failure),
            Err(_) => return world.ledger.borrow_mut().violation(world.now(), format!("run {number} panicked")),
        },
        () = stopped => {
            executing.abort();
            End::Aborted
        }
    };
    let is_told = !matches!(end, End::Succeeded(_));
    let has_cleaned_up = match &end {
        End::Succeeded(_) => true,
        End::Failed(failure) => failure.error != "CleanupFailed",
        End::Aborted | End::Running => false,
    };
    let over = Status::Over { has_cleaned_up, input: Some(input.to_string()) };
    world.aws.state().executions.insert(id.clone(), over);
    world.ledger.borrow_mut().ends[number] = end;
    world.enter(Actor::Run(number), Event::Ended);
    if is_told {
        let event = json!({"detail": {"executionArn": id, "input": input.to_string()}});
        for late in planned.events_ms {
            let (world, event) = (Rc::clone(&world), event.clone());
            spawn_local(async move {
                sleep(Duration::from_millis(late.into())).await;
                lambda::invoke_asynchronously(&world, number, event).await;
            });
        }
    }
}

fn input(run: &Run) -> Value {
    let mut input = json!({"lambdaARN": "f", "payload": {}});
    let (powers, num) = match &run.kind {
        Kind::List(powers) => (json!(powers), 5),
        Kind::ColdStarts(powers) => {
            input["onlyColdStarts"] = json!(true);
            (json!(powers), 5)
        }
        Kind::Auto => (json!("AUTO"), 15),
    };
    input["powerValues"] = powers;
    input["num"] = json!(num);
    input["includeOutputResults"] = json!(true);
    match run.optimize {
        Optimize::No => {}
        Optimize::Latest => input["autoOptimize"] = json!(true),
        Optimize::Alias => {
            input["autoOptimize"] = json!(true);
            input["autoOptimizeAlias"] = json!("live");
        }
    }
    input
}
