//! The prices of AWS. The figures, each with its source and date, are in `data/prices.json`; `cargo xtask prices`
//! renews them.

mod monthly;
mod sheet;
pub mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use self::table::{Price, Provisioned, RegionPrices, SnapStart, Table, Tiers, Unsound};
pub use self::{
    monthly::{BillItem, MonthlyCost, MonthlyUse, Startup},
    sheet::PriceSheet,
};
use crate::units::{milliseconds::BilledMilliseconds, power::Power, usd::Usd};

/// The instruction set that a function runs on; each has its own price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    pub fn per_millisecond(self, power: Power) -> f64 {
        f64::from(power.megabytes()) * self.per_megabyte_millisecond()
    }

    /// The price of a megabyte for a millisecond.
    #[must_use]
    pub fn per_megabyte_millisecond(self) -> f64 {
        self.0 / 1024.0 / 1000.0
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

/// A currency that AWS charges in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// US dollars.
    Usd,
    /// Yuan, in the regions of China.
    Cny,
    /// Euros, in the European Sovereign Cloud.
    Eur,
}

impl fmt::Display for Currency {
    /// The code of ISO 4217.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usd => "USD",
            Self::Cny => "CNY",
            Self::Eur => "EUR",
        })
    }
}

/// The price of a GB-second in a region, and whether it is the region's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// The price in the first tier, in the currency of the region.
    pub price: GbSecondPrice,
    /// True if it is not the region's own, but another that stands in: `guess` says which.
    pub is_guess: bool,
    /// The reason why it is not the region's own, and so what stands in.
    pub guess: Option<Guess>,
}

/// Why a price is not the one that the region has, and which one it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// The region is not in the table: the price is that of us-east-1, in US dollars.
    UnknownRegion,
    /// The region is known, but no price list of it was read: the price is that of us-east-1.
    Assumed,
    /// The same, where us-east-1 is priced in another currency: the figure is that of us-east-1, taken as the region's
    /// currency.
    AssumedFigures,
    /// The region is known, but not what this architecture costs there: the price is that of us-east-1 for it.
    UnknownArchitecture,
    /// The region is known, but not what this architecture costs there: the price is the region's own for `x86_64`, as
    /// us-east-1 is priced in another currency.
    UnknownArchitectureAsX86,
}

/// The prices of `SnapStart` in a region, in its currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SnapStartPrice {
    /// Keeping the snapshot of a published version, per GB-second of the function's memory; at least three hours.
    pub cache_per_gb_second: f64,
    /// Restoring a snapshot, per GB of the function's memory.
    pub restore_per_gb: f64,
    /// True if it is not the region's own, but what stands in for it (see [`Prices::snap_start`]).
    pub is_guess: bool,
}

/// The prices of provisioned concurrency in a region, in its currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProvisionedPrice {
    /// Keeping an execution environment ready, per GB-second of the function's memory.
    pub per_gb_second: f64,
    /// The duration of the invocations that it serves, per GB-second.
    pub duration_per_gb_second: f64,
    /// True if it is not the region's own, but what stands in for it (see [`Prices::provisioned`]).
    pub is_guess: bool,
}

impl ProvisionedPrice {
    fn of(figure: &Provisioned) -> Self {
        Self {
            per_gb_second: figure.per_gb_second.amount(),
            duration_per_gb_second: figure.duration_per_gb_second.amount(),
            is_guess: false,
        }
    }

    /// The stand-in for a price that is not known: this one, each part of it times a factor.
    fn times(self, keeping: f64, duration: f64) -> Self {
        Self {
            per_gb_second: self.per_gb_second * keeping,
            duration_per_gb_second: self.duration_per_gb_second * duration,
            is_guess: true,
        }
    }
}

/// The price table that is part of the program: `data/prices.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Table")]
pub struct Prices {
    regions: BTreeMap<String, RegionPrices>,
    default: DefaultPrices,
    /// The ids of the sources that are assumptions.
    assumptions: BTreeSet<String>,
}

/// The prices of the default region, which stand in for what is not known.
#[derive(Debug, Clone)]
struct DefaultPrices {
    currency: Currency,
    x86: Tiers,
    arm: Tiers,
    provisioned_x86: Provisioned,
    provisioned_arm: Provisioned,
    request: Price,
    ephemeral_storage: Price,
    snap_start: SnapStart,
    transition: Price,
}

impl Prices {
    /// Reads the bundled table.
    pub fn bundled() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../../data/prices.json"))
    }

    /// The price of a GB-second in the first tier, in the currency of the region.
    #[must_use]
    pub fn lambda(&self, region: &str, architecture: Architecture) -> Quote {
        let (tiers, guess) = self.duration(region, architecture);
        Quote { price: GbSecondPrice(tiers.first().amount()), is_guess: guess.is_some(), guess }
    }

    /// The price of a number of state transitions of a Standard workflow, in the currency of the region. The monthly
    /// free allowance of the account is not subtracted.
    #[must_use]
    pub fn transitions(&self, region: &str, count: u32) -> Usd {
        let (price, _) = self.or_stand_in(region, |own| own.transition.as_ref(), self.default.transition);
        Usd(price * f64::from(count))
    }

    /// The prices of `SnapStart`. Where they are not known, those of us-east-1 stand in, brought to the level (and the
    /// currency) of the region by the ratio of the `x86_64` duration prices.
    #[must_use]
    pub fn snap_start(&self, region: &str) -> SnapStartPrice {
        let own = self.regions.get(region);
        let known = own.and_then(|own| own.snap_start.as_ref());
        let level = if known.is_some() { 1.0 } else { own.map_or(1.0, |own| self.level(own)) };
        let figure = known.unwrap_or(&self.default.snap_start);
        SnapStartPrice {
            cache_per_gb_second: figure.cache_per_gb_second.amount() * level,
            restore_per_gb: figure.restore_per_gb.amount() * level,
            is_guess: known.is_none(),
        }
    }

    /// The prices of provisioned concurrency. Where only those on `x86_64` are known, `arm64` costs as much less as in
    /// us-east-1. Where neither is known, those of us-east-1 stand in, brought to the level (and the currency) of the
    /// region by the ratio of the `x86_64` duration prices.
    #[must_use]
    pub fn provisioned(&self, region: &str, architecture: Architecture) -> ProvisionedPrice {
        let default = ProvisionedPrice::of(self.default.provisioned(architecture));
        let Some(own) = self.regions.get(region) else { return default.times(1.0, 1.0) };
        let known = |architecture| own.provisioned(architecture).map(ProvisionedPrice::of);
        if let Some(known) = known(architecture) {
            return known;
        }
        let Some(x86) = known(Architecture::X86) else { return default.times(self.level(own), self.level(own)) };
        let default_x86 = ProvisionedPrice::of(&self.default.provisioned_x86);
        x86.times(
            default.per_gb_second / default_x86.per_gb_second,
            default.duration_per_gb_second / default_x86.duration_per_gb_second,
        )
    }

    /// The currency of all prices that this table gives for a region.
    #[must_use]
    pub fn currency(&self, region: &str) -> Currency {
        self.regions.get(region).map_or(self.default.currency, |own| own.currency)
    }

    /// The tiers of duration, and what is guessed about them.
    fn duration(&self, region: &str, architecture: Architecture) -> (&Tiers, Option<Guess>) {
        let default = match architecture {
            Architecture::X86 => &self.default.x86,
            Architecture::Arm => &self.default.arm,
        };
        let Some(own) = self.regions.get(region) else {
            return (default, Some(Guess::UnknownRegion));
        };
        match (own.duration(architecture), &own.x86) {
            (Some(known), _) if !self.assumptions.contains(&known.source) => (&known.tiers, None),
            (Some(assumed), _) if own.currency == self.default.currency => (&assumed.tiers, Some(Guess::Assumed)),
            (Some(assumed), _) => (&assumed.tiers, Some(Guess::AssumedFigures)),
            (None, Some(x86)) if own.currency != self.default.currency => {
                (&x86.tiers, Some(Guess::UnknownArchitectureAsX86))
            }
            (None, _) => (default, Some(Guess::UnknownArchitecture)),
        }
    }

    /// A price of a region and `true`, or what stands in for it and `false`: that of the default region, brought to the
    /// level (and the currency) of the region.
    fn or_stand_in<'a>(
        &'a self,
        region: &str,
        figure: impl Fn(&'a RegionPrices) -> Option<&'a table::Figure>,
        default: Price,
    ) -> (f64, bool) {
        let Some(own) = self.regions.get(region) else {
            return (default.amount(), false);
        };
        match figure(own) {
            Some(figure) => (figure.price.amount(), true),
            None => (default.amount() * self.level(own), false),
        }
    }

    /// The price level of a region, as a multiple of that of the default region, in units of its own currency.
    fn level(&self, own: &RegionPrices) -> f64 {
        let default = self.default.x86.first().amount();
        own.x86.as_ref().map_or(1.0, |own| own.tiers.first().amount() / default)
    }
}

impl TryFrom<Table> for Prices {
    type Error = Unsound;

    fn try_from(table: Table) -> Result<Self, Unsound> {
        for (region, prices) in &table.regions {
            if let Some(id) = prices.sources().find(|id| !table.sources.contains_key(*id)) {
                return Err(Unsound::UnknownSource { region: region.clone(), source_id: id.to_owned() });
            }
        }
        let default = DefaultPrices::of(&table)?;
        let assumptions = table.sources.into_iter().filter(|(_, source)| source.assumed).map(|(id, _)| id).collect();
        Ok(Self { regions: table.regions, default, assumptions })
    }
}

impl DefaultPrices {
    fn provisioned(&self, architecture: Architecture) -> &Provisioned {
        match architecture {
            Architecture::X86 => &self.provisioned_x86,
            Architecture::Arm => &self.provisioned_arm,
        }
    }

    fn of(table: &Table) -> Result<Self, Unsound> {
        let lacks = |figure| Unsound::DefaultLacks { region: table.default_region.clone(), figure };
        let own = table.regions.get(&table.default_region).ok_or_else(|| lacks("an entry"))?;
        let duration =
            |architecture, name| own.duration(architecture).map(|d| d.tiers.clone()).ok_or_else(|| lacks(name));
        let provisioned = |architecture, name| own.provisioned(architecture).cloned().ok_or_else(|| lacks(name));
        let single = |figure: &Option<table::Figure>, name| figure.as_ref().map(|f| f.price).ok_or_else(|| lacks(name));
        Ok(Self {
            currency: own.currency,
            x86: duration(Architecture::X86, "x86_64")?,
            arm: duration(Architecture::Arm, "arm64")?,
            provisioned_x86: provisioned(Architecture::X86, "provisioned_x86_64")?,
            provisioned_arm: provisioned(Architecture::Arm, "provisioned_arm64")?,
            request: single(&own.request, "request")?,
            ephemeral_storage: single(&own.ephemeral_storage, "ephemeralStorage")?,
            snap_start: own.snap_start.clone().ok_or_else(|| lacks("snapStart"))?,
            transition: single(&own.transition, "transition")?,
        })
    }
}

#[cfg(test)]
mod tests;
