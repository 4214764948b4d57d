//! The permissions that deploying takes, as `docs/permissions.md` lists them.

use std::{collections::BTreeSet, fs, path::Path};

const SERVICES: [&str; 5] = ["cloudformation:", "lambda:", "s3:", "states:", "sts:"];

/// The actions that stand between two marks in a text.
fn actions(text: &str, mark: char) -> BTreeSet<String> {
    let is_action = |word: &&str| {
        let of = SERVICES.iter().find_map(|service| word.strip_prefix(service));
        of.is_some_and(|name| !name.is_empty() && name.chars().all(char::is_alphanumeric))
    };
    text.split(mark).filter(is_action).map(str::to_owned).collect()
}

#[test]
fn the_table_has_the_actions_that_the_program_calls() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut called = BTreeSet::new();
    let stack = ["bucket", "change", "follow", "found", "identity", "runs"].map(|name| format!("stack/{name}.rs"));
    let commands = ["deploy", "destroy", "upgrade"].map(|name| format!("commands/{name}.rs"));
    for file in stack.into_iter().chain(commands).chain(["left_locked.rs".to_owned()]) {
        let text = fs::read_to_string(source.join(file)).unwrap();
        called.extend(actions(text.split("#[cfg(test)]").next().unwrap(), '"'));
    }
    // Through what other commands use, too: the version, a lock and its run.
    let shared = ["lambda:GetAlias", "lambda:GetFunction", "states:DescribeExecution", "states:ListTagsForResource"];
    called.extend(shared.map(str::to_owned));
    let page = fs::read_to_string(source.join("../../../docs/permissions.md")).unwrap();
    let (_, section) = page.split_once("## What it takes to deploy").unwrap();
    let (table, _) = section.split_once("\nCloudFormation creates").unwrap();
    assert_eq!(actions(table, '`'), called);
}
