//! The reports in log groups, summed up by CloudWatch Logs Insights.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_sdk_cloudwatchlogs::{
    Client,
    operation::start_query::StartQueryError,
    types::{LogGroupClass, QueryStatus},
};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use super::{
    query::{QUERY, history},
    seconds,
};
use crate::{
    api::ApiError,
    sdk::{Aws, failure::failed},
    usage::{LogClass, Reports, ReportsError, Window},
};

/// A query reads so many log groups at most.
const GROUPS_PER_QUERY: usize = 50;
/// The number of queries that run at a time. AWS lets 30 of the account run, and others have theirs.
const QUERIES_AT_A_TIME: usize = 8;
/// The longest time that a query may take, with the time that it waits for its turn.
const LONGEST_QUERY: Duration = Duration::from_mins(10);
/// The pause before the first look at a query: the looks come soon at first, and then as often as AWS lets all of them
/// be.
const FIRST_LOOK: Duration = Duration::from_millis(200);
const LATER_LOOKS: Duration = Duration::from_secs(2);

impl Aws {
    /// Which log groups of these there are. The first query about one that there is not would fail as a whole.
    pub async fn existing_log_groups(&self, wanted: &[String]) -> Result<Vec<String>, ApiError> {
        let existing = self.log_groups(wanted).await?;
        Ok(wanted.iter().filter(|group| existing.contains_key(*group)).cloned().collect())
    }

    /// Those of these log groups that there are, and what can be done with them (`DescribeLogGroups`).
    pub async fn log_groups(&self, wanted: &[String]) -> Result<BTreeMap<String, LogClass>, ApiError> {
        let prefix = common_prefix(wanted);
        let request = self.logs_client().describe_log_groups();
        let request = if prefix.is_empty() { request } else { request.log_group_name_prefix(prefix) };
        let mut groups = request.into_paginator().items().send();
        let wanted: BTreeSet<&String> = wanted.iter().collect();
        let mut existing = BTreeMap::new();
        while let Some(group) = groups.next().await {
            let group = group.map_err(failed("DescribeLogGroups"))?;
            let class = match group.log_group_class {
                None | Some(LogGroupClass::Standard) => LogClass::Standard,
                Some(_) => LogClass::Other,
            };
            existing.extend(group.log_group_name.filter(|name| wanted.contains(name)).map(|name| (name, class)));
        }
        Ok(existing)
    }

    /// Reads what the reports in these log groups say, by log group and memory size (`StartQuery`, `GetQueryResults`).
    pub async fn reports(&self, groups: &[String], window: Window) -> Result<Reports, ReportsError> {
        let client = self.logs_client();
        let queries = groups.chunks(GROUPS_PER_QUERY).map(|groups| queried(&client, groups, window));
        let mut answers = stream::iter(queries).buffer_unordered(QUERIES_AT_A_TIME);
        let mut all = Reports::default();
        while let Some(answer) = answers.next().await {
            let Reports { histories, scanned } = answer?;
            all.histories.extend(histories);
            all.scanned += scanned;
        }
        Ok(all)
    }

    fn logs_client(&self) -> Client {
        Client::new(&self.own(None))
    }
}

async fn queried(client: &Client, groups: &[String], window: Window) -> Result<Reports, ReportsError> {
    let end = Instant::now() + LONGEST_QUERY;
    let id = started(client, groups, window, end).await?;
    let mut pause = FIRST_LOOK;
    loop {
        sleep(pause).await;
        pause = (2 * pause).min(LATER_LOOKS);
        let answer = client.get_query_results().query_id(&id).send().await.map_err(failed("GetQueryResults"))?;
        match answer.status() {
            Some(QueryStatus::Complete) => {
                let scanned = answer.statistics().map_or(0.0, |statistics| statistics.bytes_scanned);
                let histories = answer.results().iter().filter_map(|row| history(row)).collect();
                return Ok(Reports { histories, scanned });
            }
            Some(QueryStatus::Scheduled | QueryStatus::Running) if Instant::now() < end => {}
            status => {
                // It would go on, and be paid for.
                let _ = client.stop_query().query_id(&id).send().await;
                let status = status.map_or("Unknown", QueryStatus::as_str).to_owned();
                return Err(ReportsError::Query { groups: groups.len(), status });
            }
        }
    }
}

/// The id of the query, once as many others are over that it may run.
async fn started(client: &Client, groups: &[String], window: Window, end: Instant) -> Result<String, ReportsError> {
    loop {
        let request = client
            .start_query()
            .set_log_group_names(Some(groups.to_vec()))
            .start_time(seconds(window.from))
            .end_time(seconds(window.to))
            .query_string(QUERY);
        match request.send().await {
            Ok(answer) => {
                let status = "not started".to_owned();
                return answer.query_id.ok_or(ReportsError::Query { groups: groups.len(), status });
            }
            Err(error)
                if Instant::now() < end
                    && error.as_service_error().is_some_and(StartQueryError::is_limit_exceeded_exception) =>
            {
                sleep(LATER_LOOKS).await;
            }
            Err(error) => return Err(failed("StartQuery")(error).into()),
        }
    }
}

fn common_prefix(names: &[String]) -> &str {
    let Some((first, others)) = names.split_first() else { return "" };
    let common = |other: &String| first.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let length = others.iter().map(common).min().unwrap_or_else(|| first.chars().count());
    first.char_indices().nth(length).map_or(first, |(end, _)| first.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_groups_are_looked_for_by_what_their_names_have_in_common() {
        let of =
            |names: &[&str]| common_prefix(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).to_owned();
        assert_eq!(of(&["/aws/lambda/api-a", "/aws/lambda/api-b"]), "/aws/lambda/api-");
        assert_eq!(of(&["/aws/lambda/f"]), "/aws/lambda/f");
        assert_eq!((of(&[]), of(&["/a", "mine"])), (String::new(), String::new()));
        assert_eq!(of(&["/aws/lambda/f", "/aws/lambda/f-2"]), "/aws/lambda/f");
    }
}
