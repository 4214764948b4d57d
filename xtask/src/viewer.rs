//! The page that draws results: bundled into one file, which is the static site, and the template of `power-tuner
//! report`.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tuning::price::{Architecture, Prices};

use crate::{
    command::{run, run_quietly},
    npm,
    python::{Environment, fingerprint},
    root,
};

/// The files that decide about the bundle, in `crates/report/web` beside `src`.
const PINS: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];
/// The regions whose prices stand in for those of a link that does not say where it was measured, one for each
/// currency.
const STAND_INS: [&str; 2] = ["us-east-1", "cn-north-1"];

/// Makes the page, unless it is current, and says where it is.
pub fn build() -> Result<PathBuf> {
    let page = source().join("dist/index.html");
    let sources = Sources::read()?;
    let mark = format!("<!-- made by cargo xtask viewer from {} -->\n", sources.fingerprint());
    let current = fs::read_to_string(&page).is_ok_and(|made| made.ends_with(&mark));
    if !current {
        let modules = modules()?;
        let html = sources.assemble(&Bundle::make(&modules)?)?;
        let new = page.with_extension("new");
        fs::write(&new, html + &mark)?;
        // At once: whoever builds at the same time reads the old one or the new one.
        fs::rename(&new, &page)?;
    }
    Ok(page)
}

/// Checks the types of the page's code.
pub fn check() -> Result<()> {
    let mut compiler = Environment::Viewer.program("node")?;
    run(compiler.arg(modules()?.join(".bin/tsc")).arg("--project").arg(source()))
}

/// Where the page's code is.
fn source() -> PathBuf {
    root::repository().join("crates/report/web")
}

/// Everything that the page is made of, but for what comes from npm.
struct Sources {
    page: String,
    stand_in_prices: String,
    all: String,
}

impl Sources {
    fn read() -> Result<Self> {
        let page = fs::read_to_string(source().join("src/page.html"))?;
        let stand_in_prices = escape(&stand_in_prices()?);
        let mut all = format!("{stand_in_prices}\n{}\n", include_str!("viewer.rs"));
        let code: Result<BTreeSet<PathBuf>, _> =
            fs::read_dir(source().join("src"))?.map(|entry| entry.map(|entry| entry.path())).collect();
        for file in code?.into_iter().chain(PINS.map(|name| source().join(name))) {
            all += &fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))?;
        }
        Ok(Self { page, stand_in_prices, all })
    }

    fn fingerprint(&self) -> String {
        fingerprint(&self.all)
    }

    fn assemble(&self, bundle: &Bundle) -> Result<String> {
        let hash = format!("sha256-{}", STANDARD.encode(Sha256::digest(&bundle.script)));
        let parts = [
            ("{{script-hash}}", hash.as_str()),
            ("{{style}}", &bundle.style),
            ("{{stand-in-prices}}", &self.stand_in_prices),
            ("{{script}}", &bundle.script),
            ("{{licences}}", &bundle.licences),
        ];
        parts.into_iter().try_fold(self.page.clone(), |page, (place, content)| {
            let (before, after) = page.split_once(place).with_context(|| format!("page.html has no {place}"))?;
            Ok([before, content, after].concat())
        })
    }
}

/// The prices that stand in, by currency.
fn stand_in_prices() -> Result<Value> {
    let prices = Prices::bundled()?;
    let sheets = STAND_INS.map(|region| prices.sheet(region, Architecture::X86));
    Ok(sheets.into_iter().map(|sheet| (sheet.currency.to_string(), json!(sheet))).collect())
}

/// JSON that can stand in an HTML page.
fn escape(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// The output of the bundler.
struct Bundle {
    script: String,
    style: String,
    licences: String,
}

/// The description of a bundle by esbuild.
#[derive(Deserialize)]
struct Metafile {
    inputs: std::collections::BTreeMap<String, Value>,
}

impl Bundle {
    fn make(modules: &Path) -> Result<Self> {
        let target = root::target().join("viewer");
        fs::create_dir_all(&target)?;
        let mut esbuild = Environment::Viewer.program("node")?;
        esbuild
            .current_dir(source())
            .arg(modules.join(".bin/esbuild"))
            .args(["src/main.ts", "src/style.css", "--bundle", "--minify", "--format=iife", "--target=es2023"])
            .args(["--charset=utf8", "--legal-comments=none"])
            .arg(format!("--outdir={}", target.display()))
            .arg(format!("--metafile={}", target.join("meta.json").display()));
        run_quietly("bundling the page of the report", &mut esbuild, &target.join("esbuild.log"))?;
        let script = fs::read_to_string(target.join("main.js"))?.trim().to_owned();
        ensure!(!script.contains("</script"), "the bundle holds </script, which would end it");
        let metafile: Metafile = serde_json::from_str(&fs::read_to_string(target.join("meta.json"))?)?;
        let style = fs::read_to_string(target.join("style.css"))?.trim().to_owned();
        Ok(Self { script, style, licences: licences(modules, &metafile)? })
    }
}

/// The licences of the packages in the bundle: they ask to be part of every copy.
fn licences(modules: &Path, metafile: &Metafile) -> Result<String> {
    let packages: BTreeSet<String> = metafile.inputs.keys().filter_map(|input| package(input)).collect();
    ensure!(!packages.is_empty(), "the bundle is without any package: is its metafile of another form?");
    let mut text = String::new();
    for package in packages {
        let directory = modules.join(&package);
        let files = fs::read_dir(&directory)?.collect::<Result<Vec<_>, _>>()?;
        let name = |file: &fs::DirEntry| file.file_name().to_string_lossy().to_ascii_uppercase();
        let licence = files.iter().find(|file| name(file).starts_with("LICEN"));
        let licence = licence.with_context(|| format!("the package {package} has no licence file"))?;
        let said = fs::read_to_string(licence.path())?;
        // Two hyphens would end the comment.
        writeln!(text, "{package}\n\n{}\n", said.trim().replace("--", "- -"))?;
    }
    Ok(text.trim_end().to_owned())
}

/// The package that a file of the bundle belongs to: `…/node_modules/d3-array/src/…` is of d3-array.
fn package(input: &str) -> Option<String> {
    let (_, path) = input.rsplit_once("node_modules/")?;
    let parts = if path.starts_with('@') { 2 } else { 1 };
    Some(path.split('/').take(parts).collect::<Vec<_>>().join("/"))
}

/// The packages from npm.
fn modules() -> Result<PathBuf> {
    npm::linked_modules(Environment::Viewer, "the packages of the page", &source(), &PINS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_scoped_and_of_nested_packages_are_told_to_their_packages() {
        let packages =
            ["../x/node_modules/@observablehq/plot/src/a.js", "node_modules/a/node_modules/b/c.js", "src/main.ts"];
        let names = packages.map(package);
        assert_eq!(names, [Some("@observablehq/plot".to_owned()), Some("b".to_owned()), None]);
    }

    #[test]
    fn every_package_is_permissively_licensed_and_no_registry_is_named() {
        const PERMISSIVE: [&str; 5] = ["Apache-2.0", "BSD-3-Clause", "ISC", "MIT", "Unlicense"];
        let lock = fs::read_to_string(source().join("package-lock.json")).unwrap();
        assert!(!lock.contains("resolved") && !lock.contains("registry"), "the lock file names a registry");
        let lock: Value = serde_json::from_str(&lock).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        assert!(packages.len() > 10);
        for (name, package) in packages {
            let licence = package["license"].as_str().unwrap_or_default();
            assert!(PERMISSIVE.contains(&licence), "{name} has the licence {licence:?}");
        }
    }
}
