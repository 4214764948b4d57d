//! The lock of a run on a function, as anyone can read it: the alias whose description is the journal.

use aws_sdk_lambda::Client;
use tuning::{alias_name::AliasName, arn::FunctionReference, journal::Journal};

use crate::{
    aws::{Call, code},
    failure::Failure,
};

/// Who tunes a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    /// Nobody.
    Free,
    /// A run.
    Held(Journal),
    /// There is an alias of that name which power-tuner did not write.
    Foreign(String),
}

/// Reads the lock of a function.
pub async fn read(lambda: &Client, function: &FunctionReference) -> Result<Lock, Failure> {
    let name = AliasName::lock().to_string();
    let alias = lambda.get_alias().function_name(&function.function).name(name).send().await;
    match alias {
        Ok(alias) => {
            let description = alias.description.unwrap_or_default();
            Ok(description.parse().map_or(Lock::Foreign(description), Lock::Held))
        }
        Err(error) if code(&error) == Some("ResourceNotFoundException") => {
            let known = lambda.get_function_configuration().function_name(&function.function).send().await;
            match known {
                Ok(_) => Ok(Lock::Free),
                Err(error) => Err(Call {
                    to: "look at the function",
                    action: "lambda:GetFunctionConfiguration",
                    on: &function.function,
                }
                .failed(&error)),
            }
        }
        Err(error) => {
            Err(Call { to: "look at the function's lock", action: "lambda:GetAlias", on: &function.function }
                .failed(&error))
        }
    }
}
