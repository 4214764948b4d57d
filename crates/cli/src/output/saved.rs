//! Files that results are saved in, and standard output in their place.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::failure::Failure;

/// Where a result is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// In a file.
    File(PathBuf),
    /// On standard output, which `-` stands for.
    StandardOutput,
}

impl FromStr for Destination {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == "-" { Self::StandardOutput } else { Self::File(PathBuf::from(text)) })
    }
}

impl Destination {
    /// Fails if nothing could be written there: a run that takes minutes, and costs money, is to be spent on something.
    pub fn check(&self) -> Result<(), Failure> {
        match self {
            Self::StandardOutput => Ok(()),
            Self::File(file) => check(file),
        }
    }

    /// Writes a text in place of what may be there.
    pub fn write(&self, text: &str) -> Result<(), Failure> {
        match self {
            Self::StandardOutput => super::write(text),
            Self::File(file) => fs::write(file, text).map_err(|error| unwritten(file, &error)),
        }
    }
}

/// Fails if a file could not be written. What is there stays, and nothing is made.
pub fn check(file: &Path) -> Result<(), Failure> {
    let is_new = !file.exists();
    OpenOptions::new().create(true).append(true).open(file).map_err(|error| {
        Failure::bad_input(format!("{} cannot be written: {error}; nothing was started", file.display()))
    })?;
    if is_new { fs::remove_file(file).map_err(|error| unwritten(file, &error)) } else { Ok(()) }
}

/// Appends a text to a file.
pub fn append(file: &Path, text: &str) -> Result<(), Failure> {
    let open = OpenOptions::new().create(true).append(true).open(file);
    open.and_then(|mut open| writeln!(open, "{text}")).map_err(|error| unwritten(file, &error))
}

fn unwritten(file: &Path, error: &io::Error) -> Failure {
    Failure::other(format!("failed to write {}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_is_refused_and_one_that_can_is_left_as_it_is() {
        let directory = std::env::temp_dir().join(format!("power-tuner-kept-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let (there, new) = (directory.join("there.json"), directory.join("new.json"));
        fs::write(&there, "kept").unwrap();
        check(&there).unwrap();
        check(&new).unwrap();
        assert_eq!((fs::read_to_string(&there).unwrap().as_str(), new.exists()), ("kept", false));
        for unwritable in [directory.clone(), directory.join("nowhere/new.json")] {
            assert!(check(&unwritable).unwrap_err().to_string().contains("nothing was started"));
        }
        fs::remove_dir_all(&directory).unwrap();
    }
}
