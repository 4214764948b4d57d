//! What a model of the measurements says of the function and of the sizes in between.

use tuning::{
    auto,
    measurement::Measurement,
    outcome::{Model, Pattern, Workload},
    plan::Plan,
    power::Power,
    price::GbSecondPrice,
    search,
};

/// With fewer measured power values the shape of the curve would be the model's own.
const FEWEST_POWER_VALUES: usize = 4;

/// What the model says; of too few power values nothing but what decides a search.
#[derive(Default)]
pub(crate) struct Modelled {
    pub(crate) workload: Option<Workload>,
    pub(crate) model: Option<Model>,
    /// What is believed of the measured power values; a search decides by it.
    pub(crate) estimates: Vec<search::Estimate>,
}

pub(crate) fn of(plan: &Plan, price: GbSecondPrice, measurements: &[Measurement], winner: Power) -> Modelled {
    let Some(modelled) = auto::modelled(plan, price, measurements, winner) else { return Modelled::default() };
    // Of a search the samples themselves are known, of a list the lanes.
    let says_something = |m: &&Measurement| m.statistics().is_some_and(|s| !s.lanes.is_empty() || !m.series.is_empty());
    let measured = measurements.iter().filter(says_something).count();
    if measured < FEWEST_POWER_VALUES {
        return Modelled { estimates: modelled.estimates, ..Modelled::default() };
    }
    let (pattern, cores) = match modelled.workload.pattern {
        search::Pattern::NoOp => (Pattern::NoOp, None),
        search::Pattern::CpuBound { cores } => (Pattern::CpuBound, Some(cores)),
        search::Pattern::IoBound => (Pattern::IoBound, None),
        search::Pattern::Mixed => (Pattern::Mixed, None),
    };
    let search::Workload { probability, memory_starved, .. } = modelled.workload;
    Modelled {
        workload: Some(Workload { pattern, cores, probability, memory_starved }),
        model: Some(Model {
            curve: modelled.curve,
            meets_max_duration: modelled.limits_met.max_duration,
            meets_max_cost: modelled.limits_met.max_cost,
        }),
        estimates: modelled.estimates,
    }
}
