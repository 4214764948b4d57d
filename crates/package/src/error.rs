//! Why there is no package.

use std::{io, path::PathBuf};

use zip::result::ZipError;

/// Why a package can't be made or read.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The repository's template no longer has the expected shape.
    #[error("template.yaml has {found} times what is to be replaced once: {expected:?}")]
    Template {
        /// The text that was looked for.
        expected: String,
        /// The number of times that it was found.
        found: usize,
    },
    /// The repository's template has something that packages don't know.
    #[error("template.yaml has a line that is not known here: {0}")]
    Unknown(String),
    /// A file is not there.
    #[error("the package lacks {0}")]
    Missing(String),
    /// A file holds something else than when the package was made.
    #[error("the package is damaged: {0} is not what its checksum says")]
    Damaged(String),
    /// It could not be read from the disk.
    #[error("failed to read {}: {error}", .file.display())]
    Unreadable {
        /// The zip or the folder.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is no zip, or could not be written as one.
    #[error("the package is not a zip: {0}")]
    Zip(#[from] ZipError),
    /// The description that it gives of itself can't be understood.
    #[error("the package's package.json can't be read: {0}")]
    Manifest(#[from] serde_json::Error),
}

impl From<io::Error> for PackageError {
    fn from(error: io::Error) -> Self {
        Self::Zip(error.into())
    }
}
