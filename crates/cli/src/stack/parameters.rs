//! The parameters of the template.

use std::str::FromStr;

use aws_sdk_cloudformation::types::Parameter;
use package::{ARCHITECTURE, BUCKET, PREFIX, Package};

use crate::failure::Failure;

/// A parameter with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// Its value, which may be empty.
    pub value: String,
}

impl FromStr for Given {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self { name: name.to_owned(), value: value.to_owned() }),
            _ => Err("expected NAME=VALUE".to_owned()),
        }
    }
}

/// The parameters that a stack had before.
#[derive(Debug, Clone, Copy)]
pub enum Before<'a> {
    /// There was none: what is not given has its default.
    Nothing,
    /// The names of its parameters: what is not given stays.
    Stack(&'a [Given]),
}

/// Fails if a parameter that is given is none of the template, or is set by another flag.
pub fn check(given: &[Given], package: &Package) -> Result<(), Failure> {
    for (number, Given { name, .. }) in given.iter().enumerate() {
        let flag = match name.as_str() {
            BUCKET => Some("--bucket"),
            PREFIX => Some("--package"),
            ARCHITECTURE => Some("--architecture"),
            _ => None,
        };
        if let Some(flag) = flag {
            return Err(
                Failure::bad_input(format!("--parameter {name} is not set by hand")).hint(format!("give {flag}"))
            );
        }
        if !package.parameters().any(|known| known == name) {
            let known: Vec<&str> = package.parameters().filter(|name| ![BUCKET, PREFIX].contains(name)).collect();
            return Err(Failure::bad_input(format!("--parameter {name}: the template has no such parameter"))
                .hint(format!("it has {}", known.join(", "))));
        }
        if given.iter().take(number).any(|other| other.name == *name) {
            return Err(Failure::bad_input(format!("--parameter {name} is given twice")));
        }
    }
    Ok(())
}

/// The parameters that are sent to AWS.
pub fn all(given: &[Given], package: &Package, bucket: &str, before: Before<'_>) -> Vec<Parameter> {
    let own = |name: &str| match name {
        BUCKET => Some(bucket.to_owned()),
        PREFIX => Some(package.manifest.prefix.clone()),
        ARCHITECTURE => Some(package::name(package.manifest.architecture).to_owned()),
        _ => given.iter().find(|given| given.name == name).map(|given| given.value.clone()),
    };
    let parameter = |name: &str| {
        let parameter = Parameter::builder().parameter_key(name);
        match (own(name), before) {
            (Some(value), _) => Some(parameter.parameter_value(value).build()),
            (None, Before::Stack(known)) if known.iter().any(|known| known.name == name) => {
                Some(parameter.use_previous_value(true).build())
            }
            (None, _) => None,
        }
    };
    package.parameters().filter_map(parameter).collect()
}
