//! What AWS charges.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{milliseconds::BilledMilliseconds, power::Power, usd::Usd};

/// The instruction set that a function runs on; each has its own price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Architecture {
    /// Intel and AMD.
    #[serde(rename = "x86_64")]
    X86,
    /// Graviton.
    #[serde(rename = "arm64")]
    Arm,
}

/// The price of a GB-second of a function, in the currency of its region.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GbSecondPrice(pub f64);

impl GbSecondPrice {
    /// The price of one billed millisecond at a memory size: 1 GB is 1,024 MB.
    #[must_use]
    fn per_millisecond(self, power: Power) -> f64 {
        self.0 * f64::from(power.megabytes()) / 1024.0 / 1000.0
    }

    /// The cost of an exact number of billed milliseconds.
    #[must_use]
    pub fn cost(self, power: Power, billed: BilledMilliseconds) -> Usd {
        Usd(billed.0 as f64 * self.per_millisecond(power))
    }

    /// The cost of an average invocation: its mean billed duration, rounded up to a whole millisecond.
    #[must_use]
    pub fn average_cost(self, power: Power, mean_billed_milliseconds: f64) -> Usd {
        Usd(mean_billed_milliseconds.ceil() * self.per_millisecond(power))
    }
}

/// The price of a region, and whether it is the region's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// The price.
    pub price: GbSecondPrice,
    /// Whether the region has another price, which the table lacks, so that this is the one of most regions.
    pub is_guess: bool,
}

/// The price table that is part of the program: `data/prices.json`, with its date and source.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prices {
    lambda_per_gb_second: Regional<HashMap<Architecture, f64>>,
    step_functions_per_transition: Regional<f64>,
}

#[derive(Debug, Clone, Deserialize)]
struct Regional<T> {
    default: T,
    regions: HashMap<String, T>,
}

impl Prices {
    /// Reads the bundled table.
    pub fn bundled() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../data/prices.json"))
    }

    /// The price of a GB-second in the first tier. A region that is not in the table has the price of us-east-1.
    #[must_use]
    pub fn lambda(&self, region: &str, architecture: Architecture) -> Quote {
        let regional = self.lambda_per_gb_second.regions.get(region);
        let own = regional.map_or(&self.lambda_per_gb_second.default, |prices| prices).get(&architecture);
        let price = own.or_else(|| self.lambda_per_gb_second.default.get(&architecture)).copied().unwrap_or_default();
        Quote { price: GbSecondPrice(price), is_guess: own.is_none() }
    }

    /// The price of a number of state transitions of a Standard workflow.
    #[must_use]
    pub fn transitions(&self, region: &str, count: u32) -> Usd {
        let regional = &self.step_functions_per_transition;
        Usd(regional.regions.get(region).unwrap_or(&regional.default) * f64::from(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_millisecond_at_128_mb_costs_what_the_price_page_says() {
        let prices = Prices::bundled().unwrap();
        let x86 = prices.lambda("us-east-1", Architecture::X86);
        assert!(!x86.is_guess);
        let cost = x86.price.cost(Power::MIN, BilledMilliseconds(1)).0;
        assert!((cost - 2.083_337_5e-9).abs() < 1e-15, "{cost:e}");
    }

    #[test]
    fn a_region_with_its_own_price_has_it() {
        let prices = Prices::bundled().unwrap();
        assert_eq!(prices.lambda("af-south-1", Architecture::Arm).price, GbSecondPrice(0.000_017_68));
        assert_eq!(prices.transitions("sa-east-1", 1000), Usd(0.0375));
        assert_eq!(prices.transitions("eu-west-1", 1000), Usd(0.025));
    }

    #[test]
    fn a_price_that_the_table_lacks_is_called_a_guess() {
        let prices = Prices::bundled().unwrap();
        assert!(prices.lambda("il-central-1", Architecture::Arm).is_guess);
        assert!(prices.lambda("cn-north-1", Architecture::Arm).is_guess);
    }
}
