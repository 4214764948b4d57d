//! Price list files in, price table out.

use std::collections::{BTreeMap, btree_map::Entry};

use anyhow::{Result, bail, ensure};
use tuning::price::{
    Currency,
    table::{Figure, Provisioned, RegionPrices, SnapStart, Source, Table, Tiered, Tiers},
};

use super::price_list::{Kind, PriceList, Priced};

/// The prices that were found, by region and kind.
type Found = BTreeMap<(String, Kind), Sourced>;

/// A price and where it comes from.
struct Sourced {
    source_id: String,
    currency: Currency,
    tiers: Tiers,
}

impl Sourced {
    fn tiered(&self) -> Tiered {
        Tiered { source: self.source_id.clone(), tiers: self.tiers.clone() }
    }

    fn figure(&self) -> Figure {
        Figure { source: self.source_id.clone(), price: self.tiers.first() }
    }
}

/// The table with the figures that the price lists have, and everything else as it was, with its old source.
pub(super) fn renewed(old: &Table, lists: &[PriceList]) -> Result<Table> {
    let mut table = old.clone();
    let mut found = Found::new();
    for list in lists {
        let day = list.publication_day()?;
        let source_id = format!("{}-{day}", list.offer_code);
        let description = format!("Price list file of AWS, offer code {}, by its date of publication", list.offer_code);
        table.sources.insert(source_id.clone(), Source { description, date: day.to_owned(), assumed: false });
        for priced in list.priced()? {
            add(&mut found, &source_id, priced)?;
        }
    }
    for ((region, kind), sourced) in &found {
        let prices = table.regions.entry(region.clone()).or_insert_with(|| RegionPrices::new(sourced.currency));
        ensure!(prices.currency == sourced.currency, "the currency of {region} was {}: {kind:?}", prices.currency);
        set(prices, *kind, sourced);
    }
    for (region, prices) in &mut table.regions {
        let of = |kind| found.get(&(region.clone(), kind));
        let provisioned = |kept, duration| {
            let (kept, duration): (&Sourced, &Sourced) = (of(kept)?, of(duration)?);
            Some(Provisioned {
                source: kept.source_id.clone(),
                per_gb_second: kept.tiers.first(),
                duration_per_gb_second: duration.tiers.first(),
            })
        };
        if let Some(x86) = provisioned(Kind::ProvisionedX86, Kind::ProvisionedDurationX86) {
            prices.provisioned_x86 = Some(x86);
        }
        if let Some(arm) = provisioned(Kind::ProvisionedArm, Kind::ProvisionedDurationArm) {
            prices.provisioned_arm = Some(arm);
        }
        if let (Some(cache), Some(restore)) = (of(Kind::SnapStartCache), of(Kind::SnapStartRestore)) {
            prices.snap_start = Some(SnapStart {
                source: cache.source_id.clone(),
                cache_per_gb_second: cache.tiers.first(),
                restore_per_gb: restore.tiers.first(),
            });
        }
    }
    let named: Vec<String> = table.regions.values().flat_map(RegionPrices::sources).map(str::to_owned).collect();
    table.sources.retain(|id, _| named.contains(id));
    Ok(table)
}

/// Notes a price. The same one may come twice, from the file of a region and that of all regions.
fn add(found: &mut Found, source_id: &str, priced: Priced) -> Result<()> {
    let Priced { region, kind, currency, tiers } = priced;
    match found.entry((region, kind)) {
        Entry::Vacant(vacant) => {
            vacant.insert(Sourced { source_id: source_id.to_owned(), currency, tiers });
        }
        Entry::Occupied(same) if same.get().currency == currency && same.get().tiers == tiers => {}
        Entry::Occupied(other) => bail!("two products are {kind:?} in {}, at different prices", other.key().0),
    }
    Ok(())
}

fn set(prices: &mut RegionPrices, kind: Kind, sourced: &Sourced) {
    match kind {
        Kind::X86 => prices.x86 = Some(sourced.tiered()),
        Kind::Arm => prices.arm = Some(sourced.tiered()),
        Kind::Request => prices.request = Some(sourced.figure()),
        Kind::EphemeralStorage => prices.ephemeral_storage = Some(sourced.figure()),
        Kind::Transition => prices.transition = Some(sourced.figure()),
        // Two prices make one figure.
        Kind::ProvisionedX86
        | Kind::ProvisionedDurationX86
        | Kind::ProvisionedArm
        | Kind::ProvisionedDurationArm
        | Kind::SnapStartCache
        | Kind::SnapStartRestore => {}
    }
}
