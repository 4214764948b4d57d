//! Reading results.

use serde::Deserialize;
use tuning::{
    milliseconds::Milliseconds,
    outcome::{DryRunOutcome, Model, Recommendation, Search, Subject},
    power::Power,
    price::{Architecture, Currency, PriceSheet, Prices},
    usd::Usd,
    visualization,
};

use crate::{
    Row, Run, Winner,
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
    /// Nothing was measured.
    #[error("it is the output of a dry run, in which nothing is measured")]
    DryRun,
    /// It is a damaged link of the reference tool's format.
    #[error(transparent)]
    Link(#[from] visualization::NotALink),
    /// It is a damaged link of the richer format.
    #[error(transparent)]
    Fragment(#[from] NotAFragment),
}

/// What is known of an execution beside its output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Execution {
    /// The region in which it tuned a function.
    pub region: Option<String>,
}

/// Reads results; it knows the prices.
#[derive(Debug)]
pub struct Reader {
    prices: Prices,
}

/// The output of a run: of this version, of an older one, or of the reference tool.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
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
    execution_cost: Usd,
    lambda_cost: Usd,
    visualization: String,
}

impl Reader {
    /// A reader with the prices that are part of the program.
    pub fn new() -> Result<Self, serde_json::Error> {
        Ok(Self { prices: Prices::bundled()? })
    }

    /// The results in a text: the output of a run, or a link that draws results.
    pub fn read(&self, text: &str, label: &str, execution: &Execution) -> Result<Vec<Run>, NotAResult> {
        let text = text.trim();
        if let Some((_, data)) = text.split_once('#')
            && !text.starts_with(['{', '['])
        {
            return match data.strip_prefix(fragment::PREFIX) {
                Some(data) => Ok(fragment::read(data)?.runs),
                None => Ok(vec![self.drawn(text, label)?]),
            };
        }
        let value: serde_json::Value = serde_json::from_str(text).map_err(NotAResult::Json)?;
        if serde_json::from_value::<DryRunOutcome>(value.clone()).is_ok() {
            return Err(NotAResult::DryRun);
        }
        let output = serde_json::from_value(value).map_err(NotAResult::Output)?;
        Ok(vec![self.run(output, label, execution)?])
    }

    fn run(&self, output: Output, label: &str, execution: &Execution) -> Result<Run, NotAResult> {
        let Output { power, cost, duration, state_machine, model, search, subject, recommendation, warnings, stats } =
            output;
        // An output without `stats` still has the three numbers of each power value in its link.
        let rows = match stats {
            Some(rows) => rows,
            None => rows(visualization::read(&state_machine.visualization)?),
        };
        let (prices, prices_are_assumed) = match (&subject, &execution.region) {
            (Some(subject), _) => (self.prices.sheet(&subject.region, subject.architecture), false),
            (None, Some(region)) => (self.prices.sheet(region, ASSUMED_ARCHITECTURE), true),
            (None, None) => (self.assumed(visualization::currency(&state_machine.visualization)), true),
        };
        Ok(Run {
            label: label.to_owned(),
            subject,
            prices,
            prices_are_assumed,
            winner: Some(Winner { power, cost, duration }),
            execution_cost: Some(state_machine.execution_cost),
            lambda_cost: Some(state_machine.lambda_cost),
            rows,
            model,
            search,
            recommendation,
            warnings,
        })
    }

    fn drawn(&self, link: &str, label: &str) -> Result<Run, NotAResult> {
        let drawing = visualization::read(link)?;
        let prices = self.assumed(drawing.currency);
        Ok(Run {
            label: label.to_owned(),
            subject: None,
            prices,
            prices_are_assumed: true,
            winner: None,
            execution_cost: None,
            lambda_cost: None,
            rows: rows(drawing),
            model: None,
            search: None,
            recommendation: Recommendation::default(),
            warnings: Vec::new(),
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

fn rows(drawing: visualization::Drawing) -> Vec<Row> {
    drawing.candidates.into_iter().map(Row::from).collect()
}

#[cfg(test)]
mod tests {
    use analyzer::true_sentences::{contradictions, lists};
    use proptest::prelude::*;
    use serde_json::{Value, json};

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
    fn the_stats_of_the_reference_tool_are_taken_as_they_are() {
        let mut output = reference();
        output["stats"] = json!([{"value": 512, "averagePrice": 2e-7, "averageDuration": 30}]);
        let run = read(&output, &Execution { region: Some("sa-east-1".to_owned()) }).unwrap();
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
