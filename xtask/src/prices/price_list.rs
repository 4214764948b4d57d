//! The price list files of AWS ("bulk price files"), as far as this table needs them. A file holds one offer, for all
//! regions of a partition or for one region:
//! <https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-an-offer.html>.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use tuning::price::{
    Currency,
    table::{Price, Tier, Tiers},
};

/// The description of a price list file.
const EXPECTED: &str = "expected the JSON of a price list file of AWS: an object with offerCode (AWSLambda or AmazonStates), \
                        publicationDate, products.<sku>.attributes and \
                        terms.OnDemand.<sku>.<offer>.priceDimensions.<rate>.pricePerUnit";

/// A price list file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PriceList {
    pub(super) offer_code: String,
    publication_date: String,
    products: BTreeMap<String, Product>,
    terms: Terms,
}

#[derive(Debug, Deserialize)]
struct Product {
    attributes: Attributes,
}

/// The attributes that tell products apart. Attributes that a product lacks are empty.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Attributes {
    region_code: String,
    location_type: String,
    group: String,
    #[serde(rename = "usagetype")]
    usage_type: String,
}

#[derive(Debug, Deserialize)]
struct Terms {
    #[serde(rename = "OnDemand")]
    on_demand: BTreeMap<String, BTreeMap<String, Term>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Term {
    price_dimensions: BTreeMap<String, Dimension>,
}

/// The price of one range of the monthly amount.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dimension {
    begin_range: String,
    price_per_unit: BTreeMap<String, String>,
}

/// The kind of a product of a price list, of those that the table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A GB-second of an on-demand function on `x86_64`.
    X86,
    /// A GB-second of an on-demand function on `arm64`.
    Arm,
    /// A GB-second of provisioned concurrency on `x86_64`.
    ProvisionedX86,
    /// A GB-second of the duration that it serves.
    ProvisionedDurationX86,
    /// A GB-second of provisioned concurrency on `arm64`.
    ProvisionedArm,
    /// A GB-second of the duration that it serves.
    ProvisionedDurationArm,
    /// A request. Those to `arm64` are a product of their own, at the same price.
    Request,
    /// A GB-second of ephemeral storage. That on `arm64` is a product of its own, at the same price.
    EphemeralStorage,
    /// A GB-second of a kept snapshot.
    SnapStartCache,
    /// A GB of a restored snapshot.
    SnapStartRestore,
    /// A state transition of a Standard workflow.
    Transition,
}

/// A product with its price.
#[derive(Debug, PartialEq)]
pub(super) struct Priced {
    pub(super) region: String,
    pub(super) kind: Kind,
    pub(super) currency: Currency,
    pub(super) tiers: Tiers,
}

impl PriceList {
    /// Reads a file; `name` says in errors which one it is.
    pub(super) fn parse(name: &str, json: &str) -> Result<Self> {
        let list: Self = serde_json::from_str(json).with_context(|| format!("failed to read {name}: {EXPECTED}"))?;
        let offer = &list.offer_code;
        ensure!(matches!(offer.as_str(), "AWSLambda" | "AmazonStates"), "{name} is of the offer {offer}: {EXPECTED}");
        list.publication_day().with_context(|| format!("failed to read {name}"))?;
        let priced = list.priced().with_context(|| format!("failed to read {name}"))?;
        ensure!(!priced.is_empty(), "{name} has none of the products that the table needs, such as {}", example(offer));
        Ok(list)
    }

    /// The day of publication: `2026-11-21`.
    pub(super) fn publication_day(&self) -> Result<&str> {
        let day = self.publication_date.split('T').next().unwrap_or_default();
        let lengths: Vec<usize> = day.split('-').map(str::len).collect();
        ensure!(
            lengths == [4, 2, 2],
            "publicationDate {:?} is not a date like 2026-11-21T00:00:00Z",
            self.publication_date
        );
        Ok(day)
    }

    /// The products that belong into the table.
    pub(super) fn priced(&self) -> Result<Vec<Priced>> {
        let known = self.products.iter().filter_map(|(sku, product)| Some((sku, product, self.kind(product)?)));
        let priced = known.map(|(sku, product, kind)| {
            let price = self.price(sku).with_context(|| format!("the product {sku} ({kind:?})"))?;
            let region = product.attributes.region_code.clone();
            Ok(price.map(|(currency, tiers)| Priced { region, kind, currency, tiers }))
        });
        priced.filter_map(Result::transpose).collect()
    }

    /// The kind of a product. Its group alone would not do (the free allowance of the account is in the same groups),
    /// and neither would the type of usage, whose prefix is the region.
    fn kind(&self, product: &Product) -> Option<Kind> {
        let Attributes { region_code, location_type, group, usage_type } = &product.attributes;
        if region_code.is_empty() || location_type != "AWS Region" {
            return None;
        }
        Some(match (self.offer_code.as_str(), group.as_str(), without_region(usage_type)) {
            ("AWSLambda", "AWS-Lambda-Duration", "Lambda-GB-Second") => Kind::X86,
            ("AWSLambda", "AWS-Lambda-Duration-ARM", "Lambda-GB-Second-ARM") => Kind::Arm,
            ("AWSLambda", "AWS-Lambda-Provisioned-Concurrency", "Lambda-Provisioned-Concurrency") => {
                Kind::ProvisionedX86
            }
            ("AWSLambda", "AWS-Lambda-Duration-Provisioned", "Lambda-Provisioned-GB-Second") => {
                Kind::ProvisionedDurationX86
            }
            ("AWSLambda", "AWS-Lambda-Provisioned-Concurrency-ARM", "Lambda-Provisioned-Concurrency-ARM") => {
                Kind::ProvisionedArm
            }
            ("AWSLambda", "AWS-Lambda-Duration-Provisioned-ARM", "Lambda-Provisioned-GB-Second-ARM") => {
                Kind::ProvisionedDurationArm
            }
            ("AWSLambda", "AWS-Lambda-Requests", "Request") => Kind::Request,
            ("AWSLambda", "AWS-Lambda-Storage-Duration", "Lambda-Storage-GB-Second") => Kind::EphemeralStorage,
            ("AWSLambda", _, "Lambda-SnapStart-Cached-GB-S") => Kind::SnapStartCache,
            ("AWSLambda", _, "Lambda-SnapStart-Restored-GB") => Kind::SnapStartRestore,
            ("AmazonStates", "SFN-StateTransitions", "StateTransition") => Kind::Transition,
            _ => return None,
        })
    }

    /// The price of a product, or nothing if it is free. The ranges that cost nothing are the free allowance of the
    /// account, which the table leaves out: the first range that costs something begins at 0 there.
    fn price(&self, sku: &str) -> Result<Option<(Currency, Tiers)>> {
        let terms: Vec<&Term> = self.terms.on_demand.get(sku).into_iter().flat_map(BTreeMap::values).collect();
        let [term] = terms.as_slice() else {
            bail!("has {} offers in terms.OnDemand, expected one", terms.len());
        };
        let ranges = term.price_dimensions.values().map(Dimension::read).collect::<Result<Vec<_>>>()?;
        let Some((currency, ..)) = ranges.first().copied() else {
            bail!("has no priceDimensions");
        };
        ensure!(ranges.iter().all(|(other, ..)| *other == currency), "has prices in more than one currency");
        let mut paid: Vec<(u64, f64)> = ranges.iter().map(|&(_, from, price)| (from, price)).collect();
        paid.retain(|(_, price)| *price != 0.0);
        paid.sort_by_key(|(from, _)| *from);
        paid.dedup_by_key(|(_, price)| *price);
        if let Some((from, _)) = paid.first_mut() {
            *from = 0;
        } else {
            return Ok(None);
        }
        let tier = |(from, price)| Ok(Tier { from, price: Price::try_from(price)? });
        let tiers = Tiers::try_from(paid.into_iter().map(tier).collect::<Result<Vec<_>>>()?)?;
        Ok(Some((currency, tiers)))
    }
}

impl Dimension {
    /// The currency, where the range begins, and the price.
    fn read(&self) -> Result<(Currency, u64, f64)> {
        let from = self.begin_range.parse().with_context(|| format!("beginRange {:?}", self.begin_range))?;
        let prices: Vec<(&str, &str)> = self.price_per_unit.iter().map(|(c, p)| (c.as_str(), p.as_str())).collect();
        let (currency, price) = match prices.as_slice() {
            [("USD", price)] => (Currency::Usd, *price),
            [("CNY", price)] => (Currency::Cny, *price),
            [("EUR", price)] => (Currency::Eur, *price),
            _ => bail!("pricePerUnit is {:?}, expected one price in USD, CNY or EUR", self.price_per_unit),
        };
        Ok((currency, from, price.parse().with_context(|| format!("pricePerUnit {price:?}"))?))
    }
}

/// A type of usage without the code of its region: `EUW2-Request` is `Request`, and so is `Request` (us-east-1).
fn without_region(usage_type: &str) -> &str {
    match usage_type.split_once('-') {
        Some((region, rest)) if region.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()) => rest,
        _ => usage_type,
    }
}

/// An example of the main product of an offer, by which it is recognized.
fn example(offer: &str) -> &'static str {
    match offer {
        "AWSLambda" => "one of the group AWS-Lambda-Duration with the usagetype Lambda-GB-Second in an AWS Region",
        _ => "one of the group SFN-StateTransitions with the usagetype StateTransition in an AWS Region",
    }
}
