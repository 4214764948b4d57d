//! The package of a release, of the functions that were built for the local AWS.

use std::{
    fs,
    path::{Path, PathBuf},
};

use package::{FUNCTIONS, Package, Parts};
use tuning::price::Architecture;

use crate::{Aws, STEPS, variable};

/// The repository.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Makes it.
#[must_use]
pub fn package() -> Package {
    let read = |name: &str| fs::read(repository().join(name)).unwrap();
    let built = PathBuf::from(variable("POWER_TUNER_BUILT"));
    let programs = FUNCTIONS.map(|function| {
        let (step, _) = STEPS.iter().find(|(step, _)| step.eq_ignore_ascii_case(function)).unwrap();
        (function.to_owned(), fs::read(built.join(step).join("bootstrap")).unwrap())
    });
    let architecture = if cfg!(target_arch = "aarch64") { Architecture::Arm } else { Architecture::X86 };
    let parts = Parts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        architecture,
        template: String::from_utf8(read("template.yaml")).unwrap(),
        definition: read("statemachine.asl.json"),
        programs: programs.into(),
        licence: read("LICENSE"),
        readme: read("README.md"),
    };
    Package::make(parts).unwrap()
}

/// Unpacks it into a folder of its own.
#[must_use]
pub fn unpacked(name: &str) -> PathBuf {
    let folder = PathBuf::from(variable("POWER_TUNER_BUILT")).with_file_name(name);
    for (name, content) in package().files() {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }
    folder
}

/// A file of the repository.
#[must_use]
pub fn file(path: &str) -> PathBuf {
    repository().join(path)
}

impl Aws {
    /// Puts objects into a bucket, which is made if it is not there.
    pub async fn put_objects(&self, bucket: &str, objects: impl IntoIterator<Item = (String, Vec<u8>)>) {
        let _ = self.s3.create_bucket().bucket(bucket).send().await;
        for (key, content) in objects {
            self.s3.put_object().bucket(bucket).key(key).body(content.into()).send().await.expect("the object is put");
        }
    }
}
