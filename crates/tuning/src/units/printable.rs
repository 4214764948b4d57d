//! Words of others, made fit for a message.

/// The text without what a terminal or a reader would obey instead of show: control characters (ESC of the ANSI
/// sequences, C0, DEL, C1), line and paragraph separators, and the characters that set the direction of writing. What
/// breaks lines becomes a space. At most `most` characters; a `…` stands at the end of what was cut.
#[must_use]
pub fn printable(text: &str, most: usize) -> String {
    let mut shown: Vec<char> = text.chars().filter_map(shown).take(most.saturating_add(1)).collect();
    if shown.len() > most {
        shown.truncate(most.saturating_sub(1));
        shown.extend((most > 0).then_some('…'));
    }
    shown.into_iter().collect()
}

/// The character that is shown in place of a character: itself, a space, or nothing.
#[must_use]
pub fn shown(character: char) -> Option<char> {
    match character {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
        control if control.is_control() => None,
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_can_be_shown_is_kept() {
        assert_eq!(printable("Runtime.OutOfMemory ä 漢 🦀", 80), "Runtime.OutOfMemory ä 漢 🦀");
        assert_eq!(printable("", 80), "");
    }

    #[test]
    fn what_would_be_obeyed_is_taken_out() {
        assert_eq!(printable("\u{1b}[31mred\u{1b}[0m\u{7}\u{9b}1m\0\u{7f}", 80), "[31mred[0m1m");
        assert_eq!(printable("a\nb\r\tc\u{2028}d", 80), "a b  c d");
        assert_eq!(printable("\u{202e}txt.exe\u{2066}\u{200f}", 80), "txt.exe");
    }

    #[test]
    fn a_cut_is_shown() {
        assert_eq!(printable("abcdef", 6), "abcdef");
        assert_eq!(printable("abcdef", 5), "abcd…");
        assert_eq!((printable("ab", 1), printable("ab", 0)), ("…".to_owned(), String::new()));
        assert_eq!(printable("ab\u{1b}", 2), "ab");
    }

    proptest! {
        #[test]
        fn it_is_never_longer_never_a_control_character_and_done_once(
            text in prop_oneof![".*", "[\\x00-\\x1f\\x7f-\\x9f\u{202a}-\u{202e}\u{2066}-\u{2069}ab]*"],
            most in 0usize..100,
        ) {
            let once = printable(&text, most);
            prop_assert!(once.chars().count() <= most.min(text.chars().count()));
            let obeyed = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
            prop_assert!(!once.contains(obeyed), "{once:?}");
            prop_assert_eq!(printable(&once, most), once);
        }
    }
}
