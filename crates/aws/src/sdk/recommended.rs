//! The recommendations of AWS Compute Optimizer.

use std::collections::BTreeMap;

use aws_sdk_computeoptimizer::{
    Client,
    operation::get_lambda_function_recommendations::GetLambdaFunctionRecommendationsError,
    types::{LambdaFunctionRecommendation, LambdaFunctionRecommendationFinding as Finding},
};
use tuning::units::power::Power;

use super::{Aws, failure::failed};
use crate::{api::ApiError, recommended::Recommended};

impl Aws {
    /// The memory sizes that AWS Compute Optimizer recommends for `$LATEST` of functions of the region, by their ARNs
    /// (`compute-optimizer:GetLambdaFunctionRecommendations`). It says nothing of functions that it knows too little of,
    /// and of none if the account has not opted in.
    pub async fn recommended(&self) -> Result<BTreeMap<String, Recommended>, ApiError> {
        let client = Client::new(&self.own(None));
        let (mut all, mut token) = (BTreeMap::new(), None);
        loop {
            let answer = match client.get_lambda_function_recommendations().set_next_token(token).send().await {
                Ok(answer) => answer,
                Err(error) if is_not_opted_in(error.as_service_error()) => return Ok(all),
                Err(error) => return Err(failed("GetLambdaFunctionRecommendations")(error)),
            };
            let of_latest = answer.lambda_function_recommendations().iter().filter_map(of_latest);
            all.extend(of_latest);
            token = answer.next_token;
            if token.is_none() {
                return Ok(all);
            }
        }
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
    let at = power(found.current_memory_size())?;
    let memory = match found.finding()? {
        Finding::Optimized => at,
        Finding::NotOptimized => {
            let best = found.memory_size_recommendation_options().iter().min_by_key(|option| option.rank())?;
            power(best.memory_size())?
        }
        _ => return None,
    };
    Some((arn.to_owned(), Recommended { at, memory }))
}

fn power(megabytes: i32) -> Option<Power> {
    u32::try_from(megabytes).ok().and_then(|megabytes| Power::new(megabytes).ok())
}
