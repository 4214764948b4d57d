//! The prices of one kind of function, as figures to compute with elsewhere: the page that draws a result takes them as
//! data.

use serde::{Deserialize, Serialize};

use super::{Architecture, Currency, Prices, monthly::FREE_EPHEMERAL_STORAGE_MB, table::Tiers};

/// The prices of the functions of an architecture in a region: the figures of [`Prices::monthly_cost`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PriceSheet {
    /// The region.
    pub region: String,
    /// The architecture.
    pub architecture: Architecture,
    /// The currency of all figures.
    pub currency: Currency,
    /// Duration, per GB-second.
    pub tiers: Tiers,
    /// A request.
    pub request: f64,
    /// Ephemeral storage, per GB-second.
    pub ephemeral_storage: f64,
    /// The ephemeral storage that is part of the price of duration, in MB.
    pub free_ephemeral_storage_mb: u32,
    /// True if the price of duration or requests is not the region's own, but another that stands in.
    pub is_guess: bool,
}

impl Prices {
    /// The prices of the functions of an architecture in a region.
    #[must_use]
    pub fn sheet(&self, region: &str, architecture: Architecture) -> PriceSheet {
        let (tiers, guess) = self.duration(region, architecture);
        let (request, request_is_known) = self.or_stand_in(region, |own| own.request.as_ref(), self.default.request);
        let (ephemeral_storage, _) =
            self.or_stand_in(region, |own| own.ephemeral_storage.as_ref(), self.default.ephemeral_storage);
        PriceSheet {
            region: region.to_owned(),
            architecture,
            currency: self.currency(region),
            tiers: tiers.clone(),
            request,
            ephemeral_storage,
            free_ephemeral_storage_mb: FREE_EPHEMERAL_STORAGE_MB,
            is_guess: guess.is_some() || !request_is_known,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        price::{BillItem, MonthlyUse, Startup},
        units::power::Power,
    };

    #[test]
    fn the_sheet_has_the_prices_that_a_month_is_computed_with() {
        let prices = Prices::bundled().unwrap();
        let monthly_use = MonthlyUse {
            invocations: 40_000_000,
            power: Power::new(2048).unwrap(),
            billed: 123.4,
            ephemeral_storage_mb: 1024,
            startup: Startup::OnDemand,
        };
        for (region, architecture) in
            [("eu-west-1", Architecture::Arm), ("cn-north-1", Architecture::X86), ("xx-west-9", Architecture::X86)]
        {
            let (sheet, cost) =
                (prices.sheet(region, architecture), prices.monthly_cost(region, architecture, &monthly_use));
            let seconds = 40_000_000.0 * 123.4 / 1000.0;
            let expected = [
                (sheet.tiers.cost(2.0 * seconds), cost.duration),
                (40_000_000.0 * sheet.request, cost.requests),
                (
                    f64::from(1024 - sheet.free_ephemeral_storage_mb) / 1024.0 * seconds * sheet.ephemeral_storage,
                    cost.ephemeral_storage,
                ),
            ];
            for (computed, charged) in expected {
                assert!((computed - charged.0).abs() <= 1e-9 * computed, "{region}: {computed} is not {charged}");
            }
            assert_eq!(sheet.currency, prices.currency(region));
            let guessed = |item: BillItem| cost.guessed.contains(&item);
            assert_eq!(sheet.is_guess, guessed(BillItem::Duration) || guessed(BillItem::Requests));
        }
    }
}
