//! How often functions are invoked.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_cloudwatch::{
    Client,
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat},
};

use crate::{
    api::ApiError,
    sdk::{Aws, failure::failed},
    usage::{Traffic, Window},
};

/// A call asks for so many metrics at most.
const METRICS_PER_CALL: usize = 500;
/// What is asked of each function.
const METRICS: [&str; 3] = ["Invocations", "Errors", "Throttles"];
/// What sums are over: a day.
const PERIOD: Duration = Duration::from_hours(24);

impl Aws {
    /// How often functions of these names were invoked (`GetMetricData`). Those that were not are left out.
    pub async fn traffic(&self, names: &[String], window: Window) -> Result<BTreeMap<String, Traffic>, ApiError> {
        let client = Client::new(&self.own(None));
        let mut traffic: BTreeMap<String, Traffic> = BTreeMap::new();
        for names in names.chunks(METRICS_PER_CALL / METRICS.len()) {
            let queries = names.iter().enumerate().flat_map(|(position, name)| of_function(position, name)).collect();
            let request = client
                .get_metric_data()
                .set_metric_data_queries(Some(queries))
                .start_time(DateTime::from(window.from))
                .end_time(DateTime::from(window.to));
            let mut pages = request.into_paginator().send();
            while let Some(page) = pages.next().await {
                for result in page.map_err(failed("GetMetricData"))?.metric_data_results() {
                    count(result, names, &mut traffic);
                }
            }
        }
        Ok(traffic)
    }
}

/// Adds an answer to the function that it is about.
fn count(result: &MetricDataResult, names: &[String], traffic: &mut BTreeMap<String, Traffic>) {
    let sum: f64 = result.values().iter().sum();
    let Some((metric, position)) = result.id().and_then(asked) else { return };
    let Some(name) = names.get(position).filter(|_| sum > 0.0) else { return };
    let of_function = traffic.entry(name.clone()).or_default();
    match metric {
        "Invocations" => of_function.invocations += sum,
        "Errors" => of_function.errors += sum,
        _ => of_function.throttles += sum,
    }
}

/// The queries about a function; their ids are `invocations_7` and so on.
fn of_function(position: usize, name: &str) -> impl Iterator<Item = MetricDataQuery> {
    METRICS.into_iter().map(move |metric_name| {
        let dimension = Dimension::builder().name("FunctionName").value(name).build();
        let metric = Metric::builder().namespace("AWS/Lambda").metric_name(metric_name).dimensions(dimension).build();
        let period = i32::try_from(PERIOD.as_secs()).unwrap_or(i32::MAX);
        let statistic = MetricStat::builder().metric(metric).period(period).stat("Sum").build();
        let id = format!("{}_{position}", metric_name.to_lowercase());
        MetricDataQuery::builder().id(id).metric_stat(statistic).build()
    })
}

/// Which metric of which function an id stands for.
fn asked(id: &str) -> Option<(&'static str, usize)> {
    let (metric, position) = id.split_once('_')?;
    let metric = METRICS.into_iter().find(|known| known.eq_ignore_ascii_case(metric))?;
    Some((metric, position.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_by_the_id_of_its_question() {
        let ids: Vec<String> = of_function(7, "f").filter_map(|query| query.id).collect();
        let asked: Vec<_> = ids.iter().map(|id| asked(id).unwrap()).collect();
        assert_eq!(asked, [("Invocations", 7), ("Errors", 7), ("Throttles", 7)]);
        assert_eq!((super::asked("errors"), super::asked("other_1"), super::asked("errors_x")), (None, None, None));
    }
}
