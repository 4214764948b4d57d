//! Counts in sentences.

use std::fmt::Display;

/// "1 round", "2 rounds": of a noun whose plural ends in s.
#[must_use]
pub fn counted<N: Copy + Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let ending = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_everything_else_plural() {
        assert_eq!(
            [0, 1, 2].map(|count| counted(count, "memory size")),
            ["0 memory sizes", "1 memory size", "2 memory sizes"]
        );
    }
}
