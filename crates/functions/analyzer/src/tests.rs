use proptest::prelude::*;
use serde_json::{Value, json};
use tuning::{
    contract::{
        deployment::Deployment,
        input,
        metrics::Document,
        outcome::{Headroom, MemoryUse, Outcome, PayloadHeadroom, StatsRow, TuningOutcome},
        step::{
            STATE_LIMIT,
            analyzer::Analysis,
            executor::{Progress, Taken},
            publisher::{self, Publication, Target},
        },
    },
    decide::auto::{self, Decision},
    measure::{
        lane::Environments,
        measurement::{Basis, Estimator, Infeasible, Measured, Measurement, Source, Spent},
        metric::Metric,
        sample::{Sample, Start, Strata},
        statistics::Trim,
    },
    price::GbSecondPrice,
    run::{
        payload::{Payload, PayloadSource},
        round::{Round, Tally},
    },
    units::{
        milliseconds::{BilledMilliseconds, Milliseconds},
        moment::Moment,
        power::Power,
        version::VersionNumber,
    },
};

use super::*;
use crate::true_sentences::{contradictions, lists, plan_with, searches};

fn power(mb: u32) -> Power {
    Power::new(mb).unwrap()
}

fn plan(power_values: &[u32]) -> Plan {
    plan_with(&json!({"powerValues": power_values}))
}

fn publication(values: &[u32]) -> Publication {
    let target = |mb: &u32| Target::new(power(*mb), vec!["999999".parse().unwrap()]);
    Publication {
        next: publisher::Next::Measure,
        calls: 1,
        targets: values.iter().map(target).collect(),
        ..Default::default()
    }
}

const OUT_OF_MEMORY: &str =
    "128 MB was left out: the function ran out of memory (of 1 invocation, 1 x Runtime.OutOfMemory)";

/// One cold sample, then warm ones.
pub(crate) fn measured(mb: u32, durations: &[f64]) -> Measurement {
    let samples: Vec<Sample> = durations
        .iter()
        .enumerate()
        .map(|(n, &ms)| Sample {
            duration: Milliseconds(ms),
            billed: BilledMilliseconds(format!("{:.0}", ms.ceil()).parse().unwrap()),
            start: if n == 0 { Start::Cold(Milliseconds(100.0)) } else { Start::Warm },
            memory_used: Some(64),
            trace_id: None,
        })
        .collect();
    let spent = Spent {
        invocations: u32::try_from(samples.len()).unwrap(),
        billed: BilledMilliseconds(samples.iter().map(|sample| sample.billed.0).sum()),
        ..Spent::default()
    };
    Measurement {
        value: power(mb),
        result: estimated(5, samples.iter().map(|sample| (0, *sample)).collect()),
        spent,
        max_memory_used: Some(64),
        executor_calls: 1,
        retries: 0,
        series: Vec::new(),
    }
}

/// Returns what a lane says, in which the one payload has a share of so many invocations.
fn estimated(share: u32, lane: Strata) -> Measured {
    let estimator = Estimator {
        shares: vec![share],
        environments: Environments::Reused,
        trim: Trim::DEFAULT,
        metric: Metric::Average,
        keep: 0,
    };
    Measured::Samples(Box::new(estimator.estimate(&[lane], Source::Report).unwrap()))
}

pub(crate) fn infeasible(mb: u32) -> Measurement {
    let mut measurement = Measurement { result: Measured::Infeasible(Infeasible::OutOfMemory), ..measured(mb, &[1.0]) };
    measurement.spent.errors.record("Runtime.OutOfMemory", None);
    measurement
}

/// One without a report.
fn silent(mb: u32) -> Measurement {
    let spent = Spent { invocations: 1, unreported: 1, ..Spent::default() };
    Measurement { result: Measured::NoSamples, spent, max_memory_used: None, ..measured(mb, &[1.0]) }
}

fn input(plan: Plan, publication: Publication, measurements: Vec<Measurement>, retries: u32) -> Input {
    let analysis = Analysis::before(Round::of_list(&plan, GbSecondPrice(0.000_016_666_7)));
    Input { plan, publication: with(publication, measurements), analysis, retries }
}

/// As the Map leaves what was published.
fn with(mut publication: Publication, measurements: Vec<Measurement>) -> Publication {
    for measurement in measurements {
        let target = publication.targets.iter_mut().find(|target| target.power == measurement.value).unwrap();
        target.progress = Progress::Measured(Box::new(measurement));
    }
    publication
}

pub(crate) fn analyze(plan: Plan, measurements: Vec<Measurement>) -> Result<Analysis, Error> {
    let values: Vec<u32> = measurements.iter().map(|measurement| measurement.value.megabytes()).collect();
    let input = input(plan, publication(&values), measurements, 0);
    handle(&Prices::bundled().unwrap(), input).map(|state| state.analysis)
}

pub(crate) fn tuned(analysis: Analysis) -> TuningOutcome {
    match analysis.outcome {
        Some(Outcome::Tuned(outcome)) => *outcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_output_has_the_fields_of_the_contract() {
    let measurements = vec![
        infeasible(128),
        measured(512, &[80.0, 50.0, 50.5, 50.2, 49.8]),
        measured(1024, &[60.0, 25.0, 25.4, 24.7, 25.1]),
    ];
    insta::assert_json_snapshot!(analyze(plan(&[128, 512, 1024]), measurements).unwrap().outcome);
}

#[test]
fn what_comes_out_is_what_the_schema_says() {
    let schema: Value = serde_json::from_str(include_str!("../../../../schema/output.schema.json")).unwrap();
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    let fields = json!({"powerValues": [128, 512, 1024], "invocationsPerMonth": 1000, "metric": "p50"});
    let mut dry = plan_with(&fields);
    dry.request.mode = Mode::DryRun;
    let mut kept = measured(1024, &[60.0, 25.0, 25.4, 24.7, 25.1]);
    let Measured::Samples(statistics) = &mut kept.result else { panic!("no samples") };
    statistics.sample_list = vec![Sample {
        duration: Milliseconds(60.0),
        billed: BilledMilliseconds(160),
        start: Start::Cold(Milliseconds(100.0)),
        memory_used: Some(64),
        trace_id: "1-5e34a614-10bdabcdf1fb44f07bc535a1".parse().ok(),
    }];
    let silent = silent(256);
    let measurements = vec![infeasible(128), silent, measured(512, &[80.0, 50.0, 50.5, 50.2, 49.8]), kept];
    for plan in [plan_with(&fields), dry] {
        let mut outcome = serde_json::to_value(analyze(plan, measurements.clone()).unwrap().outcome).unwrap();
        assert_eq!(schema.validate(&outcome).map_err(|error| error.to_string()), Ok(()), "{outcome:#}");
        for field in ["power", "dryRun"] {
            if outcome.as_object_mut().unwrap().shift_remove(field).is_some() {
                assert!(!schema.is_valid(&outcome), "without {field}");
            }
        }
    }
}

#[test]
fn duration_and_cost_speak_of_warm_invocations() {
    let outcome = tuned(analyze(plan(&[512]), vec![measured(512, &[500.0, 10.0, 11.0, 12.0])]).unwrap());
    assert_eq!(outcome.duration, Milliseconds(11.0));
    let price = Prices::bundled().unwrap().lambda("eu-west-1", tuning::price::Architecture::X86).price;
    assert_eq!(outcome.cost, price.cost(power(512), BilledMilliseconds(11)));
    assert_eq!(outcome.state_machine.lambda_cost, price.cost(power(512), BilledMilliseconds(533)));
}

#[test]
fn what_the_caller_should_know_is_in_the_warnings() {
    let mut few = measured(512, &[10.0, 10.0]);
    few.spent.unreported = 3;
    few.spent.unconfirmed = 1;
    few.spent.rejections.record("statusCode 404", None);
    let warnings = tuned(analyze(plan(&[128, 512]), vec![infeasible(128), few]).unwrap()).warnings;
    insta::assert_snapshot!(warnings.join("\n"), @r"
    from the input
    128 MB was left out: the function ran out of memory (of 1 invocation, 1 x Runtime.OutOfMemory)
    fewer than 3 invocations were warm at 512 MB, or none of one of the payloads: duration and cost speak of cold ones too; raise num
    the function says that it could not use its payload (statusCode 404 in 1 of 3 answers): it may have been measured without doing its work; check payload
    3 invocations left no report (at 512 MB): they are missing in the statistics, and in lambdaCost stands what the client timed
    1 request had no answer: if it ran, lambdaCost lacks what it cost
    ");
}

#[test]
fn when_nothing_was_measured_there_is_no_winner() {
    let silent = silent(512);
    let error = analyze(plan(&[128, 512]), vec![infeasible(128), silent]).unwrap_err();
    insta::assert_snapshot!(error, @"no memory size could be measured: 128 MB was left out: the function ran out of memory (of 1 invocation, 1 x Runtime.OutOfMemory); 512 MB was left out: no invocation could be measured");
}

/// The same with errors of the code in so many of its invocations; allowed ones, if it has samples.
fn with_errors(mut measurement: Measurement, error_type: &str, count: u32, of: u32) -> Measurement {
    measurement.spent.invocations = of;
    for _ in 0..count {
        measurement.spent.errors.record(error_type, Some("no such thing"));
    }
    measurement
}

fn raising(mb: u32) -> Measurement {
    let mut measurement = with_errors(measured(mb, &[1.0]), "ValueError", 1, 4);
    measurement.result = Measured::Infeasible(Infeasible::FunctionError);
    measurement.spent.raised = 1;
    measurement
}

#[test]
fn errors_of_the_code_at_some_memory_sizes_leave_those_out_and_at_all_fail_the_run() {
    let outcome = tuned(analyze(plan(&[128, 512]), vec![raising(128), measured(512, &[10.0; 5])]).unwrap());
    assert_eq!(outcome.power, power(512));
    let left_out = "128 MB was left out: the function raised errors, in 25 % of its invocations (of 4 invocations, 1 x \
                    ValueError: no such thing)";
    assert!(outcome.warnings.iter().any(|warning| warning == left_out), "{:?}", outcome.warnings);
    let failed = |mode| {
        let mut plan = plan(&[128, 256, 512]);
        plan.request.mode = mode;
        analyze(plan, vec![raising(128), raising(256), infeasible(512)]).unwrap_err()
    };
    let error = failed(Mode::Tune);
    assert_eq!(error, failed(Mode::DryRun));
    assert_eq!(lambda_runtime::Diagnostic::from(error.clone()).error_type, "FunctionError");
    insta::assert_snapshot!(error, @"the function raised ValueError at 128 MB, 256 MB: no such thing; 512 MB was left out: the function ran out of memory (of 1 invocation, 1 x Runtime.OutOfMemory). Nothing can be measured with this payload; correct the payload or the function, or name ValueError in allowedExceptions if it is a normal result");
}

#[test]
fn a_memory_size_whose_allowed_errors_are_clearly_more_frequent_than_elsewhere_cannot_win() {
    // It fails fast, and so is the cheapest by far.
    let decide = |errors| {
        let small = with_errors(measured(128, &[1.0; 6]), "BusinessError", errors, 6);
        let others = [256, 512].map(|mb| with_errors(measured(mb, &[50.0; 6]), "BusinessError", 0, 6));
        tuned(analyze(plan(&[128, 256, 512]), [vec![small], others.to_vec()].concat()).unwrap())
    };
    assert_eq!(decide(1).power, power(128));
    let outcome = decide(6);
    assert_eq!(outcome.power, power(256));
    insta::assert_snapshot!(row_of(&outcome, 128).excluded.unwrap(), @"the function raised errors clearly more often than at other memory sizes, in 100 % of its invocations (of 6 invocations, 6 x BusinessError: no such thing)");
}

#[test]
fn initialisations_that_lambda_gave_up_or_may_have_given_up_are_said() {
    let mut given_up = measured(128, &[10.0; 5]);
    given_up.spent.inits_given_up = 2;
    let mut suspected = measured(512, &[10.0; 5]);
    suspected.spent.suspected_starts = 1;
    let warnings = tuned(analyze(plan(&[128, 512]), vec![given_up, suspected]).unwrap()).warnings;
    insta::assert_snapshot!(warnings[1..].join("\n"), @r"
    Lambda gave up initialisations, as it does after 10 s, and repeated them within the invocation (2, at 128 MB): these invocations count as cold
    first invocations that took many times as long as the next ones of their environment count as cold (1, at 512 MB): Lambda did not report a cold start, but it may have repeated an initialisation of more than 10 s within them
    ");
}

#[test]
fn of_cold_starts_that_are_not_reported_both_causes_are_said_and_the_probable_one() {
    let measure = |mb: u32, starts: &[(f64, Option<f64>)]| {
        let sample = |&(ms, cold): &(f64, Option<f64>)| Sample {
            duration: Milliseconds(ms),
            billed: BilledMilliseconds(20),
            start: cold.map_or(Start::Warm, |ms| Start::Cold(Milliseconds(ms))),
            memory_used: None,
            trace_id: None,
        };
        let estimator = Estimator {
            shares: vec![5],
            environments: Environments::Fresh,
            trim: Trim::NONE,
            metric: Metric::Average,
            keep: 0,
        };
        let strata: Strata = starts.iter().map(|start| (0, sample(start))).collect();
        let result = estimator
            .estimate(&[strata], Source::Report)
            .map_or(Measured::NoSamples, |statistics| Measured::Samples(Box::new(statistics)));
        Measurement { result, ..measured(mb, &vec![1.0; starts.len()]) }
    };
    let said = |all: Vec<Measurement>| {
        let powers: Vec<u32> = all.iter().map(|m| m.value.megabytes()).collect();
        tuned(analyze(plan_with(&json!({"powerValues": powers, "onlyColdStarts": true})), all).unwrap()).warnings
    };
    let cold = |mb: u32| measure(mb, &[(10.0, Some(300.0)); 5]);
    assert_eq!(said(vec![cold(512)]).len(), 1);
    let ahead = measure(1024, &[(10.0, Some(300.0)), (10.5, None)]);
    let repeated = measure(256, &[(10.0, Some(9000.0)), (11_070.0, None)]);
    let always_repeated = measure(128, &[(14_000.0, None); 5]);
    insta::assert_snapshot!(said(vec![cold(512), ahead])[1..].join("\n"));
    insta::assert_snapshot!(said(vec![always_repeated, repeated, cold(512)])[1..].join("\n"));
}

#[test]
fn without_include_output_results_there_are_no_stats() {
    let mut plan = plan(&[512]);
    plan.request.include_output_results = false;
    assert_eq!(tuned(analyze(plan, vec![measured(512, &[1.0, 1.0, 1.0, 1.0])]).unwrap()).stats, None);
}

#[test]
fn a_winner_is_put_in_place_only_if_that_was_asked_for() {
    let next = |auto_optimize| {
        let mut plan = plan(&[512]);
        plan.request.auto_optimize = auto_optimize;
        analyze(plan, vec![measured(512, &[1.0; 4])]).unwrap().next
    };
    assert_eq!((next(AutoOptimize::Off), next(AutoOptimize::Latest)), (Next::Clean, Next::Optimize));
}

#[test]
fn a_dry_run_decides_nothing() {
    let mut plan = plan(&[128, 512]);
    plan.request.mode = Mode::DryRun;
    let output = analyze(plan, vec![infeasible(128), measured(512, &[80.0])]).unwrap();
    assert_eq!((output.next, output.winner), (Next::Clean, None));
    let Some(Outcome::DryRun(outcome)) = output.outcome else { panic!("it decided") };
    assert_eq!(outcome.checked.last().unwrap(), "the function ran without an error at 512 MB");
    assert_eq!(outcome.warnings, ["from the input", OUT_OF_MEMORY]);
}

#[test]
fn the_state_after_the_analysis_fits_at_the_most_memory_sizes_that_are_accepted() {
    let deployment = Deployment {
        power_values: Vec::new(),
        auto_optimize: false,
        visualization_url: "https://example.com/".to_owned(),
        execution_time_limit: std::time::Duration::from_hours(1),
        total_execution_timeout: std::time::Duration::from_mins(5),
        own_functions: Vec::new(),
    };
    let many: Vec<u32> = (128..=10_240).collect();
    let ask = |values: &[u32]| json!({"lambdaARN": "f", "num": 5, "powerValues": values, "includeOutputResults": true});
    let refused = input::Input::parse(&ask(&many), &deployment, None).unwrap_err().to_string();
    let most: usize = refused.split("at most ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let values = &many[many.len() - most..];
    let plan = plan(values);
    // Numbers with as many digits as there are.
    let mut measurements: Vec<Measurement> = values
        .iter()
        .map(|&mb| measured(mb, &[899_999.123, 899_998.117, 899_997.119, 899_991.123, 899_777.779]))
        .collect();
    for measurement in &mut measurements {
        // The worst that a function can say, twice escaped: once here, once in the state of the execution.
        for error_type in ["a", "b", "c", "d"] {
            measurement.spent.errors.record(&error_type.repeat(99), Some(&"\\\"".repeat(99)));
        }
    }
    let publication = publication(values);
    let input = input(plan, publication, measurements, 0);
    let before = json!(input).to_string().len();
    let after = json!(handle(&Prices::bundled().unwrap(), input).unwrap()).to_string().len();
    assert!(before <= STATE_LIMIT && after <= STATE_LIMIT, "{before} and {after} bytes with {most} memory sizes");
}

fn row_of(outcome: &TuningOutcome, mb: u32) -> StatsRow {
    outcome.stats.as_ref().unwrap().iter().find(|row| row.value == power(mb)).unwrap().clone()
}

#[test]
fn the_winner_is_compared_with_the_current_memory_in_percent_and_per_month() {
    let fields = json!({"powerValues": [512, 1024], "strategy": "speed", "invocationsPerMonth": 1_000_000});
    let measurements =
        vec![measured(512, &[80.0, 50.0, 50.0, 50.0, 50.0]), measured(1024, &[60.0, 20.0, 20.0, 20.0, 20.0])];
    let recommendation = tuned(analyze(plan_with(&fields), measurements).unwrap()).recommendation;
    let present = recommendation.against_present.unwrap();
    assert_eq!(present.power, power(512));
    assert!((present.cost_percent + 20.0).abs() < 1e-9 && (present.duration_percent + 60.0).abs() < 1e-9);
    let monthly = recommendation.monthly.unwrap();
    // 1 million invocations of 20 ms at 1 GB are 20,000 GB-s, and a million requests.
    assert!((monthly.at_winner.0 - (20_000.0 * 0.000_016_666_7 + 0.2)).abs() < 1e-6, "{monthly:?}");
    assert!((monthly.saving.unwrap().0 - (5_000.0 * 0.000_016_666_7)).abs() < 1e-6, "{monthly:?}");
    insta::assert_snapshot!(recommendation.reasons.join("\n"), @r"
    1024 MB is the fastest of 2 measured memory sizes: 0.0000003333 USD and 20.00 ms per average invocation.
    Compared with the current 512 MB, it costs 20.0 % less and takes 60.0 % less time. The difference in duration is statistically significant.
    1000000 invocations a month cost 0.5333 USD at 1024 MB, 0.08333 USD less than the 0.6167 USD at the current 512 MB.
    Reported memory use did not vary at any size (stable): 20 to 30 % headroom is usual then, and 1024 MB leaves 1500 %.
    ");
}

#[test]
fn without_the_current_memory_a_saving_is_not_made_up() {
    let fields = json!({"powerValues": [1024], "invocationsPerMonth": 1000});
    let outcome = tuned(analyze(plan_with(&fields), vec![measured(1024, &[20.0; 5])]).unwrap());
    assert_eq!(outcome.recommendation.monthly.unwrap().saving, None);
    assert_eq!(outcome.recommendation.against_present, None);
    assert!(outcome.warnings.iter().any(|warning| warning.contains("compareWithCurrent")), "{:?}", outcome.warnings);
}

#[test]
fn limits_decide_before_the_strategy_and_a_missed_one_is_in_the_warnings() {
    let measurements =
        || vec![measured(512, &[80.0, 50.0, 50.0, 50.0, 50.0]), measured(1024, &[60.0, 30.0, 30.0, 30.0, 30.0])];
    let decide = |limit: u32| {
        let fields = json!({"powerValues": [512, 1024], "maxDuration": limit});
        tuned(analyze(plan_with(&fields), measurements()).unwrap())
    };
    assert_eq!((decide(60).power, decide(40).power), (power(512), power(1024)));
    assert_eq!(decide(40).recommendation.verdict, "the only one of 2 measured memory sizes that meets maxDuration");
    assert!(decide(40).recommendation.reasons.iter().any(|reason| reason == "It meets maxDuration."));
    let missed = decide(10);
    assert_eq!(missed.power, power(1024));
    assert!(missed.warnings.iter().any(|warning| warning.contains("200.0 % too long")), "{:?}", missed.warnings);
}

#[test]
fn a_winner_with_little_headroom_gets_a_warning_unless_the_caller_chose_how_much() {
    let warns = |fields: Value, used: Option<u32>| {
        let measurement = using(measured(512, &[10.0; 5]), used, used);
        let warnings = tuned(analyze(plan_with(&fields), vec![measurement]).unwrap()).warnings;
        warnings.iter().any(|warning| warning.contains("eadroom"))
    };
    let list = json!({"powerValues": [512]});
    assert!(warns(list.clone(), Some(430)) && !warns(list.clone(), Some(420)) && !warns(list, None));
    let chosen = json!({"powerValues": [512], "memoryHeadroom": 0.1});
    assert!(!warns(chosen.clone(), Some(430)) && warns(chosen, None));
}

/// The same, with so much memory used at least and at most.
fn using(mut measurement: Measurement, least: Option<u32>, most: Option<u32>) -> Measurement {
    measurement.max_memory_used = most;
    if let Measured::Samples(statistics) = &mut measurement.result {
        statistics.least_memory_used = least;
    }
    measurement
}

#[test]
fn headroom_is_held_against_how_variable_memory_use_was() {
    let of = |least: u32, most: u32| {
        let sizes = [256, 512, 1024].map(|mb| using(measured(mb, &[10.0; 5]), Some(most), Some(most)));
        let [small, middle, large] = sizes;
        let middle = using(middle, Some(least), Some(most));
        let outcome = tuned(analyze(plan(&[256, 512, 1024]), vec![small, middle, large]).unwrap());
        (outcome.recommendation.headroom.unwrap(), outcome.warnings.join("\n"))
    };
    let fitting = |headroom: &Headroom| -> Vec<Vec<u32>> {
        headroom.usual.iter().map(|usual| usual.fitting.iter().map(|power| power.megabytes()).collect()).collect()
    };
    // 256 MB wins. A difference of 1 MB is one of rounding.
    let (stable, warnings) = of(199, 200);
    assert_eq!((stable.memory_use, stable.variation, stable.at_winner), (MemoryUse::Stable, 0.0, 0.28));
    assert_eq!(fitting(&stable), [vec![256, 512, 1024], vec![512, 1024], vec![512, 1024]]);
    assert!(!warnings.contains("headroom"), "{warnings}");
    let (variable, warnings) = of(150, 200);
    assert_eq!(variable.memory_use, MemoryUse::Variable);
    assert!(warnings.contains("28 % headroom, less than the 33 % by which memory use varied"), "{warnings}");
    assert_eq!(of(100, 200).0.memory_use, MemoryUse::MemoryIntensive);
}

#[test]
fn each_weighted_payload_has_its_headroom() {
    let mut measurement = measured(512, &[10.0; 5]);
    let Measured::Samples(statistics) = &mut measurement.result else { panic!("no samples") };
    statistics.memory_by_payload = vec![Some(64), None, Some(256)];
    let headroom = tuned(analyze(plan(&[512]), vec![measurement]).unwrap()).recommendation.headroom.unwrap();
    let payload = |payload, max_memory_used, headroom| PayloadHeadroom { payload, max_memory_used, headroom };
    assert_eq!(headroom.payloads, [payload(0, 64, 7.0), payload(2, 256, 1.0)]);
}

#[test]
fn memory_that_grows_steadily_is_a_suspected_leak_and_shorter_series_say_nothing() {
    let outcome = |invocations: u32, mb_each: u32| {
        let lane: Strata = (0..invocations)
            .map(|number| {
                let start = if number == 0 { Start::Cold(Milliseconds(100.0)) } else { Start::Warm };
                let (duration, billed) = (Milliseconds(10.0), BilledMilliseconds(10));
                (0, Sample { duration, billed, start, memory_used: Some(60 + number * mb_each), trace_id: None })
            })
            .collect();
        let result = estimated(1, lane);
        tuned(analyze(plan(&[512]), vec![Measurement { result, ..measured(512, &[10.0; 5]) }]).unwrap())
    };
    let says = |outcome: &TuningOutcome| outcome.warnings.iter().any(|warning| warning.contains("may leak memory"));
    let (leaks, steady, short) = (outcome(20, 2), outcome(20, 0), outcome(19, 2));
    assert!(says(&leaks) && leaks.recommendation.memory_trend.unwrap().suspected_leak);
    assert!(!says(&steady) && !steady.recommendation.memory_trend.unwrap().suspected_leak);
    assert!(!says(&short) && short.recommendation.memory_trend.is_none());
    insta::assert_snapshot!(leaks.warnings.last().unwrap());
}

#[test]
fn the_metrics_of_a_result_are_its_numbers() {
    let mut plan = plan_with(&json!({"powerValues": [512, 1024], "strategy": "speed", "compareWithCurrent": true}));
    plan.request.include_output_results = true;
    let measurements =
        vec![measured(512, &[80.0, 50.0, 50.0, 50.0, 50.0]), measured(1024, &[60.0, 20.0, 20.0, 20.0, 20.0])];
    let state = handle(&Prices::bundled().unwrap(), input(plan, publication(&[512, 1024]), measurements, 0)).unwrap();
    let document = json!(Document::of_result(&state, Moment(1_790_000_000_000)));
    let row = row_of(&tuned(state.analysis), 512);
    let number = |name: &str| document[name].as_f64().unwrap();
    assert!((number("CostPerMillionBefore") - row.average_price.unwrap().0 * 1e6).abs() < 1e-9);
    assert!((number("DurationBefore") - row.average_duration.unwrap().0).abs() < 1e-9);
    insta::assert_json_snapshot!(document);
}

#[test]
fn a_run_that_did_not_measure_the_current_memory_has_no_metrics_of_it_and_a_dry_one_has_none() {
    let state = |plan: Plan| {
        let input = input(plan, publication(&[1024]), vec![measured(1024, &[20.0; 5])], 0);
        handle(&Prices::bundled().unwrap(), input).unwrap()
    };
    let document = json!(Document::of_result(&state(plan(&[1024])), Moment(0)));
    for name in ["CostPerMillionBefore", "DurationBefore", "Saving"] {
        assert!(document.get(name).is_none() && !document["_aws"].to_string().contains(name), "{document:#}");
    }
    let mut dry = plan(&[1024]);
    dry.request.mode = Mode::DryRun;
    assert_eq!(Document::of_result(&state(dry), Moment(0)), None);
}

#[test]
fn durations_that_the_client_timed_are_marked_and_the_warning_says_what_to_change() {
    let timed = || {
        let mut measurement = measured(512, &[10.0; 5]);
        let Measured::Samples(statistics) = &mut measurement.result else { panic!("no samples") };
        statistics.source = Source::Client;
        measurement.spent.unreported = 5;
        measurement
    };
    let mut plan = plan(&[512]);
    let outcome = tuned(analyze(plan.clone(), vec![timed()]).unwrap());
    assert_eq!(row_of(&outcome, 512).source, Some(Source::Client));
    assert!(outcome.warnings.iter().any(|warning| warning.contains("functionLogGroups")), "{:?}", outcome.warnings);
    plan.before.logs.reports = false;
    let warnings = tuned(analyze(plan, vec![timed()]).unwrap()).warnings;
    assert!(warnings.iter().any(|warning| warning.contains("system log level is WARN")), "{warnings:?}");
}

#[test]
fn what_snapshots_cost_is_said() {
    let mut plan = plan(&[512, 1024]);
    plan.before.snap_start = true;
    let measurements = || vec![measured(512, &[10.0; 5]), measured(1024, &[9.0; 5])];
    plan.function = "arn:aws:lambda:us-east-1:123456789012:function:f".parse().unwrap();
    let warnings = tuned(analyze(plan.clone(), measurements()).unwrap()).warnings;
    // 1.5 GB for 3 hours.
    let cost = format!("{:.4} USD for the least time", 1.5 * 10_800.0 * 0.000_001_504_6);
    assert!(warnings.iter().any(|warning| warning.contains(&cost) && warning.contains("2 versions")), "{warnings:?}");
    plan.request.mode = Mode::DryRun;
    let Some(Outcome::DryRun(outcome)) = analyze(plan, measurements()).unwrap().outcome else { panic!("it decided") };
    assert!(outcome.warnings.iter().any(|warning| warning.contains("SnapStart")), "{:?}", outcome.warnings);
}

/// Every text of an output.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn as_on_aws_costs_are_said_in_the_currency_of_the_region() {
    for (function, currency, others) in [
        ("arn:aws-cn:lambda:cn-north-1:123456789012:function:f", "CNY", ["USD", "EUR"]),
        ("arn:aws-eusc:lambda:eusc-de-east-1:123456789012:function:f", "EUR", ["USD", "CNY"]),
        ("arn:aws:lambda:ap-east-2:123456789012:function:f", "USD", ["CNY", "EUR"]),
    ] {
        let asked = json!({"powerValues": [512, 1024], "maxCost": 0.000_000_001, "maxSpend": 1, "invocationsPerMonth": 1_000_000});
        let mut plan = plan_with(&asked);
        plan.function = function.parse().unwrap();
        let outcome = tuned(analyze(plan, vec![measured(512, &[10.0; 5]), measured(1024, &[9.0; 5])]).unwrap());
        let output = json!(outcome);
        let said = texts(&output).join("\n");
        assert!(said.matches(currency).count() >= 3, "{said}");
        assert!(others.iter().all(|other| !said.contains(other)), "{said}");
        let is_said = ["assumed to be those", "taken as EUR"].iter().any(|kind| said.contains(kind));
        assert_eq!(is_said, currency != "CNY", "{said}");
    }
}

#[test]
fn retries_and_waits_are_transitions_too() {
    let cost = |publication: Publication, measurement: Measurement, retries: u32| {
        let input = input(plan(&[512]), publication, vec![measurement], retries);
        tuned(handle(&Prices::bundled().unwrap(), input).unwrap().analysis).state_machine.execution_cost.0
    };
    let once = cost(publication(&[512]), measured(512, &[1.0; 5]), 0);
    let waited = Publication { calls: 3, waits: 2, retries: 4, ..publication(&[512]) };
    let retried = Measurement { retries: 5, ..measured(512, &[1.0; 5]) };
    let more = cost(waited, retried, 6);
    assert!((more - once - 0.000_025 * f64::from(2 * 2 + 2 + 4 + 5 + 6)).abs() < 1e-12, "{once} {more}");
}

#[test]
fn while_samples_or_memory_sizes_are_left_the_map_goes_on_with_as_many_as_fit() {
    let mut plan = plan(&[512, 1024, 2048]);
    plan.request.values_at_a_time = 2;
    let mut publication = publication(&[512, 1024, 2048]);
    publication.measure_at_most(2);
    let powers = |targets: &[Target]| targets.iter().map(|target| target.power.megabytes()).collect::<Vec<_>>();
    assert_eq!((powers(&publication.targets), powers(&publication.waiting)), (vec![512, 1024], vec![2048]));
    // 1024 MB takes a second pass; 2048 MB gets its turn in it.
    let begun = input(plan, publication, vec![measured(512, &[2.0; 5])], 0);
    let mut state = handle(&Prices::bundled().unwrap(), begun).unwrap();
    assert_eq!((state.analysis.next, state.analysis.outcome.as_ref()), (Next::Measure, None));
    assert_eq!((powers(&state.publication.targets), state.publication.waiting.len()), (vec![1024, 2048], 0));
    assert_eq!(powers(&state.publication.measured), [512]);
    let twice_called = Measurement { executor_calls: 2, ..measured(1024, &[1.0; 5]) };
    state.publication = with(state.publication, vec![twice_called, measured(2048, &[1.0; 5])]);
    let RunState { plan, publication, analysis } = state;
    let ended = handle(&Prices::bundled().unwrap(), Input { plan, publication, analysis, retries: 0 }).unwrap();
    let outcome = tuned(ended.analysis);
    assert_eq!(outcome.stats.unwrap().len(), 3);
    // Initializer, Publisher, its choice, twice Map, Analyzer and choice, four Executors, Cleaner.
    assert!((outcome.state_machine.execution_cost.0 - 0.000_025 * 14.0).abs() < 1e-12);
}

/// A search over a function that computes for 100 ms at one virtual CPU and waits for 5 ms, and that does not run below
/// a size.
struct Searched {
    state: RunState,
    floor: u32,
    rounds: Vec<Vec<u32>>,
    largest_state: usize,
}

impl Searched {
    fn begun(fields: &Value, floor: u32) -> Self {
        let mut plan = plan_with(fields);
        let price = Prices::bundled().unwrap().lambda("eu-west-1", plan.before.architecture).price;
        let request = plan.request.search.clone().unwrap();
        let nothing =
            auto::Searched { measurements: &[], rounds: 0, verified: None, last_version: VersionNumber::NONE };
        let Decision::Measure(round, _) = auto::decide(&plan, &request, price, nothing) else { panic!("no round") };
        plan.request.power_values.clone_from(&round.power_values);
        let state = RunState { plan, publication: Publication::default(), analysis: Analysis::before(round) };
        Self { state, floor, rounds: Vec::new(), largest_state: 0 }
    }

    /// Measures rounds until the Analyzer has decided.
    fn ended(mut self) -> Result<(TuningOutcome, Vec<Vec<u32>>, usize), Error> {
        self.goes_on_to_its_end()?;
        Ok((tuned(self.state.analysis), self.rounds, self.largest_state))
    }

    fn goes_on_to_its_end(&mut self) -> Result<(), Error> {
        while self.state.analysis.next == Next::Publish {
            let round = self.state.analysis.round.clone();
            self.rounds.push(round.power_values.iter().map(|power| power.megabytes()).collect());
            let measurements = round.power_values.iter().map(|power| self.measure(*power, &round)).collect();
            let RunState { plan, analysis, .. } = self.state.clone();
            let publication = Publication { round: round.number, ..publication(self.rounds.last().unwrap()) };
            let input = Input { plan, publication: with(publication, measurements), analysis, retries: 0 };
            self.largest_state = self.largest_state.max(json!(input).to_string().len());
            self.state = handle(&Prices::bundled().unwrap(), input)?;
            assert!(self.rounds.len() < 20, "it does not end: {:?}", self.rounds);
        }
        Ok(())
    }

    fn measure(&self, power: Power, round: &Round) -> Measurement {
        if power.megabytes() < self.floor {
            return Measurement { value: power, ..infeasible(128) };
        }
        let per_lane = round.sampling.invocations / round.sampling.lanes;
        let duration = 5.0 + 100.0 / (f64::from(power.megabytes()) / 1769.0).min(1.0);
        let sample = |lane: u32, number: u32| {
            let scatter = 1.0 + 0.01 * (f64::from((lane * 7 + number * 3) % 5) - 2.0);
            let start = if number == 0 { Start::Cold(Milliseconds(100.0)) } else { Start::Warm };
            let ms = duration * scatter;
            Sample { duration: Milliseconds(ms), billed: billed(ms), start, memory_used: None, trace_id: None }
        };
        // One after the other, as the Executor does it, as far as the allowance goes.
        let mut series = vec![Strata::default(); round.sampling.lanes as usize];
        let mut tally = Tally::default();
        for (number, lane) in (0..per_lane).flat_map(|number| (0..round.sampling.lanes).map(move |lane| (number, lane)))
        {
            if round.allowance.is_none_or(|allowance| allowance.has_room(power, tally)) {
                let sample = sample(lane, number);
                series[lane as usize].push(0, sample);
                let Tally { begun, answered, billed_ms } = tally;
                tally = Tally { begun: begun + 1, answered: answered + 1, billed_ms: billed_ms + sample.billed.0 };
            }
        }
        let estimator = Estimator {
            shares: vec![1],
            environments: Environments::Reused,
            trim: Trim::DEFAULT,
            metric: Metric::Average,
            keep: 0,
        };
        Measurement {
            value: power,
            result: Measured::Samples(Box::new(estimator.estimate(&series, Source::Report).unwrap())),
            spent: Spent {
                invocations: tally.answered,
                billed: BilledMilliseconds(tally.billed_ms),
                ..Spent::default()
            },
            max_memory_used: Some(60),
            executor_calls: 1,
            retries: 0,
            series,
        }
    }
}

fn billed(ms: f64) -> BilledMilliseconds {
    BilledMilliseconds(format!("{:.0}", ms.ceil()).parse().unwrap())
}

#[test]
fn a_size_with_too_few_warm_samples_does_not_beat_warm_ones() {
    // Half as long, and so the cheapest by far; of its samples one is cold.
    let measurements = vec![measured(128, &[9.0, 5.0, 5.0]), measured(512, &[80.0, 50.0, 50.0, 50.0, 50.0])];
    let outcome = tuned(analyze(plan(&[128, 512]), measurements).unwrap());
    assert_eq!(outcome.power, power(512));
    assert_eq!(outcome.recommendation.verdict, "the only measured memory size that can win");
    insta::assert_snapshot!(outcome.warnings.join("\n"), @r"
    from the input
    128 MB was left out: too few of its invocations were warm to compare it with the others; raise num
    ");
    // Where none has more, they are compared with each other.
    let measurements = vec![measured(128, &[9.0, 5.0, 5.0]), measured(512, &[80.0, 50.0, 50.0])];
    assert_eq!(tuned(analyze(plan(&[128, 512]), measurements).unwrap()).power, power(128));
}

#[test]
fn costs_are_compared_as_they_are_billed() {
    // 0.9 and 1.2 ms are billed as 1 and 2 ms.
    let measurements = vec![measured(512, &[2.0, 0.9, 0.9, 0.9, 0.9]), measured(1024, &[2.0, 1.2, 1.2, 1.2, 1.2])];
    let plan = plan_with(&json!({"powerValues": [512, 1024]}));
    let comparison = tuned(analyze(plan, measurements).unwrap()).recommendation.against_runner_up.unwrap();
    assert!((comparison.cost_percent + 75.0).abs() < 1e-9, "{comparison:?}");
    assert!((comparison.cost_ratio.unwrap().ratio - 0.25).abs() < 1e-12, "{comparison:?}");
}

#[test]
fn a_near_tie_goes_to_the_faster_only_if_a_tolerance_is_given() {
    let measurements =
        || vec![measured(128, &[990.0, 700.0, 700.0, 700.0, 700.0]), measured(1769, &[80.0, 51.0, 51.0, 51.0, 51.0])];
    let won = |tolerance: f64| {
        let plan = plan_with(&json!({"powerValues": [128, 1769], "tolerance": tolerance}));
        tuned(analyze(plan, measurements()).unwrap())
    };
    assert_eq!((won(0.0).power, won(0.02).power), (power(128), power(1769)));
    let said = [won(0.0), won(0.02)].map(|outcome| outcome.recommendation.reasons.join("\n"));
    insta::assert_snapshot!(said.join("\n\n"), @r"
    128 MB is the cheapest of 2 measured memory sizes: 0.0000014583 USD and 700.00 ms per average invocation.
    1769 MB is 14 times faster for 0.7 % more. The difference in cost is not statistically significant.
    Reported memory use did not vary at any size (stable): 20 to 30 % headroom is usual then, and 128 MB leaves 100 %.

    1769 MB is within 2 % of the cheapest (128 MB), and 14 times faster: 0.0000014684 USD and 51.00 ms per average invocation.
    128 MB costs 0.7 % less, but takes 14 times as long. The difference in cost is not statistically significant.
    Reported memory use did not vary at any size (stable): 20 to 30 % headroom is usual then, and 1769 MB leaves 2664 %.
    ");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn only_true_sentences_are_said_of_a_list(run in lists()) {
        let untrue = contradictions(&run.outcome, &run.asked);
        prop_assert!(untrue.is_empty(), "{:#?}", untrue);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_global_rejects: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn only_true_sentences_are_said_of_a_search(run in searches()) {
        let untrue = contradictions(&run.outcome, &run.asked);
        prop_assert!(untrue.is_empty(), "{:#?}", untrue);
    }
}

#[test]
fn a_search_measures_in_rounds_and_ends_with_a_measured_winner() {
    let fields = json!({"powerValues": "AUTO", "num": null, "strategy": "balanced"});
    let (outcome, rounds, largest_state) = Searched::begun(&fields, 0).ended().unwrap();
    assert!(rounds.len() > 2 && rounds[0] == [512, 1769], "{rounds:?}");
    let winner = outcome.power.megabytes();
    assert!((1500..2100).contains(&winner), "{winner} of {rounds:?}");
    let row = row_of(&outcome, winner);
    assert!(row.lanes >= 2 && row.interval.is_some(), "{row:?}");
    // What a later round measures at the same memory size is added to what was known.
    let explored = usize::try_from(row.spent.invocations).unwrap();
    assert_eq!(row.samples, explored);
    let spent: u32 = outcome.stats.as_ref().unwrap().iter().map(|row| row.spent.invocations).sum();
    assert!(spent <= 110, "{spent}");
    assert_eq!(outcome.search.unwrap().rounds as usize, rounds.len());
    assert_eq!(outcome.recommendation.against_present.unwrap().power, power(512));
    let model = outcome.model.unwrap_or_else(|| panic!("no model of {rounds:?}"));
    assert!(model.curve.len() <= 40 && !model.curve.is_empty());
    assert!(largest_state < STATE_LIMIT / 4, "{largest_state}");
}

#[test]
fn without_stats_an_output_has_no_curve_and_the_model_speaks_of_the_limits_alone() {
    let powers = [256, 512, 1024, 2048];
    let model = |fields: Value| {
        let mut fields = fields;
        fields["powerValues"] = json!(powers);
        let measurements = powers.map(|mb| measured(mb, &[80.0, 50.0, 50.5, 50.2, 49.8, 50.1])).to_vec();
        tuned(analyze(plan_with(&fields), measurements).unwrap()).model
    };
    assert!(!model(json!({})).unwrap().curve.is_empty());
    assert_eq!(model(json!({"includeOutputResults": false})), None);
    let limited = model(json!({"includeOutputResults": false, "maxDuration": 60})).unwrap();
    assert!(limited.curve.is_empty() && limited.meets_max_duration.is_some());
}

#[test]
fn a_search_stays_above_the_memory_that_the_function_needs() {
    let fields = json!({"powerValues": "AUTO", "num": null, "compareWithCurrent": false});
    let (outcome, rounds, _) = Searched::begun(&fields, 700).ended().unwrap();
    assert!(outcome.power.megabytes() >= 700, "{} of {rounds:?}", outcome.power);
    assert!(row_of(&outcome, 512).excluded.is_some());
}

#[test]
fn where_nothing_runs_a_search_fails_with_the_reason() {
    let error =
        Searched::begun(&json!({"powerValues": "AUTO", "num": null, "maxPower": 2048}), 4096).ended().unwrap_err();
    assert!(error.to_string().contains("any memory size up to 2048"), "{error}");
}

#[test]
fn no_memory_size_gets_more_invocations_than_num() {
    for num in [15, 16, 17, 20, 40] {
        let (outcome, rounds, _) = Searched::begun(&json!({"powerValues": "AUTO", "num": num}), 0).ended().unwrap();
        let most = outcome.stats.unwrap().iter().map(|row| row.spent.invocations).max();
        assert!(most <= Some(num), "{most:?} in {rounds:?}");
    }
}

#[test]
fn a_search_with_few_invocations_still_ends_with_a_winner_that_was_verified() {
    for num in [5, 10, 12, 15] {
        for more in [json!({}), json!({"effort": "quick"}), json!({"effort": "thorough"}), json!({"maxConcurrency": 1})]
        {
            let mut fields = json!({"powerValues": "AUTO", "num": num});
            fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let begun = Searched::begun(&fields, 0);
            let request = begun.state.plan.request.search.clone().unwrap();
            let (outcome, rounds, _) = begun.ended().unwrap();
            let row = row_of(&outcome, outcome.power.megabytes());
            assert!(row.warm.unwrap().n >= 5, "{fields}: {row:?} of {rounds:?}");
            assert_eq!(row.basis, Some(Basis::Warm), "{fields}");
            let raised = outcome.warnings.iter().any(|warning| warning.starts_with("num was raised"));
            assert_eq!(raised, request.most_per_value > Some(num), "{fields}: {:?}", outcome.warnings);
        }
    }
}

#[test]
fn a_search_with_the_least_budget_verifies_its_winner_whatever_runs() {
    for fields in [json!({}), json!({"strategy": "speed"}), json!({"maxConcurrency": 1}), json!({"maxConcurrency": 2})]
    {
        for (effort, least) in [("quick", 36), ("normal", 36), ("thorough", 84)] {
            for floor in [0, 600] {
                let mut fields = fields.clone();
                let more = json!({"powerValues": "AUTO", "num": null, "effort": effort, "maxInvocations": least});
                fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                fields["autoOptimize"] = json!(true);
                let mut search = Searched::begun(&fields, floor);
                search.goes_on_to_its_end().unwrap();
                assert_eq!(search.state.analysis.next, Next::Optimize, "{fields}: {:?}", search.rounds);
            }
        }
    }
}

#[test]
fn money_that_ends_early_leaves_no_winner_that_was_hardly_measured() {
    let mut seen = [0; 3];
    for step in 0..60 {
        let spend = 1e-7 * 1.15_f64.powi(step);
        let fields = json!({"powerValues": "AUTO", "num": null, "maxSpend": spend, "autoOptimize": true});
        let mut search = Searched::begun(&fields, 0);
        let Err(error) = search.goes_on_to_its_end() else {
            let analysis = search.state.analysis.clone();
            let is_set = analysis.next == Next::Optimize;
            let outcome = tuned(analysis);
            let row = row_of(&outcome, outcome.power.megabytes());
            assert!(row.warm.unwrap().n >= 3 && row.basis == Some(Basis::Warm), "{spend}: {row:?}");
            let is_verified = row.lanes > 2;
            let is_said = outcome.warnings.iter().any(|warning| warning.contains("autoOptimize was not applied"));
            assert_eq!((is_verified, !is_said), (is_set, is_set), "{spend}: {row:?} {:?}", outcome.warnings);
            seen[usize::from(is_set)] += 1;
            continue;
        };
        assert!(error.to_string().contains("the budget ended before"), "{spend}: {error}");
        seen[2] += 1;
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn as_on_aws_a_run_ends_with_what_it_has_before_its_history_is_full() {
    let values: Vec<u32> = (0..46).map(|number| 128 + 64 * number).collect();
    let mut plan = plan_with(&json!({"powerValues": values, "num": 1000}));
    plan.request.values_at_a_time = 46;
    let prices = Prices::bundled().unwrap();
    let mut state = RunState {
        publication: publication(&values),
        analysis: Analysis::before(Round::of_list(&plan, GbSecondPrice(0.000_016_666_7))),
        plan,
    };
    // The Map, the Analyzer and the choice after it; and of each memory size seven.
    let (mut passes, mut events) = (0, 0);
    while state.analysis.outcome.is_none() {
        (passes, events) = (passes + 1, events + 11 + 7 * values.len());
        let RunState { plan, mut publication, analysis } = state;
        let has_ended = analysis.round.allowance.is_some();
        for target in &mut publication.targets {
            let calls = target.progress.calls() + 1;
            target.progress = if has_ended {
                let measurement = measured(target.power.megabytes(), &[20.0, 10.0, 10.0, 10.0, 10.0]);
                Progress::Measured(Box::new(Measurement { executor_calls: calls, ..measurement }))
            } else {
                Progress::Unfinished(Taken { calls, ..Taken::default() })
            };
        }
        state = handle(&prices, Input { plan, publication, analysis, retries: 0 }).unwrap();
    }
    assert!(passes > 60 && events < 24_000, "{passes} passes, {events} events");
    let warnings = tuned(state.analysis).warnings.join("\n");
    assert!(warnings.contains("history") && warnings.contains("fewer than 1000 invocations"), "{warnings}");
}

#[test]
fn what_is_decided_carries_no_payload_any_more() {
    let mut plan = plan(&[128]);
    plan.request.payload = PayloadSource::Inline(Payload::Same(json!("the payload")));
    let input = input(plan, publication(&[128]), vec![measured(128, &[10.0; 6])], 0);
    let decided = handle(&Prices::bundled().unwrap(), input).unwrap();
    assert!(!json!(decided).to_string().contains("the payload"));
}

#[test]
fn a_list_whose_money_ended_before_anything_was_warm_sets_no_memory() {
    let decide = |samples: usize, max_spend: Option<f64>| {
        let fields = json!({"powerValues": [512, 1024], "autoOptimize": true, "maxSpend": max_spend});
        let measurements = [512, 1024].map(|mb| measured(mb, &vec![10.0; samples])).to_vec();
        let analysis = analyze(plan_with(&fields), measurements).unwrap();
        let warnings = tuned(analysis.clone()).warnings;
        (analysis.next, warnings.iter().any(|warning| warning.contains("autoOptimize was not applied")))
    };
    assert_eq!(decide(2, Some(1e-9)), (Next::Clean, true));
    assert_eq!(decide(4, Some(1e-9)), (Next::Optimize, false));
    assert_eq!(decide(2, None), (Next::Optimize, false));
}

#[test]
fn the_transitions_of_all_rounds_are_in_the_cost_of_the_execution() {
    let fields = json!({"powerValues": "AUTO", "num": null});
    let (outcome, rounds, _) = Searched::begun(&fields, 0).ended().unwrap();
    // Initializer and Cleaner; of each round the Publisher and the choice after it (the test says: called once in all),
    // the Map, the Analyzer and the choice after it; of each memory size of a round the Executor.
    let values: usize = rounds.iter().map(Vec::len).sum();
    let expected = 2 + 2 + 3 * rounds.len() + values;
    let cost = outcome.state_machine.execution_cost.0;
    assert!((cost - 0.000_025 * f64::from(u32::try_from(expected).unwrap())).abs() < 1e-12, "{cost} {rounds:?}");
}

#[test]
fn what_a_dry_run_of_a_search_found_can_be_read_again() {
    let mut search = Searched::begun(&json!({"powerValues": "AUTO", "dryRun": true}), 0);
    search.state.analysis.round.sampling = search.state.plan.request.sampling;
    let round = search.state.analysis.round.clone();
    let measurements = round.power_values.iter().map(|power| search.measure(*power, &round)).collect();
    let RunState { plan, analysis, .. } = search.state;
    let values: Vec<u32> = round.power_values.iter().map(|power| power.megabytes()).collect();
    let input = Input { plan, publication: with(publication(&values), measurements), analysis, retries: 0 };
    let outcome = handle(&Prices::bundled().unwrap(), input).unwrap().analysis.outcome.unwrap();
    let expected = match &outcome {
        Outcome::DryRun(outcome) => outcome.expected.unwrap(),
        Outcome::Tuned(outcome) => panic!("{outcome:?}"),
    };
    assert!(expected.invocations > 40 && expected.assumed_duration.is_none(), "{expected:?}");
    assert_eq!(serde_json::from_value::<Outcome>(json!(outcome)).unwrap(), outcome);
}

#[test]
fn with_a_tolerance_a_list_goes_to_the_fastest_of_the_nearly_cheapest_and_says_so() {
    let first_reason = |fields: &Value| {
        let measurements = vec![measured(128, &[1000.0; 5]), measured(1769, &[73.0; 5]), measured(3008, &[70.0; 5])];
        let outcome = tuned(analyze(plan_with(fields), measurements).unwrap());
        (outcome.power.megabytes(), outcome.recommendation.reasons[0].clone())
    };
    let fields = |tolerance: f64| json!({"powerValues": [128, 1769, 3008], "tolerance": tolerance});
    let near = first_reason(&fields(0.02));
    insta::assert_debug_snapshot!((first_reason(&fields(0.0)), near));
    let limited = json!({"powerValues": [128, 1769, 3008], "maxDuration": 500});
    insta::assert_snapshot!(first_reason(&limited).1);
    let missed = json!({"powerValues": [128, 1769, 3008], "maxDuration": 5});
    insta::assert_snapshot!(first_reason(&missed).1);
}

#[test]
fn a_row_that_speaks_of_cold_starts_cannot_win_against_warm_ones_and_that_is_said() {
    // Two samples of a quick start, one of them cold: cheaper by far.
    let measurements = vec![measured(512, &[1.0, 1.0]), measured(1024, &[20.0; 5])];
    let outcome = tuned(analyze(plan(&[512, 1024]), measurements).unwrap());
    assert_eq!(outcome.power, power(1024));
    assert!(outcome.warnings.iter().any(|warning| warning.contains("was left out: too few")), "{:?}", outcome.warnings);
    let alone = tuned(analyze(plan(&[512]), vec![measured(512, &[1.0, 1.0])]).unwrap());
    assert!(!alone.warnings.iter().any(|warning| warning.contains("was left out: too few")), "{:?}", alone.warnings);
}

#[test]
fn the_ratio_of_costs_compares_what_is_billed() {
    // 1.1 ms are billed as 2 ms and 1.9 ms as 2 ms: half the memory at half the cost.
    let measurements = vec![measured(512, &[1.9; 5]), measured(1024, &[1.1; 5])];
    let outcome = tuned(analyze(plan(&[512, 1024]), measurements).unwrap());
    let other = outcome.recommendation.against_runner_up.unwrap();
    assert!((other.cost_percent + 50.0).abs() < 1e-9, "{other:?}");
    assert!((other.cost_ratio.unwrap().ratio - 0.5).abs() < 1e-9, "{other:?}");
    assert!((other.duration_ratio.unwrap().ratio - 1.9 / 1.1).abs() < 1e-9, "{other:?}");
}

#[test]
fn alternatives_are_the_few_sizes_worth_knowing_and_one_sentence_says_what_more_money_buys() {
    let measurements = vec![
        measured(128, &[1000.0; 5]),
        measured(512, &[251.0; 5]),
        measured(1769, &[74.0; 5]),
        measured(3008, &[60.0; 5]),
        measured(4096, &[60.5; 5]),
    ];
    let recommendation = tuned(analyze(plan(&[128, 512, 1769, 3008, 4096]), measurements).unwrap()).recommendation;
    insta::assert_json_snapshot!((recommendation.alternatives, recommendation.reasons));
}
