//! What `power-tuner deploy`, `upgrade` and `destroy` are to do.

use std::path::PathBuf;

use clap::Args;
use tuning::price::Architecture;

use crate::{console::Console, stack::parameters::Given};

/// What to deploy.
#[derive(Args)]
pub struct Deploy {
    /// How the stack is called.
    #[command(flatten)]
    pub stack: Named,
    /// What its parameters are.
    #[command(flatten)]
    pub parameters: Parameters,
    /// What is deployed, by way of which bucket.
    #[command(flatten)]
    pub code: Code,
    /// How it is done.
    #[command(flatten)]
    pub how: How,
}

/// What to remove.
#[derive(Args)]
pub struct Destroy {
    /// How the stack is called.
    #[command(flatten)]
    pub stack: Named,
    /// How it is done.
    #[command(flatten)]
    pub how: How,
}

/// A stack.
#[derive(Args)]
pub struct Named {
    /// The name of the stack.
    #[arg(long = "stack", value_name = "NAME", default_value = "power-tuner")]
    pub name: String,
}

/// The parameters of the template.
#[derive(Args)]
pub struct Parameters {
    /// A parameter of the template, such as lambdaResource=arn:aws:lambda:*:*:function:api-*; repeat it for several.
    /// Those that are not named have their defaults, or, in an upgrade, stay as they are. docs/deploy.md lists them.
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    pub given: Vec<Given>,
}

/// The code, and the way that it takes.
#[derive(Args)]
pub struct Code {
    /// The architecture of power-tuner's own functions. Without it: arm64, or, in an upgrade, as before.
    #[arg(long, value_parser = super::architecture, value_name = "x86_64|arm64")]
    pub architecture: Option<Architecture>,
    /// Deploy this package in place of the one that the program carries: the zip of a release, or the folder that it
    /// was unpacked into.
    #[arg(long, value_name = "ZIP|FOLDER")]
    pub package: Option<PathBuf>,
    /// The bucket that gets the code of the functions. Without it: power-tuner-ACCOUNT-REGION, which is created if it
    /// does not exist.
    #[arg(long, value_name = "NAME")]
    pub bucket: Option<String>,
}

/// How it is done.
#[derive(Args)]
pub struct How {
    /// Do not ask.
    #[arg(long, short)]
    pub yes: bool,
    /// Say nothing but errors. What is asked is shown all the same.
    #[arg(long, short)]
    pub quiet: bool,
}

impl How {
    /// What is said beside the result.
    pub fn console(&self) -> Console {
        if self.quiet { Console::Quiet } else { Console::Normal }
    }

    /// How the change is shown: who is asked sees what for.
    pub fn plan(&self) -> Console {
        if self.yes { self.console() } else { Console::Normal }
    }
}
