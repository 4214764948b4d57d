use std::{collections::HashSet, time::Duration};

use aws::{
    ApiErrorKind,
    fake::{Behaved, FakeLambda, deployment, plan},
    object_store::Object,
};
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};
use tuning::{
    contract::{
        input,
        outcome::SampleRow,
        step::{STATE_LIMIT, publisher::Target},
    },
    measure::{
        error_rate::ErrorRate,
        lane::Environments,
        measurement::{Basis, Spent},
        sample::{Sample, Start},
    },
    price::GbSecondPrice,
    run::{
        failure::FailurePolicy,
        plan::{PayloadOrder, Processors, Sampling},
        round::Round,
    },
    units::{
        milliseconds::{BilledMilliseconds, Milliseconds},
        moment::Moment,
        power::Power,
        usd::Usd,
    },
};

use super::*;

const LONG: Duration = Duration::from_mins(5);

/// A function with a version of 1,024 MB, as the Publisher leaves it.
fn published(api: &FakeLambda) -> Target {
    let version = api.state().publish("marked");
    Target::new(version.memory, vec![version.number])
}

fn the_plan(sampling: Sampling) -> Plan {
    let mut plan = plan(&[1024]);
    plan.request.sampling = sampling;
    plan
}

async fn execute(api: &FakeLambda, plan: &Plan, deadline: Duration, progress: Progress) -> Result<Progress, Error> {
    let versions: Vec<_> = api.state().versions.iter().map(|version| version.number).collect();
    let target = Target { progress, ..Target::new(Power::new(1024).unwrap(), versions) };
    let round = Round::of_list(plan, GbSecondPrice(0.000_016_666_7));
    let input = Input { plan: plan.clone(), round, target, retries: 0 };
    Ok(handle(api, Deadline::after(deadline), &mut fastrand::Rng::with_seed(1), input).await?.progress)
}

/// The result, when no samples are left to take.
fn complete(progress: Progress) -> Measurement {
    let Progress::Measured(measurement) = progress else { panic!("samples are left: {progress:?}") };
    *measurement
}

/// Returns what was taken, when samples are left.
fn unfinished(progress: &Progress) -> Taken {
    let Progress::Unfinished(taken) = progress else { panic!("it is complete: {progress:?}") };
    taken.clone()
}

async fn measure(api: &FakeLambda, plan: &Plan) -> Result<Measurement, Error> {
    published(api);
    Ok(complete(execute(api, plan, LONG, Progress::default()).await?))
}

fn error_name(error: &Error) -> String {
    Diagnostic::from(error.clone()).error_type
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
async fn as_on_aws_a_function_slower_than_the_executor_is_cut_off_counted_and_named() {
    let api = FakeLambda::behaving(|_, _, _| Behaved::for_ms(301_000));
    published(&api);
    let mut plan = the_plan(Sampling::serial(5));
    let skipped = complete(execute(&api, &plan, LONG, Progress::default()).await.unwrap());
    assert_eq!((&skipped.result, skipped.spent.unconfirmed), (&Measured::Infeasible(Infeasible::TooSlow), 1));
    plan.request.failures.on_failure = OnFailure::Fail;
    let error = execute(&api, &plan, LONG, Progress::default()).await.unwrap_err();
    assert_eq!((error_name(&error).as_str(), api.count("Invoke")), ("PowerValueInfeasible", 2));
    assert!(error.to_string().contains("totalExecutionTimeout"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn as_on_aws_an_invocation_that_began_late_and_is_cut_off_is_made_again_by_the_next_call() {
    let api = FakeLambda::behaving(|_, count, _| Behaved::for_ms(if count == 1 { 280_000 } else { 40_000 }));
    published(&api);
    let plan = the_plan(Sampling::serial(2));
    let taken = unfinished(&execute(&api, &plan, LONG, Progress::default()).await.unwrap());
    assert_eq!((taken.spent.invocations, taken.spent.unconfirmed), (1, 1));
    let done = complete(execute(&api, &plan, LONG, Progress::Unfinished(taken)).await.unwrap());
    assert_eq!((done.spent.invocations, done.statistics().unwrap().samples()), (2, 2));
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
    let (mut progress, mut calls) = (Progress::default(), 0);
    while matches!(progress, Progress::Unfinished(_)) {
        let begin = tokio::time::Instant::now();
        progress = execute(&api, &plan, Duration::from_secs(10), progress).await.unwrap();
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
        calls += 1;
        // What travels through the state machine is JSON.
        progress = serde_json::from_value(json!(progress)).unwrap();
    }
    let measurement = complete(progress);
    assert!(calls > 1);
    assert_eq!(measurement.executor_calls, calls);
    assert_eq!((measurement.spent.invocations, measurement.statistics().unwrap().samples()), (40, 40));
}

#[tokio::test(start_paused = true)]
async fn every_call_gets_ahead_even_if_one_invocation_may_take_longer_than_the_executor() {
    let api = FakeLambda::behaving(|_, _, _| Behaved::for_ms(7000));
    published(&api);
    let mut plan = the_plan(Sampling::serial(5));
    plan.before.timeout = Milliseconds(900_000.0);
    let progress = execute(&api, &plan, Duration::from_secs(10), Progress::default()).await.unwrap();
    assert_eq!(unfinished(&progress).spent.invocations, 1);
}

#[tokio::test(start_paused = true)]
async fn lanes_mix_weighted_payloads_and_every_body_is_sent_as_often_as_its_share() {
    let api = FakeLambda::new();
    let mut plan = the_plan(Sampling::parallel(20, 5));
    let list = json!([{"payload": {"a": 1}, "weight": 1}, {"payload": {"b": 1}, "weight": 3}]);
    plan.request.payload = PayloadSource::Inline(Payload::from_field(Some(&list), 20).unwrap());
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

fn failing_after(invocations: usize) -> FakeLambda {
    FakeLambda::behaving(move |_, n, _| match n {
        n if n < invocations => Behaved::for_ms(1),
        _ => Behaved::failing("ValueError", "bad secret", ""),
    })
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_function_leaves_the_memory_size_out_with_its_type_and_share() {
    let measurement = measure(&failing_after(3), &the_plan(Sampling::serial(10))).await.unwrap();
    assert_eq!(measurement.result, Measured::Infeasible(Infeasible::FunctionError));
    assert_eq!((measurement.spent.invocations, measurement.spent.raised), (4, 1));
    let why = measurement.exclusion().unwrap();
    assert!(why.contains("25 %") && why.contains("1 x ValueError: bad secret"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn errors_within_the_allowed_rate_are_no_samples_and_more_of_them_leave_the_memory_size_out() {
    // Two of ten fail, the fifth and the tenth.
    let failing = || {
        FakeLambda::behaving(|_, n, _| match n % 5 {
            4 => Behaved::failing("ValueError", "no", ""),
            _ => Behaved::for_ms(10),
        })
    };
    for sampling in [Sampling::serial(10), Sampling::parallel(10, 5)] {
        let mut plan = the_plan(sampling);
        for (rate, is_allowed) in [(0.0, false), (0.1, false), (0.2, true), (1.0, true)] {
            plan.request.failures.allowed_rate = ErrorRate(rate);
            let measurement = measure(&failing(), &plan).await.unwrap();
            assert_eq!(measurement.statistics().is_some(), is_allowed, "{rate}");
            if let Some(statistics) = measurement.statistics() {
                assert_eq!((statistics.samples(), measurement.spent.invocations), (8, 10));
                assert_eq!((measurement.spent.raised, measurement.spent.errors.count()), (2, 2));
                assert_eq!(statistics.warm.unwrap().min, 10.0);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn measuring_ends_as_soon_as_the_allowed_rate_cannot_be_kept() {
    let mut plan = the_plan(Sampling::serial(50));
    plan.request.failures.allowed_rate = ErrorRate(0.1);
    let measurement = measure(&failing_after(10), &plan).await.unwrap();
    assert_eq!((measurement.spent.invocations, measurement.spent.raised), (16, 6));
    assert_eq!(measurement.result, Measured::Infeasible(Infeasible::FunctionError));
}

#[tokio::test(start_paused = true)]
async fn errors_of_all_calls_of_the_executor_count_for_the_allowed_rate() {
    let api = FakeLambda::behaving(|_, n, _| match n % 2 {
        1 => Behaved { duration: Duration::from_secs(1), ..Behaved::failing("ValueError", "no", "") },
        _ => Behaved::for_ms(1000),
    });
    published(&api);
    let mut plan = the_plan(Sampling::serial(20));
    plan.request.failures.allowed_rate = ErrorRate(0.3);
    let mut progress = Progress::default();
    while matches!(progress, Progress::Unfinished(_)) {
        progress = execute(&api, &plan, Duration::from_secs(7), progress).await.unwrap();
    }
    let measurement = complete(progress);
    assert_eq!(measurement.result, Measured::Infeasible(Infeasible::FunctionError));
    assert_eq!((measurement.spent.invocations, measurement.spent.raised), (14, 7));
    assert!(measurement.executor_calls > 1);
}

#[tokio::test(start_paused = true)]
async fn running_out_of_memory_as_a_language_says_it_is_a_result_at_any_memory_used() {
    let api = FakeLambda::behaving(|_, _, _| Behaved::failing("java.lang.OutOfMemoryError", "Java heap space", ""));
    let measurement = measure(&api, &the_plan(Sampling::serial(10))).await.unwrap();
    assert_eq!(measurement.result, Measured::Infeasible(Infeasible::OutOfMemory));
    assert_eq!((measurement.spent.raised, measurement.max_memory_used), (0, Some(64)));
}

/// The first invocation of each environment initialises it once more, and takes 7 s instead of 140 ms.
fn initialising_within_the_invocation(log: &'static str) -> FakeLambda {
    FakeLambda::behaving(move |_, n, _| match n {
        0 => Behaved { log: log.to_owned(), reports_init: false, ..Behaved::for_ms(7140) },
        _ => Behaved::for_ms(140),
    })
}

const GIVEN_UP: &str = "INIT_REPORT Init Duration: 9999.81 ms\tPhase: init\tStatus: timeout\n";

#[tokio::test(start_paused = true)]
async fn an_invocation_after_an_initialisation_that_was_given_up_is_a_cold_one() {
    let measurement =
        measure(&initialising_within_the_invocation(GIVEN_UP), &the_plan(Sampling::serial(5))).await.unwrap();
    let statistics = measurement.statistics().unwrap();
    assert_eq!((statistics.basis, statistics.average_duration), (Basis::Warm, Milliseconds(140.0)));
    assert_eq!((statistics.cold.unwrap().mean, statistics.warm.unwrap().n), (7140.0, 4));
    assert_eq!((measurement.spent.inits_given_up, measurement.spent.suspected_starts), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn of_cold_starts_the_initialisation_that_was_given_up_is_a_part() {
    let api = initialising_within_the_invocation(GIVEN_UP);
    let plan = the_plan(Sampling { environments: Environments::Fresh, ..Sampling::serial(1) });
    let statistics = measure(&api, &plan).await.unwrap().statistics().cloned().unwrap();
    assert_eq!((statistics.basis, statistics.average_duration), (Basis::Cold, Milliseconds(7140.0 + 9999.81)));
}

#[tokio::test(start_paused = true)]
async fn where_the_tail_lacks_it_a_first_invocation_that_is_many_times_slower_is_suspected() {
    let api = initialising_within_the_invocation("");
    let measurement = measure(&api, &the_plan(Sampling::serial(5))).await.unwrap();
    let statistics = measurement.statistics().unwrap();
    assert_eq!((statistics.average_duration, statistics.cold.unwrap().mean), (Milliseconds(140.0), 7140.0));
    assert_eq!((measurement.spent.inits_given_up, measurement.spent.suspected_starts), (0, 1));
    // One that is as fast as the others found a warm environment.
    let api = FakeLambda::behaving(|_, _, _| Behaved { reports_init: false, ..Behaved::for_ms(140) });
    let measurement = measure(&api, &the_plan(Sampling::serial(5))).await.unwrap();
    assert_eq!((measurement.statistics().unwrap().warm.unwrap().n, measurement.spent.suspected_starts), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn what_a_log_forwarder_prints_of_other_functions_is_not_taken() {
    const OTHERS: &str = "REPORT RequestId: other\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t\n";
    let forwarding = |report| Behaved { log: OTHERS.to_owned(), report, ..Behaved::for_ms(10) };
    let api = FakeLambda::behaving(move |_, n, _| forwarding((n < 5).then(String::new)));
    let measurement = measure(&api, &the_plan(Sampling::serial(10))).await.unwrap();
    assert_eq!((measurement.statistics().unwrap().samples(), measurement.spent.unreported), (5, 5));
    assert_eq!((measurement.max_memory_used, measurement.spent.billed.0), (Some(64), 110 + 4 * 10));
    // Lambda writes none, so that even one with our id is somebody else's.
    let mut silent = the_plan(Sampling::serial(10));
    silent.before.logs.reports = false;
    let measurement = measure(&FakeLambda::new(), &silent).await.unwrap();
    assert_eq!((measurement.statistics().unwrap().source, measurement.spent.unreported), (Source::Client, 10));
    assert_eq!((measurement.max_memory_used, measurement.spent.billed.0), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_skip_failures_is_told_the_error_of_the_function_with_its_type_and_message() {
    let failing = || failing_after(3);
    let mut plan = the_plan(Sampling::serial(10));
    plan.request.failures.on_failure = OnFailure::Fail;
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
    assert_eq!(measurement.spent.errors.count(), measurement.spent.invocations);
}

#[tokio::test(start_paused = true)]
async fn an_invocation_without_a_report_is_no_sample_of_zero() {
    let api = FakeLambda::behaving(|_, n, _| Behaved { report: (n != 4).then(String::new), ..Behaved::for_ms(10) });
    let measurement = measure(&api, &the_plan(Sampling::serial(10))).await.unwrap();
    let statistics = measurement.statistics().unwrap();
    assert_eq!((statistics.samples(), measurement.spent.unreported, statistics.source), (9, 1, Source::Report));
    assert_eq!(statistics.warm.unwrap().min, 10.0);
    // What it cost is not known: the client's clock stands in, 20 ms for the call and 10 ms for the function.
    assert_eq!(measurement.spent.timed, BilledMilliseconds(30));
}

#[tokio::test(start_paused = true)]
async fn a_report_that_the_tail_lacks_is_found_in_cloudwatch_logs() {
    let api = FakeLambda::behaving(|_, n, _| Behaved { report: (n < 5).then(String::new), ..Behaved::for_ms(10) });
    let line = |id: usize| {
        format!(
            "REPORT RequestId: request-{id}\tDuration: 77.00 ms\tBilled Duration: 77 ms\tMemory Size: 1024 MB\tMax Memory Used: 99 MB\t"
        )
    };
    // The last one is of another request, whose id begins like one of ours.
    api.state().log_events = (6..10).map(line).chain([line(100)]).collect();
    api.state().queries_until_logged = 2;
    let measurement = measure(&api, &the_plan(Sampling::serial(10))).await.unwrap();
    let statistics = measurement.statistics().unwrap();
    assert_eq!((statistics.samples(), statistics.source), (9, Source::Logs));
    assert_eq!((measurement.spent.unreported, measurement.spent.found_in_logs), (5, 4));
    assert_eq!(measurement.spent.billed.0, 110 + 4 * 10 + 4 * 77);
    assert_eq!((measurement.max_memory_used, statistics.warm.unwrap().max), (Some(99), 77.0));
}

#[tokio::test(start_paused = true)]
async fn without_any_report_the_client_s_timing_stands_in_marked_and_without_the_cold_invocation() {
    for reports in [true, false] {
        let api = FakeLambda::behaving(|_, _, _| Behaved { report: None, ..Behaved::for_ms(10) });
        let mut plan = the_plan(Sampling::parallel(20, 2));
        plan.before.logs.reports = reports;
        let begin = tokio::time::Instant::now();
        let measurement = measure(&api, &plan).await.unwrap();
        let statistics = measurement.statistics().unwrap();
        assert_eq!((statistics.source, statistics.warm.unwrap().n, statistics.cold), (Source::Client, 18, None));
        assert_eq!(statistics.average_duration, Milliseconds(30.0));
        // Where the log format rules reports out, nobody waits for them.
        assert_eq!(api.count("FilterLogEvents") > 1, reports);
        assert!(begin.elapsed() < Duration::from_secs(if reports { 20 } else { 2 }), "{:?}", begin.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn logs_that_may_not_be_read_do_not_fail_the_run() {
    let api = FakeLambda::behaving(|_, _, _| Behaved { report: None, ..Behaved::for_ms(10) });
    api.before_each_call(|call, _| (call == "FilterLogEvents").then_some(ApiErrorKind::Denied));
    let measurement = measure(&api, &the_plan(Sampling::serial(10))).await.unwrap();
    assert_eq!(measurement.statistics().unwrap().source, Source::Client);
    assert_eq!(api.count("FilterLogEvents"), 1);
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
    assert_eq!(measurement.spent.throttled, 5);
}

#[tokio::test(start_paused = true)]
async fn answers_that_reject_the_payload_are_counted_and_are_samples() {
    for response in [r#"{"statusCode": 404}"#, r#"{"batchItemFailures": [{"itemIdentifier": "1"}]}"#, "{}"] {
        let api = FakeLambda::behaving(|_, _, _| Behaved { response: response.into(), ..Behaved::for_ms(10) });
        let measurement = measure(&api, &the_plan(Sampling::serial(10))).await.unwrap();
        let rejections = measurement.spent.rejections.count();
        assert_eq!(
            (rejections, measurement.statistics().unwrap().samples()),
            (if response == "{}" { 0 } else { 10 }, 10),
            "{response}"
        );
    }
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
async fn as_on_aws_what_lambda_did_not_begin_is_waited_for_and_counts_for_nothing() {
    use ApiErrorKind::{Expired, NotFound, NotReady, Unreached};
    for not_yet in [NotFound, Expired, Unreached, NotReady] {
        let api = FakeLambda::new();
        let mut invocations = 0;
        api.before_each_call(move |call, _| {
            invocations += usize::from(call == "Invoke");
            (call == "Invoke" && invocations <= 3).then_some(not_yet)
        });
        let measurement = measure(&api, &the_plan(Sampling::serial(10))).await.unwrap();
        let spent = &measurement.spent;
        assert_eq!((spent.invocations, spent.unconfirmed, spent.throttled), (10, 0, 0), "{not_yet:?}");
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
    assert!(error.to_string().contains(&format!("version {} was deleted", target.versions[0])), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_pause_between_invocations_is_kept() {
    let api = FakeLambda::new();
    let begin = tokio::time::Instant::now();
    measure(&api, &the_plan(Sampling { pause_ms: 1000, ..Sampling::serial(5) })).await.unwrap();
    assert!((4..5).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_pause_is_kept_between_two_calls_of_the_executor_too() {
    let api = FakeLambda::new();
    published(&api);
    let plan = the_plan(Sampling { pause_ms: 3000, ..Sampling::serial(5) });
    let (mut progress, begin) = (Progress::default(), tokio::time::Instant::now());
    while matches!(progress, Progress::Unfinished(_)) {
        progress = execute(&api, &plan, Duration::from_secs(6), progress).await.unwrap();
    }
    assert!(begin.elapsed() >= Duration::from_secs(12), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn cold_starts_go_to_a_version_each_and_their_durations_include_the_start() {
    let api = FakeLambda::new();
    for _ in 0..5 {
        api.state().publish("marked");
        api.state().deploy();
    }
    for sampling in [Sampling::serial(5), Sampling { lanes: 5, ..Sampling::serial(5) }] {
        let plan = the_plan(Sampling { environments: Environments::Fresh, ..sampling });
        let measurement = complete(execute(&api, &plan, LONG, Progress::default()).await.unwrap());
        let statistics = measurement.statistics().unwrap();
        assert_eq!((statistics.basis, statistics.average_duration), (Basis::Cold, Milliseconds(110.0)));
        assert_eq!((statistics.cold.unwrap().n, statistics.warm), (5, None));
        for version in &mut api.state().versions {
            version.number = (version.number.to_string() + "0").parse().unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_allowed_is_a_sample_and_counted() {
    let api = FakeLambda::behaving(|_, n, _| match n % 2 {
        0 => Behaved::for_ms(10),
        _ => Behaved::failing("BusinessError", "not today", ""),
    });
    let mut plan = the_plan(Sampling::serial(10));
    plan.request.failures = FailurePolicy { allowed: vec!["BusinessError".to_owned()], ..FailurePolicy::default() };
    let measurement = measure(&api, &plan).await.unwrap();
    assert_eq!(measurement.statistics().unwrap().samples(), 10);
    let errors = json!(measurement.spent.errors);
    assert_eq!(errors, json!({"BusinessError": {"count": 5, "message": "not today"}}));
    plan.request.sampling.hide_payloads = true;
    let hidden = measure(&api, &plan).await.unwrap();
    assert_eq!(json!(hidden.spent.errors), json!({"BusinessError": {"count": 5}}));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_too_small_fails_the_run_if_that_was_asked_for() {
    let api = FakeLambda::behaving(|_, n, _| match n {
        0..3 => Behaved::for_ms(10),
        _ => Behaved::failing("Runtime.OutOfMemory", "signal: killed", ""),
    });
    let mut plan = the_plan(Sampling::serial(10));
    plan.request.failures.on_failure = OnFailure::Fail;
    let error = measure(&api, &plan).await.unwrap_err();
    assert_eq!(error_name(&error), "PowerValueInfeasible");
    for part in ["1024 MB", "out of memory", "of 4 invocations, 1 x Runtime.OutOfMemory", "onFailure"] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

fn with_processors(pre: Option<&str>, post: Option<&str>) -> Plan {
    let mut plan = the_plan(Sampling::serial(5));
    let parse = |name: &str| name.parse().unwrap();
    plan.request.processors = Processors { pre: pre.map(parse), post: post.map(parse) };
    plan.request.payload = PayloadSource::Inline(Payload::Same(json!({"original": true})));
    plan
}

fn answering(api: &FakeLambda, processor: &str, response: &str) {
    let behaved = Behaved { response: response.as_bytes().to_vec(), ..Behaved::for_ms(500) };
    api.state().processors.insert(processor.to_owned(), behaved);
}

fn sent(api: &FakeLambda) -> HashSet<String> {
    api.state().bodies.iter().filter_map(|(_, body)| body.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_the_pre_processor_returns_replaces_the_payload_and_nothing_does_not() {
    let cases =
        [("{\"new\":1}", "{\"new\":1}"), ("null", "{\"original\":true}"), ("", "{\"original\":true}"), ("0", "0")];
    for (response, expected) in cases {
        let api = FakeLambda::new();
        answering(&api, "before", response);
        let measurement = measure(&api, &with_processors(Some("before"), None)).await.unwrap();
        assert_eq!(sent(&api), [expected.to_owned()].into());
        assert!(api.state().processed.iter().all(|(_, body)| body == "{\"original\":true}"));
        // Neither its time nor its cost count.
        assert_eq!((api.state().processed.len(), measurement.spent.invocations), (5, 5));
        assert_eq!(measurement.statistics().unwrap().warm.unwrap().max, 10.0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_post_processor_gets_what_the_function_returned() {
    let api = FakeLambda::behaving(|_, _, _| Behaved { response: b"{\"result\":7}".to_vec(), ..Behaved::for_ms(10) });
    let after = "arn:aws:lambda:eu-west-1:123456789012:function:after:live";
    answering(&api, after, "");
    measure(&api, &with_processors(None, Some(after))).await.unwrap();
    let expected = (after.to_owned(), "{\"result\":7}".to_owned());
    assert_eq!(api.state().processed, vec![expected; 5]);
}

#[tokio::test(start_paused = true)]
async fn processors_are_invoked_with_the_deployment_s_own_role_and_the_function_with_the_one_that_was_named() {
    let api = FakeLambda::new();
    answering(&api, "before", "");
    let mut plan = with_processors(Some("before"), None);
    let role = "arn:aws:iam::210987654321:role/tuned";
    plan.request.assume_role = Some(role.parse().unwrap());
    measure(&api, &plan).await.unwrap();
    assert_eq!(api.state().roles, [None, Some(role.to_owned())].into());
}

#[tokio::test(start_paused = true)]
async fn a_processor_that_fails_fails_the_run_and_is_named() {
    for (processor, pre, post, name) in
        [("before", Some("before"), None, "PreProcessorFailed"), ("after", None, Some("after"), "PostProcessorFailed")]
    {
        let api = FakeLambda::new();
        let failing = Behaved::failing("ValueError", "bad secret", "");
        api.state().processors.insert(processor.to_owned(), failing);
        let mut plan = with_processors(pre, post);
        let error = measure(&api, &plan).await.unwrap_err();
        assert_eq!(error_name(&error), name);
        for part in [processor, "ValueError", "bad secret"] {
            assert!(error.to_string().contains(part), "{error}");
        }
        plan.request.sampling.hide_payloads = true;
        let error = measure(&api, &plan).await.unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
        // One that does not exist is named, too.
        api.state().processors.clear();
        assert_eq!(error_name(&measure(&api, &plan).await.unwrap_err()), name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_processor_is_invoked_again() {
    let api = FakeLambda::new();
    answering(&api, "before", "");
    let mut calls = 0;
    api.before_each_call(move |call, _| {
        calls += usize::from(call == "InvokeProcessor");
        (call == "InvokeProcessor" && calls % 2 == 1).then_some(ApiErrorKind::Throttled)
    });
    let measurement = measure(&api, &with_processors(Some("before"), None)).await.unwrap();
    assert_eq!((measurement.spent.invocations, measurement.spent.throttled), (5, 0));
}

fn in_s3(api: &FakeLambda, text: &str) -> Plan {
    let object = Object { text: text.to_owned(), etag: "\"first\"".to_owned() };
    api.state().objects.insert("s3://bucket/key".to_owned(), object);
    let mut plan = the_plan(Sampling::serial(10));
    let uri = "s3://bucket/key".parse().unwrap();
    plan.request.payload = PayloadSource::S3 { uri, etag: "\"first\"".to_owned(), num: 10 };
    plan
}

#[tokio::test(start_paused = true)]
async fn a_weighted_payload_in_s3_is_shared_out() {
    let api = FakeLambda::new();
    let plan = in_s3(&api, r#"[{"payload": {"a": 1}, "weight": 1}, {"payload": {"b": 1}, "weight": 4}]"#);
    measure(&api, &plan).await.unwrap();
    let bodies: Vec<String> = api.state().bodies.iter().filter_map(|(_, body)| body.clone()).collect();
    assert_eq!(bodies.iter().filter(|body| *body == "{\"a\":1}").count(), 2);
    assert_eq!(bodies.iter().filter(|body| *body == "{\"b\":1}").count(), 8);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_not_the_one_any_more_fails_the_run_before_anything_is_invoked() {
    let api = FakeLambda::new();
    let plan = in_s3(&api, "{}");
    api.state().objects.values_mut().for_each(|object| object.etag = "\"second\"".to_owned());
    let error = measure(&api, &plan).await.unwrap_err();
    assert_eq!(error_name(&error), "PayloadUnavailable");
    assert!(error.to_string().contains("overwritten"), "{error}");
    api.state().objects.clear();
    assert_eq!(error_name(&measure(&api, &plan).await.unwrap_err()), "PayloadUnavailable");
    assert_eq!(api.count("Invoke"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_lambda_refuses_fails_the_run_and_is_not_repeated_where_payloads_are_hidden() {
    let api = FakeLambda::new();
    api.before_each_call(|call, _| (call == "Invoke").then_some(ApiErrorKind::Refused));
    let mut plan = the_plan(Sampling::serial(5));
    let error = measure(&api, &plan).await.unwrap_err();
    assert_eq!((error_name(&error).as_str(), api.count("Invoke")), ("InvocationRefused", 1));
    plan.request.sampling.hide_payloads = true;
    assert!(measure(&api, &plan).await.unwrap_err().to_string().contains("disablePayloadLogs"));
}

#[tokio::test(start_paused = true)]
async fn as_on_aws_a_function_that_lambda_cannot_start_is_no_bad_payload_and_is_not_asked_for_again() {
    let api = FakeLambda::new();
    api.before_each_call(|call, _| (call == "Invoke").then_some(ApiErrorKind::Unstartable));
    let error = measure(&api, &the_plan(Sampling::serial(5))).await.unwrap_err();
    assert_eq!((error_name(&error).as_str(), api.count("Invoke")), ("FunctionNotTunable", 1));
    assert!(error.to_string().contains("KMS key, network and file system"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_function_that_wakes_up_is_waited_for() {
    let api = FakeLambda::new();
    let mut calls = 0;
    api.before_each_call(move |call, _| {
        calls += usize::from(call == "Invoke");
        (call == "Invoke" && calls < 6).then_some(ApiErrorKind::Conflict)
    });
    let measurement = measure(&api, &the_plan(Sampling::serial(10))).await.unwrap();
    assert_eq!((measurement.spent.invocations, measurement.spent.throttled), (10, 0));
}

#[tokio::test(start_paused = true)]
async fn the_retries_of_the_state_machine_are_added_up() {
    let api = FakeLambda::new();
    let progress = Progress::Unfinished(Taken { retries: 2, ..Taken::default() });
    let target = Target { progress, ..published(&api) };
    let plan = the_plan(Sampling::serial(5));
    let round = Round::of_list(&plan, GbSecondPrice(0.000_016_666_7));
    let input = Input { plan, round, target, retries: 3 };
    let target = handle(&api, Deadline::after(LONG), &mut fastrand::Rng::with_seed(1), input).await.unwrap();
    assert_eq!(complete(target.progress).retries, 5);
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_time_is_over_ends() {
    let api = FakeLambda::new();
    published(&api);
    let mut plan = the_plan(Sampling::serial(5));
    plan.ends = Moment(0);
    let error = execute(&api, &plan, LONG, Progress::default()).await.unwrap_err();
    assert_eq!((error_name(&error).as_str(), api.count("Invoke")), ("RunTimedOut", 0));
    assert!(error.to_string().contains("executionTimeLimit"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_was_measured_is_kept_when_aws_stops_answering() {
    let api = FakeLambda::new();
    published(&api);
    let mut invocations = 0;
    api.before_each_call(move |call, _| {
        invocations += usize::from(call == "Invoke");
        (call == "Invoke" && (4..20).contains(&invocations)).then_some(ApiErrorKind::Unclear)
    });
    let plan = the_plan(Sampling::serial(10));
    let first = execute(&api, &plan, LONG, Progress::default()).await.unwrap();
    let taken = unfinished(&first);
    assert_eq!((taken.spent.invocations, taken.spent.unconfirmed), (3, 6));
    // A call that gets nothing done fails, and the state machine tries it again with what was there before.
    assert_eq!(error_name(&execute(&api, &plan, LONG, first.clone()).await.unwrap_err()), "ServiceError");
    let last = execute(&api, &plan, LONG, first).await.unwrap();
    assert_eq!(complete(last).spent.invocations, 10);
}

/// The largest number that a refusal names for a field, and the request with it.
fn largest(mut ask: impl FnMut(u32) -> Value, too_many: u32) -> (u32, tuning::run::plan::Request) {
    let deployment = deployment();
    let refused = input::Input::parse(&ask(too_many), &deployment, None).unwrap_err().to_string();
    let most: u32 = refused.split("at most ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    (most, input::Input::parse(&ask(most), &deployment, None).unwrap().request)
}

/// The longest durations there are.
const LONGEST: Sample = Sample {
    duration: Milliseconds(899_999.999),
    billed: BilledMilliseconds(999_999),
    start: Start::Cold(Milliseconds(99_999.999)),
    memory_used: Some(10_240),
    trace_id: None,
};

fn assert_fits(state: &Value) {
    let bytes = state.to_string().len();
    assert!(bytes <= STATE_LIMIT, "{bytes}");
    assert!(bytes > STATE_LIMIT * 3 / 5, "the bound is needlessly tight: {bytes}");
}

#[test]
fn the_state_while_samples_are_taken_stays_below_its_limit_at_the_largest_plan_that_is_accepted() {
    let payload = "x".repeat(50_000);
    let weighted: Vec<Value> = (0..100).map(|n| json!({"payload": n + 1, "weight": 1})).collect();
    for (payload, strata) in [(json!(payload), 1), (json!(weighted), 100)] {
        let ask = |num: u32| json!({"lambdaARN": "f", "num": num, "powerValues": [128], "payload": payload, "parallelInvocation": true, "maxConcurrency": 500});
        let (most, request) = largest(ask, 1_000_000);
        let lanes = request.sampling.lanes;
        let plan = Plan { request, ..plan(&[]) };
        // All samples but the last one are taken, in as many strata of each lane as there can be.
        let lane = |number: u32| {
            let share = (0..most).filter(|index| index % lanes == number);
            Lane { done: most, samples: share.map(|index| (index % strata, LONGEST)).collect(), ..Lane::default() }
        };
        let lanes = (0..lanes).map(lane).collect();
        let progress = Progress::Unfinished(Taken { lanes, ..Taken::default() });
        let target = Target { progress, ..Target::new(Power::MAX, vec!["999999".parse().unwrap()]) };
        assert_fits(&json!({"plan": plan, "target": target}));
    }
}

#[test]
fn the_state_stays_below_its_limit_when_some_memory_sizes_are_measured_and_samples_are_taken_of_as_many_as_may_be() {
    let values: Vec<u32> = (0..20).map(|n| 128 + n * 64).collect();
    let ask = |num: u32| json!({"lambdaARN": "f", "num": num, "powerValues": values});
    let deployment = deployment();
    let request = |num: u32| input::Input::parse(&ask(num), &deployment, None).ok().map(|input| input.request);
    let most = (1000..10_000).rev().find(|num| request(*num).is_some()).unwrap();
    for (num, at_a_time) in [(most, 1), (most / 3, 2)] {
        let plan = Plan { request: request(num).unwrap(), ..plan(&[]) };
        assert!(plan.request.values_at_a_time >= at_a_time, "{} of {num} samples", plan.request.values_at_a_time);
        let round = Round::of_list(&plan, GbSecondPrice(0.000_016_666_7));
        let taken = || {
            let samples: Strata = (0..num).map(|_| (0, LONGEST)).collect();
            Taken { lanes: vec![Lane { done: num, samples, ..Lane::default() }], ..Taken::default() }
        };
        let target = |power: &Power| Target::new(*power, vec!["9999999".parse().unwrap()]);
        let mut targets: Vec<Target> = plan.request.power_values.iter().map(target).collect();
        let (api, deadline) = (&FakeLambda::new(), Deadline::after(LONG));
        let measured: Vec<Measurement> = targets
            .iter()
            .map(|target| {
                let payload = &Bodies::of(Payload::None);
                let measuring = Measuring { api, plan: &plan, round: &round, target, payload, deadline };
                summarise(&measuring, None, taken())
            })
            .collect();
        for target in targets.iter_mut().take(plan.request.values_at_a_time as usize) {
            target.progress = Progress::Unfinished(taken());
        }
        let state = json!({"plan": plan, "publication": {"targets": targets}, "analysis": {"measured": measured}});
        let bytes = state.to_string().len();
        assert!(bytes <= STATE_LIMIT, "{bytes} with {num} samples");
    }
}

#[test]
fn the_state_with_the_versions_of_cold_starts_and_kept_samples_stays_below_its_limit() {
    let ask = |num: u32| json!({"lambdaARN": "f", "num": num, "powerValues": "ALL", "onlyColdStarts": true, "includeSamples": true});
    let deployment = deployment();
    let accepts = |num: &u32| input::Input::parse(&ask(*num), &deployment, None).is_ok();
    let most = (5..2000).rev().find(accepts).unwrap();
    let request = input::Input::parse(&ask(most), &deployment, None).unwrap().request;
    let plan = Plan { request, ..plan(&[]) };
    let (sampling, round) = (plan.request.sampling, Round::of_list(&plan, GbSecondPrice(0.000_016_666_7)));
    let target = |power: &Power| Target::new(*power, vec!["9999999".parse().unwrap(); most as usize]);
    let targets: Vec<Target> = plan.request.power_values.iter().map(target).collect();
    let measurement = |target: &Target| {
        let samples: Strata = (0..most).map(|_| (0, LONGEST)).collect();
        let taken = Taken {
            lanes: vec![Lane { samples, ..Lane::default() }],
            spent: Spent { invocations: most, ..Spent::default() },
            ..Taken::default()
        };
        let (api, deadline) = (&FakeLambda::new(), Deadline::after(LONG));
        let payload = &Bodies::of(Payload::None);
        let measuring = Measuring { api, plan: &plan, round: &round, target, payload, deadline };
        summarise(&measuring, None, taken)
    };
    let measurements: Vec<Measurement> = targets.iter().map(measurement).collect();
    assert!(measurements.iter().all(|m| m.statistics().unwrap().sample_list.len() == sampling.keep_samples as usize));
    let bytes =
        json!({"plan": plan, "publication": {"targets": targets}, "measurements": measurements}).to_string().len();
    assert!(bytes <= STATE_LIMIT, "{bytes}");
    assert!(most > 50, "only {most} cold starts of 46 values are accepted");
}

#[test]
fn the_state_with_the_trace_ids_of_all_samples_stays_below_its_limit_while_they_are_taken_and_when_they_are_kept() {
    let values: Vec<u32> = (0..10).map(|n| 128 + n * 64).collect();
    let deployment = deployment();
    let request = |num: u32| {
        let ask = json!({"lambdaARN": "f", "num": num, "powerValues": values, "includeSamples": true});
        input::Input::parse(&ask, &deployment, None).unwrap().request
    };
    let most = (5..1000).rev().find(|num| request(*num).sampling.keep_trace_ids).unwrap();
    let plan = Plan { request: request(most), ..plan(&[]) };
    assert_eq!(plan.request.sampling.keep_samples, most);
    let trace_id = "1-5e34a614-10bdabcdf1fb44f07bc535a1".parse().ok();
    let samples: Strata = (0..most).map(|_| (0, Sample { trace_id, ..LONGEST })).collect();
    let taken = || Taken { lanes: vec![Lane { samples: samples.clone(), ..Lane::default() }], ..Taken::default() };
    let round = Round::of_list(&plan, GbSecondPrice(0.000_016_666_7));
    let (api, deadline) = (&FakeLambda::new(), Deadline::after(LONG));
    let target = Target::new(Power::MAX, vec!["9999999".parse().unwrap()]);
    let payload = &Bodies::of(Payload::None);
    let measuring = Measuring { api, plan: &plan, round: &round, target: &target, payload, deadline };
    let measured = summarise(&measuring, None, taken());
    let rows: Vec<SampleRow> = measured.statistics().unwrap().sample_list.iter().map(SampleRow::from).collect();
    assert!(rows.len() == most as usize && rows.iter().all(|row| row.trace_id.is_some()));
    let at_a_time = plan.request.values_at_a_time as usize;
    let taking = json!({"plan": plan, "measured": vec![measured; 10], "taken": vec![taken(); at_a_time]});
    let output = json!({"plan": plan, "output": vec![rows; 10]});
    for state in [taking, output] {
        let bytes = state.to_string().len();
        assert!(bytes <= STATE_LIMIT && bytes > STATE_LIMIT / 3, "{bytes} with {most} samples");
    }
}

#[tokio::test(start_paused = true)]
async fn in_a_search_the_warm_invocations_of_each_lane_go_through_all_payloads() {
    let api = FakeLambda::new();
    let mut plan = the_plan(Sampling { lanes: 2, payloads: PayloadOrder::InTurn, ..Sampling::serial(8) });
    let list = json!([{"payload": "a", "weight": 3}, {"payload": "b", "weight": 1}]);
    plan.request.payload = PayloadSource::Inline(Payload::from_field(Some(&list), 100).unwrap());
    let measurement = measure(&api, &plan).await.unwrap();
    // 2 lanes: a cold invocation each, then a, b, a.
    let bodies: Vec<String> = api.state().bodies.iter().filter_map(|(_, body)| body.clone()).collect();
    let sent = |body: &str| bodies.iter().filter(|sent| *sent == body).count();
    assert_eq!((sent("\"a\""), sent("\"b\"")), (6, 2));
    let statistics = measurement.statistics().unwrap();
    assert_eq!((statistics.environments, statistics.lanes.len(), statistics.basis), (2, 2, Basis::Warm));
}

#[tokio::test(start_paused = true)]
async fn no_invocation_begins_that_would_exceed_the_allowance() {
    let api = FakeLambda::behaving(|_, _, _| Behaved::for_ms(100));
    let mut plan = the_plan(Sampling::serial(50));
    // 1 GB-second costs 1: ten invocations of 100 ms, of which the first one is billed for its cold start, too.
    plan.request.max_spend = Some(Usd(1.0));
    published(&api);
    let versions: Vec<_> = api.state().versions.iter().map(|version| version.number).collect();
    let target = Target::new(Power::new(1024).unwrap(), versions);
    let round = Round::of_list(&plan, GbSecondPrice(1.0));
    let input = Input { plan, round, target, retries: 0 };
    let target = handle(&api, Deadline::after(LONG), &mut fastrand::Rng::with_seed(1), input).await.unwrap();
    let measurement = complete(target.progress);
    assert!(measurement.statistics().is_some());
    assert!(measurement.spent.billed.0 <= 1000 && measurement.spent.billed.0 > 700, "{:?}", measurement.spent);
}
