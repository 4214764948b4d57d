//! The price table as it is written down: `data/prices.json`. `cargo xtask prices` writes it from the price list files
//! of AWS, [`Prices`](super::Prices) answers questions from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Architecture, Currency};

/// The whole table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Table {
    /// The units in which the figures of a region count, for whoever reads the file.
    pub units: BTreeMap<String, String>,
    /// The region whose prices stand in for what is not known of another; it has every figure.
    pub default_region: String,
    /// Where figures come from, by the id that they name.
    pub sources: BTreeMap<String, Source>,
    /// The regions that are known, by their code, such as `eu-west-1`.
    pub regions: BTreeMap<String, RegionPrices>,
}

/// Where figures come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A description of what was read, and how sure it is.
    pub description: String,
    /// The day of its publication, or on which it was read: `2026-11-21`.
    pub date: String,
    /// True if nothing was read of these regions, and their figures are those of the default region.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
}

/// The known figures of a region. A figure that is not known is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegionPrices {
    /// The currency of every figure of the region.
    pub currency: Currency,
    /// The duration of on-demand functions on `x86_64`, per GB-second.
    #[serde(rename = "x86_64", default, skip_serializing_if = "Option::is_none")]
    pub x86: Option<Tiered>,
    /// The duration of on-demand functions on `arm64`, per GB-second.
    #[serde(rename = "arm64", default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<Tiered>,
    /// Provisioned concurrency on `x86_64`.
    #[serde(rename = "provisioned_x86_64", default, skip_serializing_if = "Option::is_none")]
    pub provisioned_x86: Option<Provisioned>,
    /// Provisioned concurrency on `arm64`.
    #[serde(rename = "provisioned_arm64", default, skip_serializing_if = "Option::is_none")]
    pub provisioned_arm: Option<Provisioned>,
    /// A request to a function, of either architecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Figure>,
    /// Ephemeral storage above 512 MB, per GB-second, of either architecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral_storage: Option<Figure>,
    /// `SnapStart`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snap_start: Option<SnapStart>,
    /// A state transition of a Standard workflow of Step Functions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition: Option<Figure>,
}

impl RegionPrices {
    /// A region of which only the currency is known.
    #[must_use]
    pub fn new(currency: Currency) -> Self {
        Self {
            currency,
            x86: None,
            arm: None,
            provisioned_x86: None,
            provisioned_arm: None,
            request: None,
            ephemeral_storage: None,
            snap_start: None,
            transition: None,
        }
    }

    /// The price of duration on an architecture.
    #[must_use]
    pub fn duration(&self, architecture: Architecture) -> Option<&Tiered> {
        match architecture {
            Architecture::X86 => self.x86.as_ref(),
            Architecture::Arm => self.arm.as_ref(),
        }
    }

    /// The prices of provisioned concurrency on an architecture.
    #[must_use]
    pub fn provisioned(&self, architecture: Architecture) -> Option<&Provisioned> {
        match architecture {
            Architecture::X86 => self.provisioned_x86.as_ref(),
            Architecture::Arm => self.provisioned_arm.as_ref(),
        }
    }

    /// The id of the source of each figure.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        let tiered = [&self.x86, &self.arm].into_iter().flatten().map(|tiered| &tiered.source);
        let single = [&self.request, &self.ephemeral_storage, &self.transition];
        let single = single.into_iter().flatten().map(|figure| &figure.source);
        let snap_start = self.snap_start.iter().map(|snap_start| &snap_start.source);
        let provisioned = [&self.provisioned_x86, &self.provisioned_arm].into_iter().flatten();
        let provisioned = provisioned.map(|provisioned| &provisioned.source);
        tiered.chain(provisioned).chain(single).chain(snap_start).map(String::as_str)
    }
}

/// A price that is the same for any amount.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The id of its source.
    pub source: String,
    /// The price.
    pub price: Price,
}

/// A price that falls with the amount used in a month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tiered {
    /// The id of its source.
    pub source: String,
    /// The price of each tier.
    pub tiers: Tiers,
}

/// The prices of provisioned concurrency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provisioned {
    /// The id of its source.
    pub source: String,
    /// Keeping an execution environment ready, per GB-second of the function's memory.
    pub per_gb_second: Price,
    /// The duration of the invocations that it serves, per GB-second.
    pub duration_per_gb_second: Price,
}

/// The prices of `SnapStart`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapStart {
    /// The id of its source.
    pub source: String,
    /// Keeping the snapshot of a published version, per GB-second of the function's memory.
    pub cache_per_gb_second: Price,
    /// Restoring a snapshot, per GB of the function's memory.
    pub restore_per_gb: Price,
}

/// A price: above zero. What costs nothing, or an unknown amount, has no place in the table.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Price(f64);

impl Price {
    /// The amount, in the currency of the region.
    #[must_use]
    pub fn amount(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Price {
    type Error = Unsound;

    fn try_from(amount: f64) -> Result<Self, Unsound> {
        if amount.is_finite() && amount > 0.0 { Ok(Self(amount)) } else { Err(Unsound::NotAPrice(amount)) }
    }
}

impl From<Price> for f64 {
    fn from(price: Price) -> Self {
        price.0
    }
}

/// The price of one tier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Where it begins: a number of GB-seconds a month.
    pub from: u64,
    /// The price of a GB-second in it.
    pub price: Price,
}

/// Tiers of a price: the first begins at 0, and each one is cheaper than the one before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Tier>", into = "Vec<Tier>")]
pub struct Tiers {
    first: Price,
    further: Vec<Tier>,
}

impl Tiers {
    /// The price in the first tier.
    #[must_use]
    pub fn first(&self) -> Price {
        self.first
    }

    /// The cost of a month's GB-seconds, each in its tier.
    #[must_use]
    pub fn cost(&self, gb_seconds: f64) -> f64 {
        let (mut cost, mut from, mut price) = (0.0, 0.0, self.first);
        for tier in &self.further {
            let to = tier.from as f64;
            cost += (gb_seconds.min(to) - from).max(0.0) * price.amount();
            (from, price) = (to, tier.price);
        }
        cost + (gb_seconds - from).max(0.0) * price.amount()
    }
}

impl TryFrom<Vec<Tier>> for Tiers {
    type Error = Unsound;

    fn try_from(tiers: Vec<Tier>) -> Result<Self, Unsound> {
        let falls = tiers.windows(2).all(|pair| matches!(pair, [a, b] if a.from < b.from && a.price > b.price));
        match tiers.split_first() {
            Some((Tier { from: 0, price }, further)) if falls => Ok(Self { first: *price, further: further.to_vec() }),
            _ => Err(Unsound::Tiers),
        }
    }
}

impl From<Tiers> for Vec<Tier> {
    fn from(tiers: Tiers) -> Self {
        std::iter::once(Tier { from: 0, price: tiers.first }).chain(tiers.further).collect()
    }
}

/// Why a table cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unsound {
    /// A price is zero, negative or not a number.
    #[error("{0} is not a price: a price is above zero, and one that is not known is left out")]
    NotAPrice(f64),
    /// Tiers are empty, do not begin at 0, or are not in order.
    #[error("the first tier begins at 0, and each begins after and costs less than the one before it")]
    Tiers,
    /// A figure names a source that the table does not describe.
    #[error("a figure of {region} names the source \"{source_id}\", which sources does not have")]
    UnknownSource {
        /// The region of the figure.
        region: String,
        /// The id that it names.
        source_id: String,
    },
    /// The default region lacks a figure that stands in for what is not known of other regions.
    #[error("the default region {region} needs {figure}: it stands in for what is not known of other regions")]
    DefaultLacks {
        /// The default region.
        region: String,
        /// The figure that it lacks.
        figure: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiers(json: &str) -> Result<Tiers, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn gb_seconds_cost_the_price_of_their_tier() {
        let tiers = tiers(r#"[{"from":0,"price":4},{"from":10,"price":2},{"from":20,"price":1}]"#).unwrap();
        for (gb_seconds, cost) in [(0.0, 0.0), (5.0, 20.0), (10.0, 40.0), (15.0, 50.0), (20.0, 60.0), (30.0, 70.0)] {
            assert_eq!(tiers.cost(gb_seconds), cost, "{gb_seconds}");
        }
    }

    #[test]
    fn a_price_of_zero_or_below_is_refused() {
        for price in ["0", "0.0", "-0.1"] {
            let error = serde_json::from_str::<Price>(price).unwrap_err();
            assert!(error.to_string().contains("is not a price"), "{error}");
        }
    }

    #[test]
    fn tiers_out_of_order_are_refused() {
        for json in [
            "[]",
            r#"[{"from":1,"price":4}]"#,
            r#"[{"from":0,"price":4},{"from":0,"price":2}]"#,
            r#"[{"from":0,"price":4},{"from":10,"price":4}]"#,
        ] {
            assert!(tiers(json).is_err(), "{json}");
        }
    }
}
