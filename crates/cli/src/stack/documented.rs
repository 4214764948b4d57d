//! The permissions that deploying takes, as `docs/permissions.md` lists them.

use std::{collections::BTreeSet, fs, path::Path};

const SERVICES: [&str; 7] = ["cloudformation:", "lambda:", "logs:", "s3:", "states:", "sts:", "tag:"];

/// The actions that stand between two marks in a text.
fn actions(text: &str, mark: char) -> BTreeSet<String> {
    let is_action = |word: &&str| {
        let of = SERVICES.iter().find_map(|service| word.strip_prefix(service));
        of.is_some_and(|name| !name.is_empty() && name.chars().all(char::is_alphanumeric))
    };
    text.split(mark).filter(is_action).map(str::to_owned).collect()
}

/// The actions that these files of the program name, tests aside.
fn called(files: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut called = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(source.join(file)).unwrap();
        called.extend(actions(text.split("#[cfg(test)]").next().unwrap(), '"'));
    }
    called
}

/// The actions of a section of the page, up to some words.
fn documented(heading: &str, end: &str) -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permissions.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, section) = page.split_once(heading).unwrap();
    let (table, _) = section.split_once(end).unwrap();
    actions(table, '`')
}

#[test]
fn the_table_has_the_actions_that_the_program_calls() {
    let stack = ["bucket", "change", "follow", "found", "identity", "runs"].map(|name| format!("stack/{name}.rs"));
    let commands = ["deploy", "destroy", "upgrade"].map(|name| format!("commands/{name}.rs"));
    let mut called = called(stack.into_iter().chain(commands).chain(["left_locked.rs".to_owned()]));
    // Through what other commands use, too: the version, a lock and its run.
    let shared = ["lambda:GetAlias", "lambda:GetFunction", "states:DescribeExecution", "states:ListTagsForResource"];
    called.extend(shared.map(str::to_owned));
    assert_eq!(documented("## What it takes to deploy", "\nCloudFormation creates"), called);
}

#[test]
fn the_table_of_monitor_has_the_actions_that_it_calls() {
    let stack =
        ["bucket", "change", "follow", "found", "identity", "long_template"].map(|name| format!("stack/{name}.rs"));
    let own = ["monitor/mod", "monitor/stack", "monitor/watched", "deploy"].map(|name| format!("commands/{name}.rs"));
    let mut called = called(stack.into_iter().chain(own));
    // What the roles of a stack are given is shown by deploy alone: this one has none.
    called.remove("cloudformation:GetTemplate");
    // Which functions there are, as suggest asks, and which log groups.
    let shared =
        ["cloudformation:ListStackResources", "lambda:ListFunctions", "logs:DescribeLogGroups", "tag:GetResources"];
    called.extend(shared.map(str::to_owned));
    assert_eq!(documented("## What monitor calls", "\nCloudFormation creates"), called);
}
