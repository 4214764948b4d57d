//! Looking at a function from outside of the product.

use anyhow::{Context, Result};
use serde_json::Value;

use super::LocalAws;

/// The state of a function that a run must leave as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionState {
    /// Memory of $LATEST, in MB.
    pub memory: u64,
    /// Numbers of all versions.
    pub versions: Vec<String>,
    /// Names of all aliases.
    pub aliases: Vec<String>,
}

impl FunctionState {
    /// Reads the state of a function. Every call names its port: no SDK and no credentials are needed for the emulator.
    pub fn read(aws: &LocalAws, function: &str) -> Result<Self> {
        let authorization = LocalAws::authorization("lambda");
        let get = |path: &str| -> Result<Value> {
            let url = format!("{}/2015-03-31/functions/{function}/{path}", aws.endpoint);
            let mut answer = ureq::get(&url)
                .header("authorization", &authorization)
                .call()
                .with_context(|| format!("failed to read {url}"))?;
            Ok(answer.body_mut().read_json()?)
        };
        let names = |list: &Value, of: &str, name: &str| -> Vec<String> {
            let items = list.get(of).and_then(Value::as_array).cloned().unwrap_or_default();
            items.iter().filter_map(|item| item.get(name)?.as_str().map(str::to_owned)).collect()
        };
        let configuration = get("configuration")?;
        let versions = names(&get("versions")?, "Versions", "Version");
        Ok(Self {
            memory: configuration
                .get("MemorySize")
                .and_then(Value::as_u64)
                .context("the function has no memory size")?,
            versions: versions.into_iter().filter(|version| version != "$LATEST").collect(),
            aliases: names(&get("aliases")?, "Aliases", "Name"),
        })
    }
}
