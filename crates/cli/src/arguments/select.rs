//! Which functions are chosen.

use super::suggest::TagArgument;
use clap::Args;

/// Which functions are chosen.
#[derive(Args, Debug, Clone, Default)]
pub struct Select {
    /// The functions, by name or ARN. Without any: all of the region.
    #[arg(value_name = "FUNCTION", conflicts_with_all = ["prefix", "tags", "stack"])]
    pub functions: Vec<String>,
    /// Only functions whose names begin so.
    #[arg(long, value_name = "TEXT")]
    pub prefix: Option<String>,
    /// Only functions with this tag; several must all be there.
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub tags: Vec<TagArgument>,
    /// Only functions of this CloudFormation stack, and of the stacks in it.
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
}
