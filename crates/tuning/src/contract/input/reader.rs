//! Reads fields one by one and collects what is wrong with them.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::{
    field::{Field, Kind, OF_OTHERS},
    problem::{Problem, ValidationError},
};
use crate::{
    contract::deployment::Deployment,
    units::{arn::FunctionReference, power::Power, printable::printable},
};

/// The longest piece of a value that a message repeats.
const LONGEST_QUOTE: usize = 80;

/// `powerValues` as they were sent.
pub(super) enum PowerValues {
    All,
    Auto,
    List(Vec<Power>),
}

pub(super) struct Reader<'a> {
    fields: &'a Map<String, Value>,
    problems: Vec<Problem>,
    warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a Value) -> Result<Self, ValidationError> {
        let fields = input.as_object().ok_or_else(|| ValidationError::not_an_object(&quote(input)))?;
        Ok(Self { fields, problems: Vec::new(), warnings: unknown_fields(fields) })
    }

    /// The problems, or the warnings if there are none.
    pub(super) fn finish(self) -> Result<Vec<String>, ValidationError> {
        if self.problems.is_empty() {
            Ok(self.warnings)
        } else {
            Err(ValidationError { problems: self.problems, unknown: unknown_fields(self.fields) })
        }
    }

    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    pub(super) fn refuse(&mut self, field: &'static str, complaint: String) {
        if !self.has_problem_with(field) {
            self.problems.push(Problem { field, complaint });
        }
    }

    pub(super) fn refuse_as_received(&mut self, field: &'static str) {
        let received = self.fields.get(field).map_or_else(|| "nothing".to_owned(), quote);
        self.refuse(field, format!("received {received}"));
    }

    pub(super) fn missing(&mut self, field: &'static str) {
        self.refuse(field, "it is missing".to_owned());
    }

    pub(super) fn has_problem_with(&self, field: &str) -> bool {
        self.problems.iter().any(|problem| problem.field == field)
    }

    /// The value as it was sent; unlike every other field, `payload` may well be null.
    pub(super) fn raw(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field)
    }

    /// The value; `null` and an empty text mean not set.
    pub(super) fn given(&self, field: &str) -> Option<&'a Value> {
        self.raw(field).filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// What `convert` makes of the value; where it makes nothing of it, that is a problem.
    fn read<T>(&mut self, field: &'static str, convert: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let converted = convert(self.given(field)?);
        if converted.is_none() {
            self.refuse_as_received(field);
        }
        converted
    }

    pub(super) fn boolean(&mut self, field: &'static str) -> Option<bool> {
        self.read(field, boolean)
    }

    pub(super) fn text(&mut self, field: &'static str) -> Option<&'a str> {
        self.read(field, Value::as_str)
    }

    /// A number in the field's range; of one that is only clamped, whoever uses it brings it there, and the caller is
    /// told.
    pub(super) fn number(&mut self, field: &'static str) -> Option<f64> {
        let kind = kind(field);
        let accepted = |value| match kind {
            Some(Kind::Number { min, max }) => number(value).filter(|number| (min..=max).contains(number)),
            _ => number(value),
        };
        let number = self.read(field, accepted)?;
        if let Some(Kind::Clamped { min, max }) = kind
            && !(min..=max).contains(&number)
        {
            self.warn(format!("{field} is outside its range: the nearest value from {min} to {max} is used"));
        }
        Some(number)
    }

    pub(super) fn integer(&mut self, field: &'static str) -> Option<u32> {
        let allowed = match kind(field) {
            Some(Kind::Integer { min, max }) => min..=max,
            _ => 0..=u32::MAX,
        };
        self.read(field, |value| integer(value).filter(|integer| allowed.contains(integer)))
    }

    pub(super) fn memory(&mut self, field: &'static str) -> Option<Power> {
        Power::new(self.integer(field)?).ok()
    }

    /// One of the field's words.
    pub(super) fn word(&mut self, field: &'static str) -> Option<&'a str> {
        let Some(Kind::Word(words)) = kind(field) else { return self.text(field) };
        self.read(field, |value| value.as_str().filter(|word| words.contains(word)))
    }

    pub(super) fn texts(&mut self, field: &'static str) -> Option<Vec<String>> {
        self.read(field, |value| value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect())
    }

    /// A text that is the written form of something.
    pub(super) fn parsed<T: FromStr>(&mut self, field: &'static str) -> Option<T> {
        self.read(field, |value| value.as_str()?.parse().ok())
    }

    pub(super) fn function(&mut self, deployment: &Deployment) -> Option<FunctionReference> {
        if self.given("lambdaARN").is_none() {
            self.missing("lambdaARN");
        }
        self.function_of_others("lambdaARN", deployment, "a run does not tune what it runs on")
    }

    pub(super) fn processor(&mut self, field: &'static str, deployment: &Deployment) -> Option<FunctionReference> {
        self.function_of_others(field, deployment, "it cannot be a processor")
    }

    /// A function that is none of the deployment's own.
    fn function_of_others(
        &mut self,
        field: &'static str,
        deployment: &Deployment,
        why: &str,
    ) -> Option<FunctionReference> {
        let function: FunctionReference = self.parsed(field)?;
        if deployment.own_functions.iter().any(|own| own.may_be(&function)) {
            self.refuse(field, format!("{function} is one of power-tuner's own functions: {why}"));
        }
        Some(function)
    }

    pub(super) fn power_values(&mut self) -> Option<PowerValues> {
        self.read("powerValues", |value| match value {
            Value::String(word) if word == "ALL" => Some(PowerValues::All),
            Value::String(word) if word == "AUTO" => Some(PowerValues::Auto),
            Value::Array(list) => {
                let list = list.iter().map(|element| Power::new(integer(element)?).ok());
                list.collect::<Option<Vec<_>>>().map(PowerValues::List)
            }
            _ => None,
        })
    }
}

fn kind(field: &str) -> Option<Kind> {
    Field::named(field).map(|field| field.kind)
}

fn unknown_fields(fields: &Map<String, Value>) -> Vec<String> {
    let unknown = |name: &&String| Field::named(name).is_none() && !OF_OTHERS.contains(&name.as_str());
    fields
        .keys()
        .filter(unknown)
        .map(|name| {
            let unknown = printable(name, LONGEST_QUOTE);
            let suggestion = match Field::meant_by(name).map(|field| field.name) {
                Some(known) if known.eq_ignore_ascii_case(name) => {
                    format!("; did you mean \"{known}\"? Upper and lower case matter")
                }
                Some(known) => format!("; did you mean \"{known}\"?"),
                None => String::new(),
            };
            format!("the input has a field \"{unknown}\" that is not known and was not read{suggestion}")
        })
        .take(20)
        .collect()
}

/// Forms and shell scripts send truth values as strings.
fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => match text.trim_ascii() {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Callers of the reference tool send numbers as JSON numbers and as strings.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim_ascii().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked: a whole number in the range of u32"
)]
fn integer(value: &Value) -> Option<u32> {
    number(value).filter(|n| n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(n)).map(|n| n as u32)
}

fn quote(value: &Value) -> String {
    printable(&value.to_string(), LONGEST_QUOTE)
}
