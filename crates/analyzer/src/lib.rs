//! The Analyzer: measurements in, decision and output out; or what is to be measured next. Pure, and without the AWS SDK.

mod alternatives;
mod claim;
mod comparisons;
mod contenders;
mod error;
mod measured;
mod model;
mod monthly;
mod outcome;
mod search;
mod starts;
mod words;
mod workload;

use tuning::{
    choice::choose,
    plan::{AutoOptimize, Mode, Plan},
    price::Prices,
    step::{
        RunState,
        analyzer::{Input, Next},
    },
};

pub use error::Error;
use measured::MeasuredRun;

/// Decides, or says what is to be measured next.
pub fn handle(prices: &Prices, input: Input) -> Result<RunState, Error> {
    let run = MeasuredRun::after_pass(input);
    if run.is_unfinished() {
        return Ok(run.measures_further());
    }
    let run = run.without_error_prone();
    match (run.plan.request.mode, &run.plan.request.search) {
        (Mode::DryRun, _) => {
            if let Some(error) = Error::function_raised(&run.plan, &run.measurements) {
                return Err(error);
            }
            let outcome = outcome::of_dry_run(prices, &run);
            Ok(run.ends(Next::Clean, None, outcome))
        }
        (Mode::Tune, None) => choose_from_list(prices, run),
        (Mode::Tune, Some(request)) => {
            let request = request.clone();
            search::go_on(prices, run, &request)
        }
    }
}

fn choose_from_list(prices: &Prices, run: MeasuredRun) -> Result<RunState, Error> {
    let request = &run.plan.request;
    let contenders = contenders::contenders(&run.measurements, run.price(prices));
    let Some(choice) = choose(&contenders, request.strategy, &request.limits) else {
        return Err(Error::no_usable_samples(&run.plan, &run.measurements));
    };
    let outcome = outcome::of_tuning(prices, &run, &choice, None);
    let next = after_decision(&run.plan);
    Ok(run.ends(next, Some(choice.winner.average.power), outcome))
}

fn after_decision(plan: &Plan) -> Next {
    if plan.request.auto_optimize == AutoOptimize::Off { Next::Clean } else { Next::Optimize }
}

#[cfg(test)]
mod only_true_sentences;
#[cfg(test)]
mod tests;
