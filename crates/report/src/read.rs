//! Reading results.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use tuning::{
    contract::{
        link,
        outcome::{DryRunOutcome, Model, Recommendation, Search, Subject},
    },
    price::{Architecture, Currency, PriceSheet, Prices},
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

use crate::{
    Execution, Row, Run, Winner,
    fragment::{self, NotAFragment},
};

/// Where a result is taken to be measured that does not say so.
const ASSUMED_ARCHITECTURE: Architecture = Architecture::X86;

/// Why something is no result that can be drawn.
#[derive(Debug, thiserror::Error)]
pub enum NotAResult {
    /// It is not JSON.
    #[error("it is neither JSON nor a link: {0}")]
    Json(serde_json::Error),
    /// It is JSON of another kind.
    #[error(
        "it is not the output of a run: {0}\nhint: the output of an execution has power, cost, duration and stateMachine"
    )]
    Output(serde_json::Error),
    /// It describes an execution that has none.
    #[error("it describes an execution that is {0}: it has no output")]
    NoOutput(String),
    /// Nothing was measured.
    #[error("it is the output of a dry run, in which nothing is measured")]
    DryRun,
    /// It is a damaged link of the reference tool's format.
    #[error(transparent)]
    Link(#[from] link::NotALink),
    /// It is a damaged link of the richer format.
    #[error(transparent)]
    Fragment(#[from] NotAFragment),
}

/// Reads results; it knows the prices.
#[derive(Debug)]
pub struct Reader {
    prices: Prices,
}

/// The output of a run: of this version, of an older one, or of any version of the reference tool.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    #[serde(deserialize_with = "number_or_text")]
    power: Power,
    cost: Usd,
    duration: Milliseconds,
    state_machine: StateMachine,
    #[serde(default)]
    stats: Option<Vec<Row>>,
    #[serde(default)]
    model: Option<Model>,
    #[serde(default)]
    search: Option<Search>,
    #[serde(default)]
    subject: Option<Subject>,
    #[serde(default)]
    recommendation: Recommendation,
    #[serde(default)]
    warnings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StateMachine {
    execution_cost: Option<Usd>,
    lambda_cost: Option<Usd>,
    invocations: Option<u32>,
    visualization: String,
}

impl Reader {
    /// A reader with the prices that are part of the program.
    pub fn new() -> Result<Self, serde_json::Error> {
        Ok(Self { prices: Prices::bundled()? })
    }

    /// The results in a text: the output of a run, an execution as AWS describes it, or a link that draws results.
    pub fn read(&self, text: &str, label: &str, execution: &Execution) -> Result<Vec<Run>, NotAResult> {
        // Some editors put a byte order mark before a text.
        let text = text.trim_start_matches('\u{feff}').trim();
        if let Some((_, data)) = text.split_once('#')
            && !text.starts_with(['{', '['])
        {
            return match data.strip_prefix(fragment::PREFIX) {
                Some(data) => Ok(fragment::read(data)?.runs),
                None => match compared(text) {
                    Some(both) => both.iter().map(|(link, label)| self.drawn(link, label)).collect(),
                    None => Ok(vec![self.drawn(text, label)?]),
                },
            };
        }
        let value: Value = serde_json::from_str(text).map_err(NotAResult::Json)?;
        let described = value.get("executionArn").map(|_| Execution::described(&value));
        let execution = described.as_ref().unwrap_or(execution);
        let value = output_in(value)?;
        if serde_json::from_value::<DryRunOutcome>(value.clone()).is_ok() {
            return Err(NotAResult::DryRun);
        }
        let output = serde_json::from_value(value).map_err(NotAResult::Output)?;
        Ok(vec![self.run(output, label, execution)?])
    }

    fn run(&self, output: Output, label: &str, execution: &Execution) -> Result<Run, NotAResult> {
        let Output { power, cost, duration, state_machine, model, search, subject, recommendation, warnings, stats } =
            output;
        // An output without `stats` still has the three numbers of each memory size in its link.
        let rows = match stats {
            Some(rows) => rows,
            None => rows(link::read(&state_machine.visualization)?),
        };
        let (prices, prices_are_assumed) = match (&subject, execution.region()) {
            (Some(subject), _) => (self.prices.sheet(&subject.region, subject.architecture), false),
            (None, Some(region)) => (self.prices.sheet(region, ASSUMED_ARCHITECTURE), true),
            (None, None) => (self.assumed(link::currency(&state_machine.visualization)), true),
        };
        let arn = execution.arn.clone().or_else(|| subject.as_ref()?.execution.clone());
        Ok(Run {
            label: label.to_owned(),
            execution: Execution { arn, ..execution.clone() },
            subject,
            prices,
            prices_are_assumed,
            winner: Some(Winner { power, cost, duration }),
            execution_cost: state_machine.execution_cost,
            lambda_cost: state_machine.lambda_cost,
            invocations: state_machine.invocations,
            rows,
            model,
            search,
            recommendation,
            warnings,
            history: Vec::new(),
        })
    }

    fn drawn(&self, link: &str, label: &str) -> Result<Run, NotAResult> {
        let drawing = link::read(link)?;
        let prices = self.assumed(drawing.currency);
        Ok(Run {
            label: label.to_owned(),
            execution: Execution::default(),
            subject: None,
            prices,
            prices_are_assumed: true,
            winner: None,
            execution_cost: None,
            lambda_cost: None,
            invocations: None,
            rows: rows(drawing),
            model: None,
            search: None,
            recommendation: Recommendation::default(),
            warnings: Vec::new(),
            history: Vec::new(),
        })
    }

    /// The prices of a region of this currency.
    fn assumed(&self, currency: Currency) -> PriceSheet {
        let region = match currency {
            Currency::Usd => "us-east-1",
            Currency::Cny => "cn-north-1",
            Currency::Eur => "eusc-de-east-1",
        };
        self.prices.sheet(region, ASSUMED_ARCHITECTURE)
    }
}

/// The output of a run in what surrounds it: `DescribeExecution` answers with it as a text, and the reference tool's
/// script keeps it as `results`.
fn output_in(value: Value) -> Result<Value, NotAResult> {
    match (value.get("executionArn"), value.get("output"), value.get("results")) {
        (Some(_), Some(Value::String(output)), _) => serde_json::from_str(output).map_err(NotAResult::Json),
        (Some(_), None, _) => {
            let status = value.get("status").and_then(Value::as_str).unwrap_or("without a status");
            Err(NotAResult::NoOutput(status.to_owned()))
        }
        (_, _, Some(results @ Value::Object(_))) => Ok(results.clone()),
        _ => Ok(value),
    }
}

/// The links of the two results that a link of the reference tool's page compares, and what they are called: three
/// parts each, and then both names.
fn compared(link: &str) -> Option<[(String, String); 2]> {
    let (page, data) = link.split_once('#')?;
    let parts: Vec<&str> = data.split(';').collect();
    let [sizes, times, costs, other_sizes, other_times, other_costs, name, other_name] = parts.as_slice() else {
        return None;
    };
    let decoded = |name: &str| percent_decode_str(name).decode_utf8_lossy().into_owned();
    Some([
        (format!("{page}#{sizes};{times};{costs}"), decoded(name)),
        (format!("{page}#{other_sizes};{other_times};{other_costs}"), decoded(other_name)),
    ])
}

/// The reference tool once wrote the winner as a text.
fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Power, D::Error> {
    let number = match Value::deserialize(deserializer)? {
        Value::String(text) => text.trim().parse().map(|mb: u32| Value::from(mb)).map_err(Error::custom)?,
        other => other,
    };
    serde_json::from_value(number).map_err(Error::custom)
}

fn rows(drawing: link::Drawing) -> Vec<Row> {
    drawing.candidates.into_iter().map(Row::from).collect()
}

#[cfg(test)]
mod tests {
    use analyzer::true_sentences::{contradictions, lists};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::Page;

    fn reference() -> Value {
        json!({
            "power": 256, "cost": 3e-7, "duration": 20,
            "stateMachine": {
                "executionCost": 0.0003, "lambdaCost": 0.001,
                "visualization": "https://lambda-power-tuning.show/#AAEAAsALACg=;AACgQQAA8EEAAPBBAADwQQ==;sA+hNJW/VjSVv9YzsA+hNA==",
            },
        })
    }

    fn read(output: &Value, execution: &Execution) -> Result<Run, NotAResult> {
        Reader::new().unwrap().read(&output.to_string(), "label", execution).map(|mut runs| runs.remove(0))
    }

    #[test]
    fn an_output_without_stats_has_the_rows_of_its_link() {
        let run = read(&reference(), &Execution::default()).unwrap();
        let powers: Vec<u32> = run.rows.iter().map(|row| row.value.megabytes()).collect();
        assert_eq!(powers, [256, 512, 3008, 10_240]);
        assert_eq!(run.rows[1].average_duration, Some(Milliseconds(30.0)));
        assert_eq!(run.winner.map(|winner| winner.power.megabytes()), Some(256));
        assert_eq!((run.prices.region.as_str(), run.prices_are_assumed), ("us-east-1", true));
    }

    #[test]
    fn every_version_of_the_reference_tool_and_what_surrounds_its_output_is_read() {
        let mut earlier = reference();
        earlier["power"] = json!("256");
        earlier["stateMachine"] = json!({"visualization": reference()["stateMachine"]["visualization"]});
        let described = json!({"executionArn": "arn:e", "status": "SUCCEEDED", "output": reference().to_string()});
        let expected = read(&reference(), &Execution::default()).unwrap();
        for surrounded in [json!({"results": reference()}), described] {
            let run = read(&surrounded, &Execution::default()).unwrap();
            assert_eq!(Run { execution: Execution::default(), ..run }, expected);
        }
        let marked = format!("\u{feff}{}", reference());
        let read_marked = Reader::new().unwrap().read(&marked, "label", &Execution::default()).unwrap();
        assert_eq!(read_marked.first(), Some(&expected));
        let earlier = read(&earlier, &Execution::default()).unwrap();
        assert_eq!((earlier.winner, earlier.rows, earlier.lambda_cost), (expected.winner, expected.rows, None));
        let running = read(&json!({"executionArn": "arn:e", "status": "RUNNING"}), &Execution::default()).unwrap_err();
        assert_eq!(running.to_string(), "it describes an execution that is RUNNING: it has no output");
    }

    #[test]
    fn an_execution_as_aws_describes_it_brings_its_dates_and_what_it_was_asked_for() {
        let described = json!({
            "executionArn": "arn:aws:states:eu-west-1:123456789012:execution:m:e", "status": "SUCCEEDED",
            "startDate": 1_764_181_800.25, "stopDate": "2026-11-26T18:33:12.250000+00:00",
            "input": json!({"lambdaARN": "f", "num": 50, "payload": {"secret": true}}).to_string(),
            "output": reference().to_string(),
        });
        let run = read(&described, &Execution::default()).unwrap();
        assert_eq!(run.prices.region, "eu-west-1");
        insta::assert_json_snapshot!(run.execution, @r#"
        {
          "arn": "arn:aws:states:eu-west-1:123456789012:execution:m:e",
          "started": 1764181800.25,
          "stopped": "2026-11-26T18:33:12.250000+00:00",
          "input": {
            "lambdaARN": "f",
            "num": 50,
            "payload": "one for all invocations"
          }
        }
        "#);
    }

    #[test]
    fn a_link_that_compares_two_results_is_two_named_results() {
        let data = reference()["stateMachine"]["visualization"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        for page in ["", "https://lambda-power-tuning.show/"] {
            let link = format!("{page}#{data};{data};before%20it;after");
            let runs = Reader::new().unwrap().read(&link, "", &Execution::default()).unwrap();
            let labels: Vec<&str> = runs.iter().map(|run| run.label.as_str()).collect();
            assert_eq!(labels, ["before it", "after"]);
            assert!(runs.iter().all(|run| run.rows.len() == 4));
        }
    }

    #[test]
    fn the_stats_of_the_reference_tool_are_taken_as_they_are() {
        let mut output = reference();
        output["stats"] = json!([{"value": 512, "averagePrice": 2e-7, "averageDuration": 30}]);
        let arn = "arn:aws:states:sa-east-1:123456789012:execution:m:e".to_owned();
        let run = read(&output, &Execution { arn: Some(arn), ..Execution::default() }).unwrap();
        assert_eq!((run.rows.len(), run.rows[0].samples, run.rows[0].average_price), (1, None, Some(Usd(2e-7))));
        assert_eq!(run.prices.region, "sa-east-1");
    }

    #[test]
    fn yuan_bring_the_prices_of_china() {
        let mut output = reference();
        let link = output["stateMachine"]["visualization"].as_str().unwrap().replace("/#", "/?currency=CNY#");
        output["stateMachine"]["visualization"] = json!(link);
        assert_eq!(read(&output, &Execution::default()).unwrap().prices.currency, Currency::Cny);
        let runs = Reader::new().unwrap().read(&link, "", &Execution::default()).unwrap();
        assert_eq!((runs[0].prices.currency, runs[0].winner), (Currency::Cny, None));
    }

    /// The same; of numbers the last digit may differ, as they were written and read.
    fn is_same(one: &Value, other: &Value) -> bool {
        match (one, other) {
            (Value::Array(one), Value::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
            }
            (Value::Object(one), Value::Object(other)) => {
                one.len() == other.len()
                    && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| is_same(value, other)))
            }
            (Value::Number(one), Value::Number(other)) => {
                let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
                (one - other).abs() <= one.abs() * 1e-12
            }
            _ => one == other,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 50, max_global_rejects: 100_000, ..ProptestConfig::default() })]

        #[test]
        fn only_true_sentences_stand_in_the_report(run in lists()) {
            let output = serde_json::to_value(&run.outcome).unwrap();
            let page = Page { runs: vec![read(&output, &Execution::default()).unwrap()] };
            let shown = fragment::read(fragment::link("", &page).unwrap().split_once(fragment::PREFIX).unwrap().1).unwrap();
            // The page shows the sentences as they are, beside these rows; both must be those of the output.
            let shown = serde_json::to_value(&shown.runs[0]).unwrap();
            for part in ["recommendation", "warnings"] {
                prop_assert!(is_same(&shown[part], &output[part]), "{} {}", shown[part], output[part]);
            }
            for (row, stat) in shown["rows"].as_array().unwrap().iter().zip(output["stats"].as_array().unwrap()) {
                let fields = ["value", "averagePrice", "averageDuration", "metricDuration", "estimatedCost", "estimatedDuration", "excluded"];
                prop_assert!(fields.iter().all(|field| is_same(&row[field], &stat[field])), "{} {}", row, stat);
            }
            let untrue = contradictions(&run.outcome, &run.asked);
            prop_assert!(untrue.is_empty(), "{:#?}", untrue);
        }
    }

    #[test]
    fn what_is_no_result_is_refused_with_what_it_is() {
        let dry_run = json!({"dryRun": true, "function": "f", "powerValues": [], "checked": [], "invocations": [], "warnings": []});
        let texts = [
            dry_run.to_string(),
            "{}".to_owned(),
            "no".to_owned(),
            "https://x/#6QY=".to_owned(),
            "https://x/#v1.!".to_owned(),
        ];
        let reader = Reader::new().unwrap();
        let said = texts.map(|text| reader.read(&text, "", &Execution::default()).unwrap_err().to_string());
        insta::assert_debug_snapshot!(said, @r##"
        [
            "it is the output of a dry run, in which nothing is measured",
            "it is not the output of a run: missing field `power`\nhint: the output of an execution has power, cost, duration and stateMachine",
            "it is neither JSON nor a link: expected ident at line 1 column 2",
            "a link of a result has <sizes>;<times>;<costs> behind #, each in base64",
            "the link is damaged: what is behind #v1. is not base64url",
        ]
        "##);
    }
}
