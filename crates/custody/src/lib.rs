//! The care that is owed to the user's function: the lock with its journal, the memory of $LATEST, a run's own versions
//! and aliases, and how all of it is undone. `docs/safety.md` states the protocol.

pub mod alias;
pub mod deadline;
pub mod doubt;
pub mod error;
pub mod holder;
pub mod latest;
pub mod lock;
pub mod locked;
pub mod published;
pub mod retry;
pub mod undo;

pub use deadline::Deadline;
pub use error::ControlError;
pub use locked::{Left, Locked};
