//! What holds of every file, as the properties and the fuzz target check it.

use std::path::Path;

use declaration::{Source, Wanted, find};
use tuning::units::power::Power;

/// A file is changed in one number, or refused; with a comment, it is that file with one line more.
pub fn changed_in_one_number_or_refused(file: &Path, text: &str, wanted: &Wanted, new: Power) {
    let Ok(declaration) = find(Source { file, text, beside: &[] }, wanted) else { return };
    let Ok(changed) = declaration.set(new) else { return };
    let (was, is) = (declaration.megabytes().to_string(), new.megabytes().to_string());
    let mut places = text.match_indices(&was).map(|(start, _)| (&text[..start], &text[start + was.len()..]));
    assert!(places.any(|(before, behind)| changed == format!("{before}{is}{behind}")), "{changed}");
    let Ok(commented) = declaration.set_with_comment(new, "2026-11-27") else { return };
    let mut without: Vec<&str> = commented.split('\n').collect();
    let comment = without.remove(declaration.line() - 1 - usize::from(declaration.has_comment()));
    assert_eq!(comment.trim(), "# power-tuner, 2026-11-27");
    if !declaration.has_comment() {
        assert_eq!(without.join("\n"), changed);
    }
}
