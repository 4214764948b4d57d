//! The model of the measurements, and what it says of the function and of the sizes in between.

use tuning::{
    contract::outcome::Model,
    decide::{
        auto,
        search::{Estimate, LimitsMet},
    },
    measure::measurement::Measurement,
    price::GbSecondPrice,
    units::power::Power,
};

use crate::{answer::Answer, measured::MeasuredRun, workload::Work};

/// With fewer measured memory sizes the shape of the curve would be the model's own.
const FEWEST_POWER_VALUES: usize = 4;

/// The result of the model; of too few memory sizes, only what a search believes of each.
#[derive(Default)]
pub(crate) struct Modelled {
    pub(crate) work: Option<Work>,
    pub(crate) model: Option<Model>,
    /// The estimates that a search went by.
    pub(crate) estimates: Vec<Estimate>,
}

/// Models the measurements of a list; `None` of too few memory sizes.
pub(crate) fn of_list(run: &MeasuredRun, price: GbSecondPrice, winner: Power) -> Option<auto::Modelled> {
    if has_a_shape(run) { auto::modelled(&run.plan, price, &run.measurements, winner) } else { None }
}

fn has_a_shape(run: &MeasuredRun) -> bool {
    let has_lanes = |m: &&Measurement| m.statistics().is_some_and(|statistics| !statistics.lanes.is_empty());
    run.measurements.iter().filter(has_lanes).count() >= FEWEST_POWER_VALUES
}

impl Modelled {
    pub(crate) fn of(run: &MeasuredRun, answer: &Answer, modelled: auto::Modelled) -> Self {
        let estimates = if run.plan.request.search.is_some() { modelled.estimates } else { Vec::new() };
        if !has_a_shape(run) {
            return Self { estimates, ..Self::default() };
        }
        let limits = modelled.limits_met;
        let model = Model {
            // Forty points are the largest part of an output without `stats`.
            curve: if run.plan.request.include_output_results { modelled.curve } else { Vec::new() },
            meets_max_duration: limits.max_duration,
            meets_max_cost: limits.max_cost,
        };
        let says_nothing = model.curve.is_empty() && limits == LimitsMet::default();
        Self {
            work: Some(Work::of(&modelled.workload, &answer.comparable, &run.measurements)),
            model: (!says_nothing).then_some(model),
            estimates,
        }
    }
}
