//! The ceilings: a few per cent above what was measured when they were last set. BENCHMARKS.md has the figures.
//!
//! Who makes something smaller lowers its ceiling. Who needs more raises it, and says in the commit what for.

/// What it is, and the most that it may be.
pub type Ceiling = (&'static str, f64);

/// Pieces of the steps' work, in millions of instructions (`x86_64`, profile `measured`).
pub const INSTRUCTIONS: [Ceiling; 5] =
    [("input", 0.1), ("log-tail", 0.04), ("summary", 3.5), ("list", 95.0), ("search", 33.0)];

/// Lambda functions as they are released, in KB (1000 bytes; `x86_64`).
pub const SIZES: [Ceiling; 12] = [
    ("initializer binary", 8550.0),
    ("initializer zip", 3980.0),
    ("publisher binary", 6860.0),
    ("publisher zip", 2970.0),
    ("executor binary", 8260.0),
    ("executor zip", 3840.0),
    ("analyzer binary", 2330.0),
    ("analyzer zip", 1000.0),
    ("optimizer binary", 6830.0),
    ("optimizer zip", 2950.0),
    ("cleaner binary", 7360.0),
    ("cleaner zip", 3170.0),
];
