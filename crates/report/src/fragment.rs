//! The link that holds everything the page draws: `<page>#v1.<base64url(deflate(JSON))>`. What is behind `#` stays in
//! the browser. The page reads it with `DecompressionStream`, `crates/report/web/src/fragment.ts`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use miniz_oxide::{
    deflate::{CompressionLevel, compress_to_vec},
    inflate::decompress_to_vec_with_limit,
};

use crate::Page;

/// The beginning of the fragment.
pub const PREFIX: &str = "v1.";
/// The longest JSON that is read: a link is a stranger's, and deflate makes 1000 bytes of one.
const LARGEST: usize = 16 * 1024 * 1024;

/// Why a link cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NotAFragment {
    /// It is not base64url.
    #[error("the link is damaged: what is behind #{PREFIX} is not base64url")]
    Base64(#[from] base64::DecodeError),
    /// It is not deflated, or too long.
    #[error("the link is damaged, or holds more than {} MB", LARGEST / 1024 / 1024)]
    Deflate,
    /// It is not what this version writes.
    #[error("the link holds no results of a kind that this version knows")]
    Json(#[from] serde_json::Error),
}

/// The link that draws these results on a page.
pub fn link(viewer: &str, page: &Page) -> Result<String, serde_json::Error> {
    let level = CompressionLevel::BestCompression as u8;
    let compressed = compress_to_vec(&serde_json::to_vec(page)?, level);
    let viewer = viewer.split('#').next().unwrap_or(viewer);
    Ok(format!("{viewer}#{PREFIX}{}", URL_SAFE_NO_PAD.encode(compressed)))
}

/// The results in what is behind `#v1.` of a link.
pub fn read(data: &str) -> Result<Page, NotAFragment> {
    let compressed = URL_SAFE_NO_PAD.decode(data)?;
    let json = decompress_to_vec_with_limit(&compressed, LARGEST).map_err(|_| NotAFragment::Deflate)?;
    Ok(serde_json::from_slice(&json)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Execution, Reader};

    const LINK: &str = "https://lambda-power-tuning.show/#gAAAApAGwAs+DgAo;AACgQQAAIEEAACBBAADwQQAA8EEAACBB;sA+hNJW/1jOVv9YzsA+hNJW/VjSVv1Y0";

    #[test]
    fn what_a_link_holds_can_be_read_back() {
        let reader = Reader::new().unwrap();
        let page = Page { runs: reader.read(LINK, "<a label>", &Execution::default()).unwrap() };
        let link = link("https://viewer.example/?a=b#old", &page).unwrap();
        let (viewer, data) = link.split_once("#v1.").unwrap();
        assert_eq!((viewer, read(data).unwrap()), ("https://viewer.example/?a=b", page.clone()));
        assert_eq!(reader.read(&link, "", &Execution::default()).unwrap(), page.runs);
    }

    #[test]
    fn a_link_that_would_fill_the_memory_is_refused() {
        let bomb = compress_to_vec(&vec![b' '; LARGEST + 1], 9);
        assert!(bomb.len() < LARGEST / 500);
        assert!(matches!(read(&URL_SAFE_NO_PAD.encode(bomb)), Err(NotAFragment::Deflate)));
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_fail_otherwise_than_with_an_error(text in "[A-Za-z0-9_-]{0,80}|\\PC{0,20}") {
            prop_assert!(read(&text).is_err());
        }
    }
}
