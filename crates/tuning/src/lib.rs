//! The domain of power-tuner: everything that is decided without asking AWS.
//!
//! Nothing here does I/O, reads a clock or looks at the environment, so that every rule of the contract can be tested
//! by calling a function. Its rooms are, from the top: [`drift`], [`fleet`], [`contract`], [`suggest`], [`decide`],
//! [`run`], [`measure`], [`price`], [`units`]. Each uses only those below it, which the test `rooms` keeps.

pub mod contract;
pub mod decide;
pub mod drift;
pub mod fleet;
pub mod measure;
pub mod price;
pub mod run;
pub mod suggest;
pub mod units;
