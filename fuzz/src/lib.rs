//! What the targets check, which is what the tests of the crates check.

#[path = "../../crates/tuning/tests/fuzz/checks.rs"]
pub mod checks;

#[path = "../../crates/declaration/tests/checks/mod.rs"]
pub mod declared;
