//! The price table of the tuner, from the price list files of AWS.

mod conversion;
mod difference;
mod download;
mod layout;
mod price_list;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use tuning::price::{
    Prices,
    table::{RegionPrices, Table},
};

use self::price_list::PriceList;
use crate::root;

/// Renews `crates/tuning/data/prices.json`. The price list files are downloaded, or read from a directory.
pub fn renew(from: Option<&Path>) -> Result<()> {
    let lists = match from {
        Some(directory) => read(directory)?,
        None => download::all()?,
    };
    let (file, old) = (file(), table()?);
    let new = conversion::renewed(&old, &lists)?;
    Prices::try_from(new.clone()).context("the price list files do not make a sound table; nothing was written")?;
    fs::write(&file, layout::written(&new)?)?;
    println!("{}\n{}", file.display(), summary(&new));
    Ok(())
}

/// Compares the table with the price list files of AWS. Where they cannot be downloaded, nothing is said of it.
pub fn check(from: Option<&Path>) -> Result<()> {
    let lists = match from {
        Some(directory) => read(directory)?,
        None => match download::all() {
            Ok(lists) => lists,
            Err(error) => {
                println!("skipped: {error:#}");
                return Ok(());
            }
        },
    };
    let old = table()?;
    let differences = difference::differences(&old, &conversion::renewed(&old, &lists)?);
    ensure!(
        differences.is_empty(),
        "the price table is not what AWS has published:\n  {}\nhint: cargo xtask prices",
        differences.join("\n  ")
    );
    println!("the price table is what AWS has published");
    Ok(())
}

fn file() -> PathBuf {
    root::repository().join("crates/tuning/data/prices.json")
}

fn table() -> Result<Table> {
    Ok(serde_json::from_str(&fs::read_to_string(file())?)?)
}

/// The price list files of a directory: every `.json` file in it, whatever its name.
fn read(directory: &Path) -> Result<Vec<PriceList>> {
    let entries = fs::read_dir(directory).with_context(|| format!("failed to read {}", directory.display()))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    ensure!(!files.is_empty(), "{} has no .json file\nhint: cargo xtask prices --help", directory.display());
    files.iter().map(|file| PriceList::parse(&file.display().to_string(), &fs::read_to_string(file)?)).collect()
}

/// The number of figures that each source stands for, as text.
fn summary(table: &Table) -> String {
    let count = |id: &str| table.regions.values().flat_map(RegionPrices::sources).filter(|named| *named == id).count();
    let lines = table.sources.iter().map(|(id, source)| format!("  {} figures: {id} ({})", count(id), source.date));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
