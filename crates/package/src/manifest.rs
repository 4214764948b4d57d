//! The description that a package gives of itself, in `package.json`.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tuning::price::Architecture;

use crate::error::PackageError;

/// The number of hexadecimal digits of the hash of all contents that are part of every key.
const DIGITS: usize = 16;

/// The description of a package: what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version.
    pub version: String,
    /// The architecture that the functions run on.
    pub architecture: Architecture,
    /// The beginning of the keys of all objects, in a bucket: other contents have another one.
    pub prefix: String,
    /// The objects that must be in the bucket.
    pub objects: Vec<Object>,
}

/// A file that must be in the bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its key, after the prefix and a slash.
    pub key: String,
    /// Where it is in the package.
    pub path: String,
    /// The SHA-256 of what it holds, in hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    /// Describes objects, by their paths. The template as it was before has its part in the prefix, so that a stack
    /// with another template never takes the code of an older one.
    pub(crate) fn new(
        version: &str,
        architecture: Architecture,
        template: &str,
        objects: &[(String, Vec<u8>)],
    ) -> Self {
        let described: Vec<Object> = objects
            .iter()
            .map(|(path, content)| Object {
                key: path.rsplit('/').next().unwrap_or(path).to_owned(),
                path: path.clone(),
                sha256: digest(content),
            })
            .collect();
        let mut all = Sha256::new();
        all.update(digest(template.as_bytes()));
        for object in &described {
            all.update(&object.key);
            all.update(&object.sha256);
        }
        let hash: String = hex(&all.finalize()).chars().take(DIGITS).collect();
        let prefix = format!("power-tuner/{version}-{hash}");
        Self { version: version.to_owned(), architecture, prefix, objects: described }
    }

    pub(crate) fn read(json: &[u8]) -> Result<Self, PackageError> {
        Ok(serde_json::from_slice(json)?)
    }

    pub(crate) fn write(&self) -> Result<Vec<u8>, PackageError> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }
}

/// The SHA-256 of some bytes, in hexadecimal digits.
pub fn digest(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

fn hex(bytes: &[u8]) -> String {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|byte| [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]).collect()
}
