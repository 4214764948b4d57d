//! Quantities and names that cannot be wrong.

pub mod alias_name;
pub mod arn;
pub mod counted;
pub mod milliseconds;
pub mod moment;
pub mod power;
pub mod printable;
pub mod revision;
pub mod s3_uri;
pub mod trace_id;
pub mod usd;
pub mod version;
