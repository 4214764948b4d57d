//! The differences of price list files from a table.

use serde_json::{Map, Value, json};
use tuning::price::table::Table;

/// The figures that are not those of the old table, one a line, whatever their sources are.
pub(super) fn differences(old: &Table, new: &Table) -> Vec<String> {
    let mut lines = Vec::new();
    for (region, published) in &new.regions {
        let published = figures(&json!(published));
        let known = old.regions.get(region).map(|known| figures(&json!(known))).unwrap_or_default();
        for (figure, price) in published.iter().filter(|(figure, price)| known.get(*figure) != Some(price)) {
            let known = known.get(figure).map_or_else(|| "missing".to_owned(), Value::to_string);
            lines.push(format!("{region} {figure}: {known} in the table, {price} published"));
        }
    }
    lines
}

/// The figures of a region without their sources.
fn figures(region: &Value) -> Map<String, Value> {
    let without_source = |figure: &Value| match figure {
        Value::Object(fields) => Value::Object(
            fields.iter().filter(|(name, _)| *name != "source").map(|(n, v)| (n.clone(), v.clone())).collect(),
        ),
        other => other.clone(),
    };
    region.as_object().into_iter().flatten().map(|(name, figure)| (name.clone(), without_source(figure))).collect()
}
