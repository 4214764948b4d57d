//! The input for the state machine: checked before anything is started, by the rules that the Initializer has.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
    time::Duration,
};

use serde_json::{Map, Value};
use tuning::{
    contract::{
        deployment::Deployment,
        input::{Field, Input, PayloadObject, Problem, ValidationError, payload_in_s3},
        step::STATE_LIMIT,
    },
    units::power::Power,
};

use crate::{
    arguments::{
        Gates, Tune,
        fields::{FUNCTION, NUM, WITH_STATS, flag_name, without_mark},
    },
    failure::Failure,
};

/// Invocations per memory size, if nobody says how many.
const DEFAULT_NUM: u32 = 10;

/// The input of an execution, which the Initializer will accept as far as can be told from here.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The input.
    pub input: Value,
    /// The warnings about it that the caller should know.
    pub warnings: Vec<String>,
}

impl Request {
    /// The request that the arguments ask for.
    pub fn new(arguments: &Tune) -> Result<Self, Failure> {
        let mut fields = arguments.input.as_deref().map(read).transpose()?.unwrap_or_default();
        let from_flags: Vec<String> = arguments.fields.0.keys().cloned().collect();
        fields.extend(arguments.fields.0.clone());
        if let Some(function) = &arguments.function {
            fields.insert(FUNCTION.to_owned(), Value::from(function.as_str()));
        }
        complete(&mut fields, arguments.gates)?;
        let input = Value::Object(fields);
        let checked = check(&input).map_err(|refusal| refused(&refusal, &from_flags, arguments.input.as_deref()))?;
        check_size(&input)?;
        Ok(Self { warnings: checked.request.warnings, input })
    }

    /// The function, as it was named.
    pub fn function(&self) -> &str {
        self.input.get(FUNCTION).and_then(Value::as_str).unwrap_or_default()
    }
}

fn read(file: &Path) -> Result<Map<String, Value>, Failure> {
    let name = file.display();
    let text = if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    let text = text.map_err(|error| Failure::bad_input(format!("failed to read {name}: {error}")))?;
    match serde_json::from_str(without_mark(&text)) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Failure::bad_input(format!("{name} holds no JSON object"))
            .hint("it is to hold the input of an execution: {\"lambdaARN\": \"my-function\", \"num\": 10}")),
        Err(error) => Err(Failure::bad_input(format!("{name} is not JSON: {error}"))),
    }
}

/// Adds what the program needs to show the result and to judge it.
fn complete(fields: &mut Map<String, Value>, gates: Gates) -> Result<(), Failure> {
    let is = |fields: &Map<String, Value>, name: &str, value: &Value| fields.get(name) == Some(value);
    let mut fill = |name: &str, value: Value| {
        if fields.get(name).is_none_or(Value::is_null) {
            fields.insert(name.to_owned(), value);
        }
    };
    // The table shows every memory size.
    fill(WITH_STATS, Value::Bool(true));
    if gates.need_present() {
        fill("compareWithCurrent", Value::Bool(true));
    }
    if !is(fields, "powerValues", &Value::from("AUTO")) && fields.get(NUM).is_none_or(Value::is_null) {
        fields.insert(NUM.to_owned(), Value::from(DEFAULT_NUM));
    }
    let no = Value::Bool(false);
    if gates.need_present() && (is(fields, "compareWithCurrent", &no) || is(fields, WITH_STATS, &no)) {
        return Err(Failure::bad_input("a gate compares with the function's current memory")
            .hint("leave out compareWithCurrent and includeOutputResults, or set them to true"));
    }
    if gates.need_present() && is(fields, "dryRun", &Value::Bool(true)) {
        return Err(Failure::bad_input("a dry run measures nothing: no gate can judge it"));
    }
    Ok(())
}

impl Gates {
    fn need_present(self) -> bool {
        self.fail_if_saving_above.is_some() || self.fail_if_slower_than.is_some()
    }
}

/// Checks what can be checked without AWS: for the deployment's defaults and for an object in S3 something valid stands
/// in.
fn check(input: &Value) -> Result<Input, ValidationError> {
    let deployment = Deployment {
        power_values: vec![Power::MIN],
        auto_optimize: true,
        visualization_url: String::new(),
        execution_time_limit: Duration::MAX,
        total_execution_timeout: Duration::MAX,
        own_functions: Vec::new(),
    };
    let object = payload_in_s3(input).map(|_| Ok(PayloadObject { text: "null".to_owned(), etag: String::new() }));
    Input::parse(input, &deployment, object)
}

fn refused(refusal: &ValidationError, from_flags: &[String], file: Option<&Path>) -> Failure {
    let problems = refusal.problems.iter().map(|problem| line(problem, from_flags, file));
    let unknown = refusal.unknown.iter().map(|unknown| format!("  {unknown}"));
    let lines: Vec<String> = problems.chain(unknown).collect();
    Failure::bad_input(format!("the input was refused; nothing was started\n{}", lines.join("\n")))
        .hint("power-tuner tune --help explains every field")
}

/// A problem, by the name under which the caller gave the field.
fn line(problem: &Problem, from_flags: &[String], file: Option<&Path>) -> String {
    let Problem { field, complaint } = problem;
    let name = match file {
        _ if *field == FUNCTION && file.is_none() => "FUNCTION".to_owned(),
        Some(file) if !from_flags.iter().any(|flag| flag == field) => format!("{field} ({})", file.display()),
        _ => format!("--{}", flag_name(field)),
    };
    let allowed = Field::named(field).map(|known| format!("; allowed: {}", known.kind.allowed()));
    format!("  {name}: {complaint}{}", allowed.unwrap_or_default())
}

fn check_size(input: &Value) -> Result<(), Failure> {
    let bytes = input.to_string().len();
    if bytes <= STATE_LIMIT {
        return Ok(());
    }
    Err(Failure::bad_input(format!("the input has {bytes} bytes; an execution takes {STATE_LIMIT}"))
        .hint("put the payload into S3, and name it: --payload-s3 s3://bucket/key"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn request(line: &str) -> Result<Request, Failure> {
        let arguments = Arguments::try_parse_from(format!("power-tuner tune {line}").split(' ')).unwrap();
        let Command::Tune(tune) = arguments.command else { panic!("it is another command") };
        Request::new(&tune)
    }

    #[test]
    fn flags_become_fields_and_what_the_program_needs_is_added() {
        let request =
            request("f --num 7 --power-values 128,512 --payload {\"a\":1} --strategy speed --auto-optimize").unwrap();
        let expected = json!({
            "num": 7, "powerValues": [128, 512], "payload": {"a": 1}, "strategy": "speed", "autoOptimize": true,
            "lambdaARN": "f", "includeOutputResults": true,
        });
        assert_eq!((&request.input, request.function()), (&expected, "f"));
    }

    #[test]
    fn without_num_ten_invocations_are_made_but_a_search_decides_for_itself() {
        assert_eq!(request("f").unwrap().input["num"], 10);
        assert_eq!(request("f --power-values auto").unwrap().input.get("num"), None);
    }

    #[test]
    fn gates_make_the_current_memory_be_measured() {
        let input = request("f --fail-if-saving-above 20%").unwrap().input;
        assert_eq!(input["compareWithCurrent"], true);
        let refused = request("f --fail-if-saving-above 20% --compare-with-current=false").unwrap_err();
        assert!(refused.to_string().contains("compareWithCurrent"), "{refused}");
        assert!(request("f --fail-if-slower-than 1s --dry-run").is_err());
    }

    #[test]
    fn every_wrong_flag_is_named_at_once_in_the_words_of_the_contract() {
        insta::assert_snapshot!(request("not/a/function --num 3 --power-values 64 --max-duration 0").unwrap_err(), @r#"
        the input was refused; nothing was started
          FUNCTION: received "not/a/function"; allowed: the ARN or the name of a Lambda function
          --power-values: received [64]; allowed: a list of integers from 128 to 10240, "ALL" or "AUTO"
          --num: received 3; allowed: an integer, 5 or more
          --max-duration: received 0; allowed: a number from 0.001 to 900000
        hint: power-tuner tune --help explains every field
        "#);
    }

    #[test]
    fn a_payload_in_s3_is_not_looked_at_from_here() {
        assert!(request("f --payload-s3 s3://bucket/key").is_ok());
    }

    #[test]
    fn an_input_that_no_execution_takes_is_refused_with_advice() {
        let payload = format!("\"{}\"", "x".repeat(STATE_LIMIT));
        let refused = request(&format!("f --payload {payload}")).unwrap_err();
        assert!(refused.to_string().contains("S3"), "{refused}");
    }
}
