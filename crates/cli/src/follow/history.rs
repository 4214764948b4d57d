//! The history of an execution, read a bit at a time: what is known is not read again.

use aws_sdk_sfn::{Client, types::HistoryEvent};

use crate::{account::Call, failure::Failure};

/// Events asked for at a time when only the newest are missing.
const PAGE: i32 = 100;

/// The history of an execution, as far as it was read.
#[derive(Debug)]
pub struct History<'a> {
    sfn: &'a Client,
    execution: &'a str,
    /// The number of the newest event that is known; they are counted from 1.
    known: i64,
}

impl<'a> History<'a> {
    /// Nothing was read yet.
    pub fn new(sfn: &'a Client, execution: &'a str) -> Self {
        Self { sfn, execution, known: 0 }
    }

    /// The events that are new since the last time, in order.
    pub async fn news(&mut self) -> Result<Vec<HistoryEvent>, Failure> {
        let news = if self.known == 0 { self.all().await? } else { self.newest().await? };
        if let Some(last) = news.last() {
            self.known = last.id;
        }
        Ok(news)
    }

    async fn all(&self) -> Result<Vec<HistoryEvent>, Failure> {
        let request = self.sfn.get_execution_history().execution_arn(self.execution).include_execution_data(true);
        let all = request.max_results(1000).into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        all.map_err(|error| self.call().failed(&error))
    }

    /// Reads backwards until something is known.
    async fn newest(&self) -> Result<Vec<HistoryEvent>, Failure> {
        let request = self.sfn.get_execution_history().execution_arn(self.execution).include_execution_data(true);
        let mut events = request.reverse_order(true).max_results(PAGE).into_paginator().items().send();
        let mut news = Vec::new();
        while let Some(event) = events.next().await {
            let event = event.map_err(|error| self.call().failed(&error))?;
            if event.id <= self.known {
                break;
            }
            news.push(event);
        }
        news.reverse();
        Ok(news)
    }

    fn call(&self) -> Call<'_> {
        Call { to: "read the history of the execution", action: "states:GetExecutionHistory", on: self.execution }
    }
}
