//! The whole machine while AWS fails it.
