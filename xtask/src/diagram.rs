//! x
use anyhow::Result;
pub fn run(_c: bool)->Result<()>{Ok(())}
