//! The functions that a command is about.

use std::collections::{BTreeMap, BTreeSet};

use aws::{api::Configuration, usage::Tag};
use tuning::units::{arn::FunctionReference, counted::counted};

use crate::{
    account::{Account, Call},
    arguments::Selection,
    failure::Failure,
};

/// The functions that are looked at.
pub struct Chosen {
    /// The configurations of these functions.
    pub functions: Vec<Configuration>,
    /// The log groups that several functions of the region write to, those that are not chosen among them.
    pub shared_groups: BTreeSet<String>,
}

/// The functions of the region that the arguments leave; a failure if there is none.
pub async fn chosen(account: &Account, selection: &Selection) -> Result<Chosen, Failure> {
    let all = account.calls.functions().await;
    let all = all.map_err(|error| Call::of(&error, "list the functions", "*"))?;
    let shared_groups = shared_groups(&all);
    let functions = of(all, account, selection).await?;
    Ok(Chosen { functions, shared_groups })
}

fn shared_groups(functions: &[Configuration]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let groups = functions.iter().map(|function| function.logs.group.as_str());
    groups.filter(|group| !seen.insert(*group)).map(str::to_owned).collect()
}

async fn of(all: Vec<Configuration>, account: &Account, selection: &Selection) -> Result<Vec<Configuration>, Failure> {
    let wanted = references(selection)?;
    if !wanted.is_empty() {
        return named(account, all, &wanted);
    }
    let tags: Vec<Tag> = selection.tags.iter().map(|tag| tag.0.clone()).collect();
    let tagged = if tags.is_empty() { None } else { Some(account.calls.tagged(&tags).await) };
    let tagged: Option<BTreeSet<String>> =
        tagged.transpose().map_err(|error| Call::of(&error, "look for functions with these tags", "*"))?;
    let in_stack = match &selection.stack {
        Some(stack) => Some(account.in_stack(stack).await?),
        None => None,
    };
    let prefix = selection.prefix.as_deref().unwrap_or_default();
    let is_chosen = |function: &Configuration| {
        function.function.name().starts_with(prefix)
            && tagged.as_ref().is_none_or(|arns| arns.contains(&function.function.to_string()))
            && in_stack.as_ref().is_none_or(|functions| functions.contains_key(function.function.name()))
    };
    let count = all.len();
    let chosen: Vec<Configuration> = all.into_iter().filter(is_chosen).collect();
    match (chosen.is_empty(), count) {
        (false, _) => Ok(chosen),
        (true, 0) => Err(Failure::bad_input(format!("there are no functions in {}", account.region))
            .hint("check the region and the account: --region, --profile")),
        (true, count) => {
            Err(Failure::bad_input(format!("of {} in {} none matches", counted(count, "function"), account.region))
                .hint("check --prefix, --tag and --stack"))
        }
    }
}

fn references(selection: &Selection) -> Result<Vec<FunctionReference>, Failure> {
    let parsed = selection.functions.iter().map(|function| {
        function.parse::<FunctionReference>().map_err(|error| Failure::bad_input(format!("FUNCTION: {error}")))
    });
    parsed.collect()
}

/// Those that are named, in the order of their names.
fn named(
    account: &Account,
    all: Vec<Configuration>,
    wanted: &[FunctionReference],
) -> Result<Vec<Configuration>, Failure> {
    let by_name: BTreeMap<String, Configuration> =
        all.into_iter().map(|function| (function.function.name().to_owned(), function)).collect();
    let mut chosen = BTreeMap::new();
    for reference in wanted {
        let name = reference.name();
        let function = by_name.get(name).ok_or_else(|| {
            Failure::bad_input(format!("there is no function {name} in {}", account.region))
                .hint("check the name, the region and the account")
        })?;
        chosen.insert(name.to_owned(), function.clone());
    }
    Ok(chosen.into_values().collect())
}
