//! A flag for every field of the execution's input, made from the same list as the contract.

use std::{fs, io};

use clap::{
    Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches,
    builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser, ValueParser},
};
use serde_json::{Map, Value};
use tuning::contract::input::{FIELDS, Field, Kind};

/// The field that is no flag, but the argument FUNCTION.
pub const FUNCTION: &str = "lambdaARN";

/// A field that the program fills in.
pub const NUM: &str = "num";
/// Another one.
pub const WITH_STATS: &str = "includeOutputResults";

/// The fields that flags gave, as JSON.
#[derive(Debug, Clone, Default)]
pub struct Fields(pub Map<String, Value>);

impl Args for Fields {
    fn augment_args(command: Command) -> Command {
        flags().fold(command.next_help_heading("Input fields"), |command, field| command.arg(flag(field)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Fields {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = flags().filter_map(|field| Some((field.name.to_owned(), value(matches, field)?)));
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.extend(Self::from_arg_matches(matches)?.0);
        Ok(())
    }
}

/// What a field is called on the command line: `powerValues` is `--power-values`.
pub fn flag_name(field: &str) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for letter in field.chars() {
        if letter.is_ascii_uppercase() && after_small {
            name.push('-');
        }
        after_small = letter.is_ascii_lowercase();
        name.push(letter.to_ascii_lowercase());
    }
    name
}

fn flags() -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(|field| field.name != FUNCTION)
}

fn flag(field: &'static Field) -> Arg {
    let name = flag_name(field.name);
    let help = help(field);
    let arg =
        Arg::new(field.name).long_help(format!("{help}\n\nExample: {}", example(field, &name))).help(help).long(name);
    match field.kind {
        Kind::Boolean => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("true|false")
            .hide_possible_values(true)
            .value_parser(PossibleValuesParser::new(["true", "false"]).map(|text| Value::Bool(text == "true"))),
        Kind::Word(words) => {
            arg.value_name("WORD").value_parser(PossibleValuesParser::new(words.iter().copied()).map(Value::String))
        }
        Kind::Integer { .. } => arg.value_name("N").allow_negative_numbers(true).value_parser(with(number)),
        Kind::Number { .. } | Kind::Clamped { .. } => {
            arg.value_name("NUMBER").allow_negative_numbers(true).value_parser(with(number))
        }
        Kind::PowerValues => arg.value_name("MB,…|WORD").value_parser(with(power_values)),
        Kind::Texts => arg.value_name("TEXT,…").action(ArgAction::Append).value_delimiter(',').value_parser(with(text)),
        Kind::Json { .. } => arg.value_name("JSON|@FILE").value_parser(with(json)),
        Kind::Text { .. } => arg.value_name("TEXT").value_parser(with(text)),
    }
}

fn value(matches: &ArgMatches, field: &Field) -> Option<Value> {
    let mut values = matches.get_many::<Value>(field.name)?.cloned();
    if field.kind == Kind::Texts { Some(values.collect()) } else { values.next() }
}

fn with(read: fn(&str) -> Result<Value, String>) -> ValueParser {
    NonEmptyStringValueParser::new().try_map(move |text| read(&text)).into()
}

/// The meaning of a field, without the marks of the documentation.
fn help(field: &Field) -> String {
    let meaning = field.sentence().replace('`', "");
    let default = match field.name {
        NUM => "10; for AUTO as many as it takes".to_owned(),
        WITH_STATS => "true; the deployment's own is false".to_owned(),
        _ => field.default.replace('`', ""),
    };
    if default.is_empty() { meaning } else { format!("{meaning} [default: {default}]") }
}

fn example(field: &Field, name: &str) -> String {
    match field.kind {
        Kind::Boolean => format!("--{name}"),
        Kind::Json { .. } => format!("--{name} '{}'", field.example),
        _ => format!("--{name} {}", field.example.replace(['[', ']', '"', ' '], "")),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the readers have one type")]
fn text(given: &str) -> Result<Value, String> {
    Ok(Value::from(given))
}

/// What is no number is refused where every other input is checked, in the words of the contract.
#[expect(clippy::unnecessary_wraps, reason = "the readers have one type")]
fn number(given: &str) -> Result<Value, String> {
    Ok(given.parse::<u64>().map(Value::from).or_else(|_| given.parse::<f64>().map(Value::from)).unwrap_or(given.into()))
}

fn power_values(given: &str) -> Result<Value, String> {
    if given.contains(|c: char| c.is_ascii_digit()) {
        // Also as the JSON list that the field is.
        let list = given.trim().trim_start_matches('[').trim_end_matches(']');
        list.split(',').map(|value| number(value.trim().trim_matches('"'))).collect()
    } else {
        Ok(Value::from(given.to_uppercase()))
    }
}

/// JSON as it is, or in a file whose name follows `@` or, as in the AWS CLI, `file://`; `@-` is standard input.
pub fn json(given: &str) -> Result<Value, String> {
    match given.strip_prefix('@').or_else(|| given.strip_prefix("file://")) {
        None => serde_json::from_str(given)
            .map_err(|error| format!("it is not JSON ({error}); a text needs quotes of its own: '\"text\"'")),
        Some(file) => {
            let content = if file == "-" { io::read_to_string(io::stdin()) } else { fs::read_to_string(file) };
            let content = content.map_err(|error| format!("{file}: {error}"))?;
            serde_json::from_str(without_mark(&content)).map_err(|error| format!("{file} is not JSON: {error}"))
        }
    }
}

/// A text without the byte order mark that some editors put before it.
pub fn without_mark(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(line: &str) -> Result<Value, clap::Error> {
        let command = Fields::augment_args(Command::new("test")).no_binary_name(true);
        command
            .try_get_matches_from(line.split(' '))
            .and_then(|m| Fields::from_arg_matches(&m))
            .map(|f| Value::Object(f.0))
    }

    #[test]
    fn the_flags_are_consistent() {
        Fields::augment_args(Command::new("test")).debug_assert();
    }

    #[test]
    fn every_field_but_the_function_has_a_flag() {
        let command = Fields::augment_args(Command::new("test"));
        for field in FIELDS.iter().filter(|field| field.name != FUNCTION) {
            let flag = command.get_arguments().find(|arg| arg.get_id() == field.name).unwrap();
            assert_eq!(flag.get_long(), Some(flag_name(field.name).as_str()));
        }
    }

    #[test]
    fn a_name_is_split_where_a_word_begins() {
        for (field, flag) in [
            ("powerValues", "power-values"),
            ("preProcessorARN", "pre-processor-arn"),
            ("payloadS3", "payload-s3"),
            ("sleepBetweenRunsMs", "sleep-between-runs-ms"),
            ("num", "num"),
        ] {
            assert_eq!(flag_name(field), flag);
        }
    }

    #[test]
    fn a_flag_is_the_json_of_its_field() {
        for (line, expected) in [
            ("--num 7", json!({"num": 7})),
            ("--num 3", json!({"num": 3})),
            ("--num x", json!({"num": "x"})),
            ("--balanced-weight -0.5", json!({"balancedWeight": -0.5})),
            ("--power-values 128,512", json!({"powerValues": [128, 512]})),
            ("--power-values all", json!({"powerValues": "ALL"})),
            ("--power-values [128,\"512\"]", json!({"powerValues": [128, 512]})),
            ("--auto-optimize", json!({"autoOptimize": true})),
            ("--auto-optimize=false", json!({"autoOptimize": false})),
            ("--payload {\"a\":1}", json!({"payload": {"a": 1}})),
            ("--payload null", json!({"payload": null})),
            ("--allowed-exceptions A,B --allowed-exceptions C", json!({"allowedExceptions": ["A", "B", "C"]})),
            ("--strategy speed", json!({"strategy": "speed"})),
        ] {
            assert_eq!(read(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn what_cannot_be_json_is_refused_with_advice() {
        for (line, advice) in [
            ("--payload text", "quotes of its own"),
            ("--payload @/nowhere/payload.json", "/nowhere/payload.json"),
            ("--strategy cheap", "possible values: cost, speed, balanced"),
        ] {
            let error = read(line).unwrap_err().to_string();
            assert!(error.contains(advice), "{error}");
        }
    }
}
