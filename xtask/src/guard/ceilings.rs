//! The ceilings: a few per cent above what was measured when they were last set. BENCHMARKS.md has the figures.
//!
//! Who makes something smaller lowers its ceiling. Who needs more raises it, and says in the commit what for.

/// What it is, and the most that it may be.
pub type Ceiling = (&'static str, f64);

/// Pieces of the steps' work, in millions of instructions (`x86_64`, profile `measured`).
pub const INSTRUCTIONS: [Ceiling; 5] =
    [("input", 0.1), ("log-tail", 0.034), ("summary", 3.2), ("list", 109.0), ("search", 40.0)];

/// Lambda functions as they are released, in KB (1000 bytes; `x86_64`).
pub const SIZES: [Ceiling; 12] = [
    ("initializer binary", 5710.0),
    ("initializer zip", 2540.0),
    ("publisher binary", 5460.0),
    ("publisher zip", 2470.0),
    ("executor binary", 5480.0),
    ("executor zip", 2450.0),
    ("analyzer binary", 1690.0),
    ("analyzer zip", 790.0),
    ("optimizer binary", 5330.0),
    ("optimizer zip", 2400.0),
    ("cleaner binary", 5730.0),
    ("cleaner zip", 2550.0),
];
