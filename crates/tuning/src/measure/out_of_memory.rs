//! Running out of memory, as languages say it.
//!
//! Lambda only sees it when the kernel ends the process. Most runtimes notice before that, and raise an error of the
//! code, at whatever Max Memory Used says.

/// Error types, without what they are in: `java.lang.OutOfMemoryError` is `OutOfMemoryError`.
const TYPES: [&str; 10] = [
    // Java, Kotlin, Scala.
    "OutOfMemoryError",
    // Python, and its numpy.
    "MemoryError",
    "_ArrayMemoryError",
    // .NET.
    "OutOfMemoryException",
    "InsufficientMemoryException",
    // Ruby.
    "NoMemoryError",
    // C++.
    "bad_alloc",
    // The operating system, by way of Node.js or libuv.
    "ENOMEM",
    "UV_ENOMEM",
    // Lambda.
    "OutOfMemory",
];

/// The phrases that are written where there is no error type, or one that says nothing.
const PHRASES: [&str; 9] = [
    // V8, as Node.js ends.
    "heap out of memory",
    "Array buffer allocation failed",
    // Go, as it ends.
    "runtime: out of memory",
    // C and everything above it: strerror(ENOMEM) of glibc and of musl.
    "Cannot allocate memory",
    "Out of memory (os error 12)",
    // Ruby.
    "failed to allocate memory",
    // PHP.
    "Out of memory (allocated",
    // numpy.
    "Unable to allocate",
    // .NET.
    "Insufficient memory to continue the execution of the program",
];

/// Beginning and end of what is written around a number of bytes.
const AROUND_A_NUMBER: [(&str, &str); 2] = [
    // Rust, as it ends.
    ("memory allocation of ", " bytes failed"),
    // PHP.
    ("Allowed memory size of ", " bytes exhausted"),
];

/// Returns true if an error of the code says that memory ran out.
#[must_use]
pub fn is_said_by(error_type: &str, message: &str) -> bool {
    names(error_type).any(|name| TYPES.contains(&name)) || is_said_in(message)
}

/// Returns true if a text says so: the message of an error, or what a process wrote before it ended.
#[must_use]
pub fn is_said_in(text: &str) -> bool {
    let is_around_a_number = |(before, after): &(&str, &str)| {
        text.match_indices(before).any(|(position, _)| {
            let rest = text.get(position + before.len()..).unwrap_or_default();
            let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            number.len() < rest.len() && number.starts_with(after)
        })
    };
    names(text).any(|name| TYPES.contains(&name))
        || PHRASES.iter().any(|phrase| text.contains(phrase))
        || AROUND_A_NUMBER.iter().any(is_around_a_number)
}

/// The names in a text: `Function<NoMemoryError>` is two.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_languages_say_is_understood() {
        for (error_type, message) in [
            ("java.lang.OutOfMemoryError", "Java heap space"),
            ("java.util.concurrent.ExecutionException", "java.lang.OutOfMemoryError: Metaspace"),
            ("MemoryError", ""),
            ("numpy._core._exceptions._ArrayMemoryError", "Unable to allocate 7.45 GiB for an array"),
            ("OSError", "[Errno 12] Cannot allocate memory"),
            ("OutOfMemoryException", "Exception of type 'System.OutOfMemoryException' was thrown."),
            ("System.OutOfMemoryException", ""),
            ("Function<NoMemoryError>", "failed to allocate memory"),
            ("Error", "spawn ENOMEM"),
            ("Error", "ENOMEM: not enough memory, read"),
            ("RangeError", "Array buffer allocation failed"),
            ("Runtime.ExitError", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"),
            ("Error", "Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes)"),
            ("std::bad_alloc", ""),
            ("Runtime.OutOfMemory", ""),
        ] {
            assert!(is_said_by(error_type, message), "{error_type}: {message}");
        }
        for log in [
            "fatal error: runtime: out of memory\n\nruntime stack:",
            "memory allocation of 1073741824 bytes failed\n",
            "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc",
        ] {
            assert!(is_said_in(log), "{log}");
        }
    }

    #[test]
    fn other_errors_are_none() {
        for (error_type, message) in [
            ("ValueError", "no memory of this order"),
            ("MyMemoryErrors", "the printer is out of paper"),
            ("Error", "memory allocation of tasks failed"),
            ("Error", "memory allocation of  bytes failed"),
            ("NotOutOfMemoryError", ""),
            ("Runtime.ExitError", "signal: segmentation fault"),
            ("", ""),
        ] {
            assert!(!is_said_by(error_type, message), "{error_type}: {message}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_found_wherever_it_stands(before in "([^a-zA-Z0-9_]|.*[^\\w])?", after in "([^a-zA-Z0-9_].*)?") {
            let stands_alone = |text: &str| text.chars().all(|c| !c.is_alphanumeric() && c != '_');
            let edge = (before.chars().last(), after.chars().next());
            prop_assume!(stands_alone(&edge.0.map(String::from).unwrap_or_default()));
            prop_assume!(stands_alone(&edge.1.map(String::from).unwrap_or_default()));
            for name in TYPES {
                prop_assert!(is_said_in(&format!("{before}{name}{after}")), "{}", name);
                prop_assert!(is_said_by(&format!("{before}{name}{after}"), ""), "{}", name);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "(memory allocation of |[0-9]{0,3}| bytes failed|Allowed memory size of |é|\u{1f980}|.){0,20}") {
            let _ = is_said_in(&text);
        }
    }
}
