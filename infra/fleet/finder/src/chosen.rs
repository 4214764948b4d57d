//! Which functions an input chooses.

use std::collections::{HashMap, HashSet};

use aws::{
    api::Configuration,
    fleet::{Inventory, Objects},
};
use tuning::fleet::{Listed, Matching, Selection, read_list};

use crate::error::Error;

/// A function that was chosen.
pub struct Chosen {
    /// Its name.
    pub name: String,
    /// Its configuration; nothing of a name that no function has.
    pub configuration: Option<Configuration>,
    /// How often it is invoked a month, if that is known.
    pub invocations_per_month: Option<u64>,
}

/// The functions, each once: in the order of a list, or by name.
pub async fn chosen(api: &(impl Inventory + Objects), selection: &Selection) -> Result<Vec<Chosen>, Error> {
    let all = api.all_functions().await?;
    let count = all.len();
    let chosen = match selection {
        Selection::Names(names) => {
            let listed = |name: &_| Listed { function: Clone::clone(name), invocations_per_month: None };
            named(all, names.iter().map(listed))
        }
        Selection::List(object) => {
            let text = api.read(object).await?.ok_or_else(|| Error::NoList(object.clone()))?;
            named(all, read_list(&text)?)
        }
        Selection::Matching(matching) => matched(api, all, matching).await?,
    };
    if chosen.is_empty() { Err(Error::Nothing { all: count }) } else { Ok(chosen) }
}

fn named(all: Vec<Configuration>, listed: impl IntoIterator<Item = Listed>) -> Vec<Chosen> {
    let mut by_name: HashMap<String, Configuration> =
        all.into_iter().map(|configuration| (configuration.function.name().to_owned(), configuration)).collect();
    let mut seen = HashSet::new();
    let one = |Listed { function, invocations_per_month }: Listed| {
        let name = function.name().to_owned();
        seen.insert(name.clone()).then(|| Chosen { configuration: by_name.remove(&name), name, invocations_per_month })
    };
    listed.into_iter().filter_map(one).collect()
}

async fn matched(api: &impl Inventory, all: Vec<Configuration>, matching: &Matching) -> Result<Vec<Chosen>, Error> {
    let in_stack = match &matching.stack {
        Some(stack) => Some(api.functions_in_stack(stack).await?),
        None => None,
    };
    let tags = if matching.tags.is_empty() { HashMap::new() } else { api.tags().await? };
    let has_tags = |arn: &str| {
        let has = |(key, value): (&String, &String)| tags.get(arn).is_some_and(|tags| tags.0.get(key) == Some(value));
        matching.tags.iter().all(has)
    };
    let matches = |configuration: &Configuration| {
        let function = &configuration.function;
        function.name().starts_with(&matching.prefix)
            && has_tags(&function.to_string())
            && in_stack.as_ref().is_none_or(|names| names.contains(function.name()))
    };
    let mut chosen: Vec<Configuration> = all.into_iter().filter(matches).collect();
    chosen.sort_by(|a, b| a.function.name().cmp(b.function.name()));
    let one = |configuration: Configuration| Chosen {
        name: configuration.function.name().to_owned(),
        configuration: Some(configuration),
        invocations_per_month: None,
    };
    Ok(chosen.into_iter().map(one).collect())
}
