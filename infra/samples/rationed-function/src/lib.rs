//! A sample function whose work is set by its payload and its environment, so that its best memory size can be
//! computed.
//!
//! On AWS it really computes, waits and holds memory. An emulator does not ration CPU by memory and writes no REPORT
//! line; there, and only there (`RATIONED=true`), the function takes as long as it would on AWS, and prints the report
//! that AWS would.

pub mod answer;
pub mod cpu;
pub mod local;
pub mod optimum;
pub mod setting;
pub mod work;
