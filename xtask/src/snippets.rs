//! Code in the Markdown files of the repository: each block of Python or JavaScript loads.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::{links, python::Environment, root};

/// Fails if a block does not load, and names all that don't.
pub fn check() -> Result<()> {
    let mut broken = Vec::new();
    for page in links::pages()? {
        let text = fs::read_to_string(root::repository().join(&page))?;
        for snippet in Snippet::all(&text) {
            broken.extend(snippet.problem(&page)?);
        }
    }
    ensure!(broken.is_empty(), "code that does not load:\n{}", broken.join("\n"));
    Ok(())
}

/// A block of code.
#[derive(Debug, PartialEq, Eq)]
struct Snippet {
    language: Language,
    code: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    JavaScript,
}

impl Language {
    fn named(name: &str) -> Option<Self> {
        match name {
            "python" => Some(Self::Python),
            "javascript" => Some(Self::JavaScript),
            _ => None,
        }
    }

    fn interpreter(self) -> Result<Command> {
        Environment::Lint.program(match self {
            Self::Python => "python3",
            Self::JavaScript => "node",
        })
    }
}

impl Snippet {
    fn all(text: &str) -> Vec<Self> {
        let mut snippets = Vec::new();
        let mut open = None;
        for event in Parser::new(text) {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(name))) => {
                    open = Language::named(&name).map(|language| Self { language, code: String::new() });
                }
                Event::Text(text) => {
                    if let Some(snippet) = &mut open {
                        snippet.code.push_str(&text);
                    }
                }
                Event::End(TagEnd::CodeBlock) => snippets.extend(open.take()),
                _ => {}
            }
        }
        snippets
    }

    /// Why it does not load, if it does not.
    fn problem(&self, page: &Path) -> Result<Option<String>> {
        let mut interpreter = self.language.interpreter()?;
        interpreter.arg("-").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = interpreter.spawn().with_context(|| format!("failed to start {interpreter:?}"))?;
        child.stdin.take().context("its standard input is piped")?.write_all(self.code.as_bytes())?;
        let output = child.wait_with_output()?;
        let says = String::from_utf8_lossy(&output.stderr);
        Ok((!output.status.success()).then(|| format!("{}:\n{}\n{says}", page.display(), self.code)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_taken_by_their_language() {
        let page =
            "```python\nx = 1\n```\n\ntext\n\n```sh\nls\n```\n\n    indented\n\n```javascript\nlet y;\nlet z;\n```\n";
        let python = Snippet { language: Language::Python, code: "x = 1\n".to_owned() };
        let javascript = Snippet { language: Language::JavaScript, code: "let y;\nlet z;\n".to_owned() };
        assert_eq!(Snippet::all(page), [python, javascript]);
    }
}
