//! What `power-tuner apply` is to write, and where.

use std::path::PathBuf;

use clap::Args;

use crate::console::Console;

/// What to write, and where.
#[derive(Args)]
pub struct Apply {
    /// Files with the output of a run. Several are written one after the other, each for its own function.
    #[arg(required = true, value_name = "RESULT")]
    pub results: Vec<PathBuf>,
    /// The file that declares the function: a template of CloudFormation or SAM (YAML or JSON), serverless.yml, a .tf
    /// file of Terraform, or Pulumi YAML. Nothing but the number is changed.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// What the file calls the function: a logical id, a key, or the name of a resource. Without it: the function that
    /// is called as the one that was tuned.
    #[arg(long, value_name = "NAME")]
    pub resource: Option<String>,
    /// The stack that the file was deployed as, whose resources tell which of the file's functions was tuned. Without
    /// it, no AWS call is made.
    #[arg(long, value_name = "STACK", conflicts_with = "resource")]
    pub stack: Option<String>,
    /// Write a comment above the number: the date, what the winner saves, and a link that draws the result. A comment
    /// that is there is renewed in any case.
    #[arg(long)]
    pub annotate: bool,
    /// Whether it is written.
    #[command(flatten)]
    pub how: How,
    /// Say nothing but errors.
    #[arg(long, short)]
    pub quiet: bool,
}

/// Whether it is written. Without any of these: after a question.
#[derive(Args)]
pub struct How {
    /// Change nothing, and end with exit code 4 if the file declares another memory size than the result.
    #[arg(long, conflicts_with_all = ["diff", "yes"])]
    pub check: bool,
    /// Change nothing, and write the change to standard output as a unified diff.
    #[arg(long, conflicts_with = "yes")]
    pub diff: bool,
    /// Write without asking.
    #[arg(long, short)]
    pub yes: bool,
}

impl Apply {
    /// What is said beside the result.
    pub fn console(&self) -> Console {
        if self.quiet { Console::Quiet } else { Console::Normal }
    }
}
