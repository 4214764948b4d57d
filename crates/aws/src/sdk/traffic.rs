//! Metrics of CloudWatch.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_cloudwatch::{
    Client,
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat},
};
use tuning::{suggest::Counts, units::moment::Moment};

use super::{Aws, failure::failed};
use crate::{api::ApiError, traffic::Traffic, usage::Window};

const CALL: &str = "GetMetricData";
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// The metrics of a function that are counted, in this order.
const COUNTED: [&str; 3] = ["Invocations", "Errors", "Throttles"];
/// A call has at most 500 queries.
const MOST_QUERIES: usize = 500;
/// A call asks for at most so many functions: AWS returns at most 100,800 values, which are 300 functions of 14 days
/// by the hour. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>
const FUNCTIONS_PER_CALL: usize = 300;

impl Traffic for Aws {
    async fn hourly_invocations(&self, functions: &[&str], window: Window) -> Result<Vec<(Moment, f64)>, ApiError> {
        let mut hourly = Vec::new();
        for functions in functions.chunks(FUNCTIONS_PER_CALL) {
            let queries = functions.iter().enumerate();
            let queries = queries.map(|(number, function)| query(format!("f{number}"), function, "Invocations", HOUR));
            for result in self.metric_data(queries.collect(), window).await? {
                hourly.extend(result.timestamps().iter().map(moment).zip(result.values().iter().copied()));
            }
        }
        Ok(hourly)
    }
}

impl Aws {
    /// The invocations of functions of the region, and those that failed or were throttled, by name
    /// (`cloudwatch:GetMetricData`). What begins and ends within a day is counted for all of it. A function that was
    /// not invoked may be missing.
    pub async fn counts(&self, functions: &[&str], window: Window) -> Result<BTreeMap<String, Counts>, ApiError> {
        let mut all: BTreeMap<String, Counts> = BTreeMap::new();
        for functions in functions.chunks(MOST_QUERIES / COUNTED.len()) {
            let queries = functions.iter().enumerate().flat_map(|(number, function)| {
                let of = move |(metric, name)| query(format!("m{metric}f{number}"), function, name, DAY);
                COUNTED.into_iter().enumerate().map(of)
            });
            for result in self.metric_data(queries.collect(), window).await? {
                let Some((metric, function)) = counted(result.id(), functions) else { continue };
                let counts = all.entry(function.to_owned()).or_default();
                let sum: f64 = result.values().iter().sum();
                match metric {
                    "Invocations" => counts.invocations += sum,
                    "Errors" => counts.errors += sum,
                    _ => counts.throttles += sum,
                }
            }
        }
        Ok(all)
    }

    /// The answers to these queries, page after page: a query may have an answer on several.
    async fn metric_data(
        &self,
        queries: Vec<MetricDataQuery>,
        window: Window,
    ) -> Result<Vec<MetricDataResult>, ApiError> {
        let request = Client::new(&self.own(None)).get_metric_data().set_metric_data_queries(Some(queries));
        let request = request.start_time(DateTime::from(window.from)).end_time(DateTime::from(window.to));
        let mut pages = request.into_paginator().send();
        let mut results = Vec::new();
        while let Some(page) = pages.next().await {
            results.extend(page.map_err(failed(CALL))?.metric_data_results.unwrap_or_default());
        }
        Ok(results)
    }
}

/// The metric and the function of a query.
fn counted<'f>(id: Option<&str>, functions: &[&'f str]) -> Option<(&'static str, &'f str)> {
    let (metric, function) = id?.strip_prefix('m')?.split_once('f')?;
    let metric = COUNTED.get(metric.parse::<usize>().ok()?)?;
    Some((metric, functions.get(function.parse::<usize>().ok()?)?))
}

fn query(id: String, function: &str, metric: &str, period: Duration) -> MetricDataQuery {
    let function = Dimension::builder().name("FunctionName").value(function).build();
    let metric = Metric::builder().namespace("AWS/Lambda").metric_name(metric).dimensions(function).build();
    let period = i32::try_from(period.as_secs()).unwrap_or_default();
    let statistic = MetricStat::builder().metric(metric).period(period).stat("Sum").build();
    MetricDataQuery::builder().id(id).metric_stat(statistic).build()
}

fn moment(at: &DateTime) -> Moment {
    Moment(at.to_millis().ok().and_then(|millis| u64::try_from(millis).ok()).unwrap_or_default())
}
