//! The file that declares the function.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use declaration::{Beside, Source};
use tempfile::NamedTempFile;

use crate::failure::Failure;

/// The largest file that is read, in bytes: templates have at most 1 MB.
const LARGEST: u64 = 16 << 20;
/// Endings of the files that belong to a Terraform module.
const OF_A_MODULE: [&str; 3] = [".tf", ".tofu", ".tfvars"];

/// The file that declares the function, as it was read.
#[derive(Debug)]
pub struct File {
    /// As it was named.
    pub path: PathBuf,
    /// The text that was in it.
    pub text: String,
}

impl File {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let unread = |why: String| Failure::bad_input(format!("failed to read {}: {why}", path.display()));
        let metadata = fs::metadata(path).map_err(|error| unread(error.to_string()))?;
        if metadata.is_dir() {
            return Err(unread("it is a folder".to_owned()).hint("name the file that declares the function"));
        }
        if metadata.len() > LARGEST {
            return Err(unread("it has more than 16 MB".to_owned()));
        }
        let bytes = fs::read(path).map_err(|error| unread(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| unread("it is not UTF-8".to_owned()))?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// Its name, for messages.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The file with a text that it has or is to have.
    pub fn source<'t>(&'t self, text: &'t str, beside: &'t [Beside]) -> Source<'t> {
        Source { file: &self.path, text, beside }
    }

    /// Puts a text in place of what was read: all of it or nothing. Whoever reads the file meanwhile sees one of the
    /// two. A link stays a link, and permissions stay as they are.
    pub fn replace(&self, text: &str) -> Result<(), Failure> {
        let unwritten = |why: &str| Failure::other(format!("failed to write {}: {why}", self.name()));
        let failed = |error: std::io::Error| unwritten(&error.to_string());
        let target = fs::canonicalize(&self.path).map_err(failed)?;
        let permissions = fs::metadata(&target).map_err(failed)?.permissions();
        if permissions.readonly() {
            return Err(unwritten("it is read-only"));
        }
        let folder = target.parent().ok_or_else(|| unwritten("it is in no folder"))?;
        let mut new = NamedTempFile::new_in(folder).map_err(failed)?;
        new.write_all(text.as_bytes()).map_err(failed)?;
        new.as_file().set_permissions(permissions).map_err(failed)?;
        new.as_file().sync_all().map_err(failed)?;
        if fs::read(&target).map_err(failed)? != self.text.as_bytes() {
            return Err(unwritten("somebody else has changed it meanwhile").hint("run this again"));
        }
        new.persist(&target).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

/// The other files of the Terraform module that a file belongs to; nothing for other files.
pub fn beside(file: &Path) -> Result<Vec<Beside>, Failure> {
    if !file.extension().is_some_and(|ending| ending == "tf" || ending == "tofu") {
        return Ok(Vec::new());
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: std::io::Error| Failure::bad_input(format!("failed to read {}: {error}", folder.display()));
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let belongs = OF_A_MODULE.iter().any(|ending| name.ends_with(ending)) || name.ends_with(".tfvars.json");
        if belongs && path.is_file() && path.file_name() != file.file_name() {
            all.push(Beside { name: name.to_owned(), text: File::read(&path)?.text });
        }
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_file_is_replaced_behind_its_link_with_its_permissions_and_only_if_it_is_as_it_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.yaml"), folder.path().join("link.yaml"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real.yaml", &link).unwrap();
        let file = File::read(&link).unwrap();
        file.replace("new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(file.replace("again").unwrap_err().what.contains("somebody else"));
        assert_eq!((fs::read_to_string(&real).unwrap().as_str(), fs::read_dir(&folder).unwrap().count()), ("new", 2));
        let mut read_only = fs::metadata(&real).unwrap().permissions();
        read_only.set_mode(0o440);
        fs::set_permissions(&real, read_only).unwrap();
        assert!(File::read(&real).unwrap().replace("newer").unwrap_err().what.contains("read-only"));
    }
}
