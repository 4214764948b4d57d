//! Puts the page that draws results into the crate, if `cargo xtask viewer` has made it.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("web/dist");
    // The directory, which is always there: a file that is not would have this crate built anew every time.
    println!("cargo::rerun-if-changed={}", directory.display());
    // Without the page the program is complete but for its reports, and they say what to do.
    let page = fs::read_to_string(directory.join("index.html")).unwrap_or_default();
    fs::write(Path::new(&env::var("OUT_DIR")?).join("template.html"), page)?;
    Ok(())
}
