//! The order of the rooms of this crate.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use syn::{
    Attribute, Item, ItemMod, UseTree,
    visit::{self, Visit},
};

/// Each may use only those after it.
const ROOMS: [&str; 9] = ["drift", "fleet", "contract", "suggest", "decide", "run", "measure", "price", "units"];

/// The rooms that a file names, tests aside.
#[derive(Default)]
struct Used(Vec<String>);

impl<'ast> Visit<'ast> for Used {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let is_test = |attribute: &Attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
        };
        if !module.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_use_tree(&mut self, tree: &'ast UseTree) {
        if let UseTree::Path(path) = tree
            && path.ident == "crate"
        {
            self.0.extend(first_names(&path.tree));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 && path.segments[0].ident == "crate" {
            self.0.push(path.segments[1].ident.to_string());
        }
        visit::visit_path(self, path);
    }
}

fn first_names(tree: &UseTree) -> Vec<String> {
    match tree {
        UseTree::Path(path) => vec![path.ident.to_string()],
        UseTree::Name(name) => vec![name.ident.to_string()],
        UseTree::Rename(rename) => vec![rename.ident.to_string()],
        UseTree::Glob(_) => Vec::new(),
        UseTree::Group(group) => group.items.iter().flat_map(first_names).collect(),
    }
}

fn used_by(code: &str) -> Vec<String> {
    let mut used = Used::default();
    used.visit_file(&syn::parse_file(code).unwrap());
    used.0
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn each_room_uses_only_those_after_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let library = syn::parse_file(&fs::read_to_string(source.join("lib.rs")).unwrap()).unwrap();
    for item in &library.items {
        let Item::Mod(module) = item else { continue };
        assert!(ROOMS.contains(&module.ident.to_string().as_str()), "{} is in no room", module.ident);
    }
    let position = |room: &str| ROOMS.iter().position(|other| *other == room).unwrap();
    let mut uses = 0;
    for room in ROOMS {
        for file in files(&source.join(room)) {
            let is_code = file.extension().is_some_and(|extension| extension == "rs") && !file.ends_with("tests.rs");
            let rooms = if is_code { used_by(&fs::read_to_string(&file).unwrap()) } else { Vec::new() };
            for other in rooms {
                assert!(position(&other) >= position(room), "{} uses {other}", file.display());
                uses += 1;
            }
        }
    }
    assert!(uses > 100, "only {uses} uses were found");
}

#[test]
fn uses_are_found_in_imports_and_in_paths_and_those_of_tests_do_not_count() {
    let code = "use crate::{contract::outcome::Outcome, run::{plan::Plan, round}};
        fn f() -> crate::units::usd::Usd { crate::price::of::<crate::measure::Sample>() }
        #[cfg(test)] mod tests { use crate::decide::choice; }";
    assert_eq!(used_by(code), ["contract", "run", "units", "price", "measure"]);
}
