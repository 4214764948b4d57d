//! Results as something to look at: one HTML page that needs nothing else, or a link that holds them.
//!
//! The page is `infra/viewer`, bundled by `cargo xtask viewer` and embedded by this crate's build script. Results come
//! from outputs of power-tuner, from outputs of the reference tool, and from links; each becomes a [`Run`].

pub mod fragment;
mod page;
mod read;
mod run;

pub use page::{NotBuilt, Page, Template};
pub use read::{Execution, NotAResult, Reader};
pub use run::{Row, Run, Winner};
