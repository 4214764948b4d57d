use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use tuning::price::Architecture;

use crate::{FUNCTIONS, Package, PackageError, Parts, file_name};

fn repository(file: &str) -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)).unwrap()
}

fn parts() -> Parts {
    Parts {
        version: "1.2.3".to_owned(),
        architecture: Architecture::Arm,
        template: repository("template.yaml"),
        definition: b"{}".to_vec(),
        programs: FUNCTIONS.map(|name| (name.to_owned(), format!("the program of {name}").into_bytes())).into(),
        licence: b"do".to_vec(),
        readme: b"read".to_vec(),
    }
}

fn package() -> Package {
    Package::make(parts()).unwrap()
}

/// Lists what is taken from the repository's template, and what is put in its place.
fn changes(name: &str) -> String {
    let package = package();
    let (_, changed) = package.files().find(|(file, _)| *file == name).unwrap();
    let (before, after) = (repository("template.yaml"), str::from_utf8(changed).unwrap());
    let lines = TextDiff::from_lines(before.as_str(), after);
    let lines = lines.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
    lines.map(|change| format!("{}{}", change.tag(), change.value())).collect::<Vec<_>>().concat()
}

#[test]
fn the_template_takes_its_code_from_a_bucket_and_is_the_same_otherwise() {
    insta::assert_snapshot!(changes("template.yaml"));
}

#[test]
fn the_template_of_the_serverless_application_repository_takes_its_code_from_its_folder() {
    insta::assert_snapshot!(changes("serverless-application.yaml"));
}

#[test]
fn the_resources_of_the_packaged_template_are_those_of_the_repository() {
    let names = |template: &str| -> Vec<String> {
        let template: Value = serde_saphyr::from_str(template).unwrap();
        template["Resources"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names(package().template()), names(&repository("template.yaml")));
}

#[test]
fn the_parameters_are_those_of_the_packaged_template() {
    let package = package();
    let template: Value = serde_saphyr::from_str(package.template()).unwrap();
    let expected: Vec<&str> = template["Parameters"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(package.parameters().collect::<Vec<_>>(), expected);
    assert!(expected.contains(&"codeBucket") && expected.contains(&"lambdaResource"));
}

#[test]
fn a_template_of_another_shape_is_refused() {
    let template = repository("template.yaml");
    let one_more = "CodeUri: crates/functions/other\n      CodeUri: crates/functions/cleaner\n";
    for (other, named) in [
        (template.replace("crates/functions/executor", "functions/executor"), "crates/functions/executor"),
        (template.replace("Default: arm64", "Default: x86_64"), "architecture:"),
        (template.replace("DefinitionUri: statemachine.asl.json", "DefinitionUri: other.json"), "DefinitionUri"),
        (template.replace("CodeUri: crates/functions/cleaner\n", one_more), "crates/functions/other"),
        (format!("{template}\nParameters:\n"), "Parameters:"),
    ] {
        assert_ne!(other, template, "{named}");
        let refused = Package::make(Parts { template: other, ..parts() }).unwrap_err().to_string();
        assert!(refused.contains(named), "{refused}");
    }
}

#[test]
fn the_same_files_make_the_same_bytes() {
    let zip = package().write().unwrap();
    assert_eq!(zip, package().write().unwrap());
    // A fixed date, and no extra fields with times: 1 January 1980, as DOS writes it.
    let local_header = &zip[..30];
    assert_eq!(&local_header[10..14], [0, 0, 0x21, 0]);
    assert_eq!(&local_header[28..30], [0, 0]);
    let prefix = package().manifest.prefix;
    let hash = prefix.strip_prefix("power-tuner/1.2.3-").unwrap();
    assert!(hash.len() == 16 && hash.chars().all(|digit| digit.is_ascii_hexdigit()), "{prefix}");
}

#[test]
fn other_contents_have_other_keys() {
    let prefix = package().manifest.prefix;
    let mut other = parts();
    other.programs.insert("cleaner".to_owned(), b"another program".to_vec());
    assert_ne!(Package::make(other).unwrap().manifest.prefix, prefix);
    let definition = Parts { definition: b"[]".to_vec(), ..parts() };
    assert_ne!(Package::make(definition).unwrap().manifest.prefix, prefix);
    let template = Parts { template: format!("{}# Another comment.\n", repository("template.yaml")), ..parts() };
    assert_ne!(Package::make(template).unwrap().manifest.prefix, prefix);
}

#[test]
fn a_package_is_read_as_it_was_written_from_its_zip_and_from_a_folder() {
    let (package, directory) = (package(), std::env::temp_dir().join(format!("package-{}", std::process::id())));
    assert_eq!(Package::read(&package.write().unwrap()).unwrap(), package);
    fs::create_dir_all(directory.join("functions")).unwrap();
    for (name, content) in package.files() {
        fs::write(directory.join(name), content).unwrap();
    }
    let read = Package::open(&directory).unwrap();
    assert_eq!(read.objects().collect::<BTreeMap<_, _>>(), package.objects().collect());
    assert_eq!(read.template(), package.template());
    // What was changed by hand is not deployed as if it were the release.
    fs::write(directory.join("functions/cleaner.zip"), "another").unwrap();
    assert!(matches!(Package::open(&directory), Err(PackageError::Damaged(file)) if file == "functions/cleaner.zip"));
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn every_object_is_named_by_the_template() {
    let package = package();
    let keys: Vec<String> = package.objects().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), FUNCTIONS.len() + 1);
    for key in keys {
        let (prefix, name) = key.rsplit_once('/').unwrap();
        assert!(package.template().contains(&format!("    Default: {prefix}\n")), "{prefix}");
        assert!(package.template().contains(&format!("Key: !Sub \"${{codePrefix}}/{name}\" }}")), "{name}");
    }
}

#[test]
fn a_package_without_a_function_is_not_made() {
    let mut parts = parts();
    parts.programs.remove("publisher");
    assert!(matches!(Package::make(parts), Err(PackageError::Missing(name)) if name == "publisher"));
}

#[test]
fn what_is_no_package_is_refused() {
    assert!(matches!(Package::read(b"text"), Err(PackageError::Zip(_))));
    let unreadable = Package::open(&PathBuf::from("/nowhere.zip")).unwrap_err().to_string();
    assert!(unreadable.starts_with("failed to read /nowhere.zip: "), "{unreadable}");
    let another_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let lacking = Package::open(&another_folder).unwrap_err().to_string();
    assert_eq!(lacking, "the package lacks package.json");
}

#[test]
fn the_name_of_the_file_says_version_and_architecture() {
    assert_eq!(file_name("1.2.3", Architecture::X86), "power-tuner-functions-1.2.3-x86_64.zip");
}
