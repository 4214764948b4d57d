use super::*;

const LAMBDA: &str = include_str!("../../testdata/prices/lists/AWSLambda.json");
const BEFORE: &str = include_str!("../../testdata/prices/before.json");
const AFTER: &str = include_str!("../../testdata/prices/after.json");

fn lists() -> Vec<PriceList> {
    read(&root::repository().join("xtask/testdata/prices/lists")).unwrap()
}

fn before() -> Table {
    serde_json::from_str(BEFORE).unwrap()
}

/// The error about the Lambda sample with a part of it replaced.
fn error(part: &str, replacement: &str) -> String {
    let json = LAMBDA.replace(part, replacement);
    assert_ne!(json, LAMBDA, "the sample has no {part}");
    format!("{:#}", PriceList::parse("AWSLambda.json", &json).unwrap_err())
}

#[test]
fn the_sample_makes_exactly_the_expected_table() {
    let table = conversion::renewed(&before(), &lists()).unwrap();
    assert_eq!(layout::written(&table).unwrap(), AFTER);
    Prices::try_from(table).unwrap();
}

#[test]
fn figures_that_are_published_otherwise_are_named_and_sources_do_not_matter() {
    let after = conversion::renewed(&before(), &lists()).unwrap();
    assert_eq!(difference::differences(&after, &after), [""; 0]);
    let differences = difference::differences(&before(), &after);
    assert!(
        differences
            .iter()
            .any(|line| line.starts_with("us-east-1 x86_64: {\"tiers\":[{\"from\":0,\"price\":0.00002}]} in")),
        "{differences:?}"
    );
    assert!(
        differences.iter().any(|line| line.starts_with("us-east-1 request: missing in the table, {")),
        "{differences:?}"
    );
    // Of this one only the source is new, if anything.
    assert!(!differences.iter().any(|line| line.starts_with("cn-north-1 transition")), "{differences:?}");
}

#[test]
fn files_read_twice_change_nothing() {
    let twice: Vec<PriceList> = lists().into_iter().chain(lists()).collect();
    let table = conversion::renewed(&before(), &twice).unwrap();
    assert_eq!(layout::written(&table).unwrap(), AFTER);
}

#[test]
fn the_committed_table_is_as_it_would_be_written() {
    let committed = fs::read_to_string(root::repository().join("crates/tuning/data/prices.json")).unwrap();
    let table: Table = serde_json::from_str(&committed).unwrap();
    assert!(layout::written(&table).unwrap() == committed, "cargo xtask prices would write it otherwise");
}

#[test]
fn a_file_of_another_shape_is_refused_with_what_was_expected() {
    let index = r#"{"formatVersion": "v1.0", "regions": {"us-east-1": {"currentVersionUrl": "/offers/…"}}}"#;
    for json in [index, "[]", "<html>", ""] {
        let error = format!("{:#}", PriceList::parse("region_index.json", json).unwrap_err());
        assert!(error.contains("failed to read region_index.json: expected the JSON of a price list file"), "{error}");
        assert!(error.contains("terms.OnDemand.<sku>.<offer>.priceDimensions"), "{error}");
    }
    let other = error(r#""offerCode": "AWSLambda""#, r#""offerCode": "AmazonEC2""#);
    assert!(other.contains("is of the offer AmazonEC2: expected"), "{other}");
}

#[test]
fn a_file_without_the_products_of_the_table_is_refused_with_what_was_expected() {
    let renamed = error(r#""locationType": "AWS Region""#, r#""locationType": "Region""#);
    assert!(renamed.contains("none of the products"), "{renamed}");
    assert!(renamed.contains("the group AWS-Lambda-Duration with the usagetype Lambda-GB-Second"), "{renamed}");
}

#[test]
fn a_price_that_cannot_be_read_is_refused_with_its_product() {
    for (part, replacement, expected) in [
        (r#"{"USD": "0.0000000309"}"#, r#"{"GBP": "0.0000000309"}"#, "expected one price in USD, CNY or EUR"),
        (r#"{"USD": "0.0000000309"}"#, r#"{"USD": "free"}"#, "pricePerUnit \"free\""),
        (r#"{"USD": "0.0000000309"}"#, r#"{"USD": "-0.1"}"#, "-0.1 is not a price"),
        (r#""beginRange": "7500000000""#, r#""beginRange": "many""#, "beginRange \"many\""),
        (r#""0.0000120001""#, r#""0.0000140001""#, "costs less than the one before it"),
    ] {
        let error = error(part, replacement);
        assert!(error.contains(expected) && error.contains("the product AWSLAMBD0"), "{error}");
    }
}

#[test]
fn two_prices_for_one_figure_are_refused() {
    let other = LAMBDA.replace("0.0000000309", "0.0000000308");
    let lists = [LAMBDA, &other].map(|json| PriceList::parse("AWSLambda.json", json).unwrap());
    let error = conversion::renewed(&before(), &lists).unwrap_err().to_string();
    assert_eq!(error, "two products are EphemeralStorage in us-east-1, at different prices");
}

#[test]
fn a_publication_date_that_is_none_is_refused() {
    let error = error(r#""publicationDate": "2026-12-01T17:33:12Z""#, r#""publicationDate": "yesterday""#);
    assert!(error.contains("publicationDate \"yesterday\" is not a date"), "{error}");
}
