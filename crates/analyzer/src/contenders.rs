//! Which power values can win: those that were measured on the same basis.

use tuning::{
    choice::Contender,
    measurement::{Basis, Measurement, Statistics},
    price::GbSecondPrice,
};

/// What can win. Where some power values have enough warm samples, one whose average speaks of cold starts too is not
/// compared with them.
pub(crate) fn contenders(measurements: &[Measurement], price: GbSecondPrice) -> Vec<Contender> {
    let some_are_warm = measurements.iter().any(|m| m.contender(price).is_some() && !speaks_of_cold_starts_too(m));
    measurements
        .iter()
        .filter(|m| !some_are_warm || !speaks_of_cold_starts_too(m))
        .filter_map(|m| m.contender(price))
        .collect()
}

/// Whether too few samples were warm for an average of their own.
pub(crate) fn speaks_of_cold_starts_too(measurement: &Measurement) -> bool {
    measurement.statistics().map(|Statistics { basis, .. }| *basis) == Some(Basis::All)
}
