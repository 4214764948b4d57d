use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;
use tuning::{
    measure::log_tail::LogFormat,
    price::{Currency, GbSecondPrice},
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

use super::*;

/// The most bytes of a template in a bucket, and the most widgets of a dashboard (quotas of CloudFormation and
/// CloudWatch).
const MOST_BYTES: usize = 1_000_000;
const MOST_WIDGETS: usize = 500;

fn watched(name: &str, memory: u32, reports: Option<LogFormat>, tuned: Option<Tuned>) -> Watched {
    Watched {
        name: name.to_owned(),
        memory: Power::new(memory).unwrap(),
        price: GbSecondPrice(0.000_016_666_7),
        reports: reports.map(|format| LogGroup { name: format!("/aws/lambda/{name}"), format }),
        tuned,
    }
}

fn monitoring(functions: Vec<Watched>) -> Monitoring {
    Monitoring {
        region: "us-east-1".to_owned(),
        currency: Currency::Usd,
        functions,
        drift: Drift(0.2),
        alarm_actions: vec!["arn:aws:sns:us-east-1:123456789012:oncall".to_owned()],
    }
}

fn figures(duration: f64, cost: f64) -> Figures {
    Figures { duration: Milliseconds(duration), cost: Usd(cost) }
}

fn of_type<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let resources = template["Resources"].as_object().unwrap().iter();
    resources.filter(move |(_, resource)| resource["Type"] == kind).map(|(id, resource)| (id, &resource["Properties"]))
}

fn body(template: &Value) -> Value {
    let (_, dashboard) = of_type(template, "AWS::CloudWatch::Dashboard").next().unwrap();
    serde_json::from_str(dashboard["DashboardBody"].as_str().unwrap()).unwrap()
}

/// The metric that an alarm looks at, or that a filter makes.
fn metric(of: &Value, namespace: &str) -> (String, String) {
    let text = |name: &str| of[name].as_str().unwrap().to_owned();
    (text(namespace), text("MetricName"))
}

#[test]
fn a_tuned_function_has_everything_and_one_without_reports_what_lambda_itself_counts() {
    let tuned = Tuned { at_winner: figures(120.0, 1.0e-6), before: Some(figures(100.0, 1.7e-6)) };
    let template = monitoring(vec![
        watched("checkout-api", 512, Some(LogFormat::Text), Some(tuned)),
        watched("checkout_events", 1024, Some(LogFormat::Json), None),
        watched("silent", 128, None, None),
    ]);
    let template = template.template().unwrap();
    let mut shown = template.clone();
    shown["Resources"]["Dashboard"]["Properties"]["DashboardBody"] = "…".into();
    insta::assert_json_snapshot!("template", shown);
    insta::assert_json_snapshot!("dashboard", body(&template));
}

#[test]
fn more_functions_than_fit_are_refused_with_the_number_that_fits() {
    let one = figures(1.0, 1e-7);
    let tuned = Some(Tuned { at_winner: one, before: Some(one) });
    let longest = |number: usize| {
        let name = format!("{number:-<64}");
        watched(&name, 10_240, Some(LogFormat::Text), tuned)
    };
    // 9 resources each, and the dashboard.
    let fit = monitoring((0..55).map(longest).collect()).template().unwrap();
    assert_eq!(fit["Resources"].as_object().unwrap().len(), 496);
    assert!(fit.to_string().len() < MOST_BYTES, "{}", fit.to_string().len());
    assert!(body(&fit)["widgets"].as_array().unwrap().len() <= MOST_WIDGETS);
    let refused = monitoring((0..56).map(longest).collect()).template().unwrap_err();
    assert_eq!(refused, TooMany { given: 56, most: 55 });
    insta::assert_snapshot!(
        refused,
        @"56 functions do not fit in one stack, which may have 500 resources: the first 55 do"
    );
}

fn functions() -> impl Strategy<Value = Vec<Watched>> {
    let format = prop::option::of(prop::sample::select(vec![LogFormat::Text, LogFormat::Json]));
    let figures = || (0.1..1e6, 1e-9..1.0).prop_map(|(duration, cost)| figures(duration, cost));
    let tuned = prop::option::of((figures(), prop::option::of(figures())));
    let tuned = tuned.prop_map(|tuned| tuned.map(|(at_winner, before)| Tuned { at_winner, before }));
    let one = ("[A-Za-z0-9_-]{1,8}|[ab-]{1,3}", 128u32..=10_240, format, tuned);
    let all = prop::collection::vec(one, 1..70);
    all.prop_map(|mut all| {
        let mut names = BTreeSet::new();
        all.retain(|(name, ..)| names.insert(name.clone()));
        all.into_iter().map(|(name, memory, format, tuned)| watched(&name, memory, format, tuned)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_alarm_and_every_line_of_the_dashboard_has_a_metric(functions in functions()) {
        let resources: usize = functions.iter().map(resources_of).sum();
        let template = match monitoring(functions.clone()).template() {
            Ok(template) => template,
            Err(TooMany { given, most }) => {
                prop_assert!(resources > 499 && given == functions.len());
                prop_assert!(monitoring(functions[..most].to_vec()).template().is_ok());
                prop_assert!(monitoring(functions[..=most].to_vec()).template().is_err());
                return Ok(());
            }
        };
        let all = template["Resources"].as_object().unwrap();
        // No two functions have a resource in common.
        prop_assert_eq!(all.len(), resources + 1);
        prop_assert!(all.keys().all(|id| id.chars().all(|c| c.is_ascii_alphanumeric()) && id.len() <= 255));
        let filters = of_type(&template, "AWS::Logs::MetricFilter");
        let made: BTreeSet<(String, String)> = filters
            .map(|(_, filter)| metric(&filter["MetricTransformations"][0], "MetricNamespace"))
            .collect();
        prop_assert_eq!(made.len(), 4 * functions.iter().filter(|function| function.reports.is_some()).count());
        for (_, alarm) in of_type(&template, "AWS::CloudWatch::Alarm") {
            let looked_at = metric(alarm, "Namespace");
            prop_assert!(looked_at.0 == "AWS/Lambda" || made.contains(&looked_at), "{alarm}");
            prop_assert!(alarm["Threshold"].as_f64().is_some_and(|threshold| threshold >= 0.0), "{alarm}");
            prop_assert!(alarm["AlarmActions"].is_array());
        }
        for widget in body(&template)["widgets"].as_array().unwrap() {
            for line in widget["properties"]["metrics"].as_array().into_iter().flatten() {
                let Some(namespace) = line[0].as_str() else { continue };
                let drawn = (namespace.to_owned(), line[1].as_str().unwrap().to_owned());
                prop_assert!(namespace == "AWS/Lambda" || made.contains(&drawn), "{line}");
            }
        }
    }

    #[test]
    fn widgets_lie_beside_each_other(functions in functions()) {
        let Ok(template) = monitoring(functions).template() else { return Ok(()) };
        let mut taken = BTreeSet::new();
        for widget in body(&template)["widgets"].as_array().unwrap() {
            let of = |name: &str| widget[name].as_u64().unwrap();
            for (x, y) in (0..of("width")).flat_map(|x| (0..of("height")).map(move |y| (x, y))) {
                prop_assert!(of("x") + x < 24);
                prop_assert!(taken.insert((of("x") + x, of("y") + y)), "{widget}");
            }
        }
    }

    #[test]
    fn drift_is_watched_where_and_only_where_something_was_measured(functions in functions()) {
        for function in functions {
            let template = monitoring(vec![function.clone()]).template().unwrap();
            let alarm = |metric: &str| {
                of_type(&template, "AWS::CloudWatch::Alarm").find(|(_, alarm)| alarm["MetricName"] == metric)
            };
            let threshold = |metric: &str| alarm(metric).map(|(_, alarm)| alarm["Threshold"].as_f64().unwrap());
            let tuned = function.tuned.filter(|_| function.reports.is_some());
            prop_assert_eq!(threshold("Duration").is_some(), tuned.is_some());
            prop_assert_eq!(threshold("BilledDuration").is_some(), tuned.is_some());
            if let Some(tuned) = tuned {
                let near = |value: f64, expected: f64| (value - expected).abs() <= 0.001 + 1e-9 * expected;
                prop_assert!(near(threshold("Duration").unwrap(), 1.2 * tuned.at_winner.duration.0));
                let gb = f64::from(function.memory.megabytes()) / 1024.0;
                let billed = tuned.at_winner.cost.0 / (gb * 0.000_016_666_7 / 1000.0);
                prop_assert!(near(threshold("BilledDuration").unwrap(), 1.2 * billed));
            }
            let memory = threshold("MemoryUsed");
            prop_assert_eq!(memory.is_some(), function.reports.is_some());
            let most = 0.9 * f64::from(function.memory.megabytes());
            prop_assert!(memory.is_none_or(|memory| (memory - most).abs() < 0.001));
        }
    }

    #[test]
    fn patterns_name_the_value_that_they_give(memory in 128u32..=10_240) {
        for metric in Metric::ALL {
            for format in [LogFormat::Text, LogFormat::Json] {
                let pattern = metric.pattern(format, Power::new(memory).unwrap());
                prop_assert!(pattern.len() <= 1024);
                prop_assert!(pattern.contains(&memory.to_string()));
                if let (LogFormat::Text, Some(field)) = (format, metric.value(format).strip_prefix('$')) {
                    prop_assert!(pattern.contains(&format!(", {field},")), "{pattern}");
                }
            }
        }
    }
}
