//! What a model of the measurements says of the function and of the sizes in between.

use tuning::{auto, measurement::Measurement, outcome::Model, power::Power, price::GbSecondPrice, search::Estimate};

use crate::{answer::Answer, measured::MeasuredRun, workload::Work};

/// With fewer measured power values the shape of the curve would be the model's own.
const FEWEST_POWER_VALUES: usize = 4;

/// What the model says; of too few power values, only what a search believes of each.
#[derive(Default)]
pub(crate) struct Modelled {
    pub(crate) work: Option<Work>,
    pub(crate) model: Option<Model>,
    /// What a search went by.
    pub(crate) estimates: Vec<Estimate>,
}

/// What a model of the measurements of a list says; `None` of too few power values.
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
        Self {
            work: Some(Work::of(&modelled.workload, &answer.comparable, &run.measurements)),
            model: Some(Model {
                curve: modelled.curve,
                meets_max_duration: modelled.limits_met.max_duration,
                meets_max_cost: modelled.limits_met.max_cost,
            }),
            estimates,
        }
    }
}
