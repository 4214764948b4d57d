//! Zips of the same bytes for the same files: with a fixed time, fixed modes, and the order of whoever writes them.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _, Write as _},
};

use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::error::PackageError;

/// The best that deflate offers.
const LEVEL: i64 = 9;

/// A file of a zip.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its path in the zip.
    pub name: &'a str,
    /// The content.
    pub content: &'a [u8],
    /// The way in which it is kept.
    pub mode: Mode,
}

/// The way in which a file is kept in a zip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is read.
    Text,
    /// It can be started.
    Program,
    /// It is compressed already.
    Stored,
}

/// Makes a zip.
pub fn write(entries: &[Entry<'_>]) -> Result<Vec<u8>, PackageError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let options = SimpleFileOptions::default()
            .last_modified_time(DateTime::DEFAULT)
            .system(System::Unix)
            .unix_permissions(if entry.mode == Mode::Program { 0o755 } else { 0o644 });
        let options = if entry.mode == Mode::Stored {
            options.compression_method(CompressionMethod::Stored)
        } else {
            options.compression_method(CompressionMethod::Deflated).compression_level(Some(LEVEL))
        };
        zip.start_file(entry.name, options)?;
        zip.write_all(entry.content)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The files of a zip, by name.
pub fn read(zip: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    let mut zip = ZipArchive::new(Cursor::new(zip))?;
    let mut files = BTreeMap::new();
    for number in 0..zip.len() {
        let mut file = zip.by_index(number)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        files.insert(file.name().to_owned(), content);
    }
    Ok(files)
}
