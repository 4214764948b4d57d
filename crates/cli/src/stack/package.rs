//! The package that is deployed: one that the program carries, or a file.

use std::path::Path;

use package::{Package, PackageError};
use tuning::price::Architecture;

use crate::{arguments::Code, failure::Failure};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The package that the arguments name, or that of an architecture that the program carries.
pub fn chosen(code: &Code, otherwise: Architecture) -> Result<Package, Failure> {
    match &code.package {
        Some(path) => named(path, code.architecture),
        None => carried(EMBEDDED, code.architecture.unwrap_or(otherwise)),
    }
}

fn named(path: &Path, wanted: Option<Architecture>) -> Result<Package, Failure> {
    let package = Package::open(path).map_err(|error| {
        let failure = unusable(&format!("--package {}", path.display()), &error);
        if path.is_dir() {
            failure.hint("name a zip that is in this folder, or the folder that a zip was unpacked into")
        } else {
            failure
        }
    })?;
    let is = package.manifest.architecture;
    match wanted {
        Some(wanted) if wanted != is => Err(Failure::bad_input(format!(
            "--package {} is for {}, and --architecture says {}",
            path.display(),
            package::name(is),
            package::name(wanted)
        ))
        .hint("leave out --architecture, or name the other package")),
        _ => Ok(package),
    }
}

fn carried(packages: &[&[u8]], wanted: Architecture) -> Result<Package, Failure> {
    for zip in packages {
        let package = Package::read(zip).map_err(|error| unusable("what this program carries", &error))?;
        if package.manifest.architecture == wanted {
            return Ok(package);
        }
    }
    let wanted = package::name(wanted);
    Err(Failure::other(format!("this program carries no package for {wanted}: it was built without them"))
        .hint("install power-tuner from a release, whose program carries them")
        .hint(format!("or name one: --package power-tuner-functions-{}-{wanted}.zip", env!("CARGO_PKG_VERSION")))
        .hint("to make one from the sources: cargo xtask package"))
}

fn unusable(what: &str, error: &PackageError) -> Failure {
    Failure::bad_input(format!("{what} can't be deployed: {error}"))
        .hint("get the package from a release again, or make it: cargo xtask package")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use package::{FUNCTIONS, Parts};

    use super::*;

    fn package(architecture: Architecture) -> Package {
        let template = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml")).unwrap();
        let programs = FUNCTIONS.map(|name| (name.to_owned(), Vec::new())).into();
        let (version, none) = ("1.2.3".to_owned(), Vec::new());
        let definition = b"{}".to_vec();
        Package::make(Parts {
            version,
            architecture,
            template,
            definition,
            programs,
            licence: none.clone(),
            readme: none,
        })
        .unwrap()
    }

    #[test]
    fn the_package_of_the_wanted_architecture_is_taken() {
        let zips = [Architecture::Arm, Architecture::X86].map(|architecture| package(architecture).write().unwrap());
        for architecture in [Architecture::Arm, Architecture::X86] {
            let found = carried(&[&zips[0], &zips[1]], architecture).unwrap();
            assert_eq!(found.manifest.architecture, architecture);
        }
    }

    #[test]
    fn a_program_without_packages_says_what_to_do() {
        let without = carried(&[], Architecture::Arm).unwrap_err().to_string();
        let without = without.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        insta::assert_snapshot!(without, @r"
        this program carries no package for arm64: it was built without them
        hint: install power-tuner from a release, whose program carries them
        hint: or name one: --package power-tuner-functions-VERSION-arm64.zip
        hint: to make one from the sources: cargo xtask package
        ");
        let broken = carried(&[b"no zip"], Architecture::Arm).unwrap_err().to_string();
        assert!(
            broken.starts_with("what this program carries can't be deployed: the package is not a zip"),
            "{broken}"
        );
    }

    #[test]
    fn a_package_of_another_architecture_is_refused() {
        let file = std::env::temp_dir().join(format!("power-tuner-package-{}.zip", std::process::id()));
        fs::write(&file, package(Architecture::X86).write().unwrap()).unwrap();
        let refused =
            named(&file, Some(Architecture::Arm)).unwrap_err().to_string().replace(&file.display().to_string(), "FILE");
        insta::assert_snapshot!(refused, @r"
        --package FILE is for x86_64, and --architecture says arm64
        hint: leave out --architecture, or name the other package
        ");
        assert!(named(&file, Some(Architecture::X86)).is_ok() && named(&file, None).is_ok());
        fs::remove_file(file).unwrap();
    }

    #[test]
    fn the_template_is_small_enough_to_be_sent_with_the_request() {
        assert!(package(Architecture::Arm).template().len() < 51_200);
    }
}
