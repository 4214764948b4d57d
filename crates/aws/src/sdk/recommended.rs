//! The recommendations of AWS Compute Optimizer.

use std::collections::BTreeMap;

use aws_sdk_computeoptimizer::{
    Client,
    operation::get_lambda_function_recommendations::GetLambdaFunctionRecommendationsError,
    types::{LambdaFunctionRecommendation, LambdaFunctionRecommendationFinding as Finding},
};

use super::{Aws, failure::failed, read::power};
use crate::{api::ApiError, recommended::Recommended};

const CALL: &str = "GetLambdaFunctionRecommendations";

impl Aws {
    /// The memory sizes that AWS Compute Optimizer recommends for `$LATEST` of functions of the region, by their ARNs
    /// (`compute-optimizer:GetLambdaFunctionRecommendations`). It says nothing of functions that it knows too little
    /// of, and of none if the account has not opted in.
    pub async fn recommended(&self) -> Result<BTreeMap<String, Recommended>, ApiError> {
        let request = Client::new(&self.own(None)).get_lambda_function_recommendations();
        let mut pages = request.into_paginator().send();
        let mut all = BTreeMap::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => all.extend(page.lambda_function_recommendations().iter().filter_map(of_latest)),
                Err(error) if is_not_opted_in(error.as_service_error()) => break,
                Err(error) => return Err(failed(CALL)(error)),
            }
        }
        Ok(all)
    }
}

fn is_not_opted_in(error: Option<&GetLambdaFunctionRecommendationsError>) -> bool {
    error.is_some_and(GetLambdaFunctionRecommendationsError::is_opt_in_required_exception)
}

/// The ARN of a function and what is recommended for it; nothing of a published version, or if there is no finding.
fn of_latest(found: &LambdaFunctionRecommendation) -> Option<(String, Recommended)> {
    let arn = found.function_arn()?;
    let arn = arn.strip_suffix(":$LATEST").unwrap_or(arn);
    if found.function_version().is_some_and(|version| version != "$LATEST") {
        return None;
    }
    let at = power(CALL, Some(found.current_memory_size())).ok()?;
    let memory = match found.finding()? {
        Finding::Optimized => at,
        Finding::NotOptimized => {
            let best = found.memory_size_recommendation_options().iter().min_by_key(|option| option.rank())?;
            power(CALL, Some(best.memory_size())).ok()?
        }
        _ => return None,
    };
    Some((arn.to_owned(), Recommended { at, memory }))
}
