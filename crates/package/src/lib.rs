//! The package of a version: the code of the functions, the state machine, and a template that takes both from a
//! bucket. Whoever has put its objects there can deploy the template as it is: nothing in it is rewritten.
//!
//! The same files make the same package, byte for byte.

mod archive;
mod error;
mod manifest;
mod template;

use std::{collections::BTreeMap, fs, io, path::Path};

use tuning::price::Architecture;

use archive::{Entry, Mode};
pub use error::PackageError;
pub use manifest::{Manifest, Object};
pub use template::{ARCHITECTURE, BUCKET, PREFIX};

use template::Code;

/// The functions: what the state machine calls.
pub const FUNCTIONS: [&str; 6] = ["initializer", "publisher", "executor", "analyzer", "optimizer", "cleaner"];
/// The beginning of the name of every file with a package.
const NAME: &str = "power-tuner-functions";
/// The template that takes the code from a bucket.
const TEMPLATE: &str = "template.yaml";
/// The template for the AWS Serverless Application Repository, which takes the code from the same folder.
const APPLICATION: &str = "serverless-application.yaml";
/// The state machine's definition.
const DEFINITION: &str = "statemachine.asl.json";
/// The name of the file that says what is in the package.
const MANIFEST: &str = "package.json";
/// The program of a function, as Lambda looks for it.
const BOOTSTRAP: &str = "bootstrap";

/// The parts that a package is made of.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The version of all of it.
    pub version: String,
    /// The architecture that the programs run on.
    pub architecture: Architecture,
    /// `template.yaml` of the repository.
    pub template: String,
    /// `statemachine.asl.json` of the repository.
    pub definition: Vec<u8>,
    /// The program of each of [`FUNCTIONS`], by name.
    pub programs: BTreeMap<String, Vec<u8>>,
    /// The licence.
    pub licence: Vec<u8>,
    /// The text that the Serverless Application Repository shows of it.
    pub readme: Vec<u8>,
}

/// A package: a few files, by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The description that it gives of itself.
    pub manifest: Manifest,
    files: BTreeMap<String, Vec<u8>>,
}

/// The name of the file with the package of a version.
#[must_use]
pub fn file_name(version: &str, architecture: Architecture) -> String {
    format!("{NAME}-{version}-{}.zip", name(architecture))
}

/// An architecture as AWS Lambda calls it.
#[must_use]
pub fn name(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::X86 => "x86_64",
        Architecture::Arm => "arm64",
    }
}

/// The template of a package, of the repository's: without the objects, it is not known what their keys begin with.
pub fn template(template: &str, architecture: Architecture) -> Result<String, PackageError> {
    template::packaged(template, Code::Bucket { prefix: "power-tuner" }, architecture)
}

impl Package {
    /// Makes it.
    pub fn make(parts: Parts) -> Result<Self, PackageError> {
        let Parts { version, architecture, template, definition, mut programs, licence, readme } = parts;
        let mut objects: Vec<(String, Vec<u8>)> = Vec::new();
        for function in FUNCTIONS {
            let program = programs.remove(function).ok_or(PackageError::Missing(function.to_owned()))?;
            let zip = archive::write(&[Entry { name: BOOTSTRAP, content: &program, mode: Mode::Program }])?;
            objects.push((format!("functions/{function}.zip"), zip));
        }
        objects.push((DEFINITION.to_owned(), definition));
        let manifest = Manifest::new(&version, architecture, &template, &objects);
        let code = Code::Bucket { prefix: &manifest.prefix };
        let files = [
            (TEMPLATE.to_owned(), template::packaged(&template, code, architecture)?.into_bytes()),
            (
                APPLICATION.to_owned(),
                template::packaged(&template, Code::Folder { version: &version }, architecture)?.into_bytes(),
            ),
            (MANIFEST.to_owned(), manifest.write()?),
            ("LICENSE".to_owned(), licence),
            ("README.md".to_owned(), readme),
        ];
        Ok(Self { manifest, files: objects.into_iter().chain(files).collect() })
    }

    /// The package as one zip.
    pub fn write(&self) -> Result<Vec<u8>, PackageError> {
        // What is a zip already gets no smaller.
        let is_zip = |name: &str| Path::new(name).extension().is_some_and(|extension| extension == "zip");
        let mode = |name| if is_zip(name) { Mode::Stored } else { Mode::Text };
        let entries = self.files().map(|(name, content)| Entry { name, content, mode: mode(name) });
        archive::write(&entries.collect::<Vec<_>>())
    }

    /// Reads a zip that [`Self::write`] has made.
    pub fn read(zip: &[u8]) -> Result<Self, PackageError> {
        Self::of(archive::read(zip)?)
    }

    /// Reads a zip, or the folder that it was unpacked into.
    pub fn open(path: &Path) -> Result<Self, PackageError> {
        let unreadable = |error| PackageError::Unreadable { file: path.to_owned(), error };
        if !path.is_dir() {
            return Self::read(&fs::read(path).map_err(unreadable)?);
        }
        let read = |name: &str| {
            fs::read(path.join(name)).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => PackageError::Missing(name.to_owned()),
                _ => unreadable(error),
            })
        };
        let manifest = Manifest::read(&read(MANIFEST)?)?;
        let objects = manifest.objects.iter().map(|object| object.path.as_str());
        let files = [TEMPLATE, MANIFEST].into_iter().chain(objects);
        Self::of(files.map(|name| Ok((name.to_owned(), read(name)?))).collect::<Result<_, PackageError>>()?)
    }

    fn of(files: BTreeMap<String, Vec<u8>>) -> Result<Self, PackageError> {
        let file = |name: &str| files.get(name).ok_or(PackageError::Missing(name.to_owned()));
        let manifest = Manifest::read(file(MANIFEST)?)?;
        file(TEMPLATE)?;
        for object in &manifest.objects {
            if manifest::digest(file(&object.path)?) != object.sha256 {
                return Err(PackageError::Damaged(object.path.clone()));
            }
        }
        Ok(Self { manifest, files })
    }

    /// The template, which takes the code from the bucket that its parameter [`BUCKET`] names.
    #[must_use]
    pub fn template(&self) -> &str {
        self.files.get(TEMPLATE).and_then(|template| str::from_utf8(template).ok()).unwrap_or_default()
    }

    /// The names of the template's parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        template::parameters(self.template())
    }

    /// Lists what must be in the bucket: the whole key of each object, and what it holds.
    pub fn objects(&self) -> impl Iterator<Item = (String, &[u8])> {
        self.manifest.objects.iter().filter_map(|object| {
            Some((format!("{}/{}", self.manifest.prefix, object.key), self.files.get(&object.path)?.as_slice()))
        })
    }

    /// The files of an unpacked package, by their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(name, content)| (name.as_str(), content.as_slice()))
    }
}

#[cfg(test)]
mod tests;
