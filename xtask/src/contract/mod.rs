//! What callers read of the contract, made from the types that keep it: the JSON Schemas and the tables of README.md.

mod fields;
mod parameters;
mod table;

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tuning::{error_name::ErrorName, input::Origin, schema};

use crate::{marked::Place, root};
use table::Table;

/// Writes all of it, or checks that what is there is current.
pub fn run(check: bool) -> Result<()> {
    let root = root::repository();
    for (name, made) in files(&root)? {
        let file = root.join(name);
        if check {
            let found = fs::read_to_string(&file).with_context(|| format!("failed to read {name}"))?;
            ensure!(found == made, "{name} is not current\nhint: cargo xtask contract");
        } else {
            fs::write(&file, made).with_context(|| format!("failed to write {name}"))?;
        }
    }
    Ok(())
}

/// Every file with the content that it should have.
fn files(root: &Path) -> Result<[(&'static str, String); 3]> {
    let read = |name: &str| fs::read_to_string(root.join(name)).with_context(|| format!("failed to read {name}"));
    Ok([
        ("schema/input.schema.json", written(&schema::input())?),
        ("schema/output.schema.json", written(&schema::output())?),
        ("README.md", with_tables(&read("README.md")?, &read("template.yaml")?)?),
    ])
}

fn written(schema: &Value) -> Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(schema)?))
}

fn with_tables(readme: &str, template: &str) -> Result<String> {
    let output = schema::output();
    let tables = [
        ("parameters", parameters::table(template)?),
        ("input", fields::of_input(Origin::Reference)),
        ("new-input", fields::of_input(Origin::New)),
        ("output", fields::of_output(&output, "TuningOutcome")?),
        ("dry-run-output", fields::of_output(&output, "DryRunOutcome")?),
        ("errors", errors()),
    ];
    tables.into_iter().try_fold(readme.to_owned(), |text, (name, table)| {
        Place { name, command: "contract" }.fill(&text, &format!("\n{table}\n"))
    })
}

fn errors() -> Table {
    let mut table = Table::new(&["error", "meaning"]);
    for error in ErrorName::ALL {
        table.add(&[&format!("`{error}`"), error.meaning()]);
    }
    table
}

#[cfg(test)]
mod tests;
