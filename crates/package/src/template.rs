//! The repository's template with its code elsewhere: a few lines of the text change, and each must be there.

use tuning::price::Architecture;

use crate::{DEFINITION, FUNCTIONS, error::PackageError, name};

/// The parameter that names the bucket with the code.
pub const BUCKET: &str = "codeBucket";
/// The parameter that says what the keys of the code begin with.
pub const PREFIX: &str = "codePrefix";

/// The parameter that is the architecture of the functions.
pub const ARCHITECTURE: &str = "architecture";

/// The parameter of the architecture, up to its description.
const BEFORE: &str = "  architecture:
    Type: String
    Default: arm64
    AllowedValues: [arm64, x86_64]
    Description: >-
      The architecture of the functions of this stack, whatever the architecture of the functions that are tuned. Pass the
      same value to 'sam build' and 'sam deploy': the functions can't start on another architecture.
";
const PARAMETERS: &str = "\nParameters:\n";

/// Where the code is.
#[derive(Debug, Clone, Copy)]
pub enum Code<'a> {
    /// In a bucket that a parameter names.
    Bucket {
        /// The beginning of the keys, if no parameter says so.
        prefix: &'a str,
    },
    /// Beside the template, for the AWS Serverless Application Repository.
    Folder {
        /// The version that is published.
        version: &'a str,
    },
}

impl Code<'_> {
    fn of(self, key: &str, path: &str) -> String {
        match self {
            Self::Bucket { .. } => format!("{{ Bucket: !Ref {BUCKET}, Key: !Sub \"${{{PREFIX}}}/{key}\" }}"),
            Self::Folder { .. } => path.to_owned(),
        }
    }

    /// Returns what comes before the parameters, and the first of them.
    fn parameters(self) -> String {
        match self {
            Self::Bucket { prefix } => format!(
                "{PARAMETERS}  {BUCKET}:
    Type: String
    AllowedPattern: ^[a-z0-9][a-z0-9.\\-]{{1,61}}[a-z0-9]$
    ConstraintDescription: must be the name of a bucket
    Description: The bucket that has the code of the functions, in the region of the stack.
  {PREFIX}:
    Type: String
    Default: {prefix}
    Description: >-
      What the keys of the code in that bucket begin with. The default is that of the objects of this package.
"
            ),
            Self::Folder { version } => format!(
                "
Metadata:
  AWS::ServerlessRepo::Application:
    Name: power-tuner
    Description: Finds the right memory size of AWS Lambda functions.
    Author: power-tuner
    SpdxLicenseId: Apache-2.0
    LicenseUrl: LICENSE
    ReadmeUrl: README.md
    Labels: [lambda, memory, performance, cost, tuning]
    SemanticVersion: {version}
{PARAMETERS}"
            ),
        }
    }
}

/// The template of a package.
///
/// # Errors
///
/// If the template no longer has what is to be changed.
pub fn packaged(template: &str, code: Code<'_>, architecture: Architecture) -> Result<String, PackageError> {
    let mut text = once(template, PARAMETERS, &code.parameters())?;
    let architecture = name(architecture);
    let parameter = format!(
        "  architecture:
    Type: String
    Default: {architecture}
    AllowedValues: [{architecture}]
    Description: The architecture of the functions of this package.
"
    );
    text = once(&text, BEFORE, &parameter)?;
    for function in FUNCTIONS {
        let build =
            format!("    Metadata: {{ BuildMethod: rust-cargolambda, BuildProperties: {{ Binary: {function} }} }}\n");
        text = once(&text, &build, "")?;
        let key = format!("{function}.zip");
        let there = code.of(&key, &format!("functions/{key}"));
        text = once(&text, &format!("CodeUri: crates/functions/{function}\n"), &format!("CodeUri: {there}\n"))?;
    }
    let there = code.of(DEFINITION, DEFINITION);
    text = once(&text, &format!("DefinitionUri: {DEFINITION}\n"), &format!("DefinitionUri: {there}\n"))?;
    // Another function, or another file, that this would miss.
    for word in ["BuildMethod", "CodeUri: crates/"] {
        absent(&text, word)?;
    }
    Ok(text)
}

/// The names of a template's parameters: the keys of that section, which are two columns in.
pub fn parameters(template: &str) -> impl Iterator<Item = &str> {
    let section = template.split_once(PARAMETERS).map_or("", |(_, section)| section);
    let lines = section.lines().take_while(|line| line.is_empty() || line.starts_with(' '));
    lines.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':').filter(|name| !name.starts_with(' ')))
}

fn once(text: &str, expected: &str, by: &str) -> Result<String, PackageError> {
    match text.matches(expected).count() {
        1 => Ok(text.replacen(expected, by, 1)),
        found => Err(PackageError::Template { expected: expected.trim().to_owned(), found }),
    }
}

fn absent(text: &str, word: &str) -> Result<(), PackageError> {
    match text.lines().find(|line| line.contains(word)) {
        Some(line) => Err(PackageError::Unknown(line.trim().to_owned())),
        None => Ok(()),
    }
}
