//! Which memory size is best for a piece of work, computed from what the work is.

use tuning::{
    decide::strategy::Candidate,
    price::GbSecondPrice,
    run::objective::Strategy,
    units::{milliseconds::Milliseconds, power::Power},
};

use crate::work::Work;

/// The best of some memory sizes at which the work can be done at all; `None` if there is none.
#[must_use]
pub fn optimum(work: &Work, strategy: Strategy, price: GbSecondPrice, power_values: &[u32]) -> Option<Power> {
    let candidates: Vec<Candidate> = power_values
        .iter()
        .filter(|mb| work.fits(**mb))
        .filter_map(|&mb| Power::new(mb).ok())
        .map(|power| {
            let duration = work.duration_ms(power.megabytes());
            Candidate { power, cost: price.average_cost(power, duration), duration: Milliseconds(duration) }
        })
        .collect();
    strategy.winner(&candidates).map(|winner| winner.power)
}
