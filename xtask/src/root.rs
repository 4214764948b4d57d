//! Where things are.

use std::{
    env,
    path::{self, Path, PathBuf},
};

use anyhow::{Context, Result};

/// The root of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Cargo's target directory.
pub fn target() -> PathBuf {
    let chosen = env::var_os("CARGO_TARGET_DIR").and_then(|directory| path::absolute(directory).ok());
    chosen.unwrap_or_else(|| repository().join("target"))
}

/// The directory of what power-tuner keeps between checkouts: virtual environments and tools.
pub fn cache() -> Result<PathBuf> {
    let base = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")));
    Ok(base.context("neither XDG_CACHE_HOME nor HOME is set: set one, so that tools have a place")?.join("power-tuner"))
}
