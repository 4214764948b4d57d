//! The size of the Lambda functions.

use anyhow::Result;

use super::lambdas::{self, kilobytes};

/// Prints the size of each Lambda function: the binary, and the zip that is deployed.
pub fn size() -> Result<()> {
    let lambdas = lambdas::build()?;
    println!("| function | binary (KB) | zip (KB) |\n|---|---|---|");
    for lambda in lambdas {
        println!("| {} | {} | {} |", lambda.name, kilobytes(lambda.binary), kilobytes(lambda.zip));
    }
    Ok(())
}
