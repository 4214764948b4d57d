//! Puts the packages into the program, if `cargo xtask package` has made them.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

const ARCHITECTURES: [&str; 2] = ["arm64", "x86_64"];

fn main() -> Result<(), Box<dyn Error>> {
    let directory = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../dist");
    // The directory, which is always there: a file that is not would have this crate built anew every time.
    println!("cargo::rerun-if-changed={}", directory.display());
    let version = env::var("CARGO_PKG_VERSION")?;
    let mut packages = String::new();
    for architecture in ARCHITECTURES {
        let file = directory.join(format!("power-tuner-functions-{version}-{architecture}.zip"));
        // Without them the program is complete but for what deploys it, which says what to do.
        if file.exists() {
            let file = file.canonicalize()?;
            writeln!(packages, "    include_bytes!({:?}),", file.to_str().ok_or("the path is not UTF-8")?)?;
        }
    }
    let embedded =
        format!("/// The packages that this program carries.\npub const EMBEDDED: &[&[u8]] = &[\n{packages}];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("embedded.rs"), embedded)?;
    Ok(())
}
