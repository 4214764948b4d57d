use std::{collections::HashSet, time::Duration};

use lambda_control::{
    ApiErrorKind,
    fake::{Behaved, FakeLambda, plan},
};
use serde_json::json;
use tuning::{
    measurement::Basis,
    payload::Payload,
    plan::Sampling,
    step::{STATE_LIMIT, publisher::PublishedVersion},
};

use super::*;

const LONG: Duration = Duration::from_mins(5);

/// A function with a version of 1,024 MB, as the Publisher leaves it.
fn published(api: &FakeLambda) -> PublishedVersion {
    let version = api.state().publish("marked");
    PublishedVersion { power: version.memory, version: version.number }
}

fn the_plan(sampling: Sampling) -> Plan {
    let mut plan = plan(&[1024]);
    plan.request.sampling = sampling;
    plan
}

async fn execute(api: &FakeLambda, plan: &Plan, deadline: Duration, progress: Progress) -> Result<Progress, Error> {
    let target = match api.state().versions.first() {
        Some(version) => PublishedVersion { power: version.memory, version: version.number },
        None => panic!("nothing is published"),
    };
    let input = Input { plan: plan.clone(), target, progress };
    handle(api, Deadline::after(deadline), &mut fastrand::Rng::with_seed(1), input).await
}

async fn measure(api: &FakeLambda, plan: &Plan) -> Result<Measurement, Error> {
    published(api);
    Ok(execute(api, plan, LONG, Progress::default()).await?.measurement.unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_serial_run_makes_num_invocations_one_at_a_time() {
    let api = FakeLambda::new();
    let measurement = measure(&api, &the_plan(Sampling::serial(10))).await.unwrap();
    let statistics = measurement.statistics().unwrap();
    assert_eq!(api.count("Invoke"), 10);
    assert_eq!(api.state().most_at_once, 1);
    assert_eq!((statistics.warm.unwrap().n, statistics.cold.unwrap().n, statistics.basis), (9, 1, Basis::Warm));
    assert_eq!((measurement.spent.invocations, measurement.spent.billed.0), (10, 110 + 9 * 10));
    assert_eq!(measurement.max_memory_used, Some(64));
}

#[tokio::test(start_paused = true)]
async fn a_parallel_run_makes_num_invocations_in_lanes_with_one_cold_start_each() {
    let api = FakeLambda::new();
    let measurement = measure(&api, &the_plan(Sampling::parallel(50, 10))).await.unwrap();
    let statistics = measurement.statistics().unwrap();
    assert_eq!(api.count("Invoke"), 50);
    assert_eq!(api.state().most_at_once, 10);
    assert_eq!((statistics.warm.unwrap().n, statistics.cold.unwrap().n), (40, 10));
}

#[tokio::test(start_paused = true)]
async fn near_its_deadline_it_returns_what_it_has_and_the_next_call_goes_on() {
    let api = FakeLambda::behaving(|_, _, _| Behaved::for_ms(1000));
    published(&api);
    let plan = the_plan(Sampling::parallel(40, 4));
    let (mut progress, mut calls) = (Progress { unfinished: true, ..Progress::default() }, 0);
    while progress.unfinished {
        let begin = tokio::time::Instant::now();
        progress = execute(&api, &plan, Duration::from_secs(10), progress).await.unwrap();
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
        calls += 1;
        // What travels through the state machine is JSON.
        progress = serde_json::from_value(json!(progress)).unwrap();
    }
    let measurement = progress.measurement.unwrap();
    assert!(calls > 1);
    assert_eq!(measurement.executor_calls, calls);
    assert_eq!((measurement.spent.invocations, measurement.statistics().unwrap().samples()), (40, 40));
}

#[tokio::test(start_paused = true)]
async fn every_call_gets_ahead_even_if_one_invocation_may_take_longer_than_the_executor() {
    let api = FakeLambda::behaving(|_, _, _| Behaved::for_ms(8000));
    published(&api);
    let mut plan = the_plan(Sampling::serial(5));
    plan.before.timeout = tuning::milliseconds::Milliseconds(900_000.0);
    let progress = execute(&api, &plan, Duration::from_secs(10), Progress::default()).await.unwrap();
    assert_eq!((progress.unfinished, progress.spent.invocations), (true, 1));
}

#[tokio::test(start_paused = true)]
async fn lanes_mix_weighted_payloads_and_every_body_is_sent_as_often_as_its_share() {
    let api = FakeLambda::new();
    let mut plan = the_plan(Sampling::parallel(20, 5));
    let list = json!([{"payload": {"a": 1}, "weight": 1}, {"payload": {"b": 1}, "weight": 3}]);
    plan.request.payload = Payload::from_field(Some(&list), 20).unwrap();
    measure(&api, &plan).await.unwrap();
    let bodies: Vec<String> = api.state().bodies.iter().filter_map(|(_, body)| body.clone()).collect();
    assert_eq!(bodies.iter().filter(|body| *body == "{\"a\":1}").count(), 5);
    assert_eq!(bodies.iter().filter(|body| *body == "{\"b\":1}").count(), 15);
}

#[tokio::test(start_paused = true)]
async fn without_a_payload_no_body_is_sent() {
    let api = FakeLambda::new();
    measure(&api, &the_plan(Sampling::serial(5))).await.unwrap();
    assert!(api.state().bodies.iter().all(|(_, body)| body.is_none()));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_function_fails_the_run_with_its_type_and_message() {
    let failing = || {
        FakeLambda::behaving(
            |_, n, _| if n < 3 { Behaved::for_ms(1) } else { Behaved::failing("ValueError", "bad secret", "") },
        )
    };
    let mut plan = the_plan(Sampling::serial(10));
    let error = measure(&failing(), &plan).await.unwrap_err();
    let diagnostic = lambda_runtime::Diagnostic::from(error.clone());
    assert_eq!(diagnostic.error_type, "FunctionError");
    assert!(error.to_string().contains("ValueError") && error.to_string().contains("bad secret"), "{error}");
    plan.request.sampling.hide_payloads = true;
    let error = measure(&failing(), &plan).await.unwrap_err().to_string();
    assert!(error.contains("ValueError") && !error.contains("secret"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_memory_size_that_is_too_small_is_a_result_and_ends_the_measuring() {
    let api = FakeLambda::behaving(|_, _, _| {
        Behaved::failing("Runtime.ExitError", "signal: killed", "Status: error\tError Type: Runtime.OutOfMemory")
    });
    let measurement = measure(&api, &the_plan(Sampling::parallel(50, 10))).await.unwrap();
    assert_eq!(measurement.result, Measured::Infeasible(Infeasible::OutOfMemory));
    assert!(api.count("Invoke") <= 10);
    assert_eq!(measurement.spent.errors.values().sum::<u32>(), measurement.spent.invocations);
}

#[tokio::test(start_paused = true)]
async fn an_invocation_without_a_report_is_no_sample_of_zero() {
    let api = FakeLambda::behaving(|_, n, _| Behaved { report: (n != 4).then(String::new), ..Behaved::for_ms(10) });
    let measurement = measure(&api, &the_plan(Sampling::serial(10))).await.unwrap();
    let statistics = measurement.statistics().unwrap();
    assert_eq!((statistics.samples(), measurement.spent.unreported), (9, 1));
    assert_eq!(statistics.warm.unwrap().min, 10.0);
    let silent = FakeLambda::behaving(|_, _, _| Behaved { report: None, ..Behaved::for_ms(10) });
    let measurement = measure(&silent, &the_plan(Sampling::serial(5))).await.unwrap();
    assert_eq!((measurement.result, measurement.spent.unreported), (Measured::NoReports, 5));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_invocation_is_made_again_and_counted_once() {
    let api = FakeLambda::new();
    let mut invocations = 0;
    api.before_each_call(move |call, _| {
        invocations += usize::from(call == "Invoke");
        (call == "Invoke" && invocations % 3 == 1).then_some(ApiErrorKind::Throttled)
    });
    let measurement = measure(&api, &the_plan(Sampling::serial(10))).await.unwrap();
    assert_eq!((measurement.spent.invocations, measurement.spent.unconfirmed), (10, 0));
}

#[tokio::test(start_paused = true)]
async fn an_invocation_that_may_have_run_is_made_again_and_counted_as_unconfirmed() {
    let api = FakeLambda::new();
    let mut invocations = 0;
    api.before_each_call(move |call, _| {
        invocations += usize::from(call == "Invoke");
        (invocations == 2 || invocations == 3).then_some(ApiErrorKind::Unclear)
    });
    let measurement = measure(&api, &the_plan(Sampling::serial(10))).await.unwrap();
    assert_eq!((measurement.spent.invocations, measurement.spent.unconfirmed), (10, 2));
}

#[tokio::test(start_paused = true)]
async fn a_function_that_is_always_throttled_fails_the_run_instead_of_waiting_forever() {
    for limit in [Duration::from_mins(15), Duration::from_secs(10)] {
        let api = FakeLambda::new();
        published(&api);
        api.before_each_call(|call, _| (call == "Invoke").then_some(ApiErrorKind::Throttled));
        let error = execute(&api, &the_plan(Sampling::parallel(20, 5)), limit, Progress::default()).await.unwrap_err();
        assert!(error.to_string().contains("maxConcurrency"), "{error}");
        assert_eq!(lambda_runtime::Diagnostic::from(error).error_type, "ServiceError");
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_that_was_deleted_is_somebody_s_change() {
    let api = FakeLambda::new();
    let target = published(&api);
    api.before_each_call(move |call, function| {
        if call == "Invoke" && function.bodies.len() == 2 {
            function.versions.clear();
        }
        None
    });
    let error = execute(&api, &the_plan(Sampling::serial(5)), LONG, Progress::default()).await.unwrap_err();
    assert!(error.to_string().contains(&format!("version {} was deleted", target.version)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_pause_between_invocations_is_kept() {
    let api = FakeLambda::new();
    let begin = tokio::time::Instant::now();
    measure(&api, &the_plan(Sampling { pause_ms: 1000, ..Sampling::serial(5) })).await.unwrap();
    assert!((4..5).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_state_stays_below_its_limit_at_the_largest_plan_that_is_accepted() {
    use tuning::{deployment::Deployment, input};
    let deployment = Deployment {
        power_values: Vec::new(),
        auto_optimize: false,
        visualization_url: "https://example.com/".to_owned(),
    };
    let ask = |num: u32| json!({"lambdaARN": "f", "num": num, "powerValues": "ALL", "payload": "x".repeat(50_000)});
    let refused = input::Input::parse(&ask(1_000_000), &deployment).unwrap_err().to_string();
    let most: u32 = refused.split("at most ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let accepted = input::Input::parse(&ask(most), &deployment).unwrap();
    let plan = Plan { request: accepted.request, ..plan(&[]) };
    // The longest durations there are, none of them complete.
    let sample = Sample {
        duration: tuning::milliseconds::Milliseconds(899_999.99),
        billed: tuning::milliseconds::BilledMilliseconds(999_999),
        cold_start: Some(tuning::milliseconds::Milliseconds(99_999.99)),
    };
    let lane = Lane { done: most, samples: vec![sample; most as usize] };
    let progress = Progress { unfinished: true, lanes: vec![lane], ..Progress::default() };
    let target = PublishedVersion { power: Power::MAX, version: "999999".parse().unwrap() };
    let during = json!({"plan": plan, "target": target, "progress": progress}).to_string().len();
    assert!(during <= STATE_LIMIT, "{during}");
    assert!(during > STATE_LIMIT * 3 / 4, "the bound is needlessly tight: {during}");
    let summary = Statistics::of(&vec![sample; 7], plan.request.trim).unwrap();
    let measurement = Measurement {
        value: Power::MAX,
        result: Measured::Samples(summary),
        spent: tuning::measurement::Spent { invocations: most, ..Default::default() },
        max_memory_used: Some(10_240),
        executor_calls: 999,
    };
    let measurements = vec![measurement; plan.request.power_values.len()];
    let publication = vec![target; plan.request.power_values.len()];
    let after = json!({"plan": plan, "publication": publication, "measurements": measurements}).to_string().len();
    assert!(after <= STATE_LIMIT, "{after}");
    let distinct: HashSet<_> = plan.request.power_values.iter().collect();
    assert_eq!(distinct.len(), 46);
}
