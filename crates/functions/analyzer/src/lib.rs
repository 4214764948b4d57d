//! The Analyzer: measurements in, answer and output out; or what is to be measured next. Pure, and without the AWS SDK.

mod alternatives;
mod answer;
mod claims;
mod comparisons;
mod error;
mod guidance;
mod measured;
mod memory;
mod model;
mod monthly;
mod outcome;
mod phrases;
mod search;
mod soundness;
mod starts;
#[cfg(any(test, feature = "true-sentences"))]
pub mod true_sentences;
mod verdict;
mod warnings;
mod workload;

use tuning::{
    contract::step::{
        RunState,
        analyzer::{Input, Next},
    },
    price::Prices,
    run::plan::{AutoOptimize, Mode, Plan},
};

use answer::Answer;
pub use error::Error;
use measured::MeasuredRun;
use soundness::Soundness;

/// Decides, or says what is to be measured next.
pub fn handle(prices: &Prices, input: Input) -> Result<RunState, Error> {
    let run = MeasuredRun::with_known(input);
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
    let comparable = run.comparable(run.price(prices));
    let Some(answer) = Answer::of_list(&run.plan.request, comparable) else {
        return Err(Error::no_usable_samples(&run.plan, &run.measurements));
    };
    let modelled = model::of_list(&run, run.price(prices), answer.choice.winner.power());
    let soundness = Soundness::of_list(&run, &answer);
    let outcome = outcome::of_tuning(prices, &run, &answer, soundness, modelled, None);
    let next = after_decision(&run.plan, soundness);
    Ok(run.ends(next, Some(answer.choice.winner.power()), outcome))
}

/// The function is left at a winner only if that was soundly measured.
fn after_decision(plan: &Plan, soundness: Soundness) -> Next {
    let is_wanted = plan.request.auto_optimize != AutoOptimize::Off;
    if is_wanted && soundness == Soundness::Sound { Next::Optimize } else { Next::Clean }
}

#[cfg(test)]
mod tests;
