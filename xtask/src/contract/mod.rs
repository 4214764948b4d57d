//! The parts of the contract that callers read, made from the types and the template that keep it: the JSON Schemas,
//! the tables in docs/, and the parameters of the template in the languages of other tools.

mod cdk;
mod fields;
mod parameters;
mod table;
mod terraform;

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tuning::contract::{error_name::ErrorName, input::Origin, schema};

use crate::{marked::Place, root};
use parameters::Parameter;
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
fn files(root: &Path) -> Result<BTreeMap<&'static str, String>> {
    let read = |name: &str| fs::read_to_string(root.join(name)).with_context(|| format!("failed to read {name}"));
    let template = read("template.yaml")?;
    let mut files = BTreeMap::new();
    for PlacedTable { page, place, table } in tables(&template)? {
        let text = files.remove(page).map_or_else(|| read(page), Ok)?;
        let place = Place { name: place, command: "contract" };
        files.insert(page, place.fill(&text, &format!("\n{table}\n"))?);
    }
    files.insert("schema/input.schema.json", written(&schema::input())?);
    files.insert("schema/output.schema.json", written(&schema::output())?);
    let parameters = of_packages(&template)?;
    files.insert("infra/cdk/src/parameters.ts", cdk::module(&parameters));
    files.insert("infra/terraform/variables.tf", terraform::variables(&parameters));
    files.insert("infra/terraform/parameters.tf", terraform::parameters(&parameters));
    files.insert("infra/terraform/outputs.tf", terraform::outputs(&parameters::outputs(&template)?));
    Ok(files)
}

/// The parameters that are left to choose where the code comes as a package, which has an architecture.
fn of_packages(template: &str) -> Result<Vec<Parameter>> {
    let mut parameters = parameters::read(template)?;
    parameters.retain(|parameter| parameter.name != "architecture");
    Ok(parameters)
}

fn written(schema: &Value) -> Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(schema)?))
}

/// A table, and where it stands.
struct PlacedTable {
    page: &'static str,
    place: &'static str,
    table: Table,
}

fn tables(template: &str) -> Result<[PlacedTable; 6]> {
    let output = schema::output();
    let on = |page, place, table| PlacedTable { page, place, table };
    Ok([
        on("docs/deploy.md", "parameters", parameters::table(&parameters::read(template)?)),
        on("docs/input.md", "input", fields::of_input(Origin::Reference)),
        on("docs/input.md", "new-input", fields::of_input(Origin::New)),
        on("docs/output.md", "output", fields::of_output(&output, "TuningOutcome")?),
        on("docs/output.md", "dry-run-output", fields::of_output(&output, "DryRunOutcome")?),
        on("docs/errors.md", "errors", errors()),
    ])
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
