//! Results as something to look at: one HTML page that needs nothing else, or a link that holds them.
//!
//! The page is `crates/report/web`, bundled by `cargo xtask viewer` and embedded by this crate's build script. Results
//! come from outputs of power-tuner, from outputs of the reference tool, and from links; each becomes a [`Run`].

mod execution;
pub mod fleet;
pub mod fragment;
mod page;
mod read;
mod run;

pub use execution::{Date, Execution, asked};
pub use page::{NotBuilt, Page, Template};
pub use read::{NotAResult, Reader};
pub use run::{Past, Row, Run, Winner};
