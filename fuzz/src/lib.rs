//! What the targets check, which is what the seeded tests of the crate `tuning` check.

#[path = "../../crates/tuning/tests/fuzz/checks.rs"]
pub mod checks;
