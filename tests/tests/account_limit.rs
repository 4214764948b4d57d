//! An account that allows less memory than AWS Lambda has: Initializer, Publisher, Executor and Analyzer together, on a
//! fake whose limit is that of new accounts.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use aws::fake::{Behaved, FakeLambda, deployment};
use custody::Deadline;
use serde_json::{Value, json};
use tuning::{
    contract::{
        outcome::{Outcome, TuningOutcome},
        step::{
            RunState,
            analyzer::{self, Next},
            executor, initializer, publisher,
        },
    },
    measure::measurement::Measured,
    price::Prices,
    units::{arn::ExecutionArn, power::Power},
};

const LIMIT: u32 = 3008;
const TIME: Duration = Duration::from_mins(5);

/// Computes on so many cores that it gets faster up to the largest memory size.
fn on_many_cores() -> FakeLambda {
    let api = FakeLambda::behaving(|power, _, _| Behaved::for_ms(2_000_000 / u64::from(power.megabytes())));
    api.state().memory_limit = Power::new(LIMIT).unwrap();
    api
}

/// Goes through the states of a run as the state machine does, up to the decision.
async fn run(api: &FakeLambda, fields: Value) -> Result<(TuningOutcome, RunState), String> {
    let mut input = json!({"lambdaARN": "f", "powerValues": "AUTO", "strategy": "speed"});
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let deployment = deployment();
    let execution = ExecutionArn("arn:aws:states:us-east-1:123456789012:execution:m:run".to_owned());
    let (prices, deadline) = (Prices::bundled().unwrap(), || Deadline::after(TIME));
    let begin = initializer::Input { execution, input, retries: 0 };
    let mut state =
        ::initializer::handle(api, &deployment, &prices, deadline(), begin).await.map_err(|e| e.to_string())?;
    while matches!(state.analysis.next, Next::Publish | Next::Measure) {
        let RunState { plan, mut publication, analysis } = state;
        while analysis.next == Next::Publish && publication.next != publisher::Next::Measure
            || publication.round != analysis.round.number
        {
            let (plan, round) = (plan.clone(), analysis.round.clone());
            let input = publisher::Input { plan, round, publication, retries: 0 };
            publication = ::publisher::handle(api, deadline(), input).await.map_err(|e| e.to_string())?;
        }
        let mut targets = Vec::new();
        for target in publication.targets {
            let input = executor::Input { plan: plan.clone(), round: analysis.round.clone(), target, retries: 0 };
            let mut random = fastrand::Rng::with_seed(1);
            targets.push(::executor::handle(api, deadline(), &mut random, input).await.map_err(|e| e.to_string())?);
        }
        publication.targets = targets;
        // What travels between steps is JSON.
        let input = json!(analyzer::Input { plan, publication, analysis, retries: 0 });
        let input: analyzer::Input = serde_json::from_value(input).unwrap();
        state = ::analyzer::handle(&prices, input).map_err(|e| e.to_string())?;
    }
    match state.analysis.outcome.clone() {
        Some(Outcome::Tuned(outcome)) => Ok((*outcome, state)),
        other => Err(format!("{other:?}")),
    }
}

fn megabytes(outcome: &TuningOutcome, which: fn(bool) -> bool) -> Vec<u32> {
    let rows = outcome.stats.iter().flatten().filter(|row| which(row.excluded.is_some()));
    rows.map(|row| row.value.megabytes()).collect()
}

#[tokio::test(start_paused = true)]
async fn account_limit_is_learned_from_the_first_refusal_and_the_search_goes_on_below_it() {
    let api = on_many_cores();
    let (outcome, state) = run(&api, json!({"includeOutputResults": true})).await.unwrap();
    assert_eq!(state.plan.request.search.as_ref().unwrap().max.megabytes(), LIMIT);
    // One round asked for more, none after it.
    let refused = megabytes(&outcome, |excluded| excluded);
    assert!(!refused.is_empty() && refused.len() <= 2 && refused.iter().all(|mb| *mb > LIMIT), "{refused:?}");
    let measured = megabytes(&outcome, |excluded| !excluded);
    assert!(measured.iter().all(|mb| *mb <= LIMIT), "{measured:?}");
    // The fastest is what is allowed at most, or as good as that.
    assert!(outcome.power.megabytes() > LIMIT * 8 / 10, "{} of {measured:?}", outcome.power);
    let warned = |mb: &u32| outcome.warnings.iter().any(|warning| warning.contains(&format!("{mb} MB was left out")));
    assert!(refused.iter().all(warned), "{:?}", outcome.warnings);
    assert_eq!(api.state().latest.memory.megabytes(), 1024);
}

#[tokio::test(start_paused = true)]
async fn account_limit_below_min_power_ends_the_run_with_the_words_of_aws() {
    let error = run(&on_many_cores(), json!({"minPower": 4096})).await.unwrap_err();
    assert!(error.contains("less than or equal to 3008") && error.contains("minPower"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn account_limit_leaves_the_memory_sizes_of_a_list_out_that_are_above_it() {
    let list = json!({"powerValues": [512, 4096, 10240], "num": 5, "includeOutputResults": true});
    let (outcome, _) = run(&on_many_cores(), list).await.unwrap();
    assert_eq!((outcome.power.megabytes(), megabytes(&outcome, |excluded| excluded)), (512, vec![4096, 10_240]));
}

#[tokio::test(start_paused = true)]
async fn account_limit_that_nothing_reaches_changes_nothing() {
    let api = FakeLambda::behaving(|_, _, _| Behaved::for_ms(20));
    api.state().memory_limit = Power::new(LIMIT).unwrap();
    let (outcome, state) = run(&api, json!({"strategy": "cost", "includeOutputResults": true})).await.unwrap();
    assert_eq!(state.plan.request.search.as_ref().unwrap().max, Power::MAX);
    assert!(megabytes(&outcome, |excluded| excluded).is_empty());
    assert!(state.analysis.measured.iter().all(|m| !matches!(m.result, Measured::Refused(_))));
}
