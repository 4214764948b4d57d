//! What README.md says of the tests.

use std::{fs, path::PathBuf};

#[test]
fn every_test_that_the_readme_names_exists_where_it_says() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (_, guarantees) = readme.split_once("| guarantee | test |").unwrap();
    let (table, _) = guarantees.split_once("\n\n").unwrap();
    let mut named = 0;
    for link in table.split("[`").skip(1) {
        let (tests, rest) = link.split_once("](").unwrap();
        let (file, _) = rest.split_once(')').unwrap();
        let code = fs::read_to_string(root.join(file)).unwrap();
        for test in tests.split(", ").map(|test| test.trim_matches('`')) {
            assert!(code.contains(&format!("fn {test}()")), "{file} has no test {test}");
            named += 1;
        }
    }
    assert!(named > 15, "only {named} tests are named");
}
