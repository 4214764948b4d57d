use aws_sdk_sfn::types::{
    HistoryEventType, LambdaFunctionSucceededEventDetails, StateEnteredEventDetails, TaskSucceededEventDetails,
};
use serde_json::{Value, json};

use super::*;
use crate::follow::messages;

/// The history of a search, as the local AWS gives it.
fn recorded() -> Vec<HistoryEvent> {
    let run: Value = serde_json::from_str(include_str!("../../../tests/recorded-run.json")).unwrap();
    run["history"]["events"].as_array().unwrap().iter().map(event).collect()
}

fn event(raw: &Value) -> HistoryEvent {
    let text = |pointer: &str| raw.pointer(pointer).and_then(Value::as_str);
    let mut event = HistoryEvent::builder().id(raw["id"].as_i64().unwrap()).r#type(HistoryEventType::from("Any"));
    event = event.timestamp(aws_sdk_sfn::primitives::DateTime::from_secs(0));
    if let Some(name) = text("/stateEnteredEventDetails/name") {
        event = event.state_entered_event_details(StateEnteredEventDetails::builder().name(name).build().unwrap());
    }
    if let Some(output) = text("/taskSucceededEventDetails/output") {
        let details = TaskSucceededEventDetails::builder().resource_type("lambda").resource("r").output(output);
        event = event.task_succeeded_event_details(details.build().unwrap());
    }
    event.build().unwrap()
}

/// The events of a history as AWS gives it: each names the one before it.
struct OnAws {
    progress: Progress,
    last: i64,
}

impl OnAws {
    fn new() -> Self {
        Self { progress: Progress::default(), last: 0 }
    }

    fn take(
        &mut self,
        previous: i64,
        of: impl FnOnce(HistoryEventBuilder) -> HistoryEventBuilder,
    ) -> (i64, Option<News>) {
        self.last += 1;
        let event =
            HistoryEvent::builder().id(self.last).previous_event_id(previous).r#type(HistoryEventType::from("Any"));
        let event = of(event.timestamp(aws_sdk_sfn::primitives::DateTime::from_secs(0))).build().unwrap();
        (self.last, self.progress.take(&event))
    }

    fn enter(&mut self, previous: i64, state: &str) -> (i64, Option<News>) {
        let details = StateEnteredEventDetails::builder().name(state).build().unwrap();
        self.take(previous, |event| event.state_entered_event_details(details))
    }

    /// A Lambda function is called, and answers.
    fn call(&mut self, previous: i64, output: &Value) -> (i64, Option<News>) {
        let (scheduled, _) = self.take(previous, |event| event);
        let (started, _) = self.take(scheduled, |event| event);
        let succeeded = LambdaFunctionSucceededEventDetails::builder().output(output.to_string()).build();
        self.take(started, |event| event.lambda_function_succeeded_event_details(succeeded))
    }
}

type HistoryEventBuilder = aws_sdk_sfn::types::builders::HistoryEventBuilder;

#[test]
fn a_search_is_told_step_by_step() {
    let mut progress = Progress::default();
    let lines: Vec<String> =
        recorded().iter().filter_map(|event| progress.take(event)).map(|news| messages::line(&news)).collect();
    insta::assert_snapshot!(lines.join("\n"));
    let (taken, of) = progress.samples();
    assert!(taken == of && of > 0, "{taken} of {of}");
    assert_eq!(progress.function().unwrap(), "arn:aws:lambda:us-east-1:123456789012:function:my-function");
    assert_eq!(progress.currency(), Currency::Usd);
}

#[test]
fn the_cost_so_far_ends_as_the_output_says_it() {
    let mut progress = Progress::default();
    let mut before = 0.0;
    for event in recorded() {
        progress.take(&event);
        let now = progress.cost().map_or(before, |cost| cost.0);
        assert!(now >= before);
        before = now;
    }
    let run: Value = serde_json::from_str(include_str!("../../../tests/recorded-run.json")).unwrap();
    let output: Value = serde_json::from_str(run["description"]["output"].as_str().unwrap()).unwrap();
    let cost = |field: &str| output["stateMachine"][field].as_f64().unwrap();
    // The emulator leaves the transitions inside of the Map out.
    assert!(before > cost("lambdaCost") && before <= cost("lambdaCost") + cost("executionCost"), "{before}");
}

#[test]
fn on_aws_memory_sizes_are_told_apart_while_they_are_measured() {
    let state = recorded().iter().find_map(|event| output(event).map(str::to_owned)).unwrap();
    let state: Value = serde_json::from_str(&state).unwrap();
    let num = state["analysis"]["round"]["sampling"]["invocations"].as_u64().unwrap();
    let mut run = OnAws::new();
    let (initializer, _) = run.enter(0, "Initializer");
    run.call(initializer, &state);
    let (map, _) = run.enter(0, "Measure");
    // Two items of the Map, whose events alternate.
    let (one, _) = run.enter(map, "Executor");
    let (other, _) = run.enter(map, "Executor");
    let half = |power: u32| {
        let taken = json!({"lanes": [{"done": 2}, {"done": 1}], "spent": {"invocations": 3, "billed": 100}});
        json!({"power": power, "versions": [1], "progress": {"unfinished": taken}})
    };
    let sampled = |power: u32| {
        let power = Power::new(power).unwrap();
        Some(News::Sampled { power, samples: 3, of: u32::try_from(num).unwrap() })
    };
    let (last, news) = run.call(one, &half(512));
    assert_eq!(news, sampled(512));
    assert_eq!(run.call(other, &half(1024)).1, sampled(1024));
    assert_eq!(run.progress.samples().0, 6);
    assert!(run.progress.cost().unwrap().0 > 0.0);
    // What comes after is of another memory size.
    let (again, _) = run.enter(last, "Executor");
    assert_eq!(run.call(again, &half(256)).1, sampled(256));
}

#[test]
fn a_publisher_that_is_called_again_is_no_new_step() {
    let mut run = OnAws::new();
    let news: Vec<Option<News>> = [
        "Publisher",
        "All published?",
        "Publisher",
        "All published?",
        "Wait for versions",
        "Publisher",
        "All published?",
        "Measure",
    ]
    .map(|state| run.enter(0, state).1)
    .to_vec();
    let said = news.into_iter().flatten().map(|news| messages::line(&news)).collect::<Vec<_>>();
    assert_eq!(
        said,
        ["publishing a version of each memory size", "waiting for versions to become active", "measuring"]
    );
}

#[test]
fn a_step_that_fails_says_why() {
    let mut run = OnAws::new();
    let (entered, _) = run.enter(0, "Publisher");
    let cause = json!({"errorType": "ServiceError", "errorMessage": "AWS did not answer"}).to_string();
    let details =
        aws_sdk_sfn::types::LambdaFunctionFailedEventDetails::builder().error("ServiceError").cause(cause).build();
    let (_, news) = run.take(entered, |event| event.lambda_function_failed_event_details(details));
    assert_eq!(news, Some(News::Trouble("Publisher: ServiceError: AWS did not answer".to_owned())));
}
