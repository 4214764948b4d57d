//! Why a file is left as it is.

use std::fmt;

use tuning::units::counted::counted;

/// The number of functions that could be meant that a message names.
const NAMED: usize = 8;

/// A place in a file that also reads a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The names that lead there, such as `Resources.Worker.Properties.MemorySize`.
    pub path: String,
    /// Its line, from 1.
    pub line: usize,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {})", self.path, self.line)
    }
}

/// Why a file is left as it is. The text says what is wrong, [`Refusal::hint`] what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The file cannot be parsed.
    #[error("it is not valid {language}: {error}")]
    Unreadable {
        /// The language that it should be in.
        language: &'static str,
        /// The message of the parser.
        error: String,
    },
    /// Another file of the same Terraform module cannot be parsed.
    #[error("{file}, which belongs to the same module, cannot be read: {error}")]
    BesideUnreadable {
        /// The other file.
        file: String,
        /// The error in it.
        error: String,
    },
    /// The file declares no functions in a form that is known.
    #[error(
        "it is none of the files that are read: a template of CloudFormation or SAM, serverless.yml, Pulumi YAML, or a \
         .tf file"
    )]
    UnknownFormat,
    /// The file is a program.
    #[error("it is a program, which power-tuner does not edit")]
    Code {
        /// The line that says it in that language, with `{}` for the number.
        line: &'static str,
    },
    /// A tool has written the file, and will write it again.
    #[error("it is written by {tool}: a change would be overwritten")]
    Generated {
        /// The tool.
        tool: &'static str,
    },
    /// No function is called so.
    #[error("it declares no {wanted}")]
    NotFound {
        /// The function that was looked for.
        wanted: String,
        /// The functions that are declared instead.
        declared: Vec<String>,
        /// Files that the declaration may be in.
        elsewhere: Vec<String>,
    },
    /// Several are called so.
    #[error("it declares {wanted} {}: {}", counted(candidates.len(), "time"), candidates.join(", "))]
    Ambiguous {
        /// The function that was looked for.
        wanted: String,
        /// The functions that were found.
        candidates: Vec<String>,
        /// True if their resource names tell them apart.
        can_be_named: bool,
    },
    /// A key stands twice.
    #[error("{path} is set more than once (lines {first} and {second})")]
    Repeated {
        /// The names that lead to it.
        path: String,
        /// Where it stands first.
        first: usize,
        /// Where it stands again.
        second: usize,
    },
    /// The function is made by a loop.
    #[error("{resource} (line {line}) is made by {by}: one number stands for several functions")]
    Loop {
        /// The resource.
        resource: String,
        /// Its line.
        line: usize,
        /// The loop.
        by: String,
    },
    /// The resource is something else.
    #[error("{resource} (line {line}) is no Lambda function: {kind}")]
    NoFunction {
        /// The resource.
        resource: String,
        /// Its line.
        line: usize,
        /// The kind of resource that it is.
        kind: String,
    },
    /// The value is not a number that stands in the file.
    #[error("line {line}: the memory size is {by}, which power-tuner cannot follow")]
    Computed {
        /// The line of the expression.
        line: usize,
        /// The expression.
        by: String,
    },
    /// The number is written in a form that is not understood by all who read such files.
    #[error("line {line}: the memory size is written as {text}: expected a whole number of MB, such as 512")]
    NotANumber {
        /// The line.
        line: usize,
        /// The text that stands there.
        text: String,
    },
    /// A parameter has no default.
    #[error("the memory size is {what} (line {line}), which has no default: its value comes from the deployment")]
    NoDefault {
        /// The parameter or variable.
        what: String,
        /// Where it is declared.
        line: usize,
    },
    /// The value is in another file.
    #[error("the memory size is {what}, whose value stands in {file} (line {line})")]
    InAnotherFile {
        /// The variable or local whose value stands there.
        what: String,
        /// The file.
        file: String,
        /// The line.
        line: usize,
    },
    /// Others would get the number, too.
    #[error("the memory size of {resource} is {via} (line {line}), which is shared: {}", joined(uses))]
    Shared {
        /// The function.
        resource: String,
        /// The parameter, variable or other value that is shared.
        via: String,
        /// Where the number stands.
        line: usize,
        /// Who else reads it.
        uses: Vec<Use>,
    },
    /// No memory size is declared.
    #[error("{resource} (line {line}) declares no memory size: it has the default of {default} MB")]
    Absent {
        /// The function.
        resource: String,
        /// Its line.
        line: usize,
        /// The memory that it has, in MB.
        default: u32,
        /// The line to add, and where.
        add: String,
    },
    /// A parameter does not allow the value.
    #[error("{what} (line {line}) does not allow {megabytes}: {limit}")]
    NotAllowed {
        /// The parameter.
        what: String,
        /// Its line.
        line: usize,
        /// The value.
        megabytes: u32,
        /// The limit, which says what it allows.
        limit: String,
    },
    /// The file is JSON.
    #[error("JSON has no comments")]
    NoComments,
    /// A line above the number would belong to something else.
    #[error("no comment can stand above the number (line {line})")]
    NoPlaceForComment {
        /// Where the number stands.
        line: usize,
    },
    /// The edited text is not the file with another number.
    #[error("after the change, the file would not be the same but for that number")]
    Unsafe,
}

impl Refusal {
    /// Says what to do about it, to reach a memory size.
    #[must_use]
    pub fn hint(&self, megabytes: u32) -> Option<String> {
        let set = |place: &str| Some(format!("set {megabytes} MB {place}"));
        match self {
            Self::Unreadable { .. } | Self::BesideUnreadable { .. } | Self::UnknownFormat => None,
            Self::Code { line } => {
                Some(format!("set it where the function is created: {}", line.replace("{}", &megabytes.to_string())))
            }
            Self::Generated { .. } => Some("name the file that it is made from".to_owned()),
            Self::NotFound { declared, elsewhere, .. } => not_found_hint(declared, elsewhere),
            Self::Ambiguous { can_be_named: true, .. } => Some("name one of them: --resource NAME".to_owned()),
            Self::Ambiguous { .. } => set("where it is meant: nothing tells them apart"),
            Self::Repeated { .. } => Some("delete the one that does not count".to_owned()),
            Self::Loop { .. } => set("there if all of them are to have it, or declare this function on its own"),
            Self::NoFunction { .. } => Some("name a function: --resource NAME".to_owned()),
            Self::Computed { .. } => set("where this value comes from"),
            Self::NotANumber { .. } => set("there yourself"),
            Self::NoDefault { .. } => set("in the parameters of the deployment"),
            Self::InAnotherFile { .. } => set("there"),
            Self::Shared { .. } => {
                set("there if all of them are to have it, or give this function a memory size of its own")
            }
            Self::Absent { add, .. } => Some(format!("add {}", add.replace("{}", &megabytes.to_string()))),
            Self::NoComments | Self::NoPlaceForComment { .. } => Some("leave out --annotate".to_owned()),
            Self::NotAllowed { .. } => Some(format!("allow {megabytes} there first")),
            Self::Unsafe => Some("set it yourself, and report this as a bug: the file was left as it is".to_owned()),
        }
    }
}

fn not_found_hint(declared: &[String], elsewhere: &[String]) -> Option<String> {
    let mut hints = Vec::new();
    if !declared.is_empty() {
        let some = &declared[..declared.len().min(NAMED)];
        let more = declared.len() - some.len();
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        hints.push(format!(
            "it declares {}{more}: if one of them is meant, name it by --resource NAME",
            some.join(", ")
        ));
    }
    if !elsewhere.is_empty() {
        hints.push(format!("it may be declared in {}: name that file by --to FILE", elsewhere.join(", ")));
    }
    (!hints.is_empty()).then(|| hints.join("; "))
}

fn joined(uses: &[Use]) -> String {
    let uses: Vec<String> = uses.iter().map(Use::to_string).collect();
    format!("{} would change, too", uses.join(", "))
}
