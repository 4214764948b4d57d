//! Chromium and chromedriver, for the tests of the report.

use anyhow::Result;

use crate::debian::Programs;

const BROWSER: Programs = Programs {
    names: &["chromium", "chromedriver"],
    packages: &["chromium", "chromium-driver"],
    purpose: "needed for the tests of the report",
};

/// Sees that both are there: installs them where that can be done without asking anybody.
pub fn ensure() -> Result<()> {
    BROWSER.ensure()
}
