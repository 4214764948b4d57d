//! x
use anyhow::Result;
pub fn size()->Result<()>{Ok(())}
