//! Relative links in the Markdown files of the repository: each leads to a file, and to a heading if it names one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::{command::output, root};

/// Fails if a link leads nowhere, and names all that do.
pub fn check() -> Result<()> {
    let root = root::repository();
    let pages: Result<BTreeMap<PathBuf, Page>> =
        pages()?.into_iter().map(|name| Ok((name.clone(), Page::read(&root.join(name))?))).collect();
    let broken = broken(&pages?, |path| root.join(path).exists());
    ensure!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
    Ok(())
}

/// The Markdown files of the repository, by their paths from its root.
pub fn pages() -> Result<Vec<PathBuf>> {
    let root = root::repository();
    let mut git = Command::new("git");
    git.current_dir(&root).args(["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md"]);
    let names = output(&mut git)?;
    // A file that was deleted and not committed yet is still listed.
    Ok(names.lines().map(PathBuf::from).filter(|name| root.join(name).exists()).collect())
}

/// The links of a page, and what in it can be linked to.
#[derive(Debug, Default)]
struct Page {
    links: Vec<String>,
    anchors: BTreeSet<String>,
}

impl Page {
    fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut page = Self::default();
        let mut heading = None;
        for event in Parser::new_ext(text, Options::ENABLE_GFM | Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    let sources = html.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
                    page.links.extend(sources.map(str::to_owned));
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::End(TagEnd::Heading(_)) => page.add_anchor(&heading.take().unwrap_or_default()),
                _ => {}
            }
        }
        page
    }

    /// The anchor that GitHub gives a heading: the second one of the same text ends with `-1`.
    fn add_anchor(&mut self, heading: &str) {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
        let anchor: String = kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect();
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let free = [anchor.clone()].into_iter().chain(numbered).find(|anchor| !self.anchors.contains(anchor));
        self.anchors.extend(free);
    }
}

/// The links that lead nowhere, a line each. `exists` says whether there is a file or a directory at a path from the
/// root.
fn broken(pages: &BTreeMap<PathBuf, Page>, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, page) in pages {
        for link in page.links.iter().filter(|link| !is_elsewhere(link)) {
            let (path, anchor) =
                link.split_once('#').map_or((link.as_str(), None), |(path, anchor)| (path, Some(anchor)));
            let target = if path.is_empty() { Some(name.clone()) } else { resolved(name, path) };
            let problem = match (&target, anchor) {
                (None, _) => Some("leads out of the repository"),
                (Some(target), _) if !exists(target) => Some("does not exist"),
                (Some(target), Some(anchor)) => {
                    let lacks = pages.get(target).is_some_and(|page| !page.anchors.contains(anchor));
                    lacks.then_some("has no such heading")
                }
                _ => None,
            };
            broken.extend(problem.map(|problem| format!("{}: {link} {problem}", name.display())));
        }
    }
    broken
}

/// True if a link has a scheme, such as `https:`.
fn is_elsewhere(link: &str) -> bool {
    link.split_once(':').is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphabetic()))
}

/// The path from the root that a link of a page leads to; `None` if it leads out of the repository.
fn resolved(page: &Path, link: &str) -> Option<PathBuf> {
    let mut path = page.parent()?.to_path_buf();
    for component in Path::new(link).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::ParentDir if path.pop() => {}
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The broken links among a page at the root, one in docs/, and a source file.
    fn found(readme: &str, guide: &str) -> Vec<String> {
        let pages = [("README.md", readme), ("docs/guide.md", guide)];
        let pages = pages.into_iter().map(|(name, text)| (PathBuf::from(name), Page::parse(text))).collect();
        let files = ["README.md", "docs", "docs/guide.md", "src/main.rs"].map(Path::new);
        broken(&pages, |path| files.contains(&path))
    }

    #[test]
    fn links_that_lead_to_files_and_headings_are_fine() {
        let readme = "# Top\n[a](docs/guide.md#use-it--now) [b](docs) [c](#top) <https://x/y> [d](https://x/y#z) [e](mailto:a@b)";
        let guide =
            "## `Use` it & *now*!\n[up](../README.md#top), [code](../src/main.rs#L7)\n\n|x|\n|-|\n|[y](guide.md)|";
        assert_eq!(found(readme, guide), [""; 0]);
    }

    #[test]
    fn a_missing_file_is_found_in_text_tables_images_and_html() {
        let readme = "[a](no.md)\n\n|x|\n|-|\n|[b](no.md)|\n\n![c](no.png)\n\n<img src=\"no.svg\" width=\"1\">\n";
        let problems = ["no.md", "no.md", "no.png", "no.svg"].map(|link| format!("README.md: {link} does not exist"));
        assert_eq!(found(readme, ""), problems);
    }

    #[test]
    fn a_missing_heading_is_found_in_the_page_itself_and_in_others() {
        let problems = ["#two", "docs/guide.md#one"].map(|link| format!("README.md: {link} has no such heading"));
        assert_eq!(found("# One\n[a](#two) [b](docs/guide.md#one)", "```\n# One\n```"), problems);
    }

    #[test]
    fn headings_of_the_same_text_are_numbered() {
        let broken = found("[a](docs/guide.md#x) [b](docs/guide.md#x-1) [c](docs/guide.md#x-2)", "# X\n\n## X");
        assert_eq!(broken, ["README.md: docs/guide.md#x-2 has no such heading"]);
    }

    #[test]
    fn links_do_not_lead_out_of_the_repository() {
        assert_eq!(found("[a](../x)", "[b](/src/main.rs)").len(), 2);
    }

    #[test]
    fn no_link_of_the_documentation_is_broken() {
        check().unwrap();
    }
}
