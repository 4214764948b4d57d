//! What the documentation says of the tests and of the template.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::PathBuf};

use end_to_end::permissions;

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

fn permissions() -> String {
    let template = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    fs::read_to_string(template).unwrap()
}

#[test]
fn the_permissions_on_their_page_are_those_of_the_template() {
    let table = permissions::table(&permissions::granted(&permissions()));
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/permissions.md");
    assert!(fs::read_to_string(page).unwrap().contains(&table), "put this into docs/permissions.md:\n{table}");
}

#[test]
fn no_step_may_do_everything_and_none_may_delete_a_function_without_a_version() {
    let granted = permissions::granted(&permissions());
    assert!(granted.len() > 20, "{granted:?}");
    for permission in granted {
        assert!(!permission.action.contains('*'), "{permission:?}");
        let is_qualified = permission.resource.to_string() == "version or alias";
        assert!(permission.action != "lambda:DeleteFunction" || is_qualified, "{permission:?}");
    }
}
