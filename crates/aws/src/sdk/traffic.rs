//! Metrics of CloudWatch.

use std::time::Duration;

use aws_sdk_cloudwatch::{
    Client,
    error::BuildError,
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricStat},
};
use tuning::units::moment::Moment;

use super::{Aws, failure::failed};
use crate::{
    api::{ApiError, ApiErrorKind},
    traffic::Traffic,
    usage::Window,
};

const CALL: &str = "GetMetricData";
const HOUR: Duration = Duration::from_hours(1);
/// A call asks for at most so many functions: AWS returns at most 100,800 values, which are 300 functions of 14 days
/// by the hour. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>
const FUNCTIONS_PER_CALL: usize = 300;

impl Traffic for Aws {
    async fn hourly_invocations(&self, functions: &[&str], window: Window) -> Result<Vec<(Moment, f64)>, ApiError> {
        let client = Client::new(&self.own(None));
        let mut hourly = Vec::new();
        for functions in functions.chunks(FUNCTIONS_PER_CALL) {
            let queries = functions.iter().enumerate().map(|(number, function)| query(number, function));
            let queries: Vec<MetricDataQuery> = queries.collect::<Result<_, _>>().map_err(incomplete)?;
            let request = client.get_metric_data().set_metric_data_queries(Some(queries));
            let request = request.start_time(DateTime::from(window.from)).end_time(DateTime::from(window.to));
            let mut pages = request.into_paginator().send();
            while let Some(page) = pages.next().await {
                for result in page.map_err(failed(CALL))?.metric_data_results() {
                    hourly.extend(result.timestamps().iter().map(moment).zip(result.values().iter().copied()));
                }
            }
        }
        Ok(hourly)
    }
}

fn query(number: usize, function: &str) -> Result<MetricDataQuery, BuildError> {
    let function = Dimension::builder().name("FunctionName").value(function).build();
    let metric = Metric::builder().namespace("AWS/Lambda").metric_name("Invocations").dimensions(function).build();
    let period = i32::try_from(HOUR.as_secs()).unwrap_or_default();
    let statistic = MetricStat::builder().metric(metric).period(period).stat("Sum").build();
    Ok(MetricDataQuery::builder().id(format!("f{number}")).metric_stat(statistic).build())
}

fn incomplete(error: BuildError) -> ApiError {
    ApiError { call: CALL, kind: ApiErrorKind::Unclear, message: error.to_string() }
}

fn moment(at: &DateTime) -> Moment {
    Moment(at.to_millis().ok().and_then(|millis| u64::try_from(millis).ok()).unwrap_or_default())
}
