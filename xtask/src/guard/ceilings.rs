//! The ceilings: a few per cent above what was measured when they were last set. BENCHMARKS.md has the figures.
//!
//! Who makes something smaller lowers its ceiling. Who needs more raises it, and says in the commit what for.

/// What it is, and the most that it may be.
pub type Ceiling = (&'static str, f64);

/// Pieces of the steps' work, in millions of instructions (x86_64, profile `measured`).
pub const INSTRUCTIONS: [Ceiling; 5] =
    [("input", 1.0), ("log-tail", 1.0), ("summary", 1.0), ("list", 1.0), ("search", 1.0)];

/// Lambda functions as they are released, in KB (1000 bytes; x86_64).
pub const SIZES: [Ceiling; 12] = [
    ("initializer binary", 6800.0),
    ("initializer zip", 2960.0),
    ("publisher binary", 6900.0),
    ("publisher zip", 3000.0),
    ("executor binary", 6700.0),
    ("executor zip", 2900.0),
    ("analyzer binary", 1680.0),
    ("analyzer zip", 790.0),
    ("optimizer binary", 6900.0),
    ("optimizer zip", 3000.0),
    ("cleaner binary", 7000.0),
    ("cleaner zip", 3040.0),
];
