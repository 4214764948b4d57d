//! The monthly cost of the function.

use tuning::{
    contract::outcome::Monthly,
    measure::measurement::Measurement,
    price::{MonthlyUse, Prices, Startup},
    run::plan::Plan,
    units::{power::Power, usd::Usd},
};

use crate::answer::Answer;

/// With `invocationsPerMonth`: what the function costs at the winner and at its current memory, if that can be
/// compared.
pub(crate) fn monthly(prices: &Prices, plan: &Plan, measurements: &[Measurement], answer: &Answer) -> Option<Monthly> {
    let invocations = plan.request.invocations_per_month?;
    let cost = |power: Power| -> Option<Usd> {
        let statistics = measurements.iter().find(|measurement| measurement.value == power)?.statistics()?;
        let monthly_use = MonthlyUse {
            invocations: u64::from(invocations),
            power,
            billed: statistics.average_billed,
            ephemeral_storage_mb: plan.before.ephemeral_storage_mb,
            startup: Startup::OnDemand,
        };
        Some(prices.monthly_cost(plan.function.region(), plan.before.architecture, &monthly_use).total())
    };
    let present = plan.before.memory;
    let at_winner = cost(answer.choice.winner.power())?;
    let at_present = cost(present).filter(|_| answer.compares(present));
    Some(Monthly { invocations, at_winner, at_present, saving: at_present.map(|present| Usd(present.0 - at_winner.0)) })
}
