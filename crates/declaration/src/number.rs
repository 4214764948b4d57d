//! A memory size as it is written in a file.

use std::ops::Range;

use crate::refusal::Use;

/// A whole number without anything around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    /// Where its digits stand, in bytes.
    pub range: Range<usize>,
    /// The number that they make, in MB.
    pub megabytes: u32,
}

/// A memory size that stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The digits.
    pub digits: Digits,
    /// The chain that leads from the function to it; nothing if it is the function's own.
    pub via: Vec<Via>,
    /// The other places that read it.
    pub uses: Vec<Use>,
    /// The limits of what it may be.
    pub limits: Vec<Limit>,
}

/// Something by which a function gets its memory size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    /// The name of it, such as "the parameter Memory".
    pub what: String,
    /// True if a deployment can give it another value.
    pub is_default: bool,
}

/// A limit on what a parameter may be, by its declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The parameter.
    pub what: String,
    /// The line of the limit.
    pub line: usize,
    /// The limit.
    pub allows: Allows,
}

/// Numbers that a parameter may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allows {
    /// One of these.
    OneOf(Vec<String>),
    /// No less than this.
    AtLeast(u32),
    /// No more than this.
    AtMost(u32),
}

impl Digits {
    /// The number in a part of a text, which may be in quotes.
    pub fn within(text: &str, span: Range<usize>) -> Option<Self> {
        let written = text.get(span.clone())?;
        let bare = ['"', '\''].iter().find_map(|&quote| written.strip_prefix(quote)?.strip_suffix(quote));
        let (digits, start) = bare.map_or((written, span.start), |bare| (bare, span.start + 1));
        // A leading 0 is an octal number to some who read YAML.
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let megabytes = digits.parse().ok().filter(|_| is_number)?;
        Some(Self { range: start..start + digits.len(), megabytes })
    }
}

impl Allows {
    /// Returns true if it allows a number.
    pub fn has(&self, megabytes: u32) -> bool {
        match self {
            Self::OneOf(values) => values.contains(&megabytes.to_string()),
            Self::AtLeast(least) => megabytes >= *least,
            Self::AtMost(most) => megabytes <= *most,
        }
    }

    /// The limit as the template names it.
    pub fn shown(&self) -> String {
        match self {
            Self::OneOf(values) => format!("AllowedValues are {}", values.join(", ")),
            Self::AtLeast(least) => format!("MinValue is {least}"),
            Self::AtMost(most) => format!("MaxValue is {most}"),
        }
    }
}

/// The line of a byte, from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < offset).filter(|(_, character)| *character == '\n').count() + 1
}
