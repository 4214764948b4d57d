//! Templates as people write them, and what becomes of each.
#![allow(clippy::unwrap_used, reason = "tests and what only they use")]

use std::{fmt::Write as _, fs, path::Path};

use declaration::{Beside, Source, Wanted, find};
use tuning::units::power::Power;

/// Templates whose function is not called `worker`, or is to be found another way.
const WANTED: [(&str, &str); 13] = [
    ("sam-own-memory.yaml", "thumbnailer"),
    ("sam-globals-alone.yaml", "hello-HelloWorldFunction-1A2B3C4D5E6F"),
    ("sam-globals-shared.yaml", "get-item"),
    ("anchor-whole-properties.yaml", "--resource Replica"),
    ("cloudformation-name-by-default.yaml", "shop-dev-worker"),
    ("cloudformation-physical-id.yaml", "my-stack-Worker-AbCdEf123456"),
    ("cloudformation-foreach.yaml", "Orders"),
    ("anchor-merge-overridden.yaml", "large"),
    ("serverless-own.yml", "shop-prod-order"),
    ("serverless-provider-shared.yml", "shop-dev-invoice"),
    ("pulumi-configuration.yaml", "worker-0a1b2c3"),
    ("terraform-foreach.tf", "--resource workers"),
    ("terraform-count-of-several.tf", "--resource aws_lambda_function.workers"),
];

/// The same templates asked for another function, or with other bytes.
const VARIANTS: [(&str, &str, &str); 15] = [
    ("sam-own-memory.yaml", "--resource Cleaner", "as it is"),
    ("sam-own-memory.yaml", "--resource Table", "as it is"),
    ("sam-own-memory.yaml", "thumbnailer", "CRLF"),
    ("sam-own-memory.yaml", "thumbnailer", "byte order mark"),
    ("cloudformation-tabs.json", "worker", "byte order mark"),
    ("cloudformation-name-computed.yaml", "--resource Worker", "as it is"),
    ("cloudformation-duplicate-names.yaml", "--resource Green", "as it is"),
    ("cloudformation-two-documents.yaml", "--resource Worker", "as it is"),
    ("cloudformation-foreach.yaml", "--resource ${Name}Function", "as it is"),
    ("serverless-own.yml", "shop-invoices", "as it is"),
    ("serverless-custom.yml", "--resource invoice", "as it is"),
    ("terraform-own.tf", "worker", "CRLF"),
    ("terraform-own.tf", "worker", "byte order mark"),
    ("terraform-own.tf", "prod-other", "as it is"),
    ("terraform-own.tf", "--resource aws_lambda_function.other", "as it is"),
];

fn wanted(text: &str) -> Wanted {
    match text.strip_prefix("--resource ") {
        Some(resource) => Wanted::Resource(resource.to_owned()),
        None => Wanted::Function(text.to_owned()),
    }
}

/// The lines that differ, with what is not seen otherwise.
fn changes(old: &str, new: &str) -> String {
    let shown = |line: &str| line.replace('\r', "\\r").replace('\t', "\\t").replace('\u{feff}', "\\u{feff}");
    let lines = |text: &str| text.split('\n').map(shown).collect::<Vec<_>>();
    let (old, new) = (lines(old), lines(new));
    assert_eq!(old.len(), new.len());
    let pairs = old.iter().zip(&new).enumerate().filter(|(_, (old, new))| old != new);
    pairs
        .map(|(number, (old, new))| format!("{}: -{old}\n{}: +{new}", number + 1, number + 1))
        .collect::<Vec<_>>()
        .join("\n")
}

fn outcome(file: &str, text: &str, name: &str) -> String {
    outcome_beside(&[], file, text, name)
}

fn outcome_beside(others: &[(&str, &str)], file: &str, text: &str, name: &str) -> String {
    let other = |(name, text): &(&str, &str)| Beside { name: (*name).to_owned(), text: (*text).to_owned() };
    let beside: Vec<Beside> = others.iter().map(other).collect();
    let source = Source { file: Path::new(file), text, beside: &beside };
    let memory = Power::new(640).unwrap();
    let refused = |refusal: declaration::Refusal| {
        let hint = refusal.hint(640).map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        format!("refused: {refusal}{hint}")
    };
    let declaration = match find(source, &wanted(name)) {
        Ok(declaration) => declaration,
        Err(refusal) => return refused(refusal),
    };
    let via = declaration.via().map(|via| format!(" by {via}")).unwrap_or_default();
    let overridden = if declaration.can_be_overridden() { ", unless the deployment sets it" } else { "" };
    let (resource, has, line) = (declaration.resource(), declaration.megabytes(), declaration.line());
    let found = format!("{resource} has {has} MB{via} (line {line}){overridden}");
    match declaration.set(memory) {
        Ok(changed) => format!("{found}\n{}", changes(text, &changed)),
        Err(refusal) => format!("{found}\n{}", refused(refusal)),
    }
}

#[test]
fn what_becomes_of_each_template_is_known() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort_unstable();
    assert!(files.len() >= 40, "{}", files.len());
    let mut all = String::new();
    for file in &files {
        let name = WANTED
            .iter()
            .find(|(own, _)| own == file)
            .map_or(if file.starts_with("serverless") { "shop-dev-order" } else { "worker" }, |(_, name)| name);
        let text = fs::read_to_string(folder.join(file)).unwrap();
        write!(all, "# {file}: {name}\n{}\n\n", outcome(file, &text, name)).unwrap();
    }
    for (file, name, bytes) in VARIANTS {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let text = match bytes {
            "CRLF" => text.replace('\n', "\r\n"),
            "byte order mark" => format!("\u{feff}{text}"),
            _ => text,
        };
        write!(all, "# {file}, {bytes}: {name}\n{}\n\n", outcome(file, &text, name)).unwrap();
    }
    insta::assert_snapshot!("corpus", all);
}

#[test]
fn a_comment_that_would_belong_to_something_else_is_refused() {
    let text = "Resources:\n  Worker: {Type: AWS::Lambda::Function, Properties: {FunctionName: worker, Description: one\n    \
                two, MemorySize: 512}}\n";
    let source = Source { file: Path::new("template.yaml"), text, beside: &[] };
    let declaration = find(source, &wanted("worker")).unwrap();
    let refused = declaration.set_with_comment(Power::new(640).unwrap(), "2026-11-27: 640 MB").unwrap_err();
    assert_eq!(refused, declaration::Refusal::NoPlaceForComment { line: 3 });
    assert_eq!(declaration.set(Power::new(640).unwrap()).unwrap(), text.replace("512", "640"));
}

#[test]
fn files_of_programs_and_of_tools_are_not_edited() {
    let files = [
        "cdk.json",
        "lib/stack.ts",
        "app.py",
        "Stack.java",
        "main.go",
        "Stack.cs",
        "cdk.out/Stack.template.json",
        ".aws-sam/build/template.yaml",
        "main.tf.json",
    ];
    let all: Vec<String> = files.iter().map(|file| format!("{file}: {}", outcome(file, "{}", "worker"))).collect();
    insta::assert_snapshot!("programs", all.join("\n"));
}

#[test]
fn the_other_files_of_a_terraform_module_count() {
    let function =
        "resource \"aws_lambda_function\" \"worker\" {\n  function_name = \"worker\"\n  memory_size = var.memory\n}\n";
    let variable = "variable \"memory\" {\n  default = 512\n}\n";
    let own = format!("{function}{variable}");
    let cases: [(&str, &[(&str, &str)]); 9] = [
        (&own, &[("variables.tf", "variable \"other\" {}"), ("terraform.tfvars", "other = 128")]),
        (&own, &[("outputs.tf", "output \"size\" {\n  value = \"${var.memory} MB\"\n}")]),
        (&own, &[("terraform.tfvars", "# all\nmemory = 1024")]),
        (&own, &[("prod.auto.tfvars.json", "{\"memory\": 1024}")]),
        (&own, &[("broken.tf", "output {")]),
        (function, &[("variables.tf", variable)]),
        (function, &[("variables.tf", "variable \"memory\" {}")]),
        (function, &[("locals.tf", "locals {}")]),
        (
            "resource \"aws_lambda_function\" \"worker\" {\n  function_name = \"worker\"\n  memory_size = 512\n}\n",
            &[("broken.tf", "output {")],
        ),
    ];
    let all =
        cases.map(|(text, others)| format!("# {others:?}\n{}", outcome_beside(others, "main.tf", text, "worker")));
    insta::assert_snapshot!("module", all.join("\n\n"));
}
